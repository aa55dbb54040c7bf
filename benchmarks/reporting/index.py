"""The index of all reports, from the files of the datasets' report folders."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.errors import GenrebenchError
from benchmarks.files import write_text
from benchmarks.parity.results import RESULTS
from benchmarks.published import claim
from benchmarks.published.evaluation import FILE as WEIGHTS
from benchmarks.reporting.page import FACTS, banner
from benchmarks.reporting.parity import PAGE, parity_summary
from benchmarks.reporting.tables import markdown, results_table
from benchmarks.reporting.wording import RULES, escape, marked
from benchmarks.scoring.baselines import FILE as BASELINES
from benchmarks.scoring.baselines import read_baselines
from benchmarks.scoring.results import headline_rows
from benchmarks.scoring.verdict import about_claim
from benchmarks.verification.screen import REPRODUCTIONS, read_reproductions

# The claim's own dataset first, generated audio last.
_ORDER = ("gtzan", "gtzan-mini", "folder", "synthetic")


def write_index(reports: Path) -> None:
    """Write ``README.md`` of the reports folder, from ``report.json`` and ``results.csv`` of every folder in it.

    Raises
    ------
    GenrebenchError
        If no report is found.
    """
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(reports.glob(f"*/{FACTS}"))]
    if not found:
        raise GenrebenchError(f"{reports}: no report found; make one with: python -m nox -s benchmark")
    found.sort(key=lambda facts: (_ORDER.index(facts["kind"]), -facts["tracks"], facts["dataset"]))
    parts = [
        "# Reports",
        (
            f"What [the study]({claim.REPOSITORY}) claims beside what was measured, on every dataset that was run. "
            "Measured: mean over the seeds [95% interval over tracks and seeds], and SD, the standard deviation over "
            f"the seeds. Computed by [{RULES}](../docs/rules.md). Each report says how it was made."
        ),
    ]
    if not any(about_claim(facts["kind"], facts["tracks"]) for facts in found):
        parts.append(
            "GTZAN with its 1000 tracks, which the claim is about, is not among them: nothing here confirms or refutes "
            "the claim."
        )
    for facts in found:
        parts += _section(facts, reports)
    parts += _reproductions(read_reproductions(reports))
    if (reports / RESULTS).is_file():
        summary = parity_summary(json.loads((reports / RESULTS).read_text(encoding="utf-8")))
        weights = ", with the study's own trained weights" if any(reports.glob(f"*/{WEIGHTS}")) else ""
        parts += ["## Parity", f"{summary} [Parity report]({PAGE}){weights}."]
    if (reports / "timing" / "README.md").is_file():
        parts += ["## Timing", "How long features, training and inference take: [timing report](timing/README.md)."]
    write_text(reports / "README.md", "\n\n".join(parts) + "\n")


def _reproductions(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Say where a rerun was compared with the record, the newest first; nothing where none was kept."""
    if not rows:
        return []
    table = [
        {
            "Dataset": escape(row["dataset"]),
            "Verdict": f"{row['verdict']}, {row['identical']} of {row['runs']} runs bit by bit",
            "Made there": f"{row['made_here']} runs",
            "Machine": f"{escape(row['machine'])}, Python {escape(row['python'])}",
            "Arithmetic": escape(row["arithmetic"]),
            "Date": escape(row["date"]),
        }
        for row in reversed(rows)
    ]
    return [
        "## Reproduced",
        (
            "Reruns that `python -m nox -s verify -- --keep` compared with the committed digests, run by run. All "
            f"columns, with what differed first: [{REPRODUCTIONS}]({REPRODUCTIONS})."
        ),
        markdown(table, left=6),
    ]


def update_index(reports: Path) -> None:
    """Write the index again where there is one: a page that it links to has changed."""
    if (reports / "README.md").is_file():
        write_index(reports)


def _section(facts: dict[str, Any], reports: Path) -> list[str]:
    name = facts["dataset"]
    path = reports / name / "results.csv"
    try:
        # Only an empty field is missing: a protocol may be called `null`.
        results = pd.read_csv(path, keep_default_na=False, na_values=[""])
    except FileNotFoundError:
        title = marked(facts["kind"], f"results on {name}")
        return [f"## {title}", f"No results: make them with `dvc repro report@{name}`."]
    if "accuracy_low" not in results or not (reports / name / BASELINES).is_file():
        title = marked(facts["kind"], f"results on {name}")
        return [f"## {title}", f"Made by an earlier version: make them again with `dvc repro report@{name}`."]
    return [
        f"## {marked(facts['kind'], f'results on {name}')}",
        banner(facts["kind"], facts["tracks"], facts["genres"]),
        # a report of an earlier version has neither
        *filter(None, [facts.get("deviation")]),
        *facts.get("verdict", []),
        (
            f"[Full report]({name}/README.md): {facts['tracks']} tracks used, {facts['left_out']} left out, "
            f"{facts['genres']} genres."
        ),
        results_table(headline_rows(results), read_baselines(reports / name).scores),
    ]
