"""How long features take, from a WAV file in the operating system's cache to the array a network sees.

One track on one thread, and a list of tracks: a plain loop over the stock code in a process that may use all cores,
against the tuned code in a process a core, one thread each, as the pipeline spreads them. Starting the processes is
not in it.
"""

from collections.abc import Callable
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
from benchmarks.features.sets import feature_set, feature_sets
from benchmarks.timing.measuring.beside import Companion, Task, measure
from benchmarks.timing.measuring.children import TimedChild, together
from benchmarks.timing.measuring.environments import environment, settings
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


def _names(tracks: int) -> list[str]:
    """Return the feature sets that are timed over so many tracks: of many, those that there is stock code for.

    Windows of a track are feature sets of their own, which only the stock code names.
    """
    stock = stock_features()
    return [name for name in dict.fromkeys((*feature_sets(), *stock)) if tracks == 1 or name in stock]


@pytest.mark.benchmark(group="features")
@pytest.mark.parametrize("feature_set", _names(1))
def test_features(
    benchmark: BenchmarkFixture, feature_set: str, rounds: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Read and compute one track."""
    _measure(benchmark, feature_set, 1, rounds, _track(tmp_path_factory.getbasetemp()))


@pytest.mark.benchmark(group="features of a list")
@pytest.mark.parametrize("feature_set", _names(_LIST))
def test_features_of_a_list(
    benchmark: BenchmarkFixture, feature_set: str, rounds: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Read and compute many tracks, the same one again and again."""
    _measure(benchmark, feature_set, _LIST, rounds, _track(tmp_path_factory.getbasetemp()))


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


def _measure(benchmark: BenchmarkFixture, feature_set: str, tracks: int, rounds: int, path: Path) -> None:
    """Time a feature set over so many tracks, its stock code beside it."""
    ours, stock = (_Row(feature_set, variant, tracks) for variant in ("tuned", "stock"))
    with ExitStack() as stack:
        beside = {}
        if feature_set in stock_features():
            work = _work(stack, stock, path)
            beside["stock"] = Companion(work.turn if isinstance(work, Task) else work, _facts(stock))
        measure(benchmark, _work(stack, ours, path), rounds, _facts(ours), beside)


def _work(stack: ExitStack, row: _Row, path: Path) -> Task | Callable[[], float]:
    """Start the processes of a row; returns what lets them work, warmed up."""
    # every process has its share of the tracks
    shares = [len(range(process, row.tracks, row.processes)) for process in range(row.processes)]
    children = [_start(stack, row, share, path) for share in shares]
    if row.tracks == 1:
        return Task(children[0], _TASK)
    together(children, _TASK)
    return partial(together, children, _TASK)


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
        "audio_seconds": feature_set(row.feature_set).seconds,
        "processes": row.processes,
        "threads": threads,
        "device": "cpu",
        "environment": settings(row.variant, threads),
        "versions": {**provenance.versions(), **{library: version(library) for library in _LIBRARIES}},
    }
