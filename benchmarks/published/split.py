"""The study's split: whether this project's split of GTZAN gives the published test labels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.datasets.undecoded import undecoded_gtzan
from benchmarks.protocols import make_split
from benchmarks.published.claim import PARAMETERS, TEST_TRACKS_BY_GENRE
from benchmarks.published.weights import GENRES
from benchmarks.settings import RandomSplit


def compare_test_labels(labels: NDArray[np.int64]) -> dict[str, Any]:
    """Set the published test labels beside those of this project's split of the 1000 tracks of GTZAN.

    Parameters
    ----------
    labels : ndarray of int64, shape (200,)
        What `benchmarks.published.weights.read_test_labels` returns.

    Returns
    -------
    dict
        ``tracks``: number of labels; ``equal``: how many of them this project's split has in the same place;
        ``counts``: published labels by genre; ``split``: the same of this project's split; ``agrees``: whether all
        labels are equal, and the counts those that are known of the study.
    """
    made = split_labels()
    equal = int((labels == made).sum())
    counts = _count(labels)
    return {
        "tracks": len(labels),
        "equal": equal,
        "counts": counts,
        "split": _count(made),
        "agrees": equal == len(labels) and counts == TEST_TRACKS_BY_GENRE,
    }


def split_labels() -> NDArray[np.int64]:
    """Return the classes of the test tracks when the 1000 tracks of GTZAN are split as the study split them.

    Returns
    -------
    ndarray of int64, shape (200,)
        Positions in `GENRES`, in the order of the split.
    """
    manifest = undecoded_gtzan()
    split = make_split(manifest, RandomSplit.model_validate(PARAMETERS["split"]))
    return np.array([GENRES.index(manifest.used[row].genre) for row in split.test], dtype=np.int64)


def _count(labels: NDArray[np.int64]) -> dict[str, int]:
    return dict(zip(GENRES, np.bincount(labels, minlength=len(GENRES)).tolist(), strict=True))
