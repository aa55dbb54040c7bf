import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from implementations.architectures import (
    ARCHITECTURES,
    CNN2D,
    CNNLSTM,
    CNN2DDeep,
    glorot_uniform,
    initial_weights,
    orthogonal,
    parameter_count,
    penalty,
)
from implementations.batch_order import batch_order
from implementations.randomness import framework_seed, generator


def test_parameter_counts_are_the_study_s() -> None:
    assert parameter_count(CNN2D(), 10) == 246_298
    # the study's weight file is of a later run with 50 units in the dense layer
    assert parameter_count(CNNLSTM(dense_units=50), 10) == 232_208
    assert parameter_count(CNN2DDeep(), 10) == 2_495_114


def test_a_penalty_is_of_the_squares_of_the_kernels_that_have_one() -> None:
    sizes = CNN2DDeep(input_shape=(4, 5, 1), filters=(2, 3), dense_units=4, dense_penalty=0.5)
    weights = {weight.name: np.full(weight.shape, 2, np.float32) for weight in sizes.weights(3)}
    # 1 x 1 x 3 values come in, 4 units, 3 classes
    assert penalty(sizes, weights, 3) == 0.5 * 4 * (3 * 4 + 4 * 3)
    assert penalty(CNN2D(), initial_weights(CNN2D(), 3, 0), 3) == 0
    # of float32 that is too small to be squared in it
    tiny = {name: values * np.float32(1e-30) for name, values in weights.items()}
    assert penalty(sizes, tiny, 3) == pytest.approx(48e-60, rel=1e-6)


@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=str)
def test_initial_weights_depend_on_seed_and_name_only(architecture: CNN2D) -> None:
    first, again, other = (initial_weights(architecture, 10, seed) for seed in (0, 0, 1))
    fewer = initial_weights(architecture, 3, 0)
    drawn = [w.name for w in architecture.weights(10) if w.initializer in (glorot_uniform, orthogonal)]
    for name in drawn:
        np.testing.assert_array_equal(first[name], again[name])
        assert not np.array_equal(first[name], other[name])
    # every layer but the last is the same whatever the number of classes
    for name in drawn[:-1]:
        np.testing.assert_array_equal(first[name], fewer[name])
    assert len({first[name].tobytes() for name in drawn}) == len(drawn)


def test_glorot_stays_inside_its_limit_and_fills_it() -> None:
    values = glorot_uniform(generator(0, "test"), (3, 3, 32, 32))
    limit = math.sqrt(6 / (9 * 64))
    assert np.abs(values).max() <= limit
    assert values.std() == pytest.approx(limit / math.sqrt(3), rel=0.05)


@given(rows=st.integers(1, 12), columns=st.integers(1, 12))
def test_orthogonal_rows_or_columns(rows: int, columns: int) -> None:
    matrix = orthogonal(generator(0, "test"), (rows, columns))
    product = matrix @ matrix.T if rows <= columns else matrix.T @ matrix
    np.testing.assert_allclose(product, np.eye(min(rows, columns)), atol=1e-12)


def test_only_the_forget_gate_s_bias_starts_at_one() -> None:
    bias = initial_weights(CNNLSTM(), 10, 0)["lstm1/bias"].reshape(4, 128)
    np.testing.assert_array_equal(bias[[0, 2, 3]], 0)
    np.testing.assert_array_equal(bias[1], 1)


@given(seed=st.integers(0, 2**40), epoch=st.integers(1, 1000), n_tracks=st.integers(1, 200))
def test_batch_order_is_a_permutation(seed: int, epoch: int, n_tracks: int) -> None:
    np.testing.assert_array_equal(np.sort(batch_order(seed, epoch, n_tracks)), np.arange(n_tracks))


def test_batch_order_changes_with_epoch_and_seed() -> None:
    orders = {batch_order(seed, epoch, 100).tobytes() for seed in range(3) for epoch in range(1, 4)}
    assert len(orders) == 9


def test_framework_seeds_fit_and_differ() -> None:
    seeds = [framework_seed(seed, f"dropout/{layer}") for seed in range(50) for layer in ("block1", "block2")]
    assert len(set(seeds)) == 100
    assert all(0 <= seed < 2**31 for seed in seeds)
