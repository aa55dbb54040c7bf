"""The price of windows of one track on both sides of the split."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from benchmarks.ablation.windows_split import read_windows_split, windows_split_table, write_windows_split
from benchmarks.errors import GenrebenchError
from benchmarks.ladder import WindowsSplit
from benchmarks.runs import FinishedRun, Implementation
from benchmarks.studies.study import load_study
from tests.builders import fake_manifest, fake_run

MADE = Implementation("cnn2d", "pytorch")
COUNT = 5
SPLIT = WindowsSplit("published", "published", load_study("gtzan-keras").protocols["published"])
MANIFEST = fake_manifest(per_genre=40)


def of_windows(protocol: str, seed: int, right: float, *, every_track: bool) -> FinishedRun:
    """A run that answers a share of the windows of its test tracks right, by chance."""
    whole = fake_run(MANIFEST, MADE, seed, protocol="published", test_share=0.3)
    used = sorted(MANIFEST.used, key=lambda track: track.id)
    tracks = tuple(track.id for track in used) if every_track else whole.test_tracks
    genre_of = {track.id: MANIFEST.genres.index(track.genre) for track in used}
    labels = np.array([genre_of[track] for track in tracks])
    rng = np.random.default_rng([seed, int(100 * right)])
    answers = np.where(rng.random((len(tracks), COUNT)) < right, labels[:, None], (labels[:, None] + 1) % 3)
    return dataclasses.replace(
        whole,
        protocol=protocol,
        test_tracks=tracks,
        test_labels=labels,
        test_windows=tuple(tuple(range(COUNT)) for _ in tracks),
        probabilities={"last_epoch": np.eye(3, dtype=np.float32)[answers.ravel()]},
        epochs={"last_epoch": whole.epochs["last_epoch"]},
    )


def test_the_price_is_that_of_the_windows_on_the_tracks_that_both_test() -> None:
    honest = [of_windows("published", seed, 0.6, every_track=False) for seed in (0, 1)]
    flawed = [of_windows("published-windows-split", seed, 0.9, every_track=True) for seed in (0, 1)]
    found = windows_split_table([SPLIT], [*honest, *flawed]).set_index("unit")
    assert list(found.index) == ["window", "vote", "track"]
    assert (found["tracks"] == len(honest[0].test_tracks)).all()
    row = found.loc["window"]
    assert row["track_split"] == pytest.approx(0.6, abs=0.05)
    assert row["window_split"] == pytest.approx(0.9, abs=0.05)
    assert row["difference_low"] < row["difference"] < row["difference_high"]
    assert row["difference"] == pytest.approx(row["window_split"] - row["track_split"])
    assert row["difference_low"] > 0.2


def test_windows_are_compared_beside_the_protocol_that_cuts_tracks_into_them() -> None:
    whole = [of_windows("published", seed, 0.3, every_track=False) for seed in (0, 1)]
    cut = [of_windows("published-windows", seed, 0.6, every_track=False) for seed in (0, 1)]
    flawed = [of_windows("published-windows-split", seed, 0.9, every_track=True) for seed in (0, 1)]
    found = windows_split_table([dataclasses.replace(SPLIT, beside="published-windows")], [*whole, *cut, *flawed])
    assert found["track_split"].iloc[0] == pytest.approx(0.6, abs=0.05)
    assert set(found["protocol"]) == {"published"}
    assert (found["windows"] == 39).all()
    assert found["seconds"].tolist() == pytest.approx([1.5] * 3, abs=0.01)


def test_nothing_is_worth_nothing() -> None:
    honest = [of_windows("published", seed, 0.6, every_track=False) for seed in (0, 1)]
    flawed = [of_windows("published-windows-split", seed, 0.61, every_track=True) for seed in (0, 1)]
    found = windows_split_table([SPLIT], [*honest, *flawed])
    assert (found["difference_low"] < 0).all()
    assert (found["difference_high"] > 0).all()


def test_only_seeds_that_both_have_are_compared() -> None:
    honest = [of_windows("published", seed, 0.6, every_track=False) for seed in (0, 1, 2)]
    flawed = [of_windows("published-windows-split", 1, 0.9, every_track=True)]
    assert (windows_split_table([SPLIT], [*honest, *flawed])["seeds"] == 1).all()
    assert not len(windows_split_table([SPLIT], [*honest[:1], *flawed]))


def test_it_is_read_as_it_was_written_and_only_beside_its_own_runs(tmp_path: Path) -> None:
    honest = [of_windows("published", seed, 0.6, every_track=False) for seed in (0, 1)]
    flawed = [of_windows("published-windows-split", seed, 0.9, every_track=True) for seed in (0, 1)]
    assert read_windows_split(tmp_path, honest) is None
    table = windows_split_table([SPLIT], [*honest, *flawed])
    write_windows_split(table, honest, tmp_path)
    found = read_windows_split(tmp_path, honest)
    assert found is not None
    assert found["difference"].tolist() == pytest.approx(table["difference"].tolist(), rel=1e-5)
    others = [of_windows("published", seed, 0.7, every_track=False) for seed in (0, 1)]
    assert read_windows_split(tmp_path, others) is None
    (tmp_path / "windows_split.csv").write_text("protocol\n")
    with pytest.raises(GenrebenchError, match="cannot be read"):
        read_windows_split(tmp_path, honest)
