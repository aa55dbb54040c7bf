"""One implementation against another: paired differences, exact tests, and equivalence."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from benchmarks.errors import GenrebenchError
from benchmarks.scoring.answers import Answers
from benchmarks.scoring.intervals import DIFFERENCE, Interval, mean_interval

# Frameworks whose accuracies differ by less than this are called equivalent.
EQUIVALENCE_MARGIN: Final = 0.05
# Two one-sided tests at 5% each: the interval that leaves 5% on either side.
EQUIVALENCE_LEVEL: Final = 0.90
SIGNIFICANT: Final = 0.05
ANY_DIFFERENCE: Final = (-float("inf"), float("inf"))


@dataclass(frozen=True, eq=False)
class Comparison:
    """The second of two implementations minus the first, on the same tracks and seeds.

    Attributes
    ----------
    accuracy, loss : float
        Mean difference over tracks and seeds.
    accuracy_interval, loss_interval : Interval
        95%, as `benchmarks.scoring.intervals.mean_interval`.
    equivalence_interval : Interval
        90%, of the accuracy.
    mcnemar : ndarray of float64, shape (n_seeds,)
        The exact test's p-value for each seed, not corrected.
    """

    accuracy: float
    accuracy_interval: Interval
    loss: float
    loss_interval: Interval
    equivalence_interval: Interval
    mcnemar: NDArray[np.float64]

    @property
    def equivalent(self) -> bool:
        """Whether both one-sided tests reject a difference of `EQUIVALENCE_MARGIN` or more."""
        low, high = self.equivalence_interval
        return low > -EQUIVALENCE_MARGIN and high < EQUIVALENCE_MARGIN


def compare(first: Answers, second: Answers) -> Comparison:
    """Compare two implementations track by track and seed by seed.

    Returns
    -------
    Comparison
        Second minus first. It is equivalent where the 90% interval lies inside the margin, which is what two one-sided
        tests at 5% come to [1]_.

    Raises
    ------
    GenrebenchError
        If the two do not have the same test tracks and seeds: then their answers are no pairs.

    References
    ----------
    .. [1] D. J. Schuirmann: A comparison of the two one-sided tests procedure and the power approach for assessing the
       equivalence of average bioavailability. Journal of Pharmacokinetics and Biopharmaceutics 15, 1987.
    """
    for what in ("tracks", "seeds"):
        if getattr(first, what) != getattr(second, what):
            raise GenrebenchError(
                f"{first.implementation} and {second.implementation} were not measured on the same {what}, so their "
                f"answers are no pairs: train again with dvc repro"
            )
    right = second.right.astype(np.float64) - first.right
    losses = second.losses - first.losses
    return Comparison(
        accuracy=float(right.mean()),
        accuracy_interval=mean_interval(right, DIFFERENCE),
        loss=float(losses.mean()),
        loss_interval=mean_interval(losses, ANY_DIFFERENCE),
        equivalence_interval=mean_interval(right, DIFFERENCE, EQUIVALENCE_LEVEL),
        mcnemar=np.array([mcnemar(a, b) for a, b in zip(first.right, second.right, strict=True)]),
    )


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Return the p-value of McNemar's exact test: whether the tracks that only one of two gets right are shared evenly.

    Parameters
    ----------
    first, second : ndarray of bool, shape (n_test,)
        Whether the answers of one run each were right, on the same tracks.

    See Also
    --------
    scipy.stats.binomtest : what computes it: the exact test asks whether the unlike answers are a fair coin's.

    References
    ----------
    .. [1] Q. McNemar: Note on the sampling error of the difference between correlated proportions or percentages.
       Psychometrika 12, 1947.
    """
    only_first, unlike = int((first & ~second).sum()), int((first != second).sum())
    return float(stats.binomtest(only_first, unlike).pvalue) if unlike else 1.0


def comparisons_table(answers: Sequence[Answers]) -> pd.DataFrame:
    """Compare all architectures inside every framework, and all frameworks inside every architecture.

    Returns
    -------
    DataFrame
        One row a pair; see `benchmarks.scoring.results.ScoreTables.comparisons`. Holm's correction [1]_ runs over all
        McNemar tests of one protocol and selection.

    Raises
    ------
    GenrebenchError
        As `compare`.

    References
    ----------
    .. [1] S. Holm: A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6, 1979.
    """
    groups: dict[tuple[str, str], list[Answers]] = {}
    for it in answers:
        groups.setdefault((it.protocol, it.selection), []).append(it)
    rows = [row for group in groups.values() for row in _rows(group)]
    return pd.DataFrame(rows, columns=_COLUMNS)


_COLUMNS = [
    *("protocol", "selection", "kind", "within", "first", "second", "n_test", "seeds"),
    *("accuracy_difference", "accuracy_low", "accuracy_high", "loss_difference", "loss_low", "loss_high"),
    *("mcnemar_p", "mcnemar_p_lowest", "mcnemar_p_below_0.05", "equivalence_low", "equivalence_high", "equivalent"),
]


def _rows(answers: Sequence[Answers]) -> list[dict[str, Any]]:
    pairs = [(kind, *pair) for kind in ("architecture", "framework") for pair in _pairs(answers, kind)]
    if not pairs:
        return []
    found = [compare(first, second) for _, first, second in pairs]
    corrected = holm([it.mcnemar for it in found])
    return [_row(*pair, comparison, values) for pair, comparison, values in zip(pairs, found, corrected, strict=True)]


def _pairs(answers: Sequence[Answers], kind: str) -> list[tuple[Answers, Answers]]:
    """Return the pairs that differ in the kind alone."""
    within = "framework" if kind == "architecture" else "architecture"
    return [
        (first, second)
        for first, second in combinations(answers, 2)
        if getattr(first.implementation, within) == getattr(second.implementation, within)
    ]


def holm(p_values: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Correct the p-values of several groups as one family by Holm's procedure.

    References
    ----------
    .. [1] S. Holm: A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6, 1979.
    """
    family = np.concatenate(p_values)
    order = np.argsort(family, kind="stable")
    # the lowest times the number of all, the next times one fewer, and so on; none below the one before
    raised = np.maximum.accumulate(family[order] * np.arange(len(family), 0, -1))
    corrected = np.empty_like(family)
    corrected[order] = np.minimum(raised, 1)
    return np.split(corrected, np.cumsum([len(group) for group in p_values])[:-1])


def _row(
    kind: str, first: Answers, second: Answers, comparison: Comparison, corrected: NDArray[np.float64]
) -> dict[str, Any]:
    row = {
        "protocol": first.protocol,
        "selection": first.selection,
        "kind": kind,
        "within": getattr(first.implementation, "framework" if kind == "architecture" else "architecture"),
        "first": getattr(first.implementation, kind),
        "second": getattr(second.implementation, kind),
        "n_test": len(first.tracks),
        "seeds": len(first.seeds),
        "mcnemar_p": ";".join(f"{p:.3g}" for p in corrected),
        "mcnemar_p_lowest": corrected.min(),
        "mcnemar_p_below_0.05": int((corrected < SIGNIFICANT).sum()),
    }
    for metric in ("accuracy", "loss"):
        row[f"{metric}_difference"] = getattr(comparison, metric)
        row[f"{metric}_low"], row[f"{metric}_high"] = getattr(comparison, f"{metric}_interval")
    if kind == "framework":
        row["equivalence_low"], row["equivalence_high"] = comparison.equivalence_interval
        row["equivalent"] = "yes" if comparison.equivalent else "no"
    return row
