"""The feature sets of files, against librosa's own way to make them."""

from pathlib import Path

import librosa
import numpy as np
import pytest

from benchmarks.features import feature_set
from benchmarks.features.sets import feature_sets, track_features
from tests.formats import FORMATS, write_track


@pytest.fixture(scope="module", params=FORMATS)
def track(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_track(tmp_path_factory.mktemp("audio"), request.param)


def test_mfcc(track: Path) -> None:
    signal, rate = librosa.load(track, duration=15.0)
    expected = librosa.feature.mfcc(y=signal, sr=rate)
    assert (expected.shape, expected.dtype) == ((20, 646), np.float32)
    # the loudest coefficient is some hundreds
    np.testing.assert_allclose(feature_sets()["mfcc_15s"].of(track), expected.T, rtol=1e-5, atol=2e-3)


def test_sets_of_as_many_seconds_share_one_reading(track: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("mel_in_colour_5s", "mfcc_backwards_15s", "log_mel_5s", "log_mel_15s", "mfcc_15s")
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
