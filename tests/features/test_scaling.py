import weakref
from collections.abc import Iterator

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.features.scaling import fit_scaler


def test_each_channel_is_standardised_with_the_training_tracks_alone() -> None:
    rng = np.random.default_rng(0)
    train = rng.normal([5, -300], [2, 50], size=(20, 7, 2)).astype(np.float32)
    scale = fit_scaler("standardise", train)
    scaled = scale(train.copy())
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled.mean(axis=(0, 1)), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=(0, 1)), 1, atol=1e-5)
    # another track is moved by the same amounts, not by its own
    other = np.full((1, 7, 2), 9, np.float32)
    expected = (9 - train.mean(axis=(0, 1))) / train.std(axis=(0, 1))
    np.testing.assert_allclose(scale(other)[0, 0], expected, rtol=1e-4)


def test_a_channel_that_never_changes_becomes_zero() -> None:
    train = np.full((3, 4, 1), 7, np.float32)
    np.testing.assert_array_equal(fit_scaler("standardise", train)(train), 0)


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=20))
def test_without_scaling_every_bit_stays(values: list[float]) -> None:
    inputs = np.array(values, np.float32)[:, None]
    np.testing.assert_array_equal(fit_scaler("none", inputs)(inputs.copy()), inputs)


def test_inputs_are_scaled_where_they_are() -> None:
    inputs = np.array([[1], [3]], np.float32)
    assert fit_scaler("standardise", inputs)(inputs) is inputs
    np.testing.assert_array_equal(inputs, [[-1], [1]])


def test_inputs_that_are_read_one_by_one_are_let_go_one_by_one() -> None:
    class Read:
        shape = (50, 4, 1)
        held = 0

        def __iter__(self) -> Iterator[np.ndarray]:
            for number in range(50):
                track = np.full((4, 1), number, np.float32)
                weakref.finalize(track, self.let_go)
                self.held += 1
                assert self.held <= 2
                yield track

        def let_go(self) -> None:
            self.held -= 1

    found = fit_scaler("standardise", Read())
    assert found.mean == 24.5
