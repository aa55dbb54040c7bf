"""Seeds in parallel, one thread each, against one run at a time: the throughput of training epochs.

Children that train at the same time start together; the time of a round is until the last one has finished. It is also
the rate that a whole study is predicted from: a run has one thread, and every core has a run.
"""

from contextlib import ExitStack
from functools import cache, partial

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.timing.measuring.children import together
from benchmarks.timing.measuring.facts import subject_facts
from benchmarks.timing.measuring.replay import Measured, benchmark_group, replay
from benchmarks.timing.measuring.rounds import Turn, take_rounds
from benchmarks.timing.measuring.starting import BATCH_SIZE, prepare, progress, start
from benchmarks.timing.measuring.subjects import ONE, PARALLEL, Subject, thread_number
from implementations.registry import registered

# more would try the memory's limits, not the processor's
_MOST_JOBS = 8

# without stock code, whose epochs cost a start each, shorter ones tell as much
_MOST_TRACKS = 320

# of each way the number of jobs
_WAYS = {ONE: 1, PARALLEL: min(thread_number("all"), _MOST_JOBS)}


@benchmark_group("jobs")
@pytest.mark.parametrize("way", _WAYS)
@pytest.mark.parametrize("made", registered(), ids="-".join)
def test_jobs(benchmark: BenchmarkFixture, made: tuple[str, str], way: str, tracks: int, rounds: int) -> None:
    """A training epoch of every job."""
    replay(benchmark, _side_by_side(Subject(*made, "tuned", "1"), min(tracks, _MOST_TRACKS), rounds)[way])


@cache
def _side_by_side(subject: Subject, tracks: int, rounds: int) -> dict[str, Measured]:
    """Time both ways to train an implementation."""
    turns: dict[str, Turn] = {}
    told = {}
    with ExitStack() as stack:
        for way, jobs in _WAYS.items():
            children = [start(stack, subject) for _ in range(jobs)]
            for child in children:
                task, told[way] = prepare(child, subject, "training", tracks=tracks, batch_size=BATCH_SIZE)
            turns[way] = partial(together, children, task)
        taken = take_rounds(turns, rounds, progress(f"jobs, {subject.architecture} in {subject.framework}"))
    return {
        way: Measured(taken[way], subject_facts(subject, way=way, jobs=jobs, **told[way]))
        for way, jobs in _WAYS.items()
    }
