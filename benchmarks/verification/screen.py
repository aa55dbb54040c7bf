"""What a person reads of a verification, and the row of it that is kept."""

import csv
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks import provenance
from benchmarks.errors import GenrebenchError
from benchmarks.files import write_text
from benchmarks.processes import arithmetic
from benchmarks.verification.compare import Verification
from benchmarks.verification.record import RECORD, parse_record

REPRODUCTIONS: Final = "reproductions.csv"
COLUMNS: Final = (
    *("date", "dataset", "verdict", "identical", "made_here", "runs", "first_difference"),
    *("machine", "cores", "system", "python", "arithmetic", "commit", "against"),
)


def recorded(folder: Path, revision: str) -> tuple[dict[str, Any], str]:
    """Read a dataset's record as it was committed.

    Parameters
    ----------
    folder : Path
        ``reports/<dataset>``.
    revision : str
        A commit, tag or branch.

    Returns
    -------
    record : dict
        See `benchmarks.verification.record.make_record`.
    commit : str
        Twelve digits of the commit.

    Raises
    ------
    GenrebenchError
        If there is no such revision, or it holds no record of the dataset.
    """
    path = (folder / RECORD).as_posix()
    if revision.startswith("-"):
        raise GenrebenchError(f"--against {revision}: no revision; give a commit, a tag or a branch")
    commit = provenance.git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if commit is None:
        raise GenrebenchError(f"--against {revision}: git knows no such commit, tag or branch here")
    text = provenance.git("show", f"{commit}:./{path}")
    if text is None:
        raise GenrebenchError(
            f"{path} is not committed at {revision}, so there is nothing to compare with; make the report with: "
            f"python -m nox -s benchmark -- --dataset {folder.name}, and commit reports/{folder.name}"
        )
    return parse_record(text, f"{path} at {revision}"), commit[:12]


def recorded_at(folder: Path, commit: str) -> datetime | None:
    """Return when a dataset's record got the content that it has at a commit; None where git does not say."""
    date = provenance.git("log", "-1", "--format=%cI", commit, "--", (folder / RECORD).as_posix())
    return datetime.fromisoformat(date) if date else None


def headline_words(found: Verification, commit: str) -> str:
    """Give the verdict in one line."""
    counts = {verdict: sum(run.verdict == verdict for run in found.runs) for verdict in ("identical", "consistent")}
    total = len(found.runs)
    words = (
        f"{found.verdict}: {counts['identical']} of {total} runs of {found.dataset} are those of {commit} bit by bit"
    )
    if counts["consistent"]:
        words += f", {counts['consistent']} lie where one further run was expected"
    if found.first:
        words += f"; the first difference: {found.first}"
    return f"{words} ({found.made_here} made in this checkout, arithmetic: {arithmetic.in_effect()})"


def show(found: Verification, commit: str) -> None:
    """Print the verdict, and a table of all runs."""
    console = Console(highlight=False, markup=False)
    console.print(headline_words(found, commit), soft_wrap=True)
    table = Table("Run", "Verdict", "Accuracy (%)", "Loss", "First difference", box=None, pad_edge=False)
    for run in found.runs:
        accuracy = _then_now(tuple(None if it is None else 100 * it for it in run.accuracy), 1)
        table.add_row(run.name, run.verdict, accuracy, _then_now(run.loss, 3), run.first)
    console.print(table)
    if found.new:
        console.print(f"Not in the record: {', '.join(sorted(found.new))}", soft_wrap=True)


def _then_now(values: tuple[float | None, ...], digits: int) -> str:
    then, now = (None if value is None else f"{value:.{digits}f}" for value in values)
    return str(then) if then == now else f"{then} → {now or 'none'}"


def keep(found: Verification, commit: str, reports: Path) -> Path:
    """Add a verification to ``reproductions.csv``, and return its path.

    Raises
    ------
    GenrebenchError
        If the file there is another table.
    """
    path = reports / REPRODUCTIONS
    rows = read_reproductions(reports)
    machine, git = provenance.machine(), provenance.git_state()
    row = {
        "date": datetime.now(UTC).date().isoformat(),
        "dataset": found.dataset,
        "verdict": found.verdict,
        "identical": sum(run.verdict == "identical" for run in found.runs),
        "made_here": found.made_here,
        "runs": len(found.runs),
        "first_difference": found.first,
        "machine": machine["cpu"],
        "cores": machine["cores"],
        "system": machine["system"],
        "python": machine["python"],
        "arithmetic": arithmetic.in_effect(),
        "commit": (git["commit"] or "")[:12] + ("+" if git["dirty"] else ""),
        "against": commit,
    }
    text = StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows([*rows, row])
    write_text(path, text.getvalue())
    return path


def read_reproductions(reports: Path) -> list[dict[str, str]]:
    """Read every verification that was kept, oldest first; none where there is no file.

    Raises
    ------
    GenrebenchError
        If the file is another table.
    """
    path = reports / REPRODUCTIONS
    if not path.is_file():
        return []
    try:
        table = csv.DictReader(StringIO(path.read_text(encoding="utf-8")), strict=True)
        rows = list(table)
    except (UnicodeDecodeError, csv.Error) as error:
        raise GenrebenchError(f"{path}: no table of verifications ({error}); restore it with git") from None
    if tuple(table.fieldnames or ()) != COLUMNS or any(None in (*row, *row.values()) for row in rows):
        raise GenrebenchError(f"{path}: its columns are not {', '.join(COLUMNS)}; restore it with git")
    return rows
