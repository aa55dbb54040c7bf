"""One training epoch of the study's batch size: stock and tuned, both frameworks, and the limit, in the same rounds."""

from contextlib import ExitStack
from functools import cache, partial

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.timing.measuring.children import UnableError
from benchmarks.timing.measuring.facts import product_limit, subject_facts
from benchmarks.timing.measuring.replay import Measured, benchmark_group, replay
from benchmarks.timing.measuring.rounds import Turn, start_reference, take_rounds
from benchmarks.timing.measuring.starting import BATCH_SIZE, prepare, progress, start
from benchmarks.timing.measuring.subjects import Subject, Threads, all_subjects, thread_number


@benchmark_group("training")
@pytest.mark.parametrize("subject", all_subjects(), ids=str)
def test_training_epoch(benchmark: BenchmarkFixture, subject: Subject, tracks: int, rounds: int) -> None:
    """Forward pass, backward pass and a step of Adam for every batch; data is in memory."""
    replay(benchmark, _side_by_side(subject.architecture, subject.threads, tracks, rounds)[subject])


@cache
def _side_by_side(
    architecture: str, threads: Threads, tracks: int, rounds: int
) -> dict[Subject, Measured | UnableError]:
    """Time all subjects of an architecture on a number of threads together."""
    found: dict[Subject, Measured | UnableError] = {}
    with ExitStack() as stack:
        turns: dict[Subject, Turn] = {}
        told = {}
        for subject in all_subjects():
            if (subject.architecture, subject.threads) == (architecture, threads):
                child = start(stack, subject)
                try:
                    task, told[subject] = prepare(child, subject, "training", tracks=tracks, batch_size=BATCH_SIZE)
                    turns[subject] = partial(child.time, task)
                except UnableError as error:
                    found[subject] = error
        reference = start_reference(stack, thread_number(threads))
        taken = take_rounds(turns, reference, rounds, progress(f"training, {architecture}, threads: {threads}"))
    limit = product_limit(architecture, "training", tracks, taken.rates)
    for subject, seconds in taken.seconds.items():
        facts = subject_facts(subject, limit_seconds=limit, **told[subject])
        found[subject] = Measured(seconds, taken.rates, facts)
    return found
