"""One training epoch in batches of the usual size: stock and tuned, both frameworks, a matrix product, in turn."""

from contextlib import ExitStack
from functools import cache, partial

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.timing.measuring.children import UnableError
from benchmarks.timing.measuring.facts import arithmetic_facts, subject_facts
from benchmarks.timing.measuring.replay import Measured, benchmark_group, replay
from benchmarks.timing.measuring.rounds import PRODUCT, Turn, start_product, take_rounds
from benchmarks.timing.measuring.starting import BATCH_SIZE, prepare, progress, start
from benchmarks.timing.measuring.subjects import Subject, all_subjects, thread_number


@benchmark_group("training")
@pytest.mark.parametrize("subject", all_subjects("all"), ids=str)
def test_training_epoch(benchmark: BenchmarkFixture, subject: Subject, tracks: int, rounds: int) -> None:
    """Forward pass, backward pass and a step of Adam for every batch; data is in memory."""
    replay(benchmark, _side_by_side(subject.architecture, tracks, rounds)[subject])


@cache
def _side_by_side(architecture: str, tracks: int, rounds: int) -> dict[Subject, Measured | UnableError]:
    """Time all subjects of an architecture together."""
    found: dict[Subject, Measured | UnableError] = {}
    with ExitStack() as stack:
        turns: dict[Subject | str, Turn] = {}
        told = {}
        for subject in all_subjects("all"):
            if subject.architecture == architecture:
                child = start(stack, subject)
                try:
                    task, told[subject] = prepare(child, subject, "training", tracks=tracks, batch_size=BATCH_SIZE)
                    turns[subject] = partial(child.time, task)
                except UnableError as error:
                    found[subject] = error
        turns[PRODUCT] = start_product(stack, thread_number("all"))
        taken = take_rounds(turns, rounds, progress(f"training, {architecture}"))
    arithmetic = arithmetic_facts(architecture, "training", tracks, taken[PRODUCT])
    for subject, facts in told.items():
        found[subject] = Measured(taken[subject], subject_facts(subject, **facts, **arithmetic))
    return found
