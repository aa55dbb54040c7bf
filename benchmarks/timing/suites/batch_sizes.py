"""Training and inference at batch sizes 1, 32 and 256: ours, timed by pytest-benchmark, stock beside.

Training at 32 is in `training`.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.timing import FEW_ROUNDS
from benchmarks.timing.measuring.beside import Turn
from benchmarks.timing.measuring.starting import Pair, matrix_product, measure_pair, start_pair

# batch size to tracks a round: few steps show what a step costs
_TRAINING = {1: 32, 256: 256}
_INFERENCE = (1, 32, 256)


@pytest.fixture(scope="module")
def started(made: tuple[str, str]) -> Iterator[tuple[Pair, Turn]]:
    """Start ours and stock code of an implementation on all cores, and a matrix product."""
    with ExitStack() as stack:
        yield start_pair(stack, made, "all"), matrix_product(stack, "all")


@pytest.mark.benchmark(group="inference")
@pytest.mark.parametrize("batch_size", _INFERENCE)
def test_inference(benchmark: BenchmarkFixture, started: tuple[Pair, Turn], batch_size: int, rounds: int) -> None:
    """The probabilities of one batch, from a NumPy array to a NumPy array."""
    few = min(rounds, FEW_ROUNDS)
    measure_pair(benchmark, *started, few, timed="inference", tracks=batch_size, batch_size=batch_size)


@pytest.mark.benchmark(group="training by batch size")
@pytest.mark.parametrize("batch_size", _TRAINING)
def test_training_by_batch_size(
    benchmark: BenchmarkFixture, started: tuple[Pair, Turn], batch_size: int, rounds: int
) -> None:
    """As the training epoch, over fewer tracks."""
    few = min(rounds, FEW_ROUNDS)
    measure_pair(benchmark, *started, few, timed="training", tracks=_TRAINING[batch_size], batch_size=batch_size)
