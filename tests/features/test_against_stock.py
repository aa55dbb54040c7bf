"""The feature sets of files, against the study's way to make them."""

from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile

from benchmarks.features import feature_set
from benchmarks.features.sets import feature_sets, track_features
from benchmarks.studies.lee_cnn_lstm.stock import plain_mfcc, study_picture

FORMATS = {
    "as GTZAN": (22050, 1, "WAV", "PCM_16"),
    "stereo": (44100, 2, "WAV", "PCM_24"),
    "another rate": (16000, 1, "FLAC", "PCM_16"),
}


@pytest.fixture(scope="module", params=FORMATS)
def track(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Silence, a chirp over noise, silence: 16 s."""
    rate, channels, container, subtype = FORMATS[request.param]
    chirp = librosa.chirp(fmin=100, fmax=7000, sr=rate, duration=14)
    noise = np.random.default_rng(0).normal(0, 0.01, (chirp.size, channels))
    samples = np.pad(0.5 * chirp[:, None] + noise, [(rate, rate), (0, 0)])
    path = tmp_path_factory.mktemp("audio") / f"track.{container.lower()}"
    soundfile.write(path, samples, rate, format=container, subtype=subtype)
    return path


def test_mfcc(track: Path) -> None:
    expected = plain_mfcc(track)
    assert (expected.shape, expected.dtype) == ((20, 646), np.float32)
    # the loudest coefficient is some hundreds
    np.testing.assert_allclose(feature_sets()["mfcc_15s"].of(track), expected.T, rtol=1e-5, atol=2e-3)
    reshaped = feature_sets()["mfcc_reshaped_15s"].of(track)
    np.testing.assert_allclose(reshaped, expected.reshape(646, 20), rtol=1e-5, atol=2e-3)


def test_picture(track: Path) -> None:
    expected = study_picture(track)
    assert (expected.shape, expected.dtype) == ((128, 128, 3), np.float32)
    difference = np.abs(feature_sets()["mel_picture_5s"].of(track) - expected)
    # of 255; cells are not whole pixels wide, and the plot rounds their edges its own way
    assert difference.mean() < 1
    assert np.quantile(difference, 0.99) < 25


def test_sets_of_as_many_seconds_share_one_reading(track: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("mel_picture_5s", "mfcc_reshaped_15s", "log_mel_5s", "log_mel_15s", "mfcc_15s")
    expected = [feature_sets()[name].of(track) for name in names]
    readings = []
    load_audio = feature_set.load_audio

    def counting(path: Path, seconds: float) -> feature_set.Signal:
        readings.append(seconds)
        return load_audio(path, seconds)

    monkeypatch.setattr(feature_set, "load_audio", counting)
    for found, alone in zip(track_features(track, names), expected, strict=True):
        np.testing.assert_array_equal(found, alone)
    assert sorted(readings) == [5, 15]
