"""What the intervals say: the verdict on the claim, and what comparisons show. No word without its interval."""

from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd

from benchmarks.datasets.kinds import title_of
from benchmarks.datasets.manifest import Manifest
from benchmarks.reporting.notation import (
    UNIT_WORDS,
    escape,
    implementation_name,
    interval,
    number,
    selection_words,
)
from benchmarks.reporting.tables import compared_names
from benchmarks.runs import FinishedRun
from benchmarks.scoring.comparisons import EQUIVALENCE_MARGIN
from benchmarks.scoring.verdict import Verdict, about_claim, verdicts, why_not
from benchmarks.studies.study import Study

_Row = dict[Hashable, Any]


def verdict_words(study: Study, manifest: Manifest, runs: Sequence[FinishedRun]) -> list[str]:
    """Say for every claimed number whether it lies where one more run of ours would, or why that cannot be said.

    Empty where the dataset is not the claim's: `benchmarks.reporting.dataset_page.banner` says so.
    """
    origin, tracks, claim = manifest.origin, len(manifest.used), study.claim
    if not about_claim(claim, origin, tracks):
        return []
    if reason := why_not(study, origin, tracks, runs):
        return [f"**No verdict on the claim: it does not apply to these runs.** {reason[:1].upper()}{reason[1:]}."]
    return [
        (
            "**Verdict on the claim.** In brackets: the 95% prediction interval, where one further run of ours lies in "
            f"95 of 100 cases, with another seed and {claim.test_tracks} other test tracks. It does not hold what "
            f"another split of {title_of(claim.dataset)} changes. Protocol `{claim.protocol}`, "
            f"{selection_words(claim.selection)}, as in the study. Each "
            "verdict stands for itself: none is corrected for their number."
        ),
        "\n".join(f"- {_verdict_line(it)}" for it in verdicts(study, origin, tracks, runs)),
    ]


def _verdict_line(verdict: Verdict) -> str:
    scale, unit, digits = (100, "%", 1) if verdict.metric == "accuracy" else (1, "", 2)
    low, high = (scale * end for end in verdict.predicted)
    name = escape(implementation_name(verdict.implementation.architecture, verdict.implementation.framework))
    counted = "" if verdict.unit == "track" else f" of {UNIT_WORDS[verdict.unit]}"
    words = f"{name}, {verdict.metric}{counted}: claimed {scale * verdict.claimed:g}{unit}, predicted "
    words += f"{interval(low, high, digits)}{unit}. "
    if verdict.inside:
        return f"{words}The claim lies **inside**: one run like ours can give it."
    side = "above" if verdict.claimed > verdict.predicted.high else "below"
    return f"{words}The claim lies **outside**, {side} it: runs like ours give it in fewer than 5 of 100 cases."


def comparison_words(comparisons: pd.DataFrame, results: pd.DataFrame) -> list[str]:
    """Write one plain sentence for each comparison.

    Parameters
    ----------
    comparisons, results : DataFrame
        Rows of one protocol and selection of `benchmarks.scoring.results.ScoreTables`.
    """
    return [_comparison_line(row, results) for row in comparisons.to_dict("records")]


def _comparison_line(row: _Row, results: pd.DataFrame) -> str:
    first, second, within = compared_names(row)
    low, high = 100 * row["accuracy_low"], 100 * row["accuracy_high"]
    words = f"{within}, {second} minus {first}: {100 * row['accuracy_difference']:+.1f} points of accuracy "
    words += f"{interval(low, high, 1)}. "
    if low > 0 or high < 0:
        words += f"{second if low > 0 else first} has the higher accuracy: the interval does not hold 0."
    elif pd.isna(low):
        words += "No difference shown: one track makes no interval."
    else:
        words += "No difference shown: the interval holds 0."
    return words + _equivalence(row) + _calibration(row, results, first, second)


def _equivalence(row: _Row) -> str:
    if row["kind"] != "framework":
        return ""
    ends = interval(100 * row["equivalence_low"], 100 * row["equivalence_high"], 1)
    margin = f"±{100 * EQUIVALENCE_MARGIN:g} points"
    if row["equivalent"] == "yes":
        return f" Equivalent within {margin}: the 90% interval {ends} lies inside."
    return f" Equivalence within {margin} is not shown: the 90% interval {ends} does not lie inside."


def _calibration(row: _Row, results: pd.DataFrame, first: str, second: str) -> str:
    """Give the calibration errors where the higher accuracy comes with the higher loss, both shown."""
    shown = all(row[f"{metric}_low"] > 0 or row[f"{metric}_high"] < 0 for metric in ("accuracy", "loss"))
    if not shown or row["accuracy_difference"] * row["loss_difference"] <= 0:
        return ""
    within = "framework" if row["kind"] == "architecture" else "architecture"
    of_both = results[results[within] == row["within"]].set_index(row["kind"])["ece_mean"]
    errors = [number(100 * of_both[row[place]], 1) for place in ("first", "second")]
    return (
        " Loss and accuracy disagree: the higher accuracy comes with the higher loss. Expected calibration error: "
        f"{first} {errors[0]} points, {second} {errors[1]} points."
    )
