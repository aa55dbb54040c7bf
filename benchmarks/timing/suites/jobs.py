"""Seeds in parallel, one thread each, against one run at a time: the throughput of training epochs.

Children that train at the same time start together; the time of a round is until the last one has finished.
"""

from contextlib import ExitStack
from functools import cache, partial

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.timing.measuring.children import together
from benchmarks.timing.measuring.facts import subject_facts
from benchmarks.timing.measuring.replay import Measured, benchmark_group, replay
from benchmarks.timing.measuring.rounds import Turn, start_reference, take_rounds
from benchmarks.timing.measuring.starting import BATCH_SIZE, prepare, progress, start
from benchmarks.timing.measuring.subjects import ONE, PARALLEL, WIDE, Subject, Threads, thread_number
from implementations.registry import registered

# more would try the memory's limits, not the processor's
_MOST_JOBS = 8

# of each way: the number of jobs, and the threads of a job
_WAYS: dict[str, tuple[int, Threads]] = {
    ONE: (1, "1"),
    WIDE: (1, "all"),
    PARALLEL: (min(thread_number("all"), _MOST_JOBS), "1"),
}


@benchmark_group("jobs")
@pytest.mark.parametrize("way", _WAYS)
@pytest.mark.parametrize("made", registered(), ids="-".join)
def test_jobs(benchmark: BenchmarkFixture, made: tuple[str, str], way: str, tracks: int, rounds: int) -> None:
    """A training epoch of every job."""
    replay(benchmark, _side_by_side(*made, tracks, rounds)[way])


@cache
def _side_by_side(architecture: str, framework: str, tracks: int, rounds: int) -> dict[str, Measured]:
    """Time all ways to train an implementation."""
    found = {}
    subjects = {way: Subject(architecture, framework, "tuned", threads) for way, (_, threads) in _WAYS.items()}
    with ExitStack() as stack:
        turns: dict[str, Turn] = {}
        told = {}
        for way, (jobs, _) in _WAYS.items():
            children = [start(stack, subjects[way]) for _ in range(jobs)]
            for child in children:
                task, told[way] = prepare(child, subjects[way], "training", tracks=tracks, batch_size=BATCH_SIZE)
            turns[way] = partial(together, children, task)
        say = progress(f"jobs, {architecture} in {framework}")
        taken = take_rounds(turns, start_reference(stack, thread_number("all")), rounds, say)
    for way, seconds in taken.seconds.items():
        facts = subject_facts(subjects[way], way=way, jobs=_WAYS[way][0], **told[way])
        found[way] = Measured(seconds, taken.rates, facts)
    return found
