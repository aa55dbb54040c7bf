"""The commonest flaw of the literature, priced: windows of one track on both sides of the split.

Many studies cut every track into windows of a few seconds and split the windows, so that a classifier is tested on
parts of recordings that it trained on. What that is worth is measured on two classifiers that train in seconds: each
answers every window once, trained on windows of other tracks, and once, trained on any other windows. Nothing else
differs, so both are compared track by track.

``window_leak.csv``  one row for each classifier and unit, window or track
"""

from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.datasets.manifest import Manifest
from benchmarks.errors import GenrebenchError
from benchmarks.features.cache import open_features
from benchmarks.files import write_text
from benchmarks.grouping import group_numbers
from benchmarks.scoring.baselines import linear_classifier, probabilities_of
from benchmarks.scoring.intervals import DIFFERENCE, FRACTION, Values, mean_interval
from benchmarks.scoring.table import read_table
from benchmarks.settings import BASELINE_FEATURES

FILE: Final = "window_leak.csv"
WINDOW_FRAMES: Final = 129
"""3 s of frames that are 512 samples at 22050 Hz apart."""
FOLDS: Final = 5
REPEATS: Final = 3
"""Divisions into folds, drawn anew."""
UNITS: Final = ("window", "track")

_SEED: Final = 20261130
PRICE: Final = tuple(
    f"{name}{end}" for name in ("track_split", "window_split", "difference") for end in ("", "_low", "_high")
)
"""The columns of `price`."""
_COLUMNS: Final = (
    *("classifier", "unit", "tracks", "windows"),
    *PRICE,
)


def measure_window_leak(manifest: Manifest, features: Path, copies: Sequence[Sequence[str]]) -> pd.DataFrame:
    """Measure what windows of one track on both sides of the split are worth on a dataset.

    Each window of 3 s is the mean and the standard deviation over time of each of 20 MFCC, as in tables of features
    that are handed around; it does not overlap others.

    Parameters
    ----------
    manifest : Manifest
        Of the dataset.
    features : Path
        The folder of its cached features.
    copies : sequence of sequence of str
        The ids of tracks that are copies of each other.

    Returns
    -------
    DataFrame
        As `leak_table`.

    Raises
    ------
    GenrebenchError
        If the MFCC are missing.
    """
    mfcc = open_features(features, BASELINE_FEATURES, manifest)
    genres = np.array([manifest.genres.index(track.genre) for track in manifest.used], dtype=np.int64)
    rows = {track.id: row for row, track in enumerate(manifest.used)}
    links = [(rows[group[0]], rows[other]) for group in copies for other in group[1:]]
    return leak_table(window_statistics(mfcc), genres, group_numbers(len(rows), links))


def window_statistics(mfcc: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return mean and standard deviation over time of every window.

    Parameters
    ----------
    mfcc : ndarray of float32, shape (tracks, frames, coefficients)
        In the order of time.

    Returns
    -------
    ndarray of float64, shape (tracks, windows, 2 * coefficients)
    """
    tracks, frames, coefficients = mfcc.shape
    count = frames // WINDOW_FRAMES
    cut = mfcc[:, : count * WINDOW_FRAMES].reshape(tracks, count, WINDOW_FRAMES, coefficients)
    return np.concatenate([cut.mean(axis=2), cut.std(axis=2)], axis=2, dtype=np.float64)


def leak_table(windows: NDArray[np.float64], genres: NDArray[np.int64], groups: NDArray[np.integer]) -> pd.DataFrame:
    """Train classifiers on windows, with the tracks split and with the windows split, and compare.

    Parameters
    ----------
    windows : ndarray of float64, shape (tracks, windows, values)
        What a classifier sees of each window.
    genres : ndarray of int64, shape (tracks,)
        The class of each track.
    groups : ndarray of int, shape (tracks,)
        Tracks of one number are copies of each other.

    Returns
    -------
    DataFrame
        classifier; unit: whether every window counts, or every track by the mean of its windows' probabilities;
        tracks, windows: how many; track_split, window_split: accuracy with the windows of a track, and of its copies,
        in one fold, and anywhere; difference: the second minus the first. Each of the last three with the ends of its
        95% interval, over tracks and divisions, as ``_low`` and ``_high``. Empty where there are too few tracks of a
        genre, or too few windows.
    """
    # of copies, one counts
    _, first = np.unique(groups, return_index=True)
    folds = min(FOLDS, int(np.unique_counts(genres[first]).counts.min()))
    if folds < 2 or windows.shape[1] < 2:
        return pd.DataFrame(columns=list(_COLUMNS))
    count = windows.shape[1]
    divisions = (
        [_track_folds(genres, groups, count, folds, repeat) for repeat in range(REPEATS)],
        [_window_folds(genres, count, folds, repeat) for repeat in range(REPEATS)],
    )
    rows: list[dict[str, Any]] = []
    for name, classifier in _classifiers().items():
        of_tracks, of_windows = (
            np.array([_right(classifier, windows, genres, it) for it in divided]) for divided in divisions
        )
        for place, unit in enumerate(UNITS):
            row = {"classifier": name, "unit": unit, "tracks": len(windows), "windows": count * len(windows)}
            rows.append({**row, **price(of_tracks[:, place], of_windows[:, place])})
    return pd.DataFrame(rows)


def price(track_split: Values, window_split: Values) -> dict[str, float]:
    """Return both accuracies, and the second minus the first, each with the ends of its 95% interval.

    Parameters
    ----------
    track_split, window_split : ndarray of float64, shape (seeds or divisions, tracks)
        What each track adds to the accuracy, of the same tracks, with the tracks and with the windows split.
    """
    found: dict[str, float] = {}
    for column, values, limits in (
        ("track_split", track_split, FRACTION),
        ("window_split", window_split, FRACTION),
        ("difference", window_split - track_split, DIFFERENCE),
    ):
        found |= {column: float(values.mean()), **mean_interval(values, limits).columns(column)}
    return found


def _classifiers() -> dict[str, ClassifierMixin]:
    return {
        "linear": linear_classifier(),
        "neighbour": make_pipeline(StandardScaler(), KNeighborsClassifier(1)),
    }


def _track_folds(
    genres: NDArray[np.int64], groups: NDArray[np.integer], count: int, folds: int, repeat: int
) -> NDArray[np.int64]:
    """Return the fold of every window, shape (tracks, count): that of its track and of the track's copies."""
    division = StratifiedGroupKFold(folds, shuffle=True, random_state=_drawn("track", repeat))
    found = _numbers(division.split(genres, genres, groups), len(genres))
    return np.broadcast_to(found[:, None], (len(genres), count))


def _window_folds(genres: NDArray[np.int64], count: int, folds: int, repeat: int) -> NDArray[np.int64]:
    """Return the fold of every window, shape (tracks, count): any."""
    labels = np.repeat(genres, count)
    division = StratifiedKFold(folds, shuffle=True, random_state=_drawn("window", repeat))
    return _numbers(division.split(labels, labels), len(labels)).reshape(-1, count)


def _drawn(unit: str, repeat: int) -> int:
    purpose = tuple(f"window leak/{unit}/{repeat}".encode())
    return int(np.random.SeedSequence(_SEED, spawn_key=purpose).generate_state(1)[0])


def _numbers(parts: Iterable[tuple[Any, NDArray[np.int64]]], total: int) -> NDArray[np.int64]:
    found = np.empty(total, dtype=np.int64)
    for number, (_, rows) in enumerate(parts):
        found[rows] = number
    return found


def _right(
    classifier: ClassifierMixin, windows: NDArray[np.float64], genres: NDArray[np.int64], folds: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return for each unit and track the share of right answers, shape (2, tracks)."""
    labels = np.broadcast_to(genres[:, None], folds.shape)
    probabilities = np.empty((*folds.shape, int(genres.max()) + 1))
    for fold in range(folds.max() + 1):
        test = folds == fold
        probabilities[test] = probabilities_of(
            classifier, windows[~test], labels[~test], windows[test], probabilities.shape[2]
        )
    of_windows = (probabilities.argmax(axis=2) == labels).mean(axis=1)
    of_tracks = probabilities.mean(axis=1).argmax(axis=1) == genres
    return np.stack([of_windows, of_tracks.astype(np.float64)])


def write_window_leak(found: pd.DataFrame, folder: Path) -> None:
    """Write ``window_leak.csv`` into a dataset's report folder."""
    write_text(folder / FILE, found.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def read_window_leak(folder: Path) -> pd.DataFrame:
    """Read what `write_window_leak` wrote.

    Raises
    ------
    GenrebenchError
        If the file is missing or is no such table.
    """
    try:
        found = read_table(folder / FILE, _COLUMNS).astype(dict.fromkeys(_COLUMNS[2:], float))
        if strange := {*zip(found["classifier"], found["unit"], strict=True)} - {*product(_classifiers(), UNITS)}:
            raise ValueError(f"no classifier and unit are called {min(map(str, strange))}")
        return found.astype({"tracks": int, "windows": int})
    except (OSError, ValueError) as error:
        raise GenrebenchError(
            f"{folder / FILE}: cannot be read ({error}); make it with: python -m benchmarks score --dataset "
            f"{folder.name}"
        ) from None
