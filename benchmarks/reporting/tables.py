"""The tables of the pages, as markdown."""

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from benchmarks.datasets.manifest import Manifest
from benchmarks.errors import GenrebenchError
from benchmarks.reporting.doubts import Doubts
from benchmarks.reporting.notation import (
    BASELINES,
    CLASSIFIERS,
    NONE,
    UNIT_WORDS,
    escape,
    framework_name,
    implementation_name,
    interval,
    mean_interval,
    model_name,
    number,
    selection_words,
)
from benchmarks.runs import FinishedRun
from benchmarks.studies.study import Claim, PrintedResult, Study


def markdown(rows: Sequence[Mapping[str, str]], left: int = 1) -> str:
    """Lay out rows, the first `left` columns to the left and the others, which hold numbers, to the right.

    Cells are not padded: a change of one row is a change of one line.
    """
    heads = [*rows[0]]
    marks = [":--" if place < left else "--:" for place in range(len(heads))]
    cells = [heads, marks, *([row.get(head, "") for head in heads] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def accuracy_table(results: pd.DataFrame, baselines: pd.DataFrame, doubts: Doubts, claim: Claim | None = None) -> str:
    """Show the accuracy of every implementation and baseline, a column a protocol.

    Parameters
    ----------
    results : DataFrame
        Rows of `benchmarks.scoring.results.ScoreTables.results`, one selection a protocol.
    baselines : DataFrame
        As `benchmarks.scoring.baselines.Baselines`.
    doubts : Doubts
        What is marked beside a number.
    claim : Claim, optional
        What stands beside, which belongs only where the dataset is the claim's.
    """
    heads = {
        str(protocol): f"`{protocol}`, n = {rows['n_test'].iloc[0]}"
        for protocol, rows in results.groupby("protocol", sort=False)
    }
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for it in results.to_dict("records"):
        architecture, framework = it["architecture"], it["framework"]
        row = rows.setdefault(
            (architecture, framework),
            {
                "Model": escape(model_name(architecture)),
                "Framework": framework_name(framework),
                **({"Claimed": _claimed(claim.of(architecture))} if claim else {}),
                **dict.fromkeys(heads.values(), NONE),
            },
        )
        row[heads[it["protocol"]]] = _accuracy(it) + _marks(doubts.words(it))
    blank = dict.fromkeys(next(iter(rows.values())), NONE)
    for name in dict.fromkeys(baselines["baseline"]):
        row = {**blank, "Model": BASELINES[name]}
        for it in baselines[baselines["baseline"] == name].to_dict("records"):
            mean, low, high = (100 * it[f"accuracy{end}"] for end in ("", "_low", "_high"))
            row[heads[it["protocol"]]] = mean_interval(mean, low, high, 1)
        rows[name, ""] = row
    return markdown([*rows.values()], left=2)


def leak_table(leak: pd.DataFrame) -> str:
    """Show what windows of one track on both sides are worth, a row a classifier and unit.

    Parameters
    ----------
    leak : DataFrame
        As `benchmarks.scoring.window_leak.leak_table`.
    """
    return markdown(
        [
            {
                "Classifier": CLASSIFIERS[it["classifier"]],
                "Scored": f"each {it['unit']}",
                **_price_cells(it),
            }
            for it in leak.to_dict("records")
        ],
        left=2,
    )


def windows_split_table(found: pd.DataFrame) -> str:
    """Show what the windows of one track on both sides are worth to the networks, a row a network, protocol and unit.

    Parameters
    ----------
    found : DataFrame
        As `benchmarks.ablation.windows_split.price_table`.
    """
    return markdown(
        [
            {
                "Model": implementation_name(it["architecture"], it["framework"]),
                "Protocol": f"`{it['protocol']}`",
                "Counted": UNIT_WORDS[it["unit"]],
                **_price_cells(it),
            }
            for it in found.to_dict("records")
        ],
        left=3,
    )


def units_rows(found: pd.DataFrame) -> str:
    """Show accuracy and loss of every network that sees windows, a row a unit that is counted.

    Parameters
    ----------
    found : DataFrame
        As `benchmarks.scoring.units.units_table`, one selection a protocol.
    """
    return markdown(
        [
            {
                "Model": implementation_name(it["architecture"], it["framework"]),
                "Protocol": f"`{it['protocol']}`",
                "Counted": UNIT_WORDS[it["unit"]],
                "n": str(it["n"]),
                "Accuracy (%)": ends(it, "accuracy"),
                "Loss": NONE
                if math.isnan(it["loss"])
                else f"{number(it['loss'], 2)} {interval(it['loss_low'], it['loss_high'], 2)}",
            }
            for it in found.to_dict("records")
        ],
        left=3,
    )


def _price_cells(row: Mapping[Hashable, Any]) -> dict[str, str]:
    """Show what `benchmarks.scoring.window_leak.price` found."""
    return {
        "Tracks split": ends(row, "track_split"),
        "Windows split": ends(row, "window_split"),
        "Difference (points)": ends(row, "difference", "+"),
    }


def ends(row: Mapping[Hashable, Any], column: str, sign: str = "") -> str:
    """Write a share as a percentage and the ends of its interval, which are columns with ``_low`` and ``_high``."""
    value, low, high = (100 * row[f"{column}{end}"] for end in ("", "_low", "_high"))
    return f"{value:{sign}.1f} {interval(low, high, 1)}"


def _claimed(result: PrintedResult | None) -> str:
    return _percent(result.accuracy) if result else NONE


def _accuracy(row: Mapping[Hashable, Any]) -> str:
    mean, low, high = (100 * row[f"accuracy_{name}"] for name in ("mean", "low", "high"))
    return mean_interval(mean, low, high, 1)


def _marks(words: Sequence[str]) -> str:
    return f" ({', '.join(words)})" if words else ""


def scores_table(results: pd.DataFrame) -> str:
    """Show accuracy and loss of every implementation at every epoch that is scored, and their spread over the seeds.

    Parameters
    ----------
    results : DataFrame
        `benchmarks.scoring.results.ScoreTables.results`.
    """
    rows = []
    for it in results.to_dict("records"):
        loss = mean_interval(it["loss_mean"], it["loss_low"], it["loss_high"], 2)
        rows.append(
            {
                "Model": escape(implementation_name(it["architecture"], it["framework"])),
                "Protocol": f"`{it['protocol']}`",
                "Epoch": selection_words(it["selection"]).removeprefix("epoch of "),
                "Accuracy (%)": _accuracy(it),
                "SD": number(100 * it["accuracy_std"], 1),
                "Loss": loss,
                "SD of loss": number(it["loss_std"], 2),
            }
        )
    return markdown(rows, left=3)


def recall_table(recall: pd.DataFrame) -> str:
    """Show the recall of every genre, a column an implementation.

    Parameters
    ----------
    recall : DataFrame
        Rows of one protocol and one selection of `benchmarks.scoring.results.ScoreTables.recall`.
    """
    rows: dict[str, dict[str, str]] = {}
    for it in recall.to_dict("records"):
        row = rows.setdefault(it["genre"], {"Genre": escape(it["genre"]), "n": str(it["support"])})
        column = escape(implementation_name(it["architecture"], it["framework"]))
        mean, low, high = (100 * it[f"recall_{name}"] for name in ("mean", "low", "high"))
        row[column] = mean_interval(mean, low, high, 0)
    return markdown(list(rows.values()))


def comparisons_table(comparisons: pd.DataFrame) -> str:
    """Show paired differences, a row a pair.

    Parameters
    ----------
    comparisons : DataFrame
        Rows of one protocol and selection of `benchmarks.scoring.results.ScoreTables.comparisons`.
    """
    rows = []
    for it in comparisons.to_dict("records"):
        first, second, within = compared_names(it)
        accuracy = interval(100 * it["accuracy_low"], 100 * it["accuracy_high"], 1)
        loss = interval(it["loss_low"], it["loss_high"], 2)
        lowest = it["mcnemar_p_lowest"]
        rows.append(
            {
                "Difference": f"{second} minus {first}",
                "Both": within,
                "Accuracy (points)": f"{100 * it['accuracy_difference']:+.1f} {accuracy}",
                "Loss": f"{it['loss_difference']:+.2f} {loss}",
                "p < 0.05": f"{it['mcnemar_p_below_0.05']} of {it['seeds']}",
                "Lowest p": "< 0.001" if lowest < 0.001 else number(lowest, 3),
                "n": str(it["n_test"]),
            }
        )
    return markdown(rows, left=2)


def published_table(study: Study) -> str:
    """List every result the study's authors printed."""
    printed = (*study.claim.results, *study.other_results)
    cut = any(it.unit != "track" for it in printed)
    rows = [
        {
            "Where": it.source,
            "Model": it.model,
            **({"Counted": UNIT_WORDS[it.unit]} if cut else {}),
            "Loss": NONE if it.loss is None else number(it.loss, 2),
            "Accuracy (%)": _percent(it.accuracy),
            "Test tracks": str(study.claim.test_tracks),
            "Runs": "1",
        }
        for it in printed
    ]
    return markdown(rows, left=3 if cut else 2)


def tracks_table(manifest: Manifest, runs: Sequence[FinishedRun]) -> str:
    """Count the tracks of every genre on both sides of every protocol's split.

    Raises
    ------
    GenrebenchError
        If a run used a track that the manifest does not hold.
    """
    genre_of = {track.id: track.genre for track in manifest.used}
    rows = {genre: {"Genre": escape(genre)} for genre in manifest.genres}
    total = {"Genre": "**total**"}
    for run in {run.protocol: run for run in runs}.values():
        parts = {"train": run.train_tracks, "validation": run.validation_tracks, "test": run.test_tracks}
        for side, tracks in ((side, tracks) for side, tracks in parts.items() if tracks):
            if unknown := [track for track in tracks if track not in genre_of]:
                raise GenrebenchError(
                    f"run {run.dataset}/{run.protocol}/{run.implementation}/seed-{run.seed} used track {unknown[0]}, "
                    f"which the manifest of {manifest.dataset} does not hold: train again with dvc repro"
                )
            column = f"{side.capitalize()}, {run.protocol}"
            genres = Counter(genre_of[track] for track in tracks)
            for genre, row in rows.items():
                row[column] = str(genres[genre])
            total[column] = str(len(tracks))
    return markdown([*rows.values(), total])


def compared_names(row: dict[Hashable, Any]) -> tuple[str, str, str]:
    """Return the names of the first, of the second, and of what both share, of a row of the comparisons."""
    if row["kind"] == "architecture":
        return escape(model_name(row["first"])), escape(model_name(row["second"])), framework_name(row["within"])
    return framework_name(row["first"]), framework_name(row["second"]), escape(model_name(row["within"]))


def _percent(fraction: float) -> str:
    """Write a printed accuracy with the digits it was printed with."""
    return f"{100 * fraction:g}"
