"""Seeds in parallel, one thread each, and beside it one run at a time: the throughput of training epochs.

Children that train at the same time start together; the time of a round is until the last one has finished. It is also
the rate that a whole study is predicted from: a run has one thread, and every core has a run.
"""

from contextlib import ExitStack
from functools import partial

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.timing.measuring.beside import Companion, measure
from benchmarks.timing.measuring.children import together
from benchmarks.timing.measuring.facts import subject_facts
from benchmarks.timing.measuring.starting import BATCH_SIZE, prepare, start
from benchmarks.timing.measuring.subjects import ONE, PARALLEL, Subject, thread_number

# more would try the memory's limits, not the processor's
_MOST_JOBS = 8

# without stock code, whose epochs cost a start each, shorter ones tell as much
_MOST_TRACKS = 320

# of each way the number of jobs
_WAYS = {ONE: 1, PARALLEL: min(thread_number("all"), _MOST_JOBS)}


@pytest.mark.benchmark(group="jobs")
def test_jobs(benchmark: BenchmarkFixture, made: tuple[str, str], tracks: int, rounds: int) -> None:
    """A training epoch of every job."""
    subject = Subject(*made, "tuned", "1")
    epoch = {"tracks": min(tracks, _MOST_TRACKS), "batch_size": BATCH_SIZE}
    works, facts = {}, {}
    with ExitStack() as stack:
        for way, jobs in _WAYS.items():
            children = [start(stack, subject) for _ in range(jobs)]
            told = [prepare(child, subject, "training", **epoch) for child in children]
            works[way] = partial(together, children, told[0][0])
            facts[way] = subject_facts(subject, way=way, jobs=jobs, **told[0][1])
            # of warm-up
            works[way]()
        beside = {ONE: Companion(works[ONE], facts[ONE])}
        measure(benchmark, works[PARALLEL], rounds, facts[PARALLEL], beside)
