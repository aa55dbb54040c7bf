"""The optimiser where any will do: what is timed, and whether bits are the same, does not depend on its numbers."""

from typing import Final

from implementations.interface import Adam

KERAS_ADAM: Final = Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7)
