"""How long features take, from a WAV file in the operating system's cache to the array a network sees.

One track on one thread, and a list of tracks: a plain loop over the stock code in a process that may use all cores,
against the tuned code in a process a core, one thread each, as the pipeline spreads them. Starting the processes is
not in it.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import provenance
from benchmarks.features.audio import SAMPLE_RATE
from benchmarks.features.sets import feature_sets
from benchmarks.timing.measuring.children import TimedChild, together
from benchmarks.timing.measuring.environments import environment, settings
from benchmarks.timing.measuring.replay import Measured, benchmark_group, replay
from benchmarks.timing.measuring.rounds import Turn, take_rounds
from benchmarks.timing.measuring.starting import progress
from benchmarks.timing.measuring.subjects import Threads, Variant, thread_number
from benchmarks.timing.stock.features import stock_features

_TRACK_SECONDS = 30
_LIST = 40
_TASK = "features"

_LIBRARIES = ("librosa", "matplotlib", "numpy", "opencv-python-headless", "scipy", "soundfile")


@dataclass(frozen=True)
class _Row:
    feature_set: str
    variant: Variant
    tracks: int

    def __str__(self) -> str:
        return f"{self.feature_set}-{self.variant}-{self.tracks}"

    @property
    def threads(self) -> Threads:
        return "all" if self.variant == "stock" and self.tracks > 1 else "1"

    @property
    def processes(self) -> int:
        return min(self.tracks, thread_number("all")) if self.variant == "tuned" else 1


def _rows(tracks: int) -> list[_Row]:
    stock = stock_features()
    names = feature_sets() if tracks == 1 else stock
    found = [_Row(name, "stock", tracks) for name in names if name in stock]
    return found + [_Row(name, "tuned", tracks) for name in names]


@benchmark_group("features")
@pytest.mark.parametrize("row", _rows(1), ids=str)
def test_features(
    benchmark: BenchmarkFixture, row: _Row, rounds: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Read and compute one track."""
    replay(benchmark, _side_by_side(1, rounds, _track(tmp_path_factory.getbasetemp()))[row])


@benchmark_group("features of a list")
@pytest.mark.parametrize("row", _rows(_LIST), ids=str)
def test_features_of_a_list(
    benchmark: BenchmarkFixture, row: _Row, rounds: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Read and compute many tracks."""
    replay(benchmark, _side_by_side(_LIST, rounds, _track(tmp_path_factory.getbasetemp()))[row])


@cache
def _track(folder: Path) -> Path:
    """Write a track of GTZAN's format and length: harmonics that fade twice a second, over noise, never silent."""
    seconds = np.arange(_TRACK_SECONDS * SAMPLE_RATE) / SAMPLE_RATE
    tones = sum(np.sin(2 * np.pi * 220 * harmonic * seconds) / harmonic for harmonic in range(1, 9))
    noise = np.random.default_rng(0).standard_normal(len(seconds))
    signal = 0.2 * np.exp(-4 * (seconds % 0.5)) * tones + 0.02 * noise
    path = folder / "track.wav"
    soundfile.write(path, signal, SAMPLE_RATE, subtype="PCM_16")
    return path


@cache
def _side_by_side(tracks: int, rounds: int, path: Path) -> dict[_Row, Measured]:
    """Time all ways to compute features of so many tracks."""
    with ExitStack() as stack:
        turns: dict[_Row, Turn] = {}
        for row in _rows(tracks):
            # every process has its share of the tracks
            shares = [len(range(process, row.tracks, row.processes)) for process in range(row.processes)]
            children = [_start(stack, row, share, path) for share in shares]
            turns[row] = partial(together, children, _TASK) if tracks > 1 else partial(children[0].time, _TASK)
        taken = take_rounds(turns, rounds, progress(f"features, {tracks} {'track' if tracks == 1 else 'tracks'}"))
    return {row: Measured(seconds, _facts(row)) for row, seconds in taken.items()}


def _start(stack: ExitStack, row: _Row, share: int, path: Path) -> TimedChild:
    threads = thread_number(row.threads)
    child = stack.enter_context(TimedChild(str(row), environment(row.variant, threads)))
    child.prepare(
        _TASK,
        "benchmarks.timing.measuring.tasks:features",
        feature_set=row.feature_set,
        variant=row.variant,
        path=str(path),
        tracks=share,
        # the pipeline leaves OpenCV as it is; only a track on its own is said to be computed on one thread
        threads=threads if row.tracks == 1 else None,
    )
    return child


def _facts(row: _Row) -> dict[str, Any]:
    threads = thread_number(row.threads)
    return {
        "feature_set": row.feature_set,
        "variant": row.variant,
        "tracks": row.tracks,
        "audio_seconds": feature_sets()[row.feature_set].seconds,
        "processes": row.processes,
        "threads": threads,
        "device": "cpu",
        "environment": settings(row.variant, threads),
        "versions": {**provenance.versions(), **{library: version(library) for library in _LIBRARIES}},
    }
