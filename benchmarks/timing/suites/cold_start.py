"""How long it takes until a tuned implementation has trained on its first batch, in a fresh process each round."""

import json
import sys
import time
from functools import cache, partial
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.errors import GenrebenchError
from benchmarks.execution.child import Child
from benchmarks.timing import FEW_ROUNDS
from benchmarks.timing.measuring.cold_start import BATCH_SIZE, STEPS
from benchmarks.timing.measuring.environments import environment
from benchmarks.timing.measuring.facts import subject_facts
from benchmarks.timing.measuring.replay import Measured, benchmark_group, replay
from benchmarks.timing.measuring.rounds import Turn, take_rounds
from benchmarks.timing.measuring.starting import progress
from benchmarks.timing.measuring.subjects import Subject
from implementations.registry import registered

_SUBJECTS = [Subject(architecture, framework, "tuned", "1") for architecture, framework in registered()]


@benchmark_group("cold start")
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("subject", _SUBJECTS, ids=str)
def test_cold_start(benchmark: BenchmarkFixture, subject: Subject, step: str, rounds: int) -> None:
    """Python and the harness, framework and implementation, building the classifier, and one usual batch."""
    replay(benchmark, _cold_starts(min(rounds, FEW_ROUNDS))[subject, step])


@cache
def _cold_starts(rounds: int) -> dict[tuple[Subject, str], Measured]:
    """Start all implementations cold, one after the other in every round."""
    told: dict[Subject, list[dict[str, Any]]] = {subject: [] for subject in _SUBJECTS}

    def start(subject: Subject) -> float:
        told[subject].append(_cold_start(subject))
        return float(sum(told[subject][-1]["seconds"].values()))

    turns: dict[Subject, Turn] = {subject: partial(start, subject) for subject in _SUBJECTS}
    take_rounds(turns, rounds, progress("cold start"))
    found = {}
    for subject, starts in told.items():
        for step in STEPS:
            # the first one was the warm-up: the files are in the operating system's cache from then on
            seconds = tuple(it["seconds"][step] for it in starts[1:])
            facts = subject_facts(
                subject, step=step, tracks=BATCH_SIZE, batch_size=BATCH_SIZE, device=starts[-1]["device"]
            )
            found[subject, step] = Measured(seconds, facts)
    return found


def _cold_start(subject: Subject) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.timing.measuring.cold_start", subject.architecture, subject.framework]
    command.append(repr(time.time()))
    with Child(command, environment("tuned", 1)) as child:
        said = list(child.lines())
        if child.wait():
            raise GenrebenchError(f"the cold start of {subject} failed: {child.last_words()}")
    told: dict[str, Any] = json.loads(said[-1])
    return told
