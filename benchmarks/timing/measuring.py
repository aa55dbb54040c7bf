"""One measurement: warm-up, timed rounds, and the facts that the report needs beside the times."""

import platform
from collections.abc import Callable
from typing import Any

from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.execution import THREADS

# The first call compiles (Numba, TensorFlow), chooses kernels and fills caches and memory pools.
_WARMUP_ROUNDS = 2


def measure(
    benchmark: BenchmarkFixture,
    target: Callable[..., object],
    *arguments: object,
    rounds: int,
    facts: dict[str, Any],
    versions: dict[str, str],
) -> None:
    """Time `target(*arguments)` and keep the facts in the benchmark's ``extra_info``.

    Parameters
    ----------
    benchmark : BenchmarkFixture
        Of a test that times nothing else: pytest-benchmark allows one measurement a test.
    target : callable
        What to time; one call a round.
    *arguments : object
        Made before the clock starts.
    rounds : int
        How often to time it, after the warm-up.
    facts : dict
        What is timed, and the number of tracks a round.
    versions : dict of str to str
        Versions of the libraries that do the work.
    """
    benchmark.extra_info.update(facts, threads=THREADS, versions={"python": platform.python_version(), **versions})
    benchmark.pedantic(target, arguments, rounds=rounds, warmup_rounds=_WARMUP_ROUNDS)  # type: ignore[no-untyped-call]
