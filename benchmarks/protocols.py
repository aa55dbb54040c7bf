"""Which tracks train and test, which features each architecture sees: choices from params.yaml, applied."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from benchmarks.datasets.manifest import Manifest, Track
from benchmarks.errors import GenrebenchError
from benchmarks.settings import Protocol, RandomSplit

# The order of the genre folders in the study, found by matching its published test labels: the random split of a
# list depends on the order of the list.
STUDY_GENRE_ORDER = (
    "jazz",
    "blues",
    "classical",
    "metal",
    "reggae",
    "rock",
    "disco",
    "country",
    "hiphop",
    "pop",
)


@dataclass(frozen=True)
class Split:
    """Rows of a manifest's used tracks on either side of a split.

    Attributes
    ----------
    train, test : ndarray of int64, shape (n,)
        Positions in ``manifest.used``.
    """

    train: NDArray[np.int64]
    test: NDArray[np.int64]


def study_order(tracks: tuple[Track, ...]) -> list[int]:
    """Return the positions of the tracks in the study's order: its genres first, others after, each sorted by id."""

    def place(position: int) -> tuple[int, str, str]:
        track = tracks[position]
        known = track.genre in STUDY_GENRE_ORDER
        return STUDY_GENRE_ORDER.index(track.genre) if known else len(STUDY_GENRE_ORDER), track.genre, track.id

    return sorted(range(len(tracks)), key=place)


def make_split(manifest: Manifest, choice: RandomSplit) -> Split:
    """Split the used tracks of a manifest.

    Parameters
    ----------
    manifest : Manifest
        The tracks.
    choice : RandomSplit
        Share and random state of scikit-learn's ``train_test_split``, as in the study: whole tracks, not stratified.

    Returns
    -------
    Split
        Two disjoint parts that hold every used track.

    Raises
    ------
    GenrebenchError
        If a part is empty or a genre has no track to train on.
    """
    order = study_order(manifest.used)
    try:
        train, test = train_test_split(order, test_size=choice.test_share, random_state=choice.random_state)
    except ValueError as error:
        raise GenrebenchError(f"dataset {manifest.dataset} cannot be split: {error}") from None
    split = Split(np.array(train, dtype=np.int64), np.array(test, dtype=np.int64))
    check_disjoint([manifest.used[i].id for i in split.train], [manifest.used[i].id for i in split.test])
    untrained = set(manifest.genres) - {manifest.used[i].genre for i in split.train}
    if untrained:
        raise GenrebenchError(
            f"dataset {manifest.dataset}: no track of {', '.join(sorted(untrained))} is left to train on after a "
            f"random split with test_share {choice.test_share}; add tracks of that genre"
        )
    return split


def check_disjoint(train_tracks: Sequence[str], test_tracks: Sequence[str]) -> None:
    """Assert that no track stands on two sides of a split.

    Raises
    ------
    GenrebenchError
        If one does; this is a defect of genrebench, not of the data.
    """
    both = sorted(set(train_tracks) & set(test_tracks))
    if both or len(set(train_tracks)) < len(train_tracks) or len(set(test_tracks)) < len(test_tracks):
        raise GenrebenchError(f"a split uses a track twice, please report this: {', '.join(both) or 'within one side'}")


def features_of(protocol: Protocol, architecture: str) -> str:
    """Return the name of the feature set that an architecture sees.

    Raises
    ------
    GenrebenchError
        If the protocol names none.
    """
    try:
        return protocol.features[architecture]
    except KeyError:
        legal = ", ".join(protocol.features)
        raise GenrebenchError(
            f"params.yaml: the protocol names no features for {architecture!r}, only for: {legal}"
        ) from None
