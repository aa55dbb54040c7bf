"""A study's test labels: whether this project's split of GTZAN gives them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.datasets.undecoded import undecoded_gtzan
from benchmarks.protocols import make_split
from benchmarks.studies.study import PublishedWeights, Study


def compare_test_labels(study: Study, published: PublishedWeights, labels: NDArray[np.int64]) -> dict[str, Any]:
    """Set the published test labels beside those of this project's split of GTZAN.

    Parameters
    ----------
    study : Study
        Whose split.
    published : PublishedWeights
        What it published.
    labels : ndarray of int64, shape (tracks,)
        What `benchmarks.published_weights.files.read_test_labels` returns.

    Returns
    -------
    dict
        ``tracks``: number of labels; ``equal``: how many of them this project's split has in the same place;
        ``counts``: published labels by genre; ``split``: the same of this project's split; ``agrees``: whether all
        labels are equal, and the counts those that are known of the study.
    """
    genres = published.genres
    made = split_labels(study, genres)
    equal = int((labels == made).sum())
    counts = _count(labels, genres)
    return {
        "tracks": len(labels),
        "equal": equal,
        "counts": counts,
        "split": _count(made, genres),
        "agrees": equal == len(labels) and counts == published.test_labels.counts,
    }


def split_labels(study: Study, genres: Sequence[str]) -> NDArray[np.int64]:
    """Return the classes of the test tracks when GTZAN is split as the study split them.

    Returns
    -------
    ndarray of int64, shape (tracks,)
        Positions in `genres`, in the order of the split.
    """
    manifest = undecoded_gtzan()
    choice = study.protocols[study.claim.protocol].split
    split = make_split(manifest, choice, genre_order=study.genre_order)
    return np.array([genres.index(manifest.used[row].genre) for row in split.test], dtype=np.int64)


def _count(labels: NDArray[np.int64], genres: Sequence[str]) -> dict[str, int]:
    return dict(zip(genres, np.bincount(labels, minlength=len(genres)).tolist(), strict=True))
