"""Reading audio, beside librosa."""

from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile

from benchmarks.features.audio import load_audio


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
@pytest.mark.parametrize("rate", [22050, 44100])
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_are_librosa_s(tmp_path: Path, subtype: str, rate: int, channels: int) -> None:
    path = tmp_path / "track.wav"
    noise = np.random.default_rng(0).uniform(-1, 1, (rate, channels))
    # both ends of the range of 16 bits
    noise[:2] = [[-1], [1]]
    soundfile.write(path, noise, rate, subtype=subtype)
    expected, _ = librosa.load(path, sr=22050, duration=0.5)
    found = load_audio(path, 0.5)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("format", ["FLAC", "AU"])
def test_samples_of_other_containers_are_librosa_s(tmp_path: Path, format: str) -> None:  # noqa: A002
    path = tmp_path / "track"
    soundfile.write(path, np.random.default_rng(0).uniform(-1, 1, 22050), 22050, format=format, subtype="PCM_16")
    np.testing.assert_array_equal(load_audio(path, 1.0), librosa.load(path)[0])


def test_a_track_that_ends_early_is_shorter(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "track.wav", np.zeros(1000), 22050)
    assert load_audio(tmp_path / "track.wav", 1.0).shape == (1000,)
