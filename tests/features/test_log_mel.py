import librosa
import numpy as np
import pytest

from benchmarks.features.audio import SAMPLE_RATE
from benchmarks.features.log_mel import log_mel


def tone(seconds: float, frequency: float) -> np.ndarray:
    times = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.sin(2 * np.pi * frequency * times).astype(np.float32)


@pytest.mark.parametrize("seconds", [5.0, 15.0, 29.0])
def test_any_length_gives_one_channel_of_128_by_128(seconds: float) -> None:
    array = log_mel(tone(seconds, 440))
    assert (array.shape, array.dtype) == ((128, 128, 1), np.float32)


def test_low_frequencies_come_first_and_time_runs_along_the_second_axis() -> None:
    signal = np.concatenate([tone(2.5, 200), tone(2.5, 5000)])
    loudest = log_mel(signal)[..., 0].argmax(axis=0)
    centres = librosa.mel_frequencies(128, fmax=SAMPLE_RATE / 2)
    assert np.abs(centres[loudest[5:60]] - 200).max() < 60
    assert np.abs(centres[loudest[70:-5]] - 5000).max() < 300


def test_columns_are_averages_of_the_frames_they_cover() -> None:
    signal = np.random.default_rng(0).normal(size=5 * SAMPLE_RATE).astype(np.float32)
    decibels = librosa.power_to_db(librosa.feature.melspectrogram(y=signal, sr=SAMPLE_RATE))
    found = log_mel(signal)[..., 0]
    # the mean over time stays as it is, and each column lies within its frames
    np.testing.assert_allclose(found.mean(axis=1), decibels.mean(axis=1), atol=0.05)
    edges = np.linspace(0, decibels.shape[1], 129)
    for column in (0, 64, 127):
        frames = decibels[:, int(edges[column]) : int(np.ceil(edges[column + 1]))]
        assert (found[:, column] >= frames.min(axis=1) - 1e-3).all()
        assert (found[:, column] <= frames.max(axis=1) + 1e-3).all()
