"""The price of windows of one track on both sides of the split."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from benchmarks.ablation.windows_split import price_table, read_windows_split, write_windows_split
from benchmarks.errors import GenrebenchError
from benchmarks.ladder import Twin
from benchmarks.runs import FinishedRun, Implementation
from tests.builders import fake_manifest, fake_run, windowed

MADE = Implementation("cnn2d", "pytorch")
COUNT = 5
SPLIT = Twin("published", "published", windowed())
MANIFEST = fake_manifest(per_genre=40)


def of_windows(protocol: str, seed: int, right: float, *, every_track: bool) -> FinishedRun:
    """A run that answers a share of the windows of its test tracks right, by chance.

    Where every track tests, two of its five windows do.
    """
    whole = fake_run(MANIFEST, MADE, seed, protocol="published", test_share=0.3)
    used = sorted(MANIFEST.used, key=lambda track: track.id)
    tracks = tuple(track.id for track in used) if every_track else whole.test_tracks
    genre_of = {track.id: MANIFEST.genres.index(track.genre) for track in used}
    labels = np.array([genre_of[track] for track in tracks])
    windows = (1, 3) if every_track else tuple(range(COUNT))
    rng = np.random.default_rng([seed, int(100 * right)])
    answers = np.where(rng.random((len(tracks), len(windows))) < right, labels[:, None], (labels[:, None] + 1) % 3)
    return dataclasses.replace(
        whole,
        protocol=protocol,
        test_tracks=tracks,
        test_labels=labels,
        test_windows=(windows,) * len(tracks),
        probabilities={"last_epoch": np.eye(3, dtype=np.float32)[answers.ravel()]},
        epochs={"last_epoch": whole.epochs["last_epoch"]},
    )


def test_the_price_is_that_of_the_windows_on_the_tracks_that_both_test() -> None:
    honest = [of_windows("published", seed, 0.6, every_track=False) for seed in (0, 1)]
    flawed = [of_windows("published-windows-split", seed, 0.9, every_track=True) for seed in (0, 1)]
    found = price_table([SPLIT], [*honest, *flawed]).set_index("unit")
    assert list(found.index) == ["window", "vote", "track"]
    assert (found["tracks"] == len(honest[0].test_tracks)).all()
    row = found.loc["window"]
    assert (found["compared"] == 2 * found["tracks"]).all()
    # the share of the second and the fourth of five windows, exactly
    labels = np.repeat(honest[0].test_labels, COUNT)
    right = [run.probabilities["last_epoch"].argmax(axis=1) == labels for run in honest]
    assert row["track_split"] == pytest.approx(np.stack(right).reshape(2, -1, COUNT)[..., [1, 3]].mean())
    assert row["window_split"] == pytest.approx(0.9, abs=0.05)
    assert row["difference_low"] < row["difference"] < row["difference_high"]
    assert row["difference"] == pytest.approx(row["window_split"] - row["track_split"])
    assert row["difference_low"] > 0.2


def test_windows_are_compared_beside_the_protocol_that_cuts_tracks_into_them() -> None:
    whole = [of_windows("published", seed, 0.3, every_track=False) for seed in (0, 1)]
    cut = [of_windows("published-windows", seed, 0.6, every_track=False) for seed in (0, 1)]
    flawed = [of_windows("published-windows-split", seed, 0.9, every_track=True) for seed in (0, 1)]
    found = price_table([dataclasses.replace(SPLIT, beside="published-windows")], [*whole, *cut, *flawed])
    assert found["track_split"].iloc[0] == pytest.approx(0.6, abs=0.05)
    assert set(found["protocol"]) == {"published"}
    assert (found["windows"] == 9).all()
    assert found["seconds"].tolist() == [3] * 3


def test_a_vote_is_one_of_as_many_windows_on_both_sides() -> None:
    # the other windows of a track, which train under the flaw, are wrong: they have no vote
    honest = [of_windows("published", seed, 1.0, every_track=False) for seed in (0, 1)]
    wrong = np.array([[0, 1, 0, 1, 0]] * len(honest[0].test_tracks), dtype=bool).ravel()
    answers = np.where(
        wrong, np.repeat(honest[0].test_labels, COUNT), (np.repeat(honest[0].test_labels, COUNT) + 1) % 3
    )
    given = {"last_epoch": np.eye(3, dtype=np.float32)[answers]}
    honest = [dataclasses.replace(run, probabilities=given) for run in honest]
    flawed = [of_windows("published-windows-split", seed, 1.0, every_track=True) for seed in (0, 1)]
    found = price_table([SPLIT], [*honest, *flawed])
    assert found["unit"].tolist() == ["window", "vote", "track"]
    assert found["track_split"].tolist() == found["window_split"].tolist() == [1, 1, 1]


def test_where_nothing_is_tested_by_both_there_is_nothing_to_compare() -> None:
    honest = [of_windows("published", seed, 0.6, every_track=False) for seed in (0, 1)]
    flawed = [dataclasses.replace(run, protocol="published-windows-split", test_windows=((0,),) * 36) for run in honest]
    elsewhere = [dataclasses.replace(run, test_tracks=tuple(f"{it}x" for it in run.test_tracks)) for run in flawed]
    with pytest.raises(GenrebenchError, match="no window is tested both by published and by published-windows-split"):
        price_table([SPLIT], [*honest, *elsewhere])


def test_nothing_is_worth_nothing() -> None:
    honest = [of_windows("published", seed, 0.6, every_track=False) for seed in (0, 1)]
    flawed = [of_windows("published-windows-split", seed, 0.61, every_track=True) for seed in (0, 1)]
    found = price_table([SPLIT], [*honest, *flawed])
    assert (found["difference_low"] < 0).all()
    assert (found["difference_high"] > 0).all()


def test_only_seeds_that_both_have_are_compared() -> None:
    honest = [of_windows("published", seed, 0.6, every_track=False) for seed in (0, 1, 2)]
    flawed = [of_windows("published-windows-split", 1, 0.9, every_track=True)]
    assert (price_table([SPLIT], [*honest, *flawed])["seeds"] == 1).all()
    assert not len(price_table([SPLIT], [*honest[:1], *flawed]))


def test_it_is_read_as_it_was_written_and_older_beside_other_runs_or_choices(tmp_path: Path) -> None:
    honest = [of_windows("published", seed, 0.6, every_track=False) for seed in (0, 1)]
    flawed = [of_windows("published-windows-split", seed, 0.9, every_track=True) for seed in (0, 1)]
    assert read_windows_split(tmp_path, [SPLIT], honest) is None
    table = price_table([SPLIT], [*honest, *flawed])
    write_windows_split(table, [SPLIT], honest, tmp_path)
    found = read_windows_split(tmp_path, [SPLIT], honest)
    assert found is not None
    assert found.older == ()
    assert found.table["difference"].tolist() == pytest.approx(table["difference"].tolist(), rel=1e-5)
    others = [of_windows("published", seed, 0.7, every_track=False) for seed in (0, 1)]
    changed = dataclasses.replace(SPLIT, protocol=SPLIT.protocol.changed({"windows": {"count": 8}}))
    for pairs, runs in (([SPLIT], others), ([changed], honest), ([], honest)):
        older = read_windows_split(tmp_path, pairs, runs)
        assert older is not None
        assert (len(older.table), older.older) == (0, ("published",))
    (tmp_path / "windows_split.csv").write_text("protocol\n")
    with pytest.raises(GenrebenchError, match="cannot be read"):
        read_windows_split(tmp_path, [SPLIT], honest)
