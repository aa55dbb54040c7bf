"""How far copies of real tracks are from tracks that are no copies: what the threshold rests on."""

import io

import numpy as np
import pytest
import soundfile

from benchmarks.audit.duplicates import audit_tracks
from benchmarks.audit.fingerprint import SECONDS, fingerprint
from benchmarks.audit.matching import THRESHOLD, best_matches
from benchmarks.datasets.fetch import fetch
from benchmarks.features.audio import load_audio
from benchmarks.paths import audio_folder
from tests.audit.conftest import RATE
from tests.builders import REPOSITORY, plain_params, settings_of


@pytest.fixture
def real(monkeypatch):
    """GTZAN-mini, unpacked into the test's folder."""
    shared = REPOSITORY.parent / "shared" / "gtzan"
    if not shared.is_dir():
        pytest.skip("needs the GTZAN archives in ../shared/gtzan")
    monkeypatch.setenv("GENREBENCH_MIRROR", str(shared))
    return fetch("gtzan-mini", settings_of(plain_params()))


def coded(signal, suffix, **how):
    file = io.BytesIO()
    soundfile.write(file, signal, RATE, format=suffix, **how)
    file.seek(0)
    return soundfile.read(file, dtype="float32")[0]


@pytest.mark.slow
def test_copies_of_real_tracks_lie_above_the_threshold_and_all_others_below(real):
    audio = audio_folder("gtzan-mini")
    audit = audit_tracks(real, audio)
    assert audit.groups == ()
    assert audit.not_compared == ()
    assert audit.closest.score < THRESHOLD - 0.1
    lowest = {}
    for track in real.used[::10]:
        one = load_audio(audio / track.path, SECONDS)
        noise = np.random.default_rng(0).normal(size=len(one)).astype(np.float32) * np.sqrt(np.mean(one**2))
        copies = {
            "half gain, 2 s later, as FLAC": coded(0.5 * one[2 * RATE :], "flac"),
            "5 s later": one[5 * RATE :],
            "5 s earlier": np.concatenate([np.zeros(5 * RATE, np.float32), one])[: len(one)],
            "ogg": coded(one, "ogg", compression_level=0.99),
            "mp3": coded(one, "mp3", compression_level=0.8, bitrate_mode="CONSTANT"),
            "20 dB of noise": one + 0.1 * noise,
        }
        original = fingerprint(one)
        for name, copy in copies.items():
            (found,) = best_matches([original, fingerprint(copy)], name)
            lowest[name] = min(found.score, lowest.get(name, 1))
    print(audit.closest, lowest)
    assert min(lowest.values()) > THRESHOLD + 0.15
