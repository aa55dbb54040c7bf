"""The page of one dataset: ``README.md``, its figures, and the facts the index shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchmarks.ablation.record import Ladder
from benchmarks.audit.record import Audit
from benchmarks.datasets.manifest import DatasetKind, Manifest
from benchmarks.errors import GenrebenchError
from benchmarks.files import replacing, write_json, write_text
from benchmarks.published import claim
from benchmarks.reporting import figures, style
from benchmarks.reporting.audit import audit_section
from benchmarks.reporting.ladder import FIGURE as LADDER_FIGURE
from benchmarks.reporting.ladder import ladder_figure, ladder_section
from benchmarks.reporting.method import how_it_was_made, method
from benchmarks.reporting.statements import comparison_words, summary_words, verdict_words
from benchmarks.reporting.tables import (
    comparisons_table,
    other_epochs_table,
    published_table,
    recall_table,
    results_table,
)
from benchmarks.reporting.wording import NONE, kind_words, listing, mark_banner, marked, selection_words
from benchmarks.runs import FinishedRun
from benchmarks.scoring.baselines import Baselines
from benchmarks.scoring.results import ScoreTables, headline_rows, score_tables, shown_selection
from benchmarks.scoring.verdict import WHOLE, about_claim

FACTS = "report.json"

_SELECTION_NOTES = {
    "lowest_test_loss": (
        "The epoch of lowest test loss is chosen by the test tracks themselves, so its loss flatters the model; its "
        "accuracy often does, too. The study chose its epoch this way."
    ),
    "last_epoch": "The last epoch is chosen by no result.",
    "lowest_validation_loss": (
        "The epoch of lowest validation loss is chosen by tracks of their own. The test tracks are scored once, with "
        "the weights of that epoch."
    ),
}
_COMPARISON_NOTES = (
    "Differences are paired: same test tracks, same seeds. In brackets: 95% intervals, from the same bootstrap. "
    "McNemar's exact test asks of each seed whether the tracks that only one of the two gets right are shared evenly; "
    "its p-values are corrected by Holm's method over all tests of the table. The architectures see different inputs, "
    "so a difference between them is one of architecture and input together. Every interval stands for itself: none is "
    "corrected for their number, and none covers another split or training set. "
    "Differences at other epochs: [comparisons.csv](comparisons.csv)."
)


@dataclass(frozen=True, eq=False)
class Findings:
    """All that the page of a dataset is made of.

    Attributes
    ----------
    manifest : Manifest
        Of the dataset that the runs used.
    audit : Audit
        Of its tracks.
    runs : sequence of FinishedRun
        All finished runs of the dataset; the page keeps their order.
    baselines : Baselines
        Of the same runs.
    ladder : Ladder, optional
        The ladder of flaws, where it was climbed.
    """

    manifest: Manifest
    audit: Audit
    runs: Sequence[FinishedRun]
    baselines: Baselines
    ladder: Ladder | None


def write_report(found: Findings, folder: Path) -> None:
    """Write ``README.md``, ``figures/*.png`` and ``report.json`` into a dataset's report folder.

    The same findings give the same bytes. The page links to the files of `benchmarks.scoring.results.write_scores`,
    which belong into the same folder.

    Parameters
    ----------
    found : Findings
        What to show.
    folder : Path
        ``reports/<dataset>``.

    Raises
    ------
    GenrebenchError
        If there is no run, the runs cannot stand in one table, or they are of another dataset than the manifest.
    """
    runs, manifest = found.runs, found.manifest
    tables = score_tables(runs)
    if runs[0].dataset != manifest.dataset:
        raise GenrebenchError(f"runs of {runs[0].dataset} do not belong to the manifest of {manifest.dataset}")
    if runs[0].genres != manifest.genres:
        raise GenrebenchError(f"the runs of {manifest.dataset} know other genres than its manifest: use dvc repro")
    page = _page(found, tables)
    _write_figures(found, tables, folder / "figures")
    write_json(folder / FACTS, _facts(manifest, runs))
    write_text(folder / "README.md", page)


def banner(kind: DatasetKind, tracks: int, genres: int) -> str:
    """Say what results on this dataset mean for the study's claim.

    Parameters
    ----------
    kind : {"gtzan", "gtzan-mini", "synthetic", "folder"}
        Where the audio comes from.
    tracks, genres : int
        Number of tracks used, and of their genres.
    """
    return "\n>\n".join([*mark_banner(), _about_claim_words(kind, tracks, genres)])


def _about_claim_words(kind: DatasetKind, tracks: int, genres: int) -> str:
    if kind == "synthetic":
        return (
            "> **SYNTHETIC: generated audio, not GTZAN.** These numbers say nothing about the study's claim, which "
            "does not apply to this dataset. They show that the harness works, from audio to report."
        )
    if about_claim(kind, tracks):
        return f"> GTZAN, all {WHOLE} tracks: the dataset that the study's claim is about."
    what = f"This is {kind_words(kind, genres)} ({tracks} tracks)"
    return (
        f"> **The study's claim is about the {WHOLE} tracks of GTZAN.** {what}, "
        f"so the claim does not apply to it and is shown for orientation only."
    )


def _facts(manifest: Manifest, runs: Sequence[FinishedRun]) -> dict[str, str | int | list[str]]:
    return {
        "dataset": manifest.dataset,
        "kind": manifest.kind,
        "tracks": len(manifest.used),
        "left_out": len(manifest.left_out),
        "genres": len(manifest.genres),
        "deviation": _deviation(runs),
        "verdict": verdict_words(manifest, runs),
    }


def _deviation(runs: Sequence[FinishedRun]) -> str:
    """Say where runs of the protocol `published` do not do what the study did; empty where they do."""
    published_runs = [run for run in runs if run.protocol == claim.PROTOCOL]
    found = [item for run in published_runs for item in claim.deviations(run.decided_by["protocol"])]
    if not found:
        return ""
    changes = listing([*dict.fromkeys(found)])
    return f"**Protocol `published` was changed, so this is not the study's protocol:** {changes}."


def _page(found: Findings, tables: ScoreTables) -> str:
    manifest, runs = found.manifest, found.runs
    kind = manifest.kind
    protocols = list(tables.results["protocol"].unique())
    parts = [
        f"# {marked(kind, f'results on {manifest.dataset}')}",
        banner(kind, len(manifest.used), len(manifest.genres)),
        *filter(None, [_deviation(runs)]),
        *verdict_words(manifest, runs),
        *_results(kind, tables.results, found.baselines),
        *_claim(kind),
        *method(manifest, runs),
        f"## {marked(kind, 'recall of every genre')}",
    ]
    for protocol in protocols:
        parts += _recall(kind, protocol, tables.recall)
    parts += _confusion(kind, protocols, tables)
    parts += _curves(kind, protocols)
    parts += ladder_section(kind, manifest.dataset, found.ladder)
    parts += audit_section(manifest, found.audit, _parts(runs))
    if len(tables.comparisons):
        parts.append(f"## {marked(kind, 'architectures and frameworks compared')}")
        for protocol in protocols:
            parts += _comparisons(kind, protocol, tables)
        parts.append(_COMPARISON_NOTES)
    return "\n\n".join([*parts, *how_it_was_made(manifest, runs)]) + "\n"


def _claim(kind: DatasetKind) -> list[str]:
    if kind == "synthetic":
        return []
    return [
        "## The claim",
        (
            f"The authors of [the study]({claim.REPOSITORY}) printed three runs of the same code. "
            "Each is one run on one split of GTZAN, without an interval. The first is the claim."
        ),
        published_table(),
    ]


def _parts(runs: Sequence[FinishedRun]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return for each protocol the tracks of each part of its split, parts without tracks left out."""
    found = {}
    for run in runs:
        parts = {"train": run.train_tracks, "validation": run.validation_tracks, "test": run.test_tracks}
        found[run.protocol] = {name: tracks for name, tracks in parts.items() if tracks}
    return found


def _results(kind: DatasetKind, results: pd.DataFrame, baselines: Baselines) -> list[str]:
    shown = headline_rows(results)
    name = marked(kind, "accuracy with 95% intervals")
    parts = [
        f"## {marked(kind, 'claimed and measured')}",
        "\n".join(f"- {line}" for line in summary_words(shown, baselines)),
        results_table(shown, baselines.scores),
        f"![{name}](figures/accuracy.png)",
    ]
    if len(others := results.drop(shown.index)):
        parts += [f"**{marked(kind, 'measured at other epochs')}**", other_epochs_table(others)]
    selections = sorted(results["selection"].unique(), reverse=True)
    tracks = [
        f"With {n} test tracks, one track is {100 / n:.1f} points of accuracy."
        for n in dict.fromkeys(results["n_test"])
    ]
    return [
        *parts,
        (
            "Measured: mean over the seeds [95% interval], and SD, the standard deviation over the seeds "
            f"({NONE}: one seed has none). {_interval_note(results)} {' '.join(tracks)} "
            f"Claimed: one run, {claim.TEST_TRACKS} test tracks, printed without an interval, under protocol "
            f"`{claim.PROTOCOL}`; beside other protocols it stands for orientation."
        ),
        " ".join(_SELECTION_NOTES[name] for name in selections if name in _SELECTION_NOTES),
        (
            "Baselines are trained and tested on the same tracks, once, and have no seed; in brackets: Wilson's "
            "interval. The logistic regression sees mean and standard deviation of each of 20 MFCC over the first 15 s."
        ),
        (
            "All numbers: [results.csv](results.csv), [runs.csv](runs.csv), [baselines.csv](baselines.csv), "
            "[baseline_differences.csv](baseline_differences.csv), [comparisons.csv](comparisons.csv), "
            "[recall.csv](recall.csv), [confusion.csv](confusion.csv), [curves.csv](curves.csv)."
        ),
    ]


def _interval_note(results: pd.DataFrame) -> str:
    if (results["seeds"] == 1).all():
        return "The interval says what other test tracks would change. One seed cannot say what other seeds would."
    return (
        "The interval says what other seeds and other test tracks would change: a two-level bootstrap over tracks and "
        "seeds. SD says what the seed changes, alone."
    )


def _comparisons(kind: DatasetKind, protocol: str, tables: ScoreTables) -> list[str]:
    rows = _of(tables.comparisons, protocol)
    selection = shown_selection(list(rows["selection"].unique()))
    rows = rows[rows["selection"] == selection]
    results = _of(tables.results, protocol)
    return [
        f"**{marked(kind, f'paired differences, {selection_words(selection)}, protocol `{protocol}`')}**",
        comparisons_table(rows),
        "\n".join(f"- {line}" for line in comparison_words(rows, results[results["selection"] == selection])),
    ]


def _recall(kind: DatasetKind, protocol: str, recall: pd.DataFrame) -> list[str]:
    rows = _of(recall, protocol)
    selection = shown_selection(list(rows["selection"].unique()))
    rows = rows[rows["selection"] == selection]
    parts = [
        f"**{marked(kind, f'recall, {selection_words(selection)}, protocol `{protocol}`')}**",
        recall_table(rows),
        f"Mean over the seeds [95% interval], {_seeds_words(rows)}.",
    ]
    if rows["recall_low"].isna()[rows["support"] > 0].any():
        parts.append(f"[{NONE}]: one track makes no interval.")
    if (rows["support"] == 0).any():
        parts.append(f"{NONE} for a genre: the split put none of its tracks into the test set.")
    return parts


def _seeds_words(rows: pd.DataFrame) -> str:
    counts = sorted(rows["seeds"].unique())
    return f"n = {counts[0]}" if len(counts) == 1 else f"n = {counts[0]} to {counts[-1]}"


def _confusion(kind: DatasetKind, protocols: Sequence[str], tables: ScoreTables) -> list[str]:
    parts = [f"## {marked(kind, 'confusion matrices')}"]
    for protocol in protocols:
        selection = selection_words(_of(tables.confusion, protocol)["selection"].iloc[0])
        name = marked(kind, f"confusion matrices, {selection}, protocol {protocol}")
        parts.append(f"![{name}](figures/confusion-{protocol}.png)")
    parts.append("Each row adds up to 100%, over the test tracks of the genre and all seeds. Grey: no test track.")
    return parts


def _curves(kind: DatasetKind, protocols: Sequence[str]) -> list[str]:
    parts = [f"## {marked(kind, 'learning curves')}"]
    for protocol in protocols:
        name = marked(kind, f"learning curves, protocol {protocol}")
        parts.append(f"![{name}](figures/learning-curves-{protocol}.png)")
    parts.append(
        "Training loss and accuracy are taken while training, with dropout on. The others are taken after the epoch, "
        "on the test tracks where the protocol looks at them after every epoch, else on the validation tracks."
    )
    return parts


def _write_figures(found: Findings, tables: ScoreTables, folder: Path) -> None:
    """Write all figures as one folder, so that none of a former protocol stays behind."""
    manifest, ladder = found.manifest, found.ladder
    kind = manifest.kind
    with replacing(folder) as temporary, style.figure_style():
        temporary.mkdir()
        intervals = figures.accuracy_intervals(
            headline_rows(tables.results),
            tables.runs,
            found.baselines.scores,
            marked(kind, f"accuracy with 95% intervals on {manifest.dataset}"),
        )
        style.save(intervals, temporary / "accuracy.png")
        if ladder:
            older = "" if ladder.current else ", older runs"
            title = marked(kind, f"what each step of the ladder changes, {manifest.dataset}{older}")
            style.save(ladder_figure(ladder.table, title), temporary / LADDER_FIGURE)
        for protocol in tables.results["protocol"].unique():
            where = f"{manifest.dataset}, protocol {protocol}"
            curves = figures.learning_curves(
                [run for run in found.runs if run.protocol == protocol],
                _of(tables.curves, protocol),
                marked(kind, f"learning curves on {where}"),
            )
            style.save(curves, temporary / f"learning-curves-{protocol}.png")
            answers = _of(tables.confusion, protocol)
            selection = selection_words(answers["selection"].iloc[0])
            confusion = figures.confusion_matrices(
                answers, manifest.genres, marked(kind, f"confusion on {where}, {selection}")
            )
            style.save(confusion, temporary / f"confusion-{protocol}.png")


def _of(table: pd.DataFrame, protocol: str) -> pd.DataFrame:
    return table[table["protocol"] == protocol]
