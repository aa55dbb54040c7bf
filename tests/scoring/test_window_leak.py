"""What windows of one track on both sides are worth, where that is known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.errors import GenrebenchError
from benchmarks.scoring.window_leak import (
    FILE,
    WINDOW_FRAMES,
    leak_table,
    read_window_leak,
    window_statistics,
    write_window_leak,
)

GENRES = 4


def windows_of(tracks: int, signature: float, genre: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Windows that show which track they are of, and which genre, as strongly as is said."""
    random = np.random.default_rng(seed)
    genres = np.arange(tracks) % GENRES
    of_track = random.normal(size=(tracks, 1, 12)) * signature
    of_genre = random.normal(size=(GENRES, 12))[genres][:, None] * genre
    return of_track + of_genre + random.normal(size=(tracks, 5, 12)), genres


def table(windows: np.ndarray, genres: np.ndarray, groups: np.ndarray | None = None) -> pd.DataFrame:
    return leak_table(windows, genres, np.arange(len(genres)) if groups is None else groups)


def by_name(windows: np.ndarray, genres: np.ndarray, groups: np.ndarray | None = None) -> dict[tuple[str, str], dict]:
    return {(it["classifier"], it["unit"]): it for it in table(windows, genres, groups).to_dict("records")}


def test_signatures_of_tracks_with_random_genres_are_chance_apart_and_known_when_mixed() -> None:
    for it in by_name(*windows_of(120, signature=4, genre=0)).values():
        assert it["track_split_low"] < 1 / GENRES < it["track_split_high"]
    found = by_name(*windows_of(120, signature=4, genre=0))
    for unit in ("window", "track"):
        assert found["neighbour", unit]["window_split_low"] > 0.9
        assert found["neighbour", unit]["difference_low"] > 0.6


def test_windows_that_show_no_track_leak_nothing() -> None:
    for it in by_name(*windows_of(120, signature=0, genre=0.6)).values():
        assert it["track_split"] > 0.4
        assert it["difference_low"] < 0 < it["difference_high"]


def test_copies_of_a_track_stay_with_it() -> None:
    windows, genres = windows_of(60, signature=4, genre=0)
    # with its copy elsewhere, every track would be known
    twice, groups = np.concatenate([windows, windows]), np.tile(np.arange(60), 2)
    together = by_name(twice, np.tile(genres, 2), groups)["neighbour", "track"]
    assert together["track_split"] < 0.5
    assert by_name(twice, np.tile(genres, 2))["neighbour", "track"]["track_split"] > 0.7


def test_the_interval_rests_on_tracks_not_on_windows() -> None:
    windows, genres = windows_of(60, signature=4, genre=0.5)
    # ten times as many windows that say the same
    many = np.repeat(windows, 10, axis=1)
    few, more = (by_name(it, genres)["linear", "window"] for it in (windows, many))
    assert more["track_split_high"] - more["track_split_low"] > 0.8 * (few["track_split_high"] - few["track_split_low"])


def test_the_same_windows_give_the_same_numbers() -> None:
    given = windows_of(40, signature=1, genre=1)
    assert table(*given).equals(table(*given))


def test_windows_are_cut_in_the_order_of_time() -> None:
    mfcc = np.zeros((1, 2 * WINDOW_FRAMES + 5, 2), dtype=np.float32)
    mfcc[0, :WINDOW_FRAMES, 0] = 3
    mfcc[0, WINDOW_FRAMES : 2 * WINDOW_FRAMES : 2, 1] = 2
    # what is left over after the last whole window does not count
    mfcc[0, -5:] = 99
    found = window_statistics(mfcc)
    assert found.shape == (1, 2, 4)
    np.testing.assert_allclose(found[0, 0], [3, 0, 0, 0])
    np.testing.assert_allclose(found[0, 1], [0, 2 * 65 / 129, 0, np.std(mfcc[0, WINDOW_FRAMES:-5, 1])], rtol=1e-6)


@pytest.mark.parametrize(("tracks", "windows"), [(5, 5), (40, 1)])
def test_nothing_is_measured_where_there_is_too_little(tracks: int, windows: int, tmp_path: Path) -> None:
    given, genres = windows_of(tracks, signature=1, genre=1)
    found = table(given[:, :windows], genres)
    assert found.empty
    write_window_leak(found, tmp_path)
    assert read_window_leak(tmp_path).empty


def test_what_is_written_is_read(tmp_path: Path) -> None:
    found = table(*windows_of(40, signature=1, genre=1))
    write_window_leak(found, tmp_path)
    assert read_window_leak(tmp_path)["difference"].to_numpy() == pytest.approx(found["difference"].to_numpy(), 1e-5)
    whole = (tmp_path / FILE).read_text()
    for damaged in (
        "classifier,unit\n",
        whole.replace("linear", "forest"),
        whole.replace("difference_low", "low"),
        "x",
    ):
        (tmp_path / FILE).write_text(damaged)
        with pytest.raises(GenrebenchError, match="python -m benchmarks score"):
            read_window_leak(tmp_path)
