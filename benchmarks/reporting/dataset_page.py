"""The page of one dataset: ``README.md``, its figures, and the facts the index shows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks import style
from benchmarks.ablation.record import Ladder
from benchmarks.ablation.windows_split import Prices
from benchmarks.audit.record import Audit
from benchmarks.audit.straddling import artists_of, straddling_artists
from benchmarks.datasets.kinds import KINDS, title_of
from benchmarks.datasets.manifest import DatasetKind, Manifest
from benchmarks.errors import GenrebenchError
from benchmarks.files import replacing, write_json, write_text
from benchmarks.reporting import figures
from benchmarks.reporting.audit_section import audit_section
from benchmarks.reporting.conclusions import comparison_words, verdict_words
from benchmarks.reporting.doubts import FEW_BATCHES, Doubts
from benchmarks.reporting.findings import dataset_findings, directions
from benchmarks.reporting.flaw_findings import LEAK_SECTION, NETWORKS_SECTION
from benchmarks.reporting.ladder_section import FIGURE as LADDER_FIGURE
from benchmarks.reporting.ladder_section import changes, ladder_figure, ladder_section
from benchmarks.reporting.method_section import how_it_was_made, method
from benchmarks.reporting.notation import kind_words, listing, mark_banner, marked, selection_words
from benchmarks.reporting.records import FACTS, Records
from benchmarks.reporting.rendering import render
from benchmarks.reporting.tables import (
    accuracy_table,
    comparisons_table,
    leak_table,
    recall_table,
    scores_table,
    units_rows,
    windows_split_table,
)
from benchmarks.runs import FinishedRun
from benchmarks.scoring.baselines import LINEAR, Baselines
from benchmarks.scoring.results import ScoreTables, headline_rows, score_tables
from benchmarks.scoring.units import units_table
from benchmarks.scoring.verdict import about_claim, verdicts
from benchmarks.studies.study import Claim, Study

_SELECTION_NOTES = {
    "lowest_test_loss": (
        "The epoch of lowest test loss is chosen by the test tracks themselves, so its loss flatters the model; its "
        "accuracy often does, too."
    ),
    "last_epoch": "The last epoch is chosen by no result.",
    "lowest_validation_loss": (
        "The epoch of lowest validation loss is chosen by tracks of their own. The test tracks are scored once, with "
        "the weights of that epoch."
    ),
}


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
    leak : DataFrame
        As `benchmarks.scoring.window_leak.leak_table`.
    ladder : Ladder, optional
        The ladder of flaws, where it was climbed.
    windows_split : Prices, optional
        What windows of one track on both sides are worth to the networks, where it was measured.
    study : Study
        Whose claim is tested.
    """

    manifest: Manifest
    audit: Audit
    runs: Sequence[FinishedRun]
    baselines: Baselines
    leak: pd.DataFrame
    ladder: Ladder | None
    windows_split: Prices | None
    study: Study

    @property
    def claim(self) -> Claim | None:
        """What is claimed of this dataset; None where the claim is not about it."""
        claim = self.study.claim
        return claim if about_claim(claim, self.manifest.origin, len(self.manifest.used)) else None


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
    facts = _facts(found)
    page = _page(found, tables, _records(found, tables, facts))
    _write_figures(found, tables, folder / "figures")
    write_json(folder / FACTS, facts)
    write_text(folder / "README.md", page)


def _records(found: Findings, tables: ScoreTables, facts: dict[str, Any]) -> Records:
    """Return what the findings of the page rest on. The study's weights, run at another time, have their own page."""
    return Records(
        facts=facts,
        results=tables.results,
        units=units_table(found.runs),
        baselines=found.baselines.scores,
        differences=found.baselines.differences,
        comparisons=tables.comparisons,
        leak=found.leak,
        ladder=None if found.ladder is None else found.ladder.table,
        windows_split=_windows_split(found),
        weights=None,
    )


def banner(claim: Claim, kind: DatasetKind, origin: str, tracks: int, genres: int) -> str:
    """Say what results on this dataset mean for the study's claim.

    Parameters
    ----------
    claim : Claim
        Of the study.
    kind : {"gtzan", "gtzan-mini", "synthetic", "folder"}
        Where the audio comes from.
    origin : str
        See `Manifest.origin`.
    tracks, genres : int
        Number of tracks used, and of their genres.
    """
    return "\n>\n".join([*mark_banner(), _about_claim_words(claim, kind, origin, tracks, genres)])


def _about_claim_words(claim: Claim, kind: DatasetKind, origin: str, tracks: int, genres: int) -> str:
    whole = title_of(claim.dataset)
    if not KINDS[kind].real:
        return (
            f"> **SYNTHETIC: generated audio, not {whole}.** These numbers say nothing about the study's claim, which "
            "does not apply to this dataset. They show that the harness works, from audio to report."
        )
    if about_claim(claim, origin, tracks):
        return f"> {whole}, all {claim.tracks} tracks: the dataset that the study's claim is about."
    what = f"This is {kind_words(kind, genres)} ({tracks} tracks)"
    about = f"> **The study's claim is about the {claim.tracks} tracks of {whole}.**"
    return f"{about} {what}, so the claim does not apply to it."


def _facts(found: Findings) -> dict[str, Any]:
    manifest, runs = found.manifest, found.runs
    kind, tracks = manifest.kind, len(manifest.used)
    groups = Counter(group.kind for group in found.audit.groups)
    return {
        "study": found.study.name,
        "dataset": manifest.dataset,
        "origin": manifest.origin,
        "kind": kind,
        "tracks": tracks,
        "left_out": len(manifest.left_out),
        "genres": len(manifest.genres),
        "deviation": _deviation(found.study, runs),
        "verdict": verdict_words(found.study, manifest, runs),
        "verdicts": [
            {
                "architecture": it.implementation.architecture,
                "framework": it.implementation.framework,
                "metric": it.metric,
                "unit": it.unit,
                "claimed": it.claimed,
                "low": it.predicted.low,
                "high": it.predicted.high,
            }
            for it in verdicts(found.study, manifest.origin, tracks, runs)
        ],
        "artists": _artists_on_two_sides(manifest, runs),
        "copies": {
            "exact": groups["exact"],
            "near": groups["near"],
            "tracks": sum(len(group.tracks) for group in found.audit.groups),
        },
        "ladder_current": found.ladder is not None and found.ladder.current,
        "ladder_steps": {} if found.ladder is None else changes(found.ladder),
        # of which protocols it was measured on these runs
        **({} if (split := _windows_split(found)) is None else {"windows_split": [*split["protocol"].unique()]}),
    }


def _windows_split(found: Findings) -> pd.DataFrame | None:
    """Return what was measured on the runs that are shown; None where nothing was."""
    prices = found.windows_split
    return None if prices is None or prices.table.empty else prices.table


def _cut(found: pd.DataFrame | None) -> str:
    """Say into which windows the protocols cut a track."""
    rows = [] if found is None else found.drop_duplicates("protocol").to_dict("records")
    return listing([f"`{it['protocol']}` {it['windows']} of {it['seconds']:.3g} s" for it in rows])


def _artists_on_two_sides(manifest: Manifest, runs: Sequence[FinishedRun]) -> dict[str, list[int]]:
    """Count, for each protocol, the test tracks whose artist stands on another side of its split, too, and all of them.

    Empty where no artist is known.
    """
    artists = artists_of(manifest)
    if not artists:
        return {}
    found = {}
    for protocol, parts in _parts(runs).items():
        works = {track for tracks in straddling_artists(artists, parts).values() for track in tracks}
        found[protocol] = [len(works.intersection(parts["test"])), len(parts["test"])]
    return found


def _leak_measured(leak: pd.DataFrame) -> str:
    counts = leak[["tracks", "windows"]].drop_duplicates().to_dict("records")
    return listing([f"{it['tracks']} tracks and their {it['windows']} windows" for it in counts])


def _without_linear(baselines: pd.DataFrame) -> list[str]:
    """Return the protocols that the linear baseline is not shown beside."""
    linear = baselines[baselines["baseline"] == LINEAR]["protocol"]
    return [str(it) for it in baselines["protocol"].unique() if it not in set(linear)]


def _deviation(study: Study, runs: Sequence[FinishedRun]) -> str:
    """Say where runs of the claim's protocol do not do what the study did; empty where they do."""
    name = study.claim.protocol
    found = [it for run in runs if run.protocol == name for it in study.deviations(run.decided_by["protocol"])]
    if not found:
        return ""
    changes = listing([*dict.fromkeys(found)])
    return f"**Protocol `{name}` was changed, so this is not the study's protocol:** {changes}."


def _page(found: Findings, tables: ScoreTables, records: Records) -> str:
    manifest, runs, results = found.manifest, found.runs, tables.results
    kind = manifest.kind
    shown = headline_rows(results)
    protocols = list(results["protocol"].unique())
    claim = found.study.claim
    doubts = Doubts(found.baselines.differences, len(manifest.genres))
    return render(
        "dataset.md.jinja",
        marked=partial(marked, kind),
        dataset=manifest.dataset,
        banner=banner(claim, kind, manifest.origin, len(manifest.used), len(manifest.genres)),
        deviation=records.facts["deviation"],
        verdict=records.facts["verdict"],
        findings=dataset_findings(found.study, records),
        protocols_note=found.study.protocols_note,
        directions=directions(found.study, records),
        accuracy=accuracy_table(shown, found.baselines.scores, doubts, found.claim),
        seeds=_counted(list(results["seeds"]), "seed"),
        one_track=listing([f"{100 / n:.1f}" for n in dict.fromkeys(results["n_test"])]),
        epochs=_epochs_words(shown),
        without_linear=_without_linear(found.baselines.scores),
        doubts=doubts.kinds(shown),
        few_batches=FEW_BATCHES,
        scores=scores_table(results),
        one_seed=bool((results["seeds"] == 1).all()),
        selections=[_selection_note(claim, it) for it in sorted(results["selection"].unique())],
        comparisons=[_comparisons(it, tables) for it in protocols] if len(tables.comparisons) else [],
        units=_units(records.units),
        windows_split="" if records.windows_split is None else windows_split_table(records.windows_split),
        cut=_cut(records.windows_split),
        steered=any("steering" in run.decided_by["protocol"]["schedule"] for run in runs),
        windows_split_note=found.study.windows_split_note,
        older=[] if found.windows_split is None else found.windows_split.older,
        leak=leak_table(found.leak) if len(found.leak) else "",
        leak_measured=_leak_measured(found.leak),
        LEAK_SECTION=LEAK_SECTION,
        NETWORKS_SECTION=NETWORKS_SECTION,
        ladder=ladder_section(kind, manifest.dataset, found.ladder),
        recall=[_recall(it, tables) for it in protocols],
        confusion=[{"protocol": it, "selection": _selection_of(tables.confusion, it)} for it in protocols],
        counted=figures.counts_answers(tables.confusion),
        protocols=protocols,
        audit=audit_section(manifest, found.audit, _parts(runs)),
        method=method(manifest, runs),
        made=how_it_was_made(manifest, runs),
    )


def _units(found: pd.DataFrame | None) -> str:
    """Show what was counted in every unit; empty where no run saw windows."""
    return "" if found is None or found.empty else units_rows(headline_rows(found))


def _selection_note(claim: Claim, selection: str) -> str:
    own = " The study chose its epoch this way." if selection == claim.selection else ""
    return f"{_SELECTION_NOTES[selection]}{own}"


def _epochs_words(shown: pd.DataFrame) -> str:
    """Say at which epoch each protocol is scored on this page."""
    chosen = shown[["protocol", "selection"]].drop_duplicates().to_dict("records")
    words = [f"`{it['protocol']}` at the {selection_words(it['selection'])}" for it in chosen]
    return f"On this page {listing(words)}."


def _parts(runs: Sequence[FinishedRun]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return for each protocol the tracks of each part of its split, parts without tracks left out."""
    found = {}
    for run in runs:
        parts = {"train": run.train_tracks, "validation": run.validation_tracks, "test": run.test_tracks}
        found[run.protocol] = {name: tracks for name, tracks in parts.items() if tracks}
    return found


def _comparisons(protocol: str, tables: ScoreTables) -> dict[str, Any]:
    rows = headline_rows(_of(tables.comparisons, protocol))
    lines = comparison_words(rows, headline_rows(_of(tables.results, protocol)))
    return {
        "protocol": protocol,
        "selection": rows["selection"].iloc[0],
        "table": comparisons_table(rows),
        "lines": [f"- {line}" for line in lines],
    }


def _recall(protocol: str, tables: ScoreTables) -> dict[str, Any]:
    rows = headline_rows(_of(tables.recall, protocol))
    return {
        "protocol": protocol,
        "selection": rows["selection"].iloc[0],
        "table": recall_table(rows),
        "single": bool(rows["recall_low"].isna()[rows["support"] > 0].any()),
        "absent": bool((rows["support"] == 0).any()),
    }


def _counted(numbers: Sequence[int], word: str) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low} to {high} {word}s" if low < high else f"{high} {word}{'' if high == 1 else 's'}"


def _selection_of(table: pd.DataFrame, protocol: str) -> str:
    return str(_of(table, protocol)["selection"].iloc[0])


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
            claim=found.claim,
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
            selection = selection_words(_selection_of(answers, protocol))
            counted = figures.counts_answers(tables.confusion)
            title = marked(kind, f"confusion on {where}, {selection}")
            confusion = figures.confusion_matrices(answers, manifest.genres, title, counted=counted)
            style.save(confusion, temporary / f"confusion-{protocol}.png")


def _of(table: pd.DataFrame, protocol: str) -> pd.DataFrame:
    return table[table["protocol"] == protocol]
