"""Rounds that pytest-benchmark times, between which everything that a subject is compared with takes its turn.

pytest-benchmark times in its own process, one test after the other: here that of the subject, as any other function,
by its own clock. What the subject is compared with, stock code for instance, is timed in the same test, after each of
the subject's rounds, and goes into the row's ``extra_info`` under ``beside``. So a slow minute of the machine falls on
all alike, and a ratio within a round says what the code is worth.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from math import ceil
from typing import Any

from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import provenance
from benchmarks.timing.measuring import children
from benchmarks.timing.measuring.children import TimedChild

# does its work once and returns what was measured, for most the seconds
Turn = Callable[[], float]


@dataclass(frozen=True)
class Companion:
    """What a subject is compared with.

    Attributes
    ----------
    turn : callable
        Takes its turn, and returns the seconds of one call.
    facts : mapping
        What the report needs beside the times.
    """

    turn: Turn
    facts: Mapping[str, Any] = field(default_factory=dict)


class Task:
    """A task of a child, done as often in a round as is worth timing.

    pytest-benchmark calls it so many times a round (`calls`, its iterations). The first of these lets the child do all:
    a message to a child may take as long as what it asks for.

    Parameters
    ----------
    child : TimedChild
        Which does it now, as a warm-up, until a round is thrown away.
    name : str
        The task's.
    """

    def __init__(self, child: TimedChild, name: str) -> None:
        self._child, self._name = child, name
        # compilation is in the first one
        child.time(name)
        self.calls = _fill_a_round(child.time(name))
        if self.calls > 1:
            # as many as a round has, thrown away
            self.calls = _fill_a_round(child.time(name, self.calls))
        self._left = 0

    def __call__(self) -> None:
        """Do it, or have it done already."""
        if not self._left:
            self._child.time(self._name, self.calls)
            self._left = self.calls
        self._left -= 1

    def turn(self) -> float:
        """Do it as often as in a round; returns the seconds of one call by the child's own clock."""
        return self._child.time(self._name, self.calls)


def _fill_a_round(seconds: float) -> int:
    """Return how many calls that take so long fill a round."""
    return max(1, ceil(children.ROUND_SECONDS / max(seconds, 1e-6)))


def measure(
    benchmark: BenchmarkFixture,
    work: Callable[[], object],
    rounds: int,
    facts: Mapping[str, Any],
    beside: Mapping[str, Companion],
    *,
    rates: Turn | None = None,
) -> None:
    """Let pytest-benchmark time a subject.

    Parameters
    ----------
    benchmark : BenchmarkFixture
        Of the test.
    work : callable
        What the subject does; warmed up before. A `Task` is done as often in a round as it says.
    rounds : int
        How many count.
    facts : mapping
        What the report needs beside the times.
    beside : mapping of str to Companion
        What it is compared with, by its name.
    rates : callable, optional
        Takes its turn, too, and returns how fast the machine was at a large matrix product, GFLOP/s.
    """
    seconds: dict[str, list[float]] = {name: [] for name in beside}
    speeds: list[float] = []
    taken = count(1)

    def others() -> None:
        number = next(taken)
        if number > rounds:
            # with several calls a round pytest-benchmark makes one more at the end, of no round
            return
        for name, companion in beside.items():
            seconds[name].append(companion.turn())
        if rates:
            speeds.append(rates())
        # for the person who waits
        print(f"    {benchmark.name}: round {number} of {rounds}", flush=True)

    calls = work.calls if isinstance(work, Task) else 1
    benchmark.pedantic(work, teardown=others, rounds=rounds, iterations=calls)  # type: ignore[no-untyped-call]
    told = {name: {**companion.facts, "seconds": seconds[name]} for name, companion in beside.items()}
    speed = {"matrix_product_gflops": speeds} if rates else {}
    benchmark.extra_info.update(facts, **speed, **_occasion(), beside=told)


@cache
def _occasion() -> dict[str, Any]:
    return {"cpu": provenance.machine()["cpu"], "commit": provenance.git_state()["commit"]}
