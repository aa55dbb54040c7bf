"""The page that says where and when a dataset's runs were made: ``provenance.md``, the only one with a clock in it."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks import provenance
from benchmarks.errors import GenrebenchError
from benchmarks.files import read_text, write_json, write_text
from benchmarks.processes import arithmetic
from benchmarks.reporting.facts import git_words, machine_words
from benchmarks.reporting.notation import escape, framework_name, listing, model_name, number
from benchmarks.reporting.tables import markdown
from benchmarks.runs import PROVENANCE, FinishedRun, fingerprint, machines_of, making_of

PAGE: Final = "provenance.md"
LADDER: Final = "The steps of the ladder of flaws"
WINDOWS_SPLIT: Final = "The runs with windows split, and those beside them that the report has not"
PARITY_PAGE: Final = "parity-provenance.md"
_PARITY_FACTS: Final = "parity-provenance.json"

Made = Mapping[str, Any]
"""What `benchmarks.execution.run.execute` keeps of a run beside its results."""


def write_provenance(
    dataset: str, runs: Sequence[FinishedRun], beside: Mapping[str, Collection[str]], folder: Path
) -> None:
    """Write ``provenance.md`` from what is kept of the runs that were made in this checkout.

    Where some of them came from elsewhere, a page that is there stays as it is; so does a section on runs beside the
    report's where none of these was made here.

    Parameters
    ----------
    dataset : str
        Its name.
    runs : sequence of FinishedRun
        The runs of the report.
    beside : mapping of str to collection of str
        The protocols of the runs beside them, by the title of their section: `LADDER`, `WINDOWS_SPLIT`.
    folder : Path
        ``reports/<dataset>``.
    """
    page = folder / PAGE
    wanted = {fingerprint(run.decided_by) for run in runs}
    everything = runs_made_here(dataset)
    study = {name: made for name, made in everything.items() if made["fingerprint"] in wanted}
    if not study or (len(study) < len(runs) and page.is_file()):
        return
    parts = [
        f"# Where and when the runs on {escape(dataset)} were made",
        (
            f"{len(study)} of the {len(runs)} runs of [the report](README.md) were made here. What they depend on is "
            "in the report; nothing on this page changes a result. Wall time depends on the machine and on what else "
            "ran on it: times made for comparison are in the [timing report](../timing/README.md)."
        ),
        *_facts(study.values()),
        _times(study),
    ]
    old = read_text(page, "restore it with git, or delete it") if page.is_file() else ""
    for title, protocols in beside.items():
        if made_here := {name: made for name, made in everything.items() if name[0] in protocols}:
            parts += [f"## {title}", *_facts(made_here.values()), _times(made_here)]
        elif f"## {title}\n" in old:
            parts.append(f"## {title}\n" + old.partition(f"## {title}\n")[2].partition("\n## ")[0].rstrip())
    write_text(page, "\n\n".join(parts) + "\n")


def note_parity(what: str, reports: Path) -> None:
    """Write down where and when parity, or the study's weights on a dataset, were measured: ``parity-provenance.md``.

    Parameters
    ----------
    what : str
        What was measured, such as ``"The checks"``.
    reports : Path
        The folder of reports.
    """
    path = reports / _PARITY_FACTS
    try:
        parts: dict[str, Any] = dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}
        for made in parts.values():
            made["finished"], made["git"], made["machine"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GenrebenchError(f"{path}: cannot be read ({error}); restore it with git, or delete it") from None
    parts[what] = {
        "finished": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "git": provenance.git_state(),
        "machine": provenance.machine(),
    }
    write_json(path, parts)
    lines = [
        f"- {escape(name)}: finished {made['finished']}. {git_words(made['git'])} {machine_words(made['machine'])}"
        for name, made in sorted(parts.items())
    ]
    title = "# Where and when [parity](parity.md) was measured, and the study's own weights"
    write_text(reports / PARITY_PAGE, f"{title}\n\n" + "\n".join(lines) + "\n")


def runs_made_here(dataset: str) -> dict[tuple[str, str, str], Made]:
    """Return what is kept of every run of a dataset, by protocol, implementation and seed."""
    found: dict[tuple[str, str, str], Made] = {}
    for path in sorted((PROVENANCE / dataset).glob("*/*/seed-*.json")):
        if made := making_of(path):
            found[path.parts[-3], path.parts[-2], path.stem] = made
    return found


def _facts(runs: Iterable[Made]) -> list[str]:
    """List commits, machines and dates; where the runs differ in one, every value."""
    made = list(runs)
    started = sorted(it["started"] for it in made)
    lines = [
        *dict.fromkeys(git_words(it["git"]) for it in made),
        *dict.fromkeys(machine_words(machine) for it in made for machine in machines_of(it)),
        (
            f"Device: {_all(made, 'device')}. Threads a run: {_all(made, 'threads')}. "
            f"Arithmetic: {_all(made, 'arithmetic')}{_why_native(made)}."
        ),
        f"First run started {started[0]}, last run {started[-1]}.",
    ]
    return ["\n".join(f"- {line}" for line in lines)]


def _why_native(runs: Iterable[Made]) -> str:
    """Say why this machine cannot do portable arithmetic, where a run was made without."""
    reason = arithmetic.incapable()
    return f" ({reason})" if reason and any(made["arithmetic"] == "native" for made in runs) else ""


def _all(runs: Iterable[Made], fact: str) -> str:
    return listing(list(dict.fromkeys(str(made[fact]) for made in runs)))


def _times(runs: Mapping[tuple[str, str, str], Made]) -> str:
    """Show the median wall time of a training, a row a protocol and implementation."""
    groups: dict[tuple[str, str], list[Made]] = {}
    for (protocol, implementation, _), made in runs.items():
        groups.setdefault((protocol, implementation), []).append(made)
    rows = []
    for (protocol, implementation), group in groups.items():
        architecture, _, framework = implementation.rpartition("-")
        seconds = median(made["wall_time_s"] for made in group)
        rows.append(
            {
                "Model": escape(model_name(architecture)),
                "Framework": framework_name(framework),
                "Protocol": protocol,
                "Parameters": f"{group[0]['parameter_count']:,}",
                "Median wall time (s)": number(seconds, 1 if seconds < 100 else 0),
                "Runs": str(len(group)),
            }
        )
    return markdown(rows, left=3)
