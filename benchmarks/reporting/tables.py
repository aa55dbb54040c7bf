"""The tables of the pages, as markdown."""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd

from benchmarks.datasets.manifest import Manifest
from benchmarks.errors import GenrebenchError
from benchmarks.published.claim import CLAIMS, OTHER_RESULTS, TEST_TRACKS
from benchmarks.reporting.wording import (
    BASELINES,
    NONE,
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


def markdown(rows: Sequence[dict[str, str]], left: int = 1) -> str:
    """Lay out rows, the first `left` columns to the left and the others, which hold numbers, to the right."""
    frame = pd.DataFrame(rows)
    align = ["left" if place < left else "right" for place in range(len(frame.columns))]
    return frame.to_markdown(index=False, tablefmt="pipe", disable_numparse=True, colalign=align)


def results_table(results: pd.DataFrame, baselines: pd.DataFrame) -> str:
    """Set what the study claims beside what was measured, a row an implementation or baseline, a column a protocol.

    Parameters
    ----------
    results : DataFrame
        Rows of `benchmarks.scoring.results.ScoreTables.results`, one selection a protocol.
    baselines : DataFrame
        As `benchmarks.scoring.baselines.baselines_table`.
    """
    heads = _heads(results)
    rows = []
    for (architecture, framework), by_head in _by_implementation(results, heads).items():
        claim = CLAIMS.get(architecture)
        rows.append(
            {
                "Model": escape(model_name(architecture)),
                "Framework": framework_name(framework),
                "Claimed on GTZAN:<br>loss": number(claim.loss, 2) if claim else NONE,
                "Claimed on GTZAN:<br>accuracy (%)": _percent(claim.accuracy) if claim else NONE,
                **_measured_columns(by_head),
            }
        )
    for name in dict.fromkeys(baselines["baseline"]):
        row = {"Model": BASELINES[name], **dict.fromkeys([*rows[0]][1:], NONE)}
        for it in baselines[baselines["baseline"] == name].to_dict("records"):
            if head := next((head for (protocol, _), head in heads.items() if protocol == it["protocol"]), None):
                mean, low, high = (100 * it[f"accuracy{end}"] for end in ("", "_low", "_high"))
                row[f"{head}loss"] = number(it["loss"], 2)
                row[f"{head}accuracy (%)"] = mean_interval(mean, low, high, 1)
        rows.append(row)
    return markdown(rows, left=2)


def other_epochs_table(results: pd.DataFrame) -> str:
    """Show what was measured at other epochs than those of the first table, a row an implementation.

    Parameters
    ----------
    results : DataFrame
        Rows of `benchmarks.scoring.results.ScoreTables.results`.
    """
    rows = []
    for (architecture, framework), by_head in _by_implementation(results, _heads(results)).items():
        name = {"Model": escape(model_name(architecture)), "Framework": framework_name(framework)}
        rows.append({**name, **_measured_columns(by_head)})
    return markdown(rows, left=2)


def _heads(results: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Return what stands above the columns of each protocol and selection: how many tracks and seeds, and which epoch.

    Implementations of one protocol have the same test tracks; those with fewer seeds are counted in the cells.
    """
    heads = {}
    for (protocol, selection), rows in results.groupby(["protocol", "selection"], sort=False):
        name = str(protocol), str(selection)
        seeds = int(rows["seeds"].max())
        counts = f"{rows['n_test'].iloc[0]} test tracks, {seeds} {'seed' if seeds == 1 else 'seeds'}"
        heads[name] = f"`{protocol}`, {selection_words(name[1])},<br>{counts}:<br>"
    return heads


def _by_implementation(
    results: pd.DataFrame, heads: dict[tuple[str, str], str]
) -> dict[tuple[str, str], dict[str, dict[Hashable, Any]]]:
    groups: dict[tuple[str, str], dict[str, dict[Hashable, Any]]] = {}
    for it in results.to_dict("records"):
        head = heads[it["protocol"], it["selection"]]
        groups.setdefault((it["architecture"], it["framework"]), {})[head] = it
    return groups


def _measured_columns(by_head: dict[str, dict[Hashable, Any]]) -> dict[str, str]:
    columns = {}
    for head, row in by_head.items():
        columns[f"{head}loss"] = _measured(row, "loss", 1, 2)
        columns[f"{head}accuracy (%)"] = _measured(row, "accuracy", 100, 1)
    return columns


def recall_table(recall: pd.DataFrame) -> str:
    """Show the recall of every genre, a column an implementation.

    Parameters
    ----------
    recall : DataFrame
        Rows of one protocol and one selection of `benchmarks.scoring.results.ScoreTables.recall`.
    """
    rows: dict[str, dict[str, str]] = {}
    for it in recall.to_dict("records"):
        row = rows.setdefault(it["genre"], {"Genre": escape(it["genre"]), "Test tracks": str(it["support"])})
        column = f"{escape(implementation_name(it['architecture'], it['framework']))}<br>recall (%)"
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
                "McNemar's test:<br>seeds with p < 0.05": f"{it['mcnemar_p_below_0.05']} of {it['seeds']}",
                "Lowest p": "< 0.001" if lowest < 0.001 else number(lowest, 3),
                "Test tracks": str(it["n_test"]),
            }
        )
    return markdown(rows, left=2)


def published_table() -> str:
    """List every result the study's authors printed."""
    printed = (*CLAIMS.values(), *OTHER_RESULTS)
    rows = [
        {
            "Where": it.source,
            "Model": it.model,
            "Loss": number(it.loss, 2),
            "Accuracy (%)": _percent(it.accuracy),
            "Test tracks": str(TEST_TRACKS),
            "Runs": "1",
        }
        for it in printed
    ]
    return markdown(rows, left=2)


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


def _measured(row: dict[Hashable, Any], metric: str, scale: float, digits: int) -> str:
    """Write mean [low, high], and under it the standard deviation over the seeds."""
    mean, low, high, deviation = (scale * row[f"{metric}_{name}"] for name in ("mean", "low", "high", "std"))
    return f"{mean_interval(mean, low, high, digits)}<br>SD {number(deviation, digits)}"


def _percent(fraction: float) -> str:
    """Write a printed accuracy with the digits it was printed with."""
    return f"{100 * fraction:g}"
