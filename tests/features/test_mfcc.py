import librosa
import numpy as np

from benchmarks.features.mfcc import mfcc, mfcc_in_time_order, mfcc_reshaped


def assert_equal(found: np.ndarray, expected: np.ndarray) -> None:
    """Up to the last bits of single precision: the loudest coefficient is some hundreds."""
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=2e-3)


def test_is_the_study_s_reshape_not_a_transpose() -> None:
    signal = np.random.default_rng(0).normal(0, 0.1, 15 * 22050).astype(np.float32)
    coefficients = librosa.feature.mfcc(y=signal, sr=22050)
    rows = mfcc_reshaped(signal)
    assert rows.shape == (646, 20)
    # a row holds 20 consecutive frames of one coefficient
    assert_equal(rows[0], coefficients[0, :20])
    assert_equal(rows[1], coefficients[0, 20:40])
    assert not np.allclose(rows, coefficients.T)


def test_the_order_in_time_comes_back() -> None:
    signals = np.random.default_rng(0).normal(0, 0.1, (2, 22050)).astype(np.float32)
    rows = mfcc_in_time_order(np.stack([mfcc_reshaped(signal) for signal in signals]))
    for signal, track in zip(signals, rows, strict=True):
        assert_equal(track, librosa.feature.mfcc(y=signal, sr=22050).T)


def test_the_corrected_features_are_in_the_order_of_time() -> None:
    signal = np.random.default_rng(0).normal(0, 0.1, 29 * 22050).astype(np.float32)
    rows = mfcc(signal)
    assert rows.shape == (1249, 20)
    assert_equal(rows, librosa.feature.mfcc(y=signal, sr=22050).T)
