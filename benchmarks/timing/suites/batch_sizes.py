"""Training and inference at batch sizes 1, 32 and 256: stock and tuned in turn, one implementation at a time.

Training at 32 is in `training`.
"""

from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache, partial

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.timing import FEW_ROUNDS
from benchmarks.timing.measuring.children import UnableError
from benchmarks.timing.measuring.facts import arithmetic_facts, subject_facts
from benchmarks.timing.measuring.replay import Measured, benchmark_group, replay
from benchmarks.timing.measuring.rounds import PRODUCT, Turn, start_product, take_rounds
from benchmarks.timing.measuring.starting import Timed, prepare, progress, start
from benchmarks.timing.measuring.subjects import Subject, all_subjects, thread_number, variants

# batch size to tracks a round: few steps show what a step costs
_TRAINING = {1: 32, 256: 256}
_INFERENCE = (1, 32, 256)


@dataclass(frozen=True)
class _Row:
    subject: Subject
    timed: Timed
    batch_size: int

    def __str__(self) -> str:
        return f"{self.subject}-{self.batch_size}"

    @property
    def tracks(self) -> int:
        return _TRAINING[self.batch_size] if self.timed == "training" else self.batch_size


def _rows(timed: Timed) -> list[_Row]:
    sizes = _TRAINING if timed == "training" else _INFERENCE
    return [_Row(subject, timed, size) for subject in all_subjects("all") for size in sizes]


@benchmark_group("inference")
@pytest.mark.parametrize("row", _rows("inference"), ids=str)
def test_inference(benchmark: BenchmarkFixture, row: _Row, rounds: int) -> None:
    """The probabilities of one batch, from a NumPy array to a NumPy array."""
    replay(benchmark, _side_by_side(replace(row.subject, variant="tuned"), rounds)[row])


@benchmark_group("training by batch size")
@pytest.mark.parametrize("row", _rows("training"), ids=str)
def test_training_by_batch_size(benchmark: BenchmarkFixture, row: _Row, rounds: int) -> None:
    """As the training epoch, over fewer tracks."""
    replay(benchmark, _side_by_side(replace(row.subject, variant="tuned"), rounds)[row])


@cache
def _side_by_side(tuned: Subject, rounds: int) -> dict[_Row, Measured | UnableError]:
    """Time a subject and its stock baseline at every batch size together."""
    found: dict[_Row, Measured | UnableError] = {}
    with ExitStack() as stack:
        subjects = [replace(tuned, variant=variant) for variant in variants(tuned.framework)]
        children = {subject: start(stack, subject) for subject in subjects}
        turns: dict[_Row | str, Turn] = {}
        told = {}
        for row in _rows("inference") + _rows("training"):
            if row.subject in children:
                try:
                    child = children[row.subject]
                    task, told[row] = prepare(
                        child, row.subject, row.timed, tracks=row.tracks, batch_size=row.batch_size
                    )
                    turns[row] = partial(child.time, task)
                except UnableError as error:
                    found[row] = error
        turns[PRODUCT] = start_product(stack, thread_number(tuned.threads))
        what = f"batch sizes, {tuned.architecture} in {tuned.framework}"
        taken = take_rounds(turns, min(rounds, FEW_ROUNDS), progress(what))
    for row, facts in told.items():
        arithmetic = arithmetic_facts(row.subject.architecture, row.timed, row.tracks, taken[PRODUCT])
        found[row] = Measured(taken[row], subject_facts(row.subject, **facts, **arithmetic))
    return found
