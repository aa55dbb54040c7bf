"""One training epoch in batches of the usual size: ours, by pytest-benchmark, stock and a matrix product beside."""

from contextlib import ExitStack

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.timing.measuring.starting import BATCH_SIZE, matrix_product, measure_pair, start_pair


@pytest.mark.benchmark(group="training")
def test_training_epoch(benchmark: BenchmarkFixture, made: tuple[str, str], tracks: int, rounds: int) -> None:
    """Forward pass, backward pass and a step of Adam for every batch; data is in memory."""
    with ExitStack() as stack:
        pair, product = start_pair(stack, made, "all"), matrix_product(stack, "all")
        measure_pair(benchmark, pair, product, rounds, timed="training", tracks=tracks, batch_size=BATCH_SIZE)
