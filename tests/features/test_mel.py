"""The fast mel spectrogram, against librosa's."""

import warnings

import librosa
import numpy as np
import pytest

from benchmarks.features.audio import SAMPLE_RATE
from benchmarks.features.mel import mel_power

RNG = np.random.default_rng(0)
TIMES = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
SIGNALS = {
    "noise": RNG.normal(0, 0.1, 5 * SAMPLE_RATE),
    # every other band lies at librosa's floor of 80 dB below, or near it
    "tone": np.sin(2 * np.pi * 440 * TIMES),
    "chirp": librosa.chirp(fmin=20, fmax=11000, sr=SAMPLE_RATE, duration=3),
    "clipped": np.sign(np.sin(2 * np.pi * 220 * TIMES)),
    "constant": np.ones(SAMPLE_RATE),
    "silence": np.zeros(SAMPLE_RATE),
    "nearly silence": RNG.normal(0, 1e-7, SAMPLE_RATE),
    "silence, then noise": np.concatenate([np.zeros(SAMPLE_RATE), RNG.normal(0, 0.3, SAMPLE_RATE)]),
    "click": np.eye(1, SAMPLE_RATE, 9000)[0],
    "shorter than a frame": RNG.normal(0, 0.1, 100),
    "one sample": np.ones(1),
    "a multiple of the hop": RNG.normal(0, 0.1, 512 * 64),
    "one less": RNG.normal(0, 0.1, 512 * 64 - 1),
}


@pytest.mark.parametrize("name", SIGNALS)
def test_equals_librosa(name: str) -> None:
    signal = SIGNALS[name].astype(np.float32)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "n_fft=2048 is too large", UserWarning)
        expected = librosa.feature.melspectrogram(y=signal, sr=SAMPLE_RATE)
    found = mel_power(signal)
    assert (found.shape, found.dtype) == (expected.shape, np.float32)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6 * expected.max())
    np.testing.assert_allclose(librosa.power_to_db(found), librosa.power_to_db(expected), rtol=0, atol=0.01)
