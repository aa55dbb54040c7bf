import hashlib

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from benchmarks.datasets.inspection import MIN_SECONDS, Candidate, _as_int16, inspect_track, inspect_tracks

SAMPLES = np.arange(-(1 << 15), 1 << 15, dtype="<i2")


def md5(samples):
    return hashlib.md5(samples.tobytes(), usedforsecurity=False).hexdigest()


def inspect(path):
    return inspect_track(path.parent, Candidate("a.b", "a", path.name))


@pytest.mark.parametrize("name", ["a.wav", "a.au", "a.flac", "a.aiff"])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_digest_is_that_of_the_samples_in_any_lossless_container(tmp_path, name, channels):
    frames = SAMPLES.reshape(-1, channels)
    soundfile.write(tmp_path / name, frames, 2000, subtype="PCM_16")
    track = inspect(tmp_path / name)
    assert track.pcm_md5 == md5(SAMPLES)
    assert (track.duration, track.sample_rate, track.channels) == (len(frames) / 2000, 2000, channels)


def test_the_digest_does_not_depend_on_the_size_of_blocks(tmp_path):
    samples = np.tile(SAMPLES, 3)
    soundfile.write(tmp_path / "a.wav", samples, 8000, subtype="PCM_16")
    assert inspect(tmp_path / "a.wav").pcm_md5 == md5(samples)


@given(arrays.arrays(np.float32, 20, elements=st.floats(-4, 4, width=32)))
def test_samples_beyond_full_scale_are_clipped(samples):
    expected = [max(-32768, min(32767, round(float(sample) * 32768))) for sample in samples]
    assert _as_int16(samples).tolist() == expected


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3", "a.opus"])
def test_a_long_enough_track_is_used(tmp_path, name, write_audio):
    how = {"format": "OGG", "subtype": "OPUS"} if name.endswith("opus") else {}
    track = inspect(write_audio(tmp_path / name, seconds=MIN_SECONDS, sample_rate=8000, **how))
    assert (track.status, track.reason) == ("used", "")


@pytest.mark.parametrize(("seconds", "said"), [(12.34, "12.3"), (14.999, "14.9")])
def test_a_short_track_is_left_out(tmp_path, seconds, said, write_audio):
    track = inspect(write_audio(tmp_path / "a.wav", seconds=seconds))
    assert (track.status, track.reason) == ("left_out", f"{said} s long, needs 15 s")
    assert track.duration == seconds
    assert track.pcm_md5


@pytest.mark.parametrize("suffix", ["wav", "au", "flac", "aiff", "mp3"])
def test_a_file_cut_short_is_not_used(tmp_path, suffix, write_audio):
    path = write_audio(tmp_path / f"a.{suffix}", seconds=20, sample_rate=8000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 9 // 10])
    track = inspect(path)
    assert track.status == "left_out"
    assert (track.pcm_md5, track.duration, track.sample_rate, track.channels) == ("", 0, 0, 0)
    assert "cut short: 18.0 s are there of 20.0 s declared" in track.reason or suffix in ("flac", "mp3")


@pytest.mark.parametrize("declared", [0xFFFFFFFF, 0x7FFFFFFF])
def test_a_wav_written_to_a_pipe_is_used(tmp_path, declared, write_audio):
    path = write_audio(tmp_path / "a.wav")
    content = bytearray(path.read_bytes())
    content[40:44] = declared.to_bytes(4, "little")
    path.write_bytes(content)
    assert inspect(path).duration == MIN_SECONDS


@pytest.mark.parametrize("suffix", ["wav", "au", "flac", "mp3", "ogg"])
@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "the file is empty"), (b"a shopping list\n" * 100, "not readable as audio"), (bytes(9999), "not readable")],
)
def test_what_is_no_audio_is_not_used(tmp_path, suffix, content, reason):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(content)
    track = inspect(path)
    assert track.reason.startswith(reason)
    assert str(tmp_path) not in track.reason
    assert not track.pcm_md5


def test_a_header_without_samples_is_not_used(tmp_path, write_audio):
    assert inspect(write_audio(tmp_path / "a.wav", seconds=0)).reason == "holds no samples"


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_samples_that_are_no_finite_numbers_are_not_used(tmp_path, value):
    samples = np.zeros(100_000)
    samples[-1] = value
    soundfile.write(tmp_path / "a.wav", samples, 1000, subtype="DOUBLE")
    assert inspect(tmp_path / "a.wav").reason == "holds samples that are no finite numbers"


def test_tracks_come_sorted_from_several_processes(tmp_path, monkeypatch, write_audio):
    monkeypatch.setenv("GENREBENCH_WORKERS", "2")
    candidates = [Candidate(f"{genre}.{n}", genre, f"{genre}/{n}.wav") for genre in "ba" for n in (2, 1)]
    for candidate in candidates:
        write_audio(tmp_path / candidate.path)
    assert [track.id for track in inspect_tracks(tmp_path, candidates)] == ["a.1", "a.2", "b.1", "b.2"]
