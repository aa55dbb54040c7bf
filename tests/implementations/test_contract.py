"""What every implementation promises. New ones are found through the registry."""

import itertools

import numpy as np
import pytest

from implementations.architectures import ARCHITECTURES, initial_weights
from implementations.registry import registered
from tests.implementations import checks
from tests.implementations.conftest import ARCHITECTURES as NAMES
from tests.implementations.conftest import FRAMEWORKS, InFramework

every_implementation = pytest.mark.parametrize(("architecture", "framework"), registered())
every_pair = pytest.mark.parametrize(
    ("architecture", "first", "second"),
    [
        (name, *pair)
        for name in NAMES
        for pair in itertools.permutations([f for f in FRAMEWORKS if (name, f) in registered()], 2)
    ],
)


@every_implementation
@pytest.mark.parametrize("n_classes", [2, 10])
def test_starts_from_the_shared_initial_weights(
    architecture: str, framework: str, n_classes: int, in_framework: InFramework
) -> None:
    weights = in_framework(framework, checks.fresh_weights, architecture, framework, n_classes, 7)
    expected = initial_weights(ARCHITECTURES[architecture], n_classes, 7)
    assert weights.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(weights[name], values, err_msg=name)


@every_implementation
def test_weights_go_in_and_out_unchanged(architecture: str, framework: str, in_framework: InFramework) -> None:
    rng = np.random.default_rng(3)
    weights = {
        name: np.abs(rng.normal(size=values.shape)).astype(np.float32)
        for name, values in initial_weights(ARCHITECTURES[architecture], 3, 0).items()
    }
    back = in_framework(framework, checks.round_trip, architecture, framework, weights, 3)
    for name, values in weights.items():
        np.testing.assert_array_equal(back[name], values, err_msg=name)


@every_implementation
def test_probabilities_do_not_depend_on_the_batch(architecture: str, framework: str, in_framework: InFramework) -> None:
    weights = initial_weights(ARCHITECTURES[architecture], 3, 0)
    inputs = checks.noise(architecture, 5)
    alone, together = (
        in_framework(framework, checks.predict, architecture, framework, weights, inputs, 3, size) for size in (1, 32)
    )
    assert together.shape == (5, 3)
    assert together.dtype == np.float32
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(alone, together, atol=1e-6)


@every_implementation
def test_learns_a_simple_task(architecture: str, framework: str, in_framework: InFramework) -> None:
    inputs, labels = checks.separable(architecture, 32, 2)
    schedule = checks.Schedule(15, 8, checks.ADAM)
    history, _, _ = in_framework(framework, checks.train, architecture, framework, inputs, labels, schedule, 0)
    assert len(history) == 15
    assert np.mean([score.accuracy for score in history[-5:]]) > 0.8


@every_implementation
def test_same_seed_same_bits_other_seed_other_result(
    architecture: str, framework: str, in_framework: InFramework
) -> None:
    inputs, labels = checks.separable(architecture, 20, 3)
    (history, weights, probabilities), again, other = (
        in_framework(framework, checks.train, architecture, framework, inputs, labels, checks.QUICK, seed)
        for seed in (0, 0, 1)
    )
    assert history == again[0]
    np.testing.assert_array_equal(probabilities, again[2])
    for name, values in weights.items():
        np.testing.assert_array_equal(values, again[1][name], err_msg=name)
    assert not np.array_equal(probabilities, other[2])


@every_implementation
def test_trains_on_a_last_batch_of_one_track(architecture: str, framework: str, in_framework: InFramework) -> None:
    inputs, labels = checks.separable(architecture, 17, 2)
    _, weights, probabilities = in_framework(
        framework, checks.train, architecture, framework, inputs, labels, checks.QUICK, 0
    )
    assert np.isfinite(probabilities).all()
    assert all(np.isfinite(values).all() for values in weights.values())


@every_implementation
def test_tells_a_watcher_of_every_epoch(architecture: str, framework: str, in_framework: InFramework) -> None:
    assert in_framework(framework, checks.watched_epochs, architecture, framework) == [1, 2]


@every_implementation
def test_refuses_wrong_arrays(architecture: str, framework: str, in_framework: InFramework) -> None:
    assert all(in_framework(framework, checks.refusals, architecture, framework))


@every_pair
def test_weights_trained_in_one_framework_work_in_another(
    architecture: str, first: str, second: str, in_framework: InFramework
) -> None:
    inputs, labels = checks.separable(architecture, 20, 3)
    _, weights, expected = in_framework(first, checks.train, architecture, first, inputs, labels, checks.QUICK, 0)
    probabilities = in_framework(second, checks.predict, architecture, second, weights, inputs, 3, 32)
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)
