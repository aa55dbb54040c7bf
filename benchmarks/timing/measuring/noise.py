"""How calm the machine was: which rows a reader should not trust."""

from collections.abc import Sequence

import numpy as np

LIMIT = 0.10


def spread(values: Sequence[float]) -> float:
    """Return the interquartile range as a share of the median: how far apart the middle half of the values lies."""
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    return float((high - low) / middle)


def doubts(seconds: Sequence[float], rates: Sequence[float]) -> str | None:
    """Say why a row is unreliable; None where it is not.

    Parameters
    ----------
    seconds : sequence of float
        The row's rounds.
    rates : sequence of float
        How fast the machine multiplied matrices before the first round, between rounds and after the last one.
    """
    found = []
    if (own := spread(seconds)) > LIMIT:
        found.append(f"its rounds spread by {own:.0%}")
    if (machine := spread(rates)) > LIMIT:
        found.append(f"the machine's own speed changed by {machine:.0%} meanwhile")
    return " and ".join(found) or None
