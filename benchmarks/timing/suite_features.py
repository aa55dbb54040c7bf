"""How long the features of one track take: from a WAV file on disk to the array that a network sees.

The file was written a moment before, so it is read from the operating system's cache.
"""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import soundfile
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.execution import THREADS
from benchmarks.features.audio import SAMPLE_RATE, load_audio
from benchmarks.features.sets import FEATURE_SETS
from benchmarks.timing.measuring import measure

pytestmark = [
    pytest.mark.benchmark(group="features"),
    pytest.mark.parametrize("name", list(FEATURE_SETS)),
    # a library's warning is for the tests to catch; here it would end a measurement
    pytest.mark.filterwarnings("ignore"),
]

_TRACK_SECONDS = 30
_VERSIONS = {
    library: version(library)
    for library in ("librosa", "matplotlib", "numpy", "opencv-python-headless", "scipy", "soundfile")
}


@pytest.fixture(scope="module")
def track(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a track of GTZAN's format and length: harmonics that fade twice a second, over noise, never silent."""
    seconds = np.arange(_TRACK_SECONDS * SAMPLE_RATE) / SAMPLE_RATE
    tones = sum(np.sin(2 * np.pi * 220 * harmonic * seconds) / harmonic for harmonic in range(1, 9))
    noise = np.random.default_rng(0).standard_normal(len(seconds))
    signal = 0.2 * np.exp(-4 * (seconds % 0.5)) * tones + 0.02 * noise
    path = tmp_path_factory.mktemp("audio") / "track.wav"
    soundfile.write(path, signal, SAMPLE_RATE, subtype="PCM_16")
    return path


def test_reading(benchmark: BenchmarkFixture, name: str, track: Path, short_rounds: int) -> None:
    """Time the part of it that reads: as many seconds of the file as the feature set needs."""
    seconds = FEATURE_SETS[name].seconds
    facts = _facts(name, "read")
    measure(benchmark, load_audio, track, seconds, rounds=short_rounds, facts=facts, versions=_VERSIONS)


def test_features(benchmark: BenchmarkFixture, name: str, track: Path, short_rounds: int) -> None:
    """Time the whole of it: read and compute."""
    # OpenCV's threads listen to none of the workers' environment variables
    cv2.setNumThreads(THREADS)
    facts = _facts(name, "read and compute")
    measure(benchmark, FEATURE_SETS[name].of, track, rounds=short_rounds, facts=facts, versions=_VERSIONS)


def _facts(name: str, timed: str) -> dict[str, Any]:
    return {"timed": timed, "feature_set": name, "audio_seconds": FEATURE_SETS[name].seconds, "tracks": 1}
