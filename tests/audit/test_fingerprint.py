import librosa
import numpy as np
import pytest
import soundfile
from scipy.signal import lfilter

from benchmarks.audit.fingerprint import BITS, HOP_SECONDS, SECONDS, fingerprint, fingerprint_track
from benchmarks.audit.matching import MIN_FRAMES, THRESHOLD, best_matches, comparable
from benchmarks.errors import GenrebenchError
from tests.audit.conftest import RATE

GENRES = ("classical", "disco", "hiphop")


def noisy(signal, decibels):
    noise = np.random.default_rng(0).normal(size=len(signal)) * np.sqrt(np.mean(signal**2))
    return (signal + 10 ** (-decibels / 20) * noise).astype(np.float32)


def coded(signal, tmp_path, suffix, level):
    path = tmp_path / f"coded{suffix}"
    how = {"bitrate_mode": "CONSTANT"} if suffix == ".mp3" else {}
    soundfile.write(path, signal, RATE, compression_level=level, **how)
    return librosa.load(path, sr=RATE, duration=SECONDS)[0]


def resampled(signal, rate):
    there = librosa.resample(signal, orig_sr=RATE, target_sr=rate)
    return librosa.resample(there, orig_sr=rate, target_sr=RATE)


def score(one, other):
    matches = best_matches([fingerprint(one), fingerprint(other)], "")
    return matches[0] if matches else None


def test_bits_are_signs():
    noise = np.random.default_rng(0).normal(size=30 * RATE).astype(np.float32)
    found = fingerprint(noise)
    assert found.shape == ((30 * RATE - 16384) // 2048 + 1 - 3, BITS)
    assert found.dtype == np.int8
    assert set(np.unique(found)) == {-1, 1}


def test_gain_changes_nothing(music):
    one = music["disco"][0]
    # a power of two, so that no sample is rounded
    np.testing.assert_array_equal(fingerprint(one), fingerprint(one / 1024))


@pytest.mark.parametrize("genre", GENRES)
@pytest.mark.parametrize(
    ("change", "least"),
    [
        (lambda x, _: np.round(0.05 * x * 32767).astype(np.int16) / np.float32(32768), 0.9),
        (lambda x, _: resampled(x, 44100), 0.98),
        (lambda x, _: resampled(x, 8000), 0.98),
        (lambda x, _: lfilter([1, -0.7], [1], x).astype(np.float32), 0.95),
        (lambda x, _: noisy(x, 20), 0.8),
        (lambda x, path: coded(x, path, ".mp3", 0.8), 0.8),
        (lambda x, path: coded(x, path, ".ogg", 0.99), 0.8),
    ],
    ids=["16 bits at -26 dB", "44.1 kHz", "8 kHz", "equaliser", "20 dB of noise", "mp3", "ogg"],
)
def test_a_changed_copy_is_recognised(music, tmp_path, genre, change, least):
    one = music[genre][0]
    found = score(one, change(one, tmp_path))
    assert found.score >= least
    assert abs(found.offset) < 0.15  # an MP3 decoder adds some 0.05 s


@pytest.mark.parametrize("seconds", [2, 3.3017, 5])
@pytest.mark.parametrize("length", [15, 30])
@pytest.mark.parametrize("genre", GENRES[:2])
def test_a_shifted_copy_is_recognised_with_its_offset(music, genre, length, seconds):
    one = music[genre][1][: length * RATE]
    start = round(seconds * RATE)
    cut, padded = one[start:], np.concatenate([np.zeros(start, np.float32), one])[: len(one)]
    for copy, offset in ((cut, seconds), (padded, -seconds)):
        found = score(one, copy)
        assert found.score > 0.8
        assert found.offset == pytest.approx(offset, abs=HOP_SECONDS / 2 + 0.01)


def test_no_two_synthetic_tracks_are_alike(music):
    tracks = [track for genre in music.values() for track in genre]
    (found,) = best_matches([fingerprint(track) for track in tracks], "")
    assert found.score < THRESHOLD - 0.06


def test_nor_are_their_first_15_seconds(music):
    tracks = [track[: 15 * RATE] for genre in music.values() for track in genre]
    (found,) = best_matches([fingerprint(track) for track in tracks], "")
    assert found.score < THRESHOLD - 0.03


def test_silence_is_like_nothing(music):
    silence = np.zeros(30 * RATE, np.float32)
    one, other = music["disco"][:2]
    hiss = np.random.default_rng(0).normal(size=len(one)) / 32768
    fade = np.where(np.arange(len(one)) < 3 * RATE, one, hiss).astype(np.float32)
    prints = [fingerprint(track) for track in (silence, silence, fade, fade, one, other)]
    assert [comparable(one) for one in prints] == [False, False, False, False, True, True]
    matches = best_matches(prints, "")
    assert [(it.first, it.second) for it in matches] == [(4, 5)]
    assert matches[0].score < THRESHOLD


def test_silence_around_music_does_not_count(music):
    quiet = np.zeros(12 * RATE, np.float32)
    one, other = (np.concatenate([quiet, track[: 18 * RATE]]) for track in music["disco"][:2])
    assert score(one, other).score < THRESHOLD - 0.05
    assert score(one, one).score == 1


@pytest.mark.parametrize("samples", [0, 1, 16383, 16384, 3 * RATE])
def test_a_very_short_track_is_like_nothing(music, samples):
    short = music["disco"][0][:samples]
    assert not comparable(fingerprint(short))
    assert best_matches([fingerprint(short)] * 2 + [fingerprint(music["disco"][0])], "") == []


def test_bands_without_energy_do_not_make_tracks_alike():
    random = np.random.default_rng(0)
    low = [librosa.resample(random.normal(size=30_000), orig_sr=1000, target_sr=RATE) for _ in range(2)]
    assert score(*(one.astype(np.float32) for one in low)).score < THRESHOLD - 0.05


def test_the_shortest_track_shifted_by_5_s_has_enough_frames():
    noise = np.random.default_rng(0).normal(size=10 * RATE).astype(np.float32)
    assert len(fingerprint(noise)) >= MIN_FRAMES


def test_no_tracks_no_matches():
    assert best_matches([], "") == []


def test_a_missing_file_is_named(music, write, listed, tmp_path):
    for name in ("a/one.wav", "a/two.wav", "b/one.wav", "b/two.wav"):
        path = write(name, music["disco"][0])
    track = listed().used[-1]
    path.unlink()
    with pytest.raises(
        GenrebenchError,
        match=r"two\.wav: changed since it was listed \(not readable \(No such .*fetch the dataset again",
    ):
        fingerprint_track(track, tmp_path / "music")


@pytest.mark.parametrize("content", ["other samples", "no audio"])
def test_a_changed_file_is_named(music, write, listed, tmp_path, content):
    for name in ("a/one.wav", "b/one.wav"):
        path = write(name, music["disco"][0])
    track = listed().used[-1]
    if content == "no audio":
        path.write_text("no audio")
    else:
        write("b/one.wav", music["disco"][1])
    with pytest.raises(GenrebenchError, match=r"b/one\.wav: changed since it was listed.*; fetch the dataset again"):
        fingerprint_track(track, tmp_path / "music")


def test_samples_too_large_for_a_spectrum_are_named(music, write, listed, tmp_path):
    loud = np.array(music["disco"][0], dtype=np.float32)
    loud[5000] = 3e25
    for name in ("a/one.wav", "b/one.wav"):
        path = write(name, music["disco"][0])
    soundfile.write(path, loud, 22050, subtype="FLOAT")
    with pytest.raises(GenrebenchError, match=r"b/one\.wav: holds samples that are too large to compute with"):
        fingerprint_track(listed().used[-1], tmp_path / "music")
