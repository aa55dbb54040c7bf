"""The index of all reports, from the files of the datasets' report folders, and the first table of the README."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchmarks.datasets.kinds import title_of
from benchmarks.errors import GenrebenchError
from benchmarks.files import read_text, write_text
from benchmarks.parity.results import RESULTS, read_results
from benchmarks.reporting.dataset_page import banner
from benchmarks.reporting.doubts import FEW_BATCHES, Doubts
from benchmarks.reporting.finding import Finding
from benchmarks.reporting.findings import all_findings, directions
from benchmarks.reporting.flaw_findings import flaw_findings, windows_split_findings
from benchmarks.reporting.notation import escape, framework_name, kind_words, listing, marked, model_name, short_name
from benchmarks.reporting.parity_page import PAGE as PARITY_PAGE
from benchmarks.reporting.parity_page import parity_summary
from benchmarks.reporting.records import Records, best_evidence, best_price, read_records
from benchmarks.reporting.rendering import render
from benchmarks.reporting.studies_page import PAGE as STUDIES_PAGE
from benchmarks.reporting.studies_page import studies_page
from benchmarks.reporting.tables import accuracy_table, markdown, published_table
from benchmarks.scoring.baselines import LINEAR
from benchmarks.scoring.results import headline_rows
from benchmarks.studies.study import Claim, Study
from benchmarks.verification.screen import REPRODUCTIONS, read_reproductions

README: Final = "README.md"
# what stands between them in the README is written by this module
BEGIN: Final = "<!-- findings: written by `python -m benchmarks report`; edit benchmarks/reporting instead -->\n"
END: Final = "<!-- end of findings -->\n"


def write_index(studies: Sequence[Study], reports: Path) -> None:
    """Write ``README.md`` of the reports folder, and the findings in the ``README.md`` above it where it has a place.

    Both are about the first study. Every other one has a page of its own beside, ``<study>.md``.

    Parameters
    ----------
    studies : sequence of Study
        Those of params.yaml, the first one first.
    reports : Path
        The folder.

    Raises
    ------
    GenrebenchError
        If no report is found.
    """
    records = read_records(reports)
    if not records:
        raise GenrebenchError(f"{reports}: no report found; make one with: python -m nox -s benchmark")
    first, *others = studies
    pages = list(_pages(first, reports))
    for study in others:
        if own := [it for it in records if it.study == study.name]:
            page, _ = _index(study, own, reports, option=f"--study {study.name} ")
            write_text(reports / f"{study.name}.md", page)
            pages.append(f"[{study.title}]({study.name}.md): another study.")
    if compared := studies_page(studies, records):
        write_text(reports / STUDIES_PAGE, compared)
        pages.append(f"[The studies compared]({STUDIES_PAGE}): claimed, measured, corrected.")
    own = [it for it in records if it.study in {None, first.name}]
    page, facts = _index(first, own, reports, pages)
    write_text(reports / README, page)
    facts["findings"] += [it for study in others for it in _of_another(study, records)]
    _write_findings(reports.parent / README, render("readme-findings.md.jinja", **facts, reports=f"{reports.name}/"))


def _of_another(study: Study, records: Sequence[Records]) -> list[Finding]:
    """Return what the first screen says of a study that is not the first: its flaws, and windows on both sides."""
    own = [it for it in records if it.study == study.name]
    best, priced = best_evidence(study.claim, own), best_price(study.claim, own)
    found = [*(flaw_findings(study.ablation, best) if best else []), *windows_split_findings(priced)]
    return [replace(it, what=f"{study.name}: {it.what}") for it in found]


def _index(
    study: Study, records: Sequence[Records], reports: Path, pages: Sequence[str] = (), option: str = ""
) -> tuple[str, dict[str, Any]]:
    """Return the page of a study, and what stands on its first screen; `option` tells commands which study."""
    claim = study.claim
    best = best_evidence(claim, records)
    facts: dict[str, Any] = {
        "findings": all_findings(study, records, reports),
        "protocols_note": study.protocols_note,
        "directions": directions(study, best),
        "evidence": evidence(study, best),
        "caveat": _caveat(study, records, best, option),
        "picture": best and {"dataset": best.dataset, "title": f"Accuracy with 95% intervals on {best.dataset}"},
    }
    page = render(
        "index.md.jinja",
        **facts,
        title=marked("folder", "reports"),
        repository=study.source,
        claimed_tracks=f"{claim.tracks} tracks of {title_of(claim.dataset)}",
        claims=listing(
            [f"{100 * it.accuracy:g}% ({model_name(it.architecture)})" for it in claim.headlines],
        ),
        published_results=published_table(study),
        results_note=study.results_note,
        datasets=[_section(claim, it) for it in records],
        reproductions=_reproductions(read_reproductions(reports), {it.dataset for it in records}),
        reproductions_file=REPRODUCTIONS,
        pages=pages,
    )
    return page, facts


def evidence(study: Study, best: Records | None) -> str:
    """Say what the evidence is and what accuracies were measured on it; empty where there is none."""
    if best is None or best.results is None or best.baselines is None:
        return ""
    genres, claim = best.facts["genres"], study.claim
    whole = title_of(claim.dataset)
    whose = f"{best.facts['tracks']} tracks, {kind_words(best.kind, genres)}"
    claims = listing([f"{100 * it.accuracy:g}%" for it in claim.headlines])
    verb = "do" if len(claim.headlines) > 1 else "does"
    apart = "" if best.is_claimed(claim) else f", so the claim's {claims}, of all {whole}, {verb} not compare with it"
    shown = headline_rows(best.results)
    linear = best.baselines[best.baselines["baseline"] == LINEAR]
    accuracies = []
    for protocol, rows in shown.groupby("protocol", sort=False):
        measured = [
            f"{short_name(str(architecture))} {_percents(own['accuracy_mean'])}"
            for architecture, own in rows.groupby("architecture", sort=False)
        ]
        if len(beside := linear[linear["protocol"] == protocol]):
            measured.append(f"baseline {_percents(beside['accuracy'])}")
        accuracies.append(f"*{protocol}* {', '.join(measured)}")
    frameworks = listing([framework_name(it) for it in dict.fromkeys(shown["framework"])])
    said = f"Accuracies of our runs, {frameworks}: {'; '.join(accuracies)}."
    return f"{best.dataset} is {whose}; chance is {100 / genres:.2g}%{apart}. {said}"


def _percents(accuracies: pd.Series) -> str:
    return f"{listing([f'{100 * it:.0f}' for it in accuracies])}%"


def _caveat(study: Study, records: Sequence[Records], best: Records | None, option: str) -> str:
    """Say how the claim is tested where nobody did, and what to know of the evidence that there is."""
    untested = not any(it.is_claimed(study.claim) for it in records)
    how = (
        [f"The claim is tested with `python -m nox -s benchmark -- {option}--dataset {study.claim.dataset}`."]
        if untested
        else []
    )
    return "\n\n".join([*how, *_weaknesses(study, best)])


def _weaknesses(study: Study, best: Records | None) -> list[str]:
    """Say so where the evidence comes from another protocol, or from networks that had few batches to learn from."""
    if best is None or best.results is None:
        return []
    few = best.results[best.results["batches"] < FEW_BATCHES]
    batches = [
        f"{rows['batches'].iloc[0]} under `{protocol}`" for protocol, rows in few.groupby("protocol", sort=False)
    ]
    claim = study.claim
    study_batches = math.ceil(claim.train_tracks / study.protocols[claim.protocol].schedule.batch_size)
    small = (
        f"**{best.dataset} is small.** An epoch has few batches, {listing(batches)}; the study's had {study_batches}. "
        "More tracks may change these numbers."
    )
    return [*filter(None, [best.facts.get("deviation", "")]), *([small] if batches else [])]


def _write_findings(readme: Path, findings: str) -> None:
    """Put the findings in their place in a README that has one."""
    text = read_text(readme, "restore it with git") if readme.is_file() else ""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if begin and end:
        write_text(readme, f"{before}{begin}{findings}{end}{after}")


def update_index(studies: Sequence[Study], reports: Path) -> None:
    """Write the index again where there is one: a page that it links to has changed."""
    if (reports / README).is_file():
        write_index(studies, reports)


def _reproductions(rows: Sequence[Mapping[str, str]], datasets: Collection[str]) -> str:
    """Say where a rerun was compared with the record, the newest first; nothing where none was kept."""
    table = [
        {
            "Dataset": escape(row["dataset"]),
            "Verdict": f"{row['verdict']}, {row['identical']} of {row['runs']} runs bit by bit",
            "Made there": f"{row['made_here']} runs",
            "Machine": f"{escape(row['machine'])}, Python {escape(row['python'])}",
            "Date": escape(row["date"]),
        }
        for row in reversed(rows)
        if row["dataset"] in datasets
    ]
    return markdown(table, left=5) if table else ""


def _pages(study: Study, reports: Path) -> list[str]:
    pages = []
    if (reports / RESULTS).is_file():
        summary = parity_summary(read_results(reports))
        pages.append(f"[Parity report]({PARITY_PAGE}). {summary}")
    if study.weights and (reports / study.weights.page).is_file():
        pages.append(f"[The study's own weights]({study.weights.page}): what they answer, in both frameworks.")
    if (reports / "timing" / README).is_file():
        pages.append("[Timing report](timing/README.md): how long features, training and inference take.")
    return pages


def _section(claim: Claim, records: Records) -> dict[str, Any]:
    facts, name = records.facts, records.dataset
    mark = partial(marked, records.kind)
    section = {
        "title": mark(f"results on {name}"),
        "name": name,
        "banner": banner(claim, records.kind, records.origin, facts["tracks"], facts["genres"]),
        "deviation": facts.get("deviation", ""),  # a report of an earlier version has neither
        "verdict": facts.get("verdict", []),
        **{key: facts[key] for key in ("tracks", "left_out", "genres")},
        "accuracy": "",
        "missing": f"No results: make them with `dvc repro report@{name}`.",
    }
    if records.results is None:
        return section
    if not records.complete or records.baselines is None or records.differences is None:
        return {**section, "missing": f"Made by an earlier version: make them again with `dvc repro report@{name}`."}
    shown = headline_rows(records.results)
    own = claim if records.is_claimed(claim) else None
    table = accuracy_table(shown, records.baselines, Doubts(records.differences, facts["genres"]), own)
    return {**section, "accuracy": table}
