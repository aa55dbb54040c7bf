"""The checks: what is compared, on which scale, and how far apart two frameworks may be."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.errors import GenrebenchError
from benchmarks.parity import SAME_PROBABILITIES
from implementations.architectures import Architecture
from implementations.interface import Precision

Arrays = dict[str, NDArray[Any]]

# Through 25 steps of Adam: what is further apart in float64 is not the same algorithm.
_SAME_ALGORITHM: Final = 1e-8


@dataclass(frozen=True)
class Float32:
    """What is expected of float32.

    Attributes
    ----------
    bound : float or None
        The largest difference that is allowed; None where it is measured and not bounded.
    reason : str
        Why.
    """

    bound: float | None
    reason: str


_ROUNDING = Float32(
    SAME_PROBABILITIES,
    "float32 rounds each value to 6e-8 of its size, and a value at the end has gone through about ten layers, each a "
    "sum of up to 6,272 products",
)
_RECURRENT = Float32(
    1e-5, "the same rounding, carried through up to 80 time steps; the gates let less through than comes in"
)
_BATCH_SPREAD = Float32(
    3e-4,
    "in training mode BatchNorm divides by the spread of the batch, which makes rounding up to 32 times larger, "
    "1 / sqrt(epsilon), where the batch hardly has any",
)
_KINKS = Float32(
    1e-2,
    "a value that rounding carries over the kink of a ReLU gives its whole share of the gradient or nothing; a "
    "variance is a small difference of large sums",
)
_TRAINING = Float32(
    None,
    "each of the 25 steps starts from what rounding made of the step before and passes through every kink again, so "
    "rounding grows, and faster the larger the steps: no bound is known before it is measured. By the triangle "
    "inequality the difference is at most the sum of both frameworks' rounding, in the tables below, and float64's",
)


@dataclass(frozen=True)
class Check:
    """One thing that is compared.

    Attributes
    ----------
    key : str
        The first part of the names of its arrays.
    number : int
        Number on the page; several things may have one.
    what : str
        What is compared, in words.
    scale : {"exact", "zero", "relative", "absolute"}
        exact: every value is the same. zero: every value is 0 in both. relative: the largest difference in a group of
        arrays divided by the group's largest value. absolute: the largest difference.
    float32 : Float32, optional
        Exact and zero checks have none.
    """

    key: str
    number: int
    what: str
    scale: Literal["exact", "zero", "relative", "absolute"] = "relative"
    float32: Float32 | None = None

    def bound(self, precision: Precision) -> float | None:
        """Return the largest difference that is allowed; None where it is measured and not bounded."""
        if self.float32 is None:
            return 0.0
        return _SAME_ALGORITHM if precision == "float64" else self.float32.bound


CHECKS: Final = (
    Check("inputs", 1, "inputs, labels, order of the batches and weights at the start", "exact"),
    Check("values", 1, "number of trained weights and of running statistics", "exact"),
    Check("round_trip", 1, "canonical weights, set and read back: change", "zero"),
    Check("evaluation", 2, "probabilities, evaluation mode", float32=_ROUNDING),
    Check("training_outputs", 3, "probabilities of a batch, training mode", float32=_BATCH_SPREAD),
    Check("training_loss", 3, "loss of a batch", float32=_BATCH_SPREAD),
    Check("gradients", 3, "gradients of a batch, by layer", float32=_KINKS),
    Check("step_statistics", 4, "BatchNorm's running statistics: change in one step", float32=_KINKS),
    Check("sgd_statistics", 4, "the same in an epoch of SGD", float32=_TRAINING),
    Check("adam_statistics", 4, "the same in an epoch of Adam", float32=_TRAINING),
    Check("sgd_loss", 5, "SGD: loss of the epoch", float32=_TRAINING),
    Check("sgd_weights", 5, "SGD: change of the weights in the epoch, by layer", float32=_TRAINING),
    Check("sgd_cancelled", 5, "SGD: change of the biases that BatchNorm cancels", "absolute", _TRAINING),
    Check("sgd_probabilities", 5, "SGD: probabilities after the epoch", float32=_TRAINING),
    Check("adam_loss", 6, "Adam: loss of the epoch", float32=_TRAINING),
    Check("adam_weights", 6, "Adam: change of the weights in the epoch, by layer", float32=_TRAINING),
    Check("adam_cancelled", 6, "Adam: change of the biases that BatchNorm cancels", "absolute", _TRAINING),
    Check("adam_probabilities", 6, "Adam: probabilities after the epoch", float32=_TRAINING),
    Check("hidden", 7, "hidden state of every LSTM after every time step", float32=_RECURRENT),
    Check("cell", 7, "cell state of every LSTM after every time step", float32=_RECURRENT),
)


_STATISTICS = {"step_statistics", "sgd_statistics", "adam_statistics"}
_CANCELLED = {"sgd_cancelled", "adam_cancelled"}
_STATES = {"hidden", "cell"}

BY_KEY: Final = {check.key: check for check in CHECKS}


@dataclass(frozen=True)
class Difference:
    """How far two sets of arrays are apart on one check, and in which group of arrays most."""

    value: float
    group: str


def array_name(check: str, name: str, *, group: str | None = None) -> str:
    """Return the name under which an array is saved; the arrays of a group are compared on one scale."""
    return f"{check}:{name if group is None else group}:{name}"


# how many values a framework keeps for itself is stated, not compared
FIXED_VALUES: Final = array_name("values", "fixed")


def checks_of(architecture: Architecture) -> list[Check]:
    """Return the checks on which an architecture has something to compare: without an LSTM there are no states."""
    weights = architecture.weights(n_classes=2)
    absent = set() if any(not weight.trainable for weight in weights) else set(_STATISTICS)
    absent |= set() if any(weight.cancelled for weight in weights) else _CANCELLED
    absent |= set() if any(weight.name.endswith("recurrent_kernel") for weight in weights) else _STATES
    return [check for check in CHECKS if check.key not in absent]


def difference(check: Check, first: Arrays, second: Arrays) -> Difference:
    """Compare two sets of arrays on one check.

    Parameters
    ----------
    check : Check
        What to compare.
    first, second : dict of str to ndarray
        Arrays of all checks, by the names of `array_name`.

    Returns
    -------
    Difference
        NaN where an array holds one.

    Raises
    ------
    GenrebenchError
        If the two do not have the same arrays, or none on this check.
    """
    shapes = [{name: arrays[name].shape for name in _on(check, arrays)} for arrays in (first, second)]
    if shapes[0] != shapes[1]:
        apart = sorted({name for name, _ in shapes[0].items() ^ shapes[1].items()})
        raise GenrebenchError(f"check {check.key}: two frameworks saved other arrays: {', '.join(apart)}")
    if not shapes[0]:
        raise GenrebenchError(f"check {check.key}: no arrays were saved")
    groups: dict[str, list[str]] = {}
    for name in shapes[0]:
        groups.setdefault(name.split(":")[1], []).append(name)
    found = [Difference(_apart(check, names, first, second), group) for group, names in groups.items()]
    # NaN before everything: it compares with nothing
    return max(found, key=lambda it: (np.isnan(it.value), it.value))


def _on(check: Check, arrays: Arrays) -> list[str]:
    return [name for name in arrays if name.startswith(f"{check.key}:") and name != FIXED_VALUES]


def _apart(check: Check, names: list[str], first: Arrays, second: Arrays) -> float:
    pairs = [(first[name].astype(np.float64), second[name].astype(np.float64)) for name in names]
    largest = _largest(array for pair in pairs for array in pair)
    if check.scale == "zero":
        return largest
    apart = _largest(a - b for a, b in pairs)
    return apart if check.scale != "relative" or apart == 0 else apart / largest


def _largest(arrays: Iterable[NDArray[Any]]) -> float:
    """Return the largest absolute value in some arrays, NaN if one holds it."""
    return float(np.max([np.abs(array).max() for array in arrays]))
