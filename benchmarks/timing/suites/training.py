"""One training epoch in batches of the usual size: ours, by pytest-benchmark, stock and a matrix product beside."""

from contextlib import ExitStack

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.timing.measuring.beside import measure
from benchmarks.timing.measuring.facts import arithmetic_facts
from benchmarks.timing.measuring.starting import BATCH_SIZE, matrix_product, start_pair


@pytest.mark.benchmark(group="training")
def test_training_epoch(benchmark: BenchmarkFixture, made: tuple[str, str], tracks: int, rounds: int) -> None:
    """Forward pass, backward pass and a step of Adam for every batch; data is in memory."""
    arithmetic = arithmetic_facts(made[0], "training", tracks)
    with ExitStack() as stack:
        ours, stock = start_pair(stack, made, "all").prepare(
            "training", tracks=tracks, batch_size=BATCH_SIZE, **arithmetic
        )
        task = ours.repeated()
        beside = {"stock": stock.companion()} if stock else {}
        measure(benchmark, task, rounds, ours.facts, beside, calls=task.calls, rates=matrix_product(stack, "all"))
