"""The rungs of the ladder: what is compared, on which scale, and how far apart two frameworks may be."""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.errors import GenrebenchError
from implementations.interface import Precision

Arrays = dict[str, NDArray[Any]]

# Through 25 steps of Adam: what is further apart in float64 is not the same algorithm.
_SAME_ALGORITHM: Final = 1e-8


@dataclass(frozen=True)
class Bound:
    """The largest difference that is allowed in float32, and why it is not that of float64."""

    value: float
    reason: str


_ROUNDING = Bound(
    1e-5,
    "float32 rounds each value to 6e-8 of its size, and a value at the end has gone through about ten layers, each a "
    "sum of up to 6,272 products",
)
_BATCH_SPREAD = Bound(
    3e-4,
    "in training mode BatchNorm divides by the spread of the batch, which makes rounding up to 32 times larger, "
    "1 / sqrt(epsilon), where the batch hardly has any",
)
_KINKS = Bound(
    1e-2,
    "a value that rounding carries over the kink of a ReLU gives its whole share of the gradient or nothing; a "
    "variance is a small difference of large sums",
)
_STEPS = Bound(
    0.1,
    "each of the 25 steps starts from what rounding made of the step before, and passes through every kink again",
)
_PATHS = Bound(
    2.0,
    "where the gradient of a weight is as small as its rounding error, rounding decides which way the weight goes, and "
    "two that always go opposite ways end 2 apart; so single weights tell nothing here, losses and probabilities do",
)
_NO_GRADIENT = Bound(
    2 * 25 * 0.00025,
    "these gradients are rounding errors and nothing else, and the frameworks round differently; 25 of Adam's steps in "
    "opposite directions lead this far apart",
)


@dataclass(frozen=True)
class Rung:
    """One thing that is compared.

    Attributes
    ----------
    key : str
        The first part of the names of its arrays.
    number : int
        Place on the ladder; several things may stand on one rung.
    what : str
        What is compared, in words.
    scale : {"exact", "relative", "absolute"}
        exact: every value is the same. relative: the largest difference in a group of arrays divided by the group's
        largest value. absolute: the largest difference.
    float32 : Bound, optional
        For float32; exact rungs have none.
    """

    key: str
    number: int
    what: str
    scale: Literal["exact", "relative", "absolute"] = "relative"
    float32: Bound | None = None

    def bound(self, precision: Precision) -> float:
        """Return the largest difference that is allowed."""
        if self.scale == "exact" or self.float32 is None:
            return 0.0
        return _SAME_ALGORITHM if precision == "float64" else self.float32.value


RUNGS: Final = (
    Rung("inputs", 1, "inputs, labels and order of the batches", "exact"),
    Rung("values", 1, "number of trained weights and of running statistics", "exact"),
    Rung("round_trip", 1, "canonical weights, set and read back", "exact"),
    Rung("evaluation", 2, "probabilities, evaluation mode", float32=_ROUNDING),
    Rung("training_outputs", 3, "probabilities of a batch, training mode", float32=_BATCH_SPREAD),
    Rung("training_loss", 3, "loss of a batch", float32=_BATCH_SPREAD),
    Rung("gradients", 3, "gradients of a batch, by layer", float32=_KINKS),
    Rung("step_statistics", 4, "BatchNorm's running statistics: change in one step", float32=_KINKS),
    Rung("sgd_statistics", 4, "the same in an epoch of SGD", float32=_STEPS),
    Rung("adam_statistics", 4, "the same in an epoch of Adam", float32=_STEPS),
    Rung("sgd_loss", 5, "SGD: loss of the epoch", float32=_STEPS),
    Rung("sgd_weights", 5, "SGD: change of the weights in the epoch, by layer", float32=_PATHS),
    Rung("sgd_cancelled", 5, "SGD: change of the biases that BatchNorm cancels", "absolute", _NO_GRADIENT),
    Rung("sgd_probabilities", 5, "SGD: probabilities after the epoch", float32=_STEPS),
    Rung("adam_loss", 6, "Adam: loss of the epoch", float32=_STEPS),
    Rung("adam_weights", 6, "Adam: change of the weights in the epoch, by layer", float32=_PATHS),
    Rung("adam_cancelled", 6, "Adam: change of the biases that BatchNorm cancels", "absolute", _NO_GRADIENT),
    Rung("adam_probabilities", 6, "Adam: probabilities after the epoch", float32=_STEPS),
    Rung("hidden", 7, "hidden state of every LSTM after every time step", float32=_ROUNDING),
    Rung("cell", 7, "cell state of every LSTM after every time step", float32=_ROUNDING),
)


BY_KEY: Final = {rung.key: rung for rung in RUNGS}


@dataclass(frozen=True)
class Difference:
    """How far two sets of arrays are apart on one rung, and in which group of arrays most."""

    value: float
    group: str


def array_name(rung: str, name: str, *, group: str | None = None) -> str:
    """Return the name under which an array is saved; the arrays of a group are compared on one scale."""
    return f"{rung}:{name if group is None else group}:{name}"


# how many values a framework keeps for itself is stated, not compared
FIXED_VALUES: Final = array_name("values", "fixed")


def difference(rung: Rung, first: Arrays, second: Arrays) -> Difference | None:
    """Compare two sets of arrays on one rung.

    Parameters
    ----------
    rung : Rung
        What to compare.
    first, second : dict of str to ndarray
        Arrays of all rungs, by the names of `array_name`.

    Returns
    -------
    Difference or None
        NaN where an array holds one; None where the architecture has nothing on this rung.

    Raises
    ------
    GenrebenchError
        If the two do not have the same arrays.
    """
    shapes = [{name: arrays[name].shape for name in _on(rung, arrays)} for arrays in (first, second)]
    if shapes[0] != shapes[1]:
        apart = sorted({name for name, _ in shapes[0].items() ^ shapes[1].items()})
        raise GenrebenchError(f"rung {rung.key}: two frameworks saved other arrays: {', '.join(apart)}")
    groups: dict[str, list[str]] = {}
    for name in shapes[0]:
        groups.setdefault(name.split(":")[1], []).append(name)
    found = [Difference(_apart(rung, names, first, second), group) for group, names in groups.items()]
    # NaN before everything: it compares with nothing
    return max(found, key=lambda it: (np.isnan(it.value), it.value), default=None)


def _on(rung: Rung, arrays: Arrays) -> list[str]:
    return [name for name in arrays if name.startswith(f"{rung.key}:") and name != FIXED_VALUES]


def _apart(rung: Rung, names: list[str], first: Arrays, second: Arrays) -> float:
    pairs = [(first[name].astype(np.float64), second[name].astype(np.float64)) for name in names]
    apart = max_of(a - b for a, b in pairs)
    if rung.scale != "relative" or apart == 0:
        return apart
    return apart / max_of(array for pair in pairs for array in pair)


def max_of(arrays: Any) -> float:
    """Return the largest absolute value in some arrays, NaN if one holds it."""
    return float(np.max([np.abs(array).max() for array in arrays]))
