"""What the tests of the audit share: synthetic music, and manifests of files on disk."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from benchmarks.datasets.inspection import Candidate, inspect_track
from benchmarks.datasets.manifest import Manifest
from benchmarks.datasets.synthetic.genres import GENRES
from benchmarks.datasets.synthetic.recording import record

RATE = 22050
Music = dict[str, list[NDArray[np.float32]]]


@pytest.fixture(autouse=True)
def _workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GENREBENCH_WORKERS", "1")


@pytest.fixture(scope="session")
def music() -> Music:
    """Five synthetic tracks each of three genres, two of them full of drum loops."""
    return {
        genre.name: [record(genre, np.random.default_rng([7, n])).astype(np.float32) / 32768 for n in range(5)]
        for genre in GENRES
        if genre.name in ("classical", "disco", "hiphop")
    }


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a signal below ``music/``, at full precision unless told otherwise."""

    def write(name: str, signal: NDArray[np.float32], rate: int = RATE, **how: object) -> Path:
        path = tmp_path / "music" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, signal, rate, **how)
        return path

    return write


@pytest.fixture
def listed(tmp_path: Path) -> Callable[[], Manifest]:
    """Return a function that lists what lies below ``music/`` as a folder dataset."""

    def listed() -> Manifest:
        root = tmp_path / "music"
        paths = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        found = [Candidate(path.rpartition(".")[0].replace("/", "."), path.partition("/")[0], path) for path in paths]
        tracks = sorted((inspect_track(root, one) for one in found), key=lambda track: (track.genre, track.id))
        return Manifest(dataset="mine", kind="folder", source="a folder", tracks=tuple(tracks))

    return listed
