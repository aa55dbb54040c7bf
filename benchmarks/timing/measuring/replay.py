"""From rounds that were taken before to rows of pytest-benchmark.

pytest-benchmark times one test after the other, so it cannot interleave, and it times in its own process, where two
frameworks would meet. So the rounds are taken elsewhere, by children that read their own clocks (or, where several
work at once, by who waits for the last of them), and are played back here: pytest-benchmark is given a clock (its
``timer`` option) that passes exactly the seconds a child reported while the "benchmarked" function runs.
pytest-benchmark then computes its statistics from these rounds and writes its file, so that all its tools work on them.
No time in the file is that of the playing back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import provenance
from benchmarks.timing.measuring.children import UnableError


@dataclass(frozen=True)
class Measured:
    """A row.

    Attributes
    ----------
    seconds : tuple of float
        Its rounds, in the order they were taken.
    facts : mapping
        What the report needs beside the times.
    """

    seconds: tuple[float, ...]
    facts: Mapping[str, Any]


class _Clock:
    now = 0.0


def replayed_clock() -> float:
    """Return the time on the clock that only `replay` moves."""
    return _Clock.now


def benchmark_group(name: str) -> pytest.MarkDecorator:
    """Return the mark of tests that replay."""
    return pytest.mark.benchmark(group=name, timer=replayed_clock)


def replay(benchmark: BenchmarkFixture, measured: Measured | UnableError) -> None:
    """Give pytest-benchmark the rounds of a row, and the facts as ``extra_info``.

    Parameters
    ----------
    benchmark : BenchmarkFixture
        Of a test marked with `benchmark_group`.
    measured : Measured or UnableError
        The row, or why there is none: the test is then skipped.
    """
    if isinstance(measured, UnableError):
        pytest.skip(str(measured))
    benchmark.extra_info.update(measured.facts, **_occasion())
    rounds = iter(measured.seconds)

    def wind_back() -> None:
        _Clock.now = 0.0

    def work() -> None:
        _Clock.now = next(rounds)

    benchmark.pedantic(work, setup=wind_back, rounds=len(measured.seconds))  # type: ignore[no-untyped-call]


@cache
def _occasion() -> dict[str, Any]:
    return {"cpu": provenance.machine()["cpu"], "commit": provenance.git_state()["commit"]}
