"""Peak resident memory of training, in a pass of its own: a fresh process trains, predicts and is asked for its peak.

The time of the row is that of the first epoch and prediction, compilation included.
"""

from contextlib import ExitStack

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.timing.measuring.children import UnableError
from benchmarks.timing.measuring.facts import subject_facts
from benchmarks.timing.measuring.replay import Measured, benchmark_group, replay
from benchmarks.timing.measuring.starting import BATCH_SIZE, prepare, progress, start
from benchmarks.timing.measuring.subjects import Subject, all_subjects


@benchmark_group("memory")
@pytest.mark.parametrize("subject", all_subjects("1"), ids=str)
def test_peak_memory(benchmark: BenchmarkFixture, subject: Subject, tracks: int) -> None:
    """One epoch and prediction of a worker: data, framework, network and optimiser."""
    replay(benchmark, _peak(subject, tracks))


def _peak(subject: Subject, tracks: int) -> Measured | UnableError:
    progress("memory")(str(subject))
    with ExitStack() as stack:
        child = start(stack, subject)
        try:
            task, told = prepare(child, subject, "worker", tracks=tracks, batch_size=BATCH_SIZE)
        except UnableError as error:
            return error
        child.begin(task)
        seconds = child.finish()
        facts = subject_facts(subject, peak_mib=child.peak_memory(), **told)
    return Measured((seconds,), facts)
