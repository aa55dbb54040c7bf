"""Peak resident memory of training, in a pass of its own: a fresh process trains, predicts and is asked for its peak.

The time of the row is that of the first epoch and prediction, compilation included.
"""

from contextlib import ExitStack

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.timing.measuring.beside import Companion, measure
from benchmarks.timing.measuring.starting import BATCH_SIZE, start_pair


@pytest.mark.benchmark(group="memory")
def test_peak_memory(benchmark: BenchmarkFixture, made: tuple[str, str], tracks: int) -> None:
    """One epoch and prediction of a worker: data, framework, network and optimiser."""
    with ExitStack() as stack:
        ours, stock = start_pair(stack, made, "1").prepare("worker", tracks=tracks, batch_size=BATCH_SIZE)
        measure(benchmark, ours.once, 1, ours.facts, {"stock": Companion(stock.once, stock.facts)} if stock else {})
        benchmark.extra_info["peak_mib"] = ours.child.peak_memory()
        if stock:
            benchmark.extra_info["beside"]["stock"]["peak_mib"] = stock.child.peak_memory()
