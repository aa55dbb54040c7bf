"""Features that workers of a cluster compute, without a cluster."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.cluster.worker import Made, Order
from benchmarks.errors import GenrebenchError, StaleError
from benchmarks.execution import cluster_features
from benchmarks.execution.cluster_features import AUDIO, ROWS, cluster_rows, write_rows
from benchmarks.features.cache import rows_here
from tests import fake_project

NAMES = ("mfcc_15s", "log_mel_5s")


class Here:
    """Follows orders in this process, as a worker that shares the folder would."""

    client = "client"

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[bytes], bytes] = bytes) -> None:
        self.folder, self.monkeypatch, self.spoil = folder, monkeypatch, spoil
        self.orders: list[Order] = []
        self.stopped = False

    def make(self, order: Order, changed: Callable[[], GenrebenchError]) -> Made:
        place = self.folder / str(len(self.orders))
        self.orders.append(order)
        for name, digest in order["files"].items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(order["seen"][digest], place / name)
        with self.monkeypatch.context() as patch:
            patch.chdir(place)
            _, _, sets, _, fingerprint = order["command"]
            try:
                write_rows(sets.split(","), fingerprint)
            except GenrebenchError as error:
                return Made("tcp://w", status=error.status, words=str(error))
        return Made("tcp://w", files={path.name: self.spoil(path.read_bytes()) for path in (place / ROWS).iterdir()})

    def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Five tracks, whose names are in another order than they; two in an order, one at a time."""
    monkeypatch.setattr(cluster_features, "_TRACKS", 2)
    monkeypatch.setattr(cluster_features, "_ORDERS", 1)
    monkeypatch.chdir(tmp_path)
    fake_project.write_project(tmp_path)
    paths = [tmp_path / f"{name}.wav" for name in (4, 2, 5, 1, 3)]
    for seed, path in enumerate(paths):
        soundfile.write(path, np.random.default_rng(seed).uniform(-1, 1, 16 * 22050), 22050)
    return paths


def test_rows_come_in_the_order_of_the_tracks_with_the_same_bits(
    paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = Here(tmp_path / "w", monkeypatch)
    rows = list(cluster_rows(workers, paths, NAMES, "features of mine"))
    for one, other in zip(rows, rows_here(paths, NAMES, ""), strict=True):
        assert [it.tobytes() for it in one] == [it.tobytes() for it in other]
    assert [sum(place.startswith(str(AUDIO)) for place in it["files"]) for it in workers.orders] == [2, 2, 1]
    assert workers.orders[1]["name"] == "features of mine, tracks 3 to 4"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda content: content[4:], "has .* bytes"),
        (lambda content: np.full(len(content) // 4, np.nan, "<f4").tobytes(), "not finite"),
    ],
)
def test_what_is_no_feature_set_is_refused_and_ends_the_work(
    spoil: Callable[[bytes], bytes], said: str, paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = Here(tmp_path / "w", monkeypatch, spoil)
    with pytest.raises(GenrebenchError, match=rf"features of mine, tracks 1 to 2: what worker tcp://w .*{said}"):
        list(cluster_rows(workers, paths, NAMES, "features of mine"))
    assert workers.stopped


def test_a_worker_with_other_code_computes_nothing(paths: list[Path]) -> None:
    with pytest.raises(StaleError, match="code, versions or arithmetic"):
        write_rows(NAMES, "0" * 64)
    assert not ROWS.exists()


def test_a_track_that_cannot_be_read_is_told_with_its_worker(
    paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths[3].write_bytes(b"no audio")
    with pytest.raises(GenrebenchError, match=r"tracks 3 to 4 failed on worker tcp://w: .*/1.wav"):
        list(cluster_rows(Here(tmp_path / "w", monkeypatch), paths, NAMES, "features of mine"))
