"""Parity: whether two frameworks train the same model."""

from typing import Final

SAME_PROBABILITIES: Final = 1e-5
"""Probabilities in float32 that differ by less come from the same weights: what is left is rounding."""
