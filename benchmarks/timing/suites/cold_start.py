"""How long it takes until a tuned implementation has trained on its first batch, in a fresh process each round."""

import json
import sys
import time
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.errors import GenrebenchError
from benchmarks.processes.child import Child
from benchmarks.timing import FEW_ROUNDS
from benchmarks.timing.measuring.beside import Companion, measure
from benchmarks.timing.measuring.cold_start import BATCH_SIZE, STEPS, WHOLE
from benchmarks.timing.measuring.environments import environment
from benchmarks.timing.measuring.facts import subject_facts
from benchmarks.timing.measuring.subjects import Subject


@pytest.mark.benchmark(group="cold start")
def test_cold_start(benchmark: BenchmarkFixture, made: tuple[str, str], rounds: int) -> None:
    """Python and the harness, framework and implementation, building the classifier, and one usual batch."""
    subject = Subject(*made, "tuned", "1")
    # warm-up: the files are in the operating system's cache from then on
    told = _cold_start(subject)
    facts = subject_facts(subject, tracks=BATCH_SIZE, batch_size=BATCH_SIZE, device=told["device"])

    def work() -> None:
        told.update(_cold_start(subject))

    def step(name: str) -> Companion:
        return Companion(lambda: float(told["seconds"][name]), {**facts, "step": name})

    beside = {name: step(name) for name in STEPS}
    measure(benchmark, work, min(rounds, FEW_ROUNDS), {**facts, "step": WHOLE}, beside)


def _cold_start(subject: Subject) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.timing.measuring.cold_start", subject.architecture, subject.framework]
    command.append(repr(time.time()))
    with Child(command, environment("tuned", 1)) as child:
        said = list(child.lines())
        if child.wait():
            raise GenrebenchError(f"the cold start of {subject} failed: {child.last_words()}")
    told: dict[str, Any] = json.loads(said[-1])
    return told
