"""Reading audio, beside librosa."""

from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile

from benchmarks.datasets.decoding import UndecodableError
from benchmarks.errors import GenrebenchError
from benchmarks.features.audio import load_audio
from benchmarks.features.sets import track_features


def write_noise(path: Path, rate: int, channels: int, **kind: str) -> Path:
    noise = np.random.default_rng(0).uniform(-1, 1, (rate, channels))
    # both ends of the range
    noise[:2] = [[-1], [1]]
    soundfile.write(path, noise, rate, **kind)
    return path


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_U8", "FLOAT"])
@pytest.mark.parametrize("rate", [16000, 22050, 44100])
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_are_librosa_s(tmp_path: Path, subtype: str, rate: int, channels: int) -> None:
    path = write_noise(tmp_path / "track.wav", rate, channels, subtype=subtype)
    found = load_audio(path, 0.5)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, librosa.load(path, sr=22050, duration=0.5)[0])


@pytest.mark.parametrize(("format", "subtype"), [("FLAC", "PCM_16"), ("AU", "PCM_16"), ("OGG", "VORBIS")])
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_of_other_containers_are_librosa_s(tmp_path: Path, format: str, subtype: str, channels: int) -> None:  # noqa: A002
    path = write_noise(tmp_path / "track", 22050, channels, format=format, subtype=subtype)
    np.testing.assert_array_equal(load_audio(path, 1.0), librosa.load(path)[0])


@pytest.mark.parametrize("frames", [0, 1000])
def test_a_track_that_ends_early_is_shorter(tmp_path: Path, frames: int) -> None:
    soundfile.write(tmp_path / "track.wav", np.zeros(frames), 22050)
    assert load_audio(tmp_path / "track.wav", 1.0).shape == (frames,)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "track.wav"
    with pytest.raises(UndecodableError):
        load_audio(path, 1.0)
    path.write_text("no audio")
    with pytest.raises(UndecodableError):
        load_audio(path, 1.0)
    soundfile.write(path, np.full(22050 * 20, np.nan), 22050, subtype="FLOAT")
    with pytest.raises(librosa.ParameterError):
        load_audio(path, 1.0)
    with pytest.raises(GenrebenchError, match=r"track\.wav: holds samples that are no numbers"):
        track_features(path, ("mfcc_15s",))
