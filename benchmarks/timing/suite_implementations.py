"""How long training and inference take, for every registered implementation of one framework (``--framework``).

Inputs and labels are random: the networks do the same arithmetic whatever the values are. Data is in memory before
the clock starts.
"""

from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import provenance
from benchmarks.execution import THREADS
from benchmarks.timing.measuring import measure
from implementations.interface import Adam, Classifier, Inputs, Labels, Schedule, batch_order
from implementations.registry import implementation, registered

# a library's warning is for the tests to catch; here it would end a measurement
pytestmark = pytest.mark.filterwarnings("ignore")

_CLASSES = 10
_SEED = 0
# the study's schedule; only the batch size matters for speed
_SCHEDULE = Schedule(1, 32, Adam(learning_rate=0.00025, beta_1=0.9, beta_2=0.999, epsilon=1e-7))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Time every architecture that the registry knows in this framework."""
    framework = metafunc.config.getoption("framework")
    if framework is None:
        raise pytest.UsageError("this suite times one framework to a process; name it: --framework NAME")
    metafunc.parametrize("architecture", [name for name, of in registered() if of == framework])


@pytest.fixture
def classifier(architecture: str, pytestconfig: pytest.Config) -> Classifier:
    """Build an untrained classifier, as a run does."""
    classifier_class = implementation(architecture, pytestconfig.getoption("framework"))
    classifier_class.configure(THREADS)
    return classifier_class(_CLASSES, _SEED)


@pytest.mark.benchmark(group="training")
def test_training_epoch(benchmark: BenchmarkFixture, classifier: Classifier, tracks: int, long_rounds: int) -> None:
    """Time one epoch: forward pass, backward pass and a step of Adam for every batch."""
    inputs, labels = _random_tracks(classifier, tracks)
    # not `fit`, which would set up the optimiser, and compile TensorFlow's step, anew in every round
    training = classifier.start_training(inputs, labels, _SCHEDULE)
    order = batch_order(_SEED, 1, tracks)
    facts = _facts(classifier, "training epoch", tracks, _SCHEDULE.batch_size)
    versions = provenance.versions(classifier.framework)
    measure(benchmark, training.epoch, order, rounds=long_rounds, facts=facts, versions=versions)


@pytest.mark.benchmark(group="inference")
@pytest.mark.parametrize("batch_size", [1, 32])
def test_inference(benchmark: BenchmarkFixture, classifier: Classifier, batch_size: int, short_rounds: int) -> None:
    """Time the probabilities of one batch, from a NumPy array to a NumPy array."""
    inputs, _ = _random_tracks(classifier, batch_size)
    facts = _facts(classifier, "inference", batch_size, batch_size)
    versions = provenance.versions(classifier.framework)
    measure(benchmark, classifier.predict, inputs, batch_size, rounds=short_rounds, facts=facts, versions=versions)


def _random_tracks(classifier: Classifier, tracks: int) -> tuple[Inputs, Labels]:
    rng = np.random.default_rng(_SEED)
    inputs = rng.standard_normal((tracks, *classifier.architecture.input_shape), dtype=np.float32)
    return inputs, rng.integers(_CLASSES, size=tracks)


def _facts(classifier: Classifier, timed: str, tracks: int, batch_size: int) -> dict[str, Any]:
    return {
        "timed": timed,
        "architecture": classifier.architecture.name,
        "framework": classifier.framework,
        "tracks": tracks,
        "batch_size": batch_size,
    }
