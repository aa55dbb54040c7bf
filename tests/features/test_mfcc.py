import librosa
import numpy as np

from benchmarks.features.mfcc import mfcc


def test_the_coefficients_are_in_the_order_of_time() -> None:
    signal = np.random.default_rng(0).normal(0, 0.1, 29 * 22050).astype(np.float32)
    rows = mfcc(signal)
    assert rows.shape == (1249, 20)
    # up to the last bits of single precision: the loudest coefficient is some hundreds
    np.testing.assert_allclose(rows, librosa.feature.mfcc(y=signal, sr=22050).T, rtol=1e-5, atol=2e-3)
