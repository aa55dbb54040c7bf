"""What every implementation promises. New ones are found through the registry."""

import itertools
import math

import numpy as np
import pytest

from implementations.architectures import ARCHITECTURES, initial_weights
from implementations.batch_order import batch_order
from implementations.interface import EpochScore
from implementations.registry import inspected, registered
from tests.frameworks import ARCHITECTURES as NAMES
from tests.frameworks import FRAMEWORKS, InFramework
from tests.implementations import checks

every_implementation = pytest.mark.parametrize(("architecture", "framework"), registered())
every_inspected = pytest.mark.parametrize(("architecture", "framework"), inspected())
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
        for name, values in initial_weights(checks.small(architecture), 3, 0).items()
    }
    back = in_framework(framework, checks.round_trip, architecture, framework, weights, 3)
    for name, values in weights.items():
        np.testing.assert_array_equal(back[name], values, err_msg=name)


@every_implementation
def test_probabilities_do_not_depend_on_the_batch(architecture: str, framework: str, in_framework: InFramework) -> None:
    weights = initial_weights(checks.small(architecture), 3, 0)
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
def test_takes_inputs_in_any_order_and_leaves_them_as_they_are(
    architecture: str, framework: str, in_framework: InFramework
) -> None:
    used = in_framework(framework, checks.used_inputs, architecture, framework)
    for order, (before, after, found, expected) in used.items():
        np.testing.assert_array_equal(after, before, err_msg=order)
        np.testing.assert_array_equal(found, expected, err_msg=order)


@every_implementation
def test_tells_a_watcher_of_every_epoch(architecture: str, framework: str, in_framework: InFramework) -> None:
    assert in_framework(framework, checks.watched_epochs, architecture, framework) == [1, 2]


@every_implementation
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_training_that_is_taken_up_again_leaves_the_same_bits(
    precision: checks.Precision, architecture: str, framework: str, in_framework: InFramework
) -> None:
    whole, taken_up = in_framework(framework, checks.taken_up, architecture, framework, precision)
    assert whole[0] == taken_up[0]
    for name, expected in whole[1].items():
        np.testing.assert_array_equal(taken_up[1][name], expected, err_msg=name)
    np.testing.assert_array_equal(taken_up[2], whole[2])


@every_implementation
@pytest.mark.parametrize("optimizer", [checks.ADAM, checks.SGD(0.001)], ids=["adam", "sgd"])
def test_a_learning_rate_holds_from_the_next_step_on_and_the_optimiser_goes_on(
    optimizer: checks.Adam | checks.SGD, architecture: str, framework: str, in_framework: InFramework
) -> None:
    rate = optimizer.learning_rate
    given = (architecture, framework, optimizer, [rate, 0, rate / 4, rate / 4], [rate / 4, rate])
    (first, stopped, _, last), (resumed, unchanged) = in_framework(framework, checks.at_rates, *given)
    for weight in checks.small(architecture).weights(3):
        np.testing.assert_array_equal(last[weight.name], resumed[weight.name], err_msg=weight.name)
        if weight.trainable:
            np.testing.assert_array_equal(stopped[weight.name], first[weight.name], err_msg=weight.name)
            assert not np.array_equal(last[weight.name], unchanged[weight.name])


@every_implementation
def test_refuses_wrong_arrays(architecture: str, framework: str, in_framework: InFramework) -> None:
    for expected, words in in_framework(framework, checks.refusals, architecture, framework):
        assert words.startswith(expected), words


@every_implementation
def test_trains_in_the_order_of_its_seed_and_epoch(
    architecture: str, framework: str, in_framework: InFramework
) -> None:
    batches, history = in_framework(framework, checks.trained_batches, architecture, framework, 7)
    assert [len(batch.labels) for batch in batches] == [16, 4, 16, 4]
    inputs, labels = checks.separable(architecture, 20, 3)
    for epoch in (1, 2):
        order = batch_order(7, epoch, 20)
        first, last = batches[2 * epoch - 2 : 2 * epoch]
        np.testing.assert_array_equal(np.concatenate([first.inputs, last.inputs]), inputs[order])
        np.testing.assert_array_equal(np.concatenate([first.labels, last.labels]), labels[order])
    # losses 1, 2, 3, 4 of the batches, one input of each right
    assert history == [EpochScore((16 * 1 + 4 * 2) / 20, 2 / 20), EpochScore((16 * 3 + 4 * 4) / 20, 2 / 20)]


@every_implementation
def test_is_built_in_other_sizes(architecture: str, framework: str, in_framework: InFramework) -> None:
    weights, probabilities, said = in_framework(framework, checks.with_other_sizes, architecture, framework)
    shapes = {name: values.shape for name, values in weights.items()}
    assert shapes == {weight.name: weight.shape for weight in checks.other_sizes(architecture).weights(3)}
    assert shapes != {weight.name: weight.shape for weight in checks.small(architecture).weights(3)}
    assert probabilities.shape == (2, 3)
    assert "inputs have shape" in said


@every_implementation
def test_refuses_another_kind_of_architecture_and_precision(
    architecture: str, framework: str, in_framework: InFramework
) -> None:
    kind, precision = in_framework(framework, checks.build_refusals, architecture, framework)
    assert f"is built from a {type(ARCHITECTURES[architecture]).__name__}, not a OtherKind" in kind
    assert precision == "precision is 'float16'; legal: float32, float64"


@every_implementation
def test_computes_in_the_precision_it_is_asked_for(
    architecture: str, framework: str, in_framework: InFramework
) -> None:
    (weights, single), (wide_weights, double) = (
        in_framework(framework, checks.in_precision, architecture, framework, precision)
        for precision in ("float32", "float64")
    )
    assert {values.dtype for values in weights.values()} == {single.dtype} == {np.dtype(np.float32)}
    assert {values.dtype for values in wide_weights.values()} == {double.dtype} == {np.dtype(np.float64)}
    for name, values in weights.items():
        np.testing.assert_array_equal(values, wide_weights[name], err_msg=name)
    np.testing.assert_allclose(single, double, atol=1e-5)
    # float64 throughout: a step in float32 would leave sums of 1 that are off by some 1e-8
    np.testing.assert_allclose(double.sum(axis=1), 1, rtol=0, atol=1e-14)
    assert not np.array_equal(double, double.astype(np.float32))


@every_inspected
def test_a_training_pass_gives_the_gradients_of_the_mean_loss(
    architecture: str, framework: str, in_framework: InFramework
) -> None:
    given = in_framework(framework, checks.training_pass, architecture, framework)
    found = given.found
    trained = {weight.name: weight.shape for weight in given.sizes.weights(3) if weight.trainable}
    assert {name: gradient.shape for name, gradient in found.gradients.items()} == trained
    assert {gradient.dtype for gradient in found.gradients.values()} == {np.dtype(np.float64)}
    n = len(given.labels)
    assert found.loss == pytest.approx(-np.log(found.probabilities[np.arange(n), given.labels]).mean(), rel=1e-12)
    for name, (slope, differences) in given.slopes.items():
        assert slope == pytest.approx(differences, rel=1e-5, abs=1e-8), name
    for name, values in given.before.items():
        # statistics of noise are never those that the running ones start from
        assert np.array_equal(given.after[name], values) == (name in trained), name


@every_inspected
def test_counts_the_values_of_its_own_model(architecture: str, framework: str, in_framework: InFramework) -> None:
    count = in_framework(framework, checks.counted, architecture, framework)
    sizes = {True: 0, False: 0}
    for weight in ARCHITECTURES[architecture].weights(3):
        sizes[weight.trainable] += math.prod(weight.shape)
    assert (count.trained, count.running) == (sizes[True], sizes[False])


@every_inspected
def test_shows_the_states_of_its_lstms(architecture: str, framework: str, in_framework: InFramework) -> None:
    states = in_framework(framework, checks.states, architecture, framework)
    units = {
        weight.name.rpartition("/")[0]: weight.shape[0]
        for weight in checks.small(architecture).weights(3)
        if weight.name.endswith("/recurrent_kernel")
    }
    assert {layer: found.hidden.shape[-1] for layer, found in states.items()} == units
    for found in states.values():
        n, steps, _ = found.hidden.shape
        assert n == 2
        assert steps > 1
        assert found.cell.shape == found.hidden.shape
        assert np.abs(found.hidden).max() < 1
        # an output is the cell's, squashed and let through in part
        assert (np.abs(found.hidden) <= np.abs(np.tanh(found.cell)) + 1e-6).all()
        assert not np.array_equal(found.hidden[:, 0], found.hidden[:, -1])


@every_pair
@pytest.mark.parametrize("optimizer", [checks.ADAM, checks.SGD(0.001)], ids=["adam", "sgd"])
def test_frameworks_train_the_same_at_a_falling_learning_rate(
    optimizer: checks.Adam | checks.SGD, architecture: str, first: str, second: str, in_framework: InFramework
) -> None:
    rates = [optimizer.learning_rate, optimizer.learning_rate / 2, optimizer.learning_rate / 4]
    found, other = (
        in_framework(name, checks.at_rates, architecture, name, optimizer, rates)[0][-1] for name in (first, second)
    )
    for weight in checks.small(architecture).weights(3):
        # Adam makes a whole step of what rounding leaves of a gradient that BatchNorm cancels
        if not weight.cancelled:
            largest = np.abs(found[weight.name]).max()
            np.testing.assert_allclose(found[weight.name], other[weight.name], atol=1e-8 * largest, err_msg=weight.name)


@every_pair
def test_weights_trained_in_one_framework_work_in_another(
    architecture: str, first: str, second: str, in_framework: InFramework
) -> None:
    inputs, labels = checks.separable(architecture, 20, 3)
    _, weights, expected = in_framework(first, checks.train, architecture, first, inputs, labels, checks.QUICK, 0)
    probabilities = in_framework(second, checks.predict, architecture, second, weights, inputs, 3, 32)
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)
