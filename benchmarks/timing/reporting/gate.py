"""Whether anything became slower than in an older file of results."""

import math
from dataclasses import dataclass
from pathlib import Path

from benchmarks.errors import GenrebenchError
from benchmarks.timing.reporting.results import Results, Row


@dataclass(frozen=True)
class Slower:
    """A row that takes longer than it did.

    Attributes
    ----------
    name : str
        The benchmark's.
    percent : float
        How much longer, of the older median.
    apart : bool
        Whether the interval lies above the older one.
    stock : bool
        Whether it is code of a user, which this project does not answer for.
    """

    name: str
    percent: float
    apart: bool
    stock: bool

    @property
    def fails(self) -> bool:
        """Whether it is this project's fault, as far as one can tell."""
        return self.apart and not self.stock

    def __str__(self) -> str:
        """Return a line for people."""
        words = ["stock"] * self.stock + ["the intervals overlap"] * (not self.apart)
        return f"{self.name}: {self.percent:+.0f}%" + (f" ({', '.join(words)})" if words else "")


def read_baseline(path: Path, tolerance: float) -> Results:
    """Read the older file: before anything is timed, and before a new report takes the file's place.

    Raises
    ------
    GenrebenchError
        If it cannot be used, or the tolerance is not legal.
    """
    # not a number, too, compares with nothing
    if not 0 <= tolerance < math.inf:
        raise GenrebenchError(f"--tolerance {tolerance:g}: give 0 or more percent")
    return Results.read(path)


def compare(new: Results, old: Results, tolerance: float) -> list[Slower]:
    """List the rows that became slower than `tolerance` percent, the worst first.

    Rows are the same if they have the same name and as many tracks. A row of one round has no median to compare.

    Raises
    ------
    GenrebenchError
        If no row is in both.
    """
    before = {(row.name, row.info.get("tracks")): row for row in old.rows}
    pairs = [(row, before[key]) for row in new.rows if (key := (row.name, row.info.get("tracks"))) in before]
    if not pairs:
        raise GenrebenchError(
            "no benchmark is in both files with the same number of tracks: there is nothing to compare with"
        )
    found = [_slower(now, then) for now, then in pairs if len(now.seconds) > 1 and len(then.seconds) > 1]
    return sorted((it for it in found if it.percent > tolerance), key=lambda it: -it.percent)


def _slower(now: Row, then: Row) -> Slower:
    new, old = now.estimate, then.estimate
    return Slower(now.name, 100 * (new.middle / old.middle - 1), new.low > old.high, now.info["variant"] == "stock")


def check(new: Results, baseline: Path, old: Results, tolerance: float) -> str:
    """Compare with a baseline; returns what to tell where nothing of this project became slower for sure.

    Raises
    ------
    GenrebenchError
        If something did, or no row is in both.
    """
    slower = compare(new, old, tolerance)
    failed = [it for it in slower if it.fails]
    listed = [f"  {it}" for it in (*failed, *(it for it in slower if not it.fails))]
    other = "" if new.machine == old.machine else "; the baseline is of another machine"
    if failed:
        rows = f"{len(failed)} {'row' if len(failed) == 1 else 'rows'}"
        head = f"{rows} of this project more than {tolerance:g}% slower than in {baseline}{other}:"
        raise GenrebenchError("\n".join([head, *listed]))
    return "\n".join([f"no row of this project is more than {tolerance:g}% slower than in {baseline}{other}", *listed])
