"""What rounds say: their median, and an interval for it that noise widens.

The interval is that of order statistics: from the k-th lowest to the k-th highest round. It holds the true median as
often as a coin that is thrown once a round falls neither fewer than k times on one side nor on the other, whatever the
distribution of the rounds is. See J.-Y. Le Boudec, Performance Evaluation of Computer and Communication Systems (2010),
section 2.2; T. Hoefler and R. Belli, Scientific Benchmarking of Parallel Computing Systems (2015), ask for it where
times are compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from statistics import median
from typing import Self

_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A median and the interval around it.

    Attributes
    ----------
    middle, low, high : float
        All in the unit of the rounds.
    """

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, rounds: Sequence[float]) -> Self:
        """Return what rounds say."""
        ordered, place = sorted(rounds), rank(len(rounds))
        return cls(median(ordered), ordered[place - 1], ordered[-place])


def rank(rounds: int) -> int:
    """Return from which lowest to which highest round an interval goes: the highest that keeps 95%, else the first."""
    return max((it for it in range(1, rounds // 2 + 1) if coverage(rounds, it) >= _CONFIDENCE), default=1)


def coverage(rounds: int, place: int) -> float:
    """Return how often the interval from the `place`-th lowest to the `place`-th highest round holds the median."""
    return float(1 - 2 * sum(comb(rounds, it) for it in range(place)) / 2**rounds)


def ratio(above: Sequence[float], below: Sequence[float]) -> Estimate:
    """Return how many times as large one of two things is as the other, compared within each of their rounds."""
    return Estimate.of([one / other for one, other in zip(above, below, strict=True)])
