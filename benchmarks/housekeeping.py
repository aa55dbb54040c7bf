"""All finished runs of a checkout: listed, checked, and those deleted that nothing asks for."""

import re
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tabulate import tabulate

from benchmarks.errors import GenrebenchError
from benchmarks.files import remove, tidy
from benchmarks.ladder import STEPS
from benchmarks.paths import RUNS
from benchmarks.runs import CHECKPOINTS, KEPT, PROVENANCE, read_facts

_COMMAND: Final = "python -m benchmarks runs"
_RUN: Final = "*/*/seed-*"
_OLD_SECONDS: Final = 7 * 24 * 60 * 60
_DAMAGED: Final = KEPT / "damaged"
_FINGERPRINT: Final = re.compile("[0-9a-f]{64}")
_NO_RUNS: Final = {KEPT.name, PROVENANCE.name, STEPS.name, CHECKPOINTS.name}


@dataclass(frozen=True)
class Shelf:
    """Runs that lie together.

    Attributes
    ----------
    folder : Path
        Where.
    what : str
        Whose they are.
    runs : tuple of Path
        Their folders.
    asked_for : bool
        Whether a report of params.yaml may ask for them as they lie there.
    """

    folder: Path
    what: str
    runs: tuple[Path, ...]
    asked_for: bool

    @property
    def size(self) -> int:
        """All bytes of their files."""
        return sum(path.stat().st_size for run in self.runs for path in run.rglob("*") if path.is_file())


def shelves(reports: Collection[str]) -> list[Shelf]:
    """Return all runs of this checkout, a shelf a report and kind.

    Parameters
    ----------
    reports : collection of str
        The names of those of params.yaml.
    """
    found = [*_of_reports(RUNS, "a report", reports), *_of_reports(STEPS, "what flaws are worth", reports)]
    if kept := tuple(sorted(path for path in KEPT.glob("*") if path.is_dir() and _FINGERPRINT.fullmatch(path.name))):
        found.append(Shelf(KEPT, "set aside", kept, asked_for=False))
    if damaged := tuple(sorted(_DAMAGED.glob(f"*/{_RUN}"))):
        found.append(Shelf(_DAMAGED, "damaged, made again and set aside to be looked at", damaged, asked_for=False))
    return [*found, *_of_checkpoints()]


def _of_checkpoints() -> Iterator[Shelf]:
    """Yield checkpoints that may be of trainings at work, and old ones."""
    if CHECKPOINTS.is_dir():
        tidy(CHECKPOINTS)
    found = sorted(path for path in CHECKPOINTS.glob("*") if _FINGERPRINT.fullmatch(path.name))
    for old, what in (
        (False, "checkpoints of trainings"),
        (True, "checkpoints of trainings that were stopped long ago"),
    ):
        if some := tuple(path for path in found if (time.time() - path.stat().st_mtime > _OLD_SECONDS) == old):
            yield Shelf(CHECKPOINTS, what, some, asked_for=not old)


def _of_reports(store: Path, what: str, reports: Collection[str]) -> Iterator[Shelf]:
    for folder in sorted(path for path in store.glob("*") if path.is_dir() and path.name not in _NO_RUNS):
        if runs := tuple(sorted(folder.glob(_RUN))):
            known = folder.name in reports
            yield Shelf(folder, what if known else f"{what} that params.yaml does not have", runs, asked_for=known)


def listing(found: Collection[Shelf]) -> str:
    """Return a table: where the runs lie, how many, how large and whose."""
    rows = [(it.folder, len(it.runs), f"{it.size / 2**20:.1f}", it.what) for it in found]
    return tabulate(rows, headers=("Folder", "Runs", "MiB", ""), tablefmt="plain", floatfmt=".1f")


def require_whole(found: Collection[Shelf]) -> None:
    """Read every file of every run, but of those that are known to be damaged.

    Raises
    ------
    GenrebenchError
        If a run is not as it was written; the message names each, and what makes it again.
    """
    looked_at = [it for it in found if it.folder not in {_DAMAGED, CHECKPOINTS}]
    problems = [(it, words) for it in looked_at for run in it.runs if (words := _problem(run))]
    if not problems:
        return
    remedies = {_remedy(it) for it, _ in problems}
    total = sum(len(it.runs) for it in looked_at)
    lines = [f"{len(problems)} of {total} runs {'is' if len(problems) == 1 else 'are'} damaged:"]
    lines += [f"  {words}" for _, words in problems]
    raise GenrebenchError("\n".join([*lines, f"made again, or deleted, by: {', '.join(sorted(remedies))}"]))


def _remedy(shelf: Shelf) -> str:
    if not shelf.asked_for:
        return f"{_COMMAND} --prune"
    name = shelf.folder.name
    if shelf.folder.parent == RUNS:
        return f"dvc repro report@{name}"
    return f"python -m nox -s ablation -- --dataset {name} (of split windows: with --windows-split)"


def _problem(run: Path) -> str:
    try:
        read_facts(run)
    except GenrebenchError as error:
        return str(error)
    return ""


def prune(found: Collection[Shelf]) -> str:
    """Delete the runs that no report of params.yaml asks for, and what is known of their making; returns how many."""
    gone = [it for it in found if not it.asked_for]
    freed = sum(it.size for it in gone)
    for shelf in gone:
        for run in shelf.runs:
            remove(run)
        if shelf.folder != CHECKPOINTS:
            remove(shelf.folder)
        if shelf.folder.parent == RUNS:
            remove(PROVENANCE / shelf.folder.name)
    return f"deleted {sum(len(it.runs) for it in gone)} runs that no report asks for, {freed / 2**20:.1f} MiB"
