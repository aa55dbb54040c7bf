"""Which tracks train, validate and test, which features each architecture sees: choices from params.yaml, applied."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, train_test_split

from benchmarks.audit.straddling import artists_of
from benchmarks.datasets.gtzan_tracks import known_tracks
from benchmarks.datasets.manifest import Manifest, Track
from benchmarks.errors import GenrebenchError
from benchmarks.grouping import group_numbers
from benchmarks.studies.protocol import GroupedSplit, Protocol, RandomSplit, WindowSplit
from implementations.architectures import ARCHITECTURES

# What a split kept on one side.
Kept = Literal["tracks", "duplicates", "artists and duplicates", "fault-filtered partition", "own partition", "windows"]
_FOLDS = 5
_PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Split:
    """Rows of a manifest's used tracks in each part of a split.

    Attributes
    ----------
    train, validation, test : ndarray of int64, shape (n,)
        Positions in ``manifest.used``; `validation` may be empty.
    kept : str
        What is never in two parts.
    windows : dict of str to ndarray of bool, shape (n, windows of a track)
        Where windows were split, and a track may be in several parts: for each part, which windows of its tracks are
        in it. Otherwise empty: all of them.
    """

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]
    kept: Kept
    windows: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)

    @property
    def parts(self) -> dict[str, NDArray[np.int64]]:
        """The parts by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def chosen(self, part: str, count: int) -> NDArray[np.bool_]:
        """Return which windows of a part's tracks are in it, shape (n, count)."""
        whole = np.ones((len(self.parts[part]), count), dtype=bool)
        return self.windows.get(part, whole)

    def examples(self, part: str, count: int = 1) -> NDArray[np.int64]:
        """Return the positions of what a network sees of a part, one after the other.

        Parameters
        ----------
        part : str
            Which part.
        count : int
            How many windows each used track has, one track after the other; 1 where tracks are seen as a whole.
        """
        numbers = self.parts[part][:, None] * count + np.arange(count)
        return numbers[self.chosen(part, count)]


def listed(tracks: tuple[Track, ...], genre_order: Sequence[str]) -> list[int]:
    """Return the positions of the tracks as a study lists them: its genres first, others after, each sorted by id."""

    def place(position: int) -> tuple[int, str, str]:
        track = tracks[position]
        known = track.genre in genre_order
        return genre_order.index(track.genre) if known else len(genre_order), track.genre, track.id

    return sorted(range(len(tracks)), key=place)


def make_split(
    manifest: Manifest,
    choice: RandomSplit | GroupedSplit | WindowSplit,
    duplicates: Collection[Collection[str]] = (),
    *,
    genre_order: Sequence[str],
    windows: int = 1,
) -> Split:
    """Split the used tracks of a manifest, or their windows where the flaw is asked for.

    Parameters
    ----------
    manifest : Manifest
        The tracks.
    choice : RandomSplit, GroupedSplit or WindowSplit
        How.
    duplicates : collection of collections of str
        Groups of ids whose audio is the same, more than its decoded samples being equal; a random split takes no
        notice.
    genre_order : sequence of str
        The order in which the study lists the genres, which decides what a random split draws.
    windows : int
        How many a track has.

    Returns
    -------
    Split
        Disjoint parts. They hold every used track, but for those that the fault-filtered partition excludes.

    Raises
    ------
    GenrebenchError
        If a part is empty, a genre has no track to train on, or groups cannot be kept together.
    """
    match choice:
        case WindowSplit():
            whole = make_split(manifest, choice.tracks, duplicates, genre_order=genre_order)
            split = _of_windows(manifest, whole, windows, choice.tracks.random_state)
        case RandomSplit():
            split = _random(manifest, choice, genre_order)
        case GroupedSplit():
            split = _grouped(manifest, choice, duplicates)
    check_parts(manifest, split, windows)
    needed = [name for name in split.parts if name != "validation" or choice.validates]
    if empty := [name for name in needed if not len(split.parts[name])]:
        raise GenrebenchError(
            f"dataset {manifest.dataset}: no track is left for {', '.join(empty)} after a {choice.kind} split; add the "
            "tracks that are missing"
        )
    untrained = _absent(manifest, split.train)
    if untrained:
        raise GenrebenchError(
            f"dataset {manifest.dataset}: no track of {', '.join(untrained)} is left to train on after a {choice.kind} "
            "split; add tracks of that genre, or make the other parts smaller"
        )
    return split


def _random(manifest: Manifest, choice: RandomSplit, genre_order: Sequence[str]) -> Split:
    """Split as scikit-learn's ``train_test_split`` does, whole tracks."""
    genres = [track.genre for track in manifest.used]
    # of what does not test
    validation = choice.validation_share / (1 - choice.test_share)
    listing, strata = listed(manifest.used, genre_order), genres if choice.stratified else None
    parts = _drawn(manifest, listing, (choice.test_share, validation), choice.random_state, strata)
    return Split(*_arrays(*parts), kept="tracks")


def _of_windows(manifest: Manifest, whole: Split, count: int, random_state: int) -> Split:
    """Split the windows of a split's tracks at random, as many a part, stratified: most tracks end in every part."""
    genres = [track.genre for track in manifest.used for _ in range(count)]
    used = np.sort(np.concatenate([whole.examples(part, count) for part in _PARTS])).tolist()
    sizes = (len(whole.test) * count, len(whole.validation) * count)
    parts = {}
    for name, drawn in zip(_PARTS, _drawn(manifest, used, sizes, random_state, genres), strict=True):
        chosen = np.zeros(len(genres), dtype=bool)
        chosen[drawn] = True
        parts[name] = chosen.reshape(-1, count)
    rows = {name: np.flatnonzero(chosen.any(axis=1)) for name, chosen in parts.items()}
    return Split(**rows, kept="windows", windows={name: parts[name][rows[name]] for name in _PARTS})


def _drawn(
    manifest: Manifest,
    whole: Sequence[int],
    sizes: tuple[float, float],
    random_state: int,
    strata: Sequence[str] | None,
) -> tuple[list[int], list[int], list[int]]:
    """Draw train, validation and test from numbers, each a position in `strata`.

    `sizes` are those of test and validation: how many, or shares, the second one of what does not test.
    """

    def divided(numbers: Sequence[int], size: float) -> tuple[list[int], list[int]]:
        of = None if strata is None else [strata[number] for number in numbers]
        first, second = train_test_split(numbers, test_size=size, random_state=random_state, stratify=of)
        return first, second

    validation: list[int] = []
    try:
        train, test = divided(whole, sizes[0])
        if sizes[1]:
            train, validation = divided(train, sizes[1])
    except ValueError as error:
        raise GenrebenchError(f"dataset {manifest.dataset} cannot be split: {error}") from None
    return train, validation, test


def _arrays(*parts: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    train, validation, test = (np.array(rows, dtype=np.int64) for rows in parts)
    return train, validation, test


def _grouped(manifest: Manifest, choice: GroupedSplit, duplicates: Collection[Collection[str]]) -> Split:
    if manifest.kind == "gtzan":
        return _fault_filtered(manifest)
    if manifest.parts is not None:
        return _own_partition(manifest, manifest.parts)
    same_audio = [*duplicates, *_by_label({track.id: track.pcm_md5 for track in manifest.used})]
    artists = artists_of(manifest)
    if artists:
        split = _stratified(manifest, choice, [*same_audio, *_by_label(artists)], "artists and duplicates")
        if not any(_absent(manifest, rows) for rows in split.parts.values()):
            return split
    # where all tracks of a genre are one artist's, this artist cannot be kept on one side
    split = _stratified(manifest, choice, same_audio, "duplicates")
    absent = sorted({genre for rows in split.parts.values() for genre in _absent(manifest, rows)})
    if absent:
        raise GenrebenchError(
            f"dataset {manifest.dataset}: too few tracks of {', '.join(absent)} that are no copies of each other for "
            f"a part to train, to validate and to test; a grouped split needs about {_FOLDS} a genre"
        )
    return split


def _fault_filtered(manifest: Manifest) -> Split:
    """Return the partition of Kereliuk, Sturm and Larsen (2015): no artist in two parts, faulty tracks in none."""
    known = known_tracks()
    part = np.array([known[track.id].fault_filtered for track in manifest.used])
    rows = (np.flatnonzero(part == name).tolist() for name in ("train", "valid", "test"))
    return Split(*_arrays(*rows), kept="fault-filtered partition")


def _own_partition(manifest: Manifest, parts: Mapping[str, str]) -> Split:
    """Return the partition that a folder of the user's own brings."""
    part = np.array([parts[track.id] for track in manifest.used])
    rows = (np.flatnonzero(part == name).tolist() for name in ("train", "validation", "test"))
    return Split(*_arrays(*rows), kept="own partition")


def _by_label(labels: Mapping[str, str]) -> list[list[str]]:
    groups: dict[str, list[str]] = {}
    for track, label in labels.items():
        groups.setdefault(label, []).append(track)
    return list(groups.values())


def _stratified(manifest: Manifest, choice: GroupedSplit, links: Iterable[Collection[str]], kept: Kept) -> Split:
    """Split 60/20/20 with scikit-learn's ``StratifiedGroupKFold``: two of five folds validate and test."""
    genres = np.array([track.genre for track in manifest.used])
    few = [genre for genre in manifest.genres if (genres == genre).sum() < _FOLDS]
    if few:
        raise GenrebenchError(
            f"dataset {manifest.dataset}: fewer than {_FOLDS} usable tracks of {', '.join(few)}; a grouped split needs "
            f"{_FOLDS} a genre: add tracks, or name the other protocols in the report's entry in params.yaml"
        )
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=choice.random_state)
    groups = _components([track.id for track in manifest.used], links)
    try:
        test, validation, *train = (rows for _, rows in folds.split(genres, genres, groups))
    except ValueError as error:  # fewer groups than folds
        raise GenrebenchError(
            f"dataset {manifest.dataset} cannot be split by groups: {error}; add tracks that are no copies of others"
        ) from None
    return Split(np.sort(np.concatenate(train)), validation, test, kept=kept)


def _components(ids: Sequence[str], links: Iterable[Collection[str]]) -> NDArray[np.int32]:
    """Return the number of each track's group when linked tracks stay together, directly or over others."""
    row = {track: place for place, track in enumerate(ids)}
    return group_numbers(len(ids), [(row[first], row[other]) for first, *others in links for other in others])


def _absent(manifest: Manifest, rows: NDArray[np.int64]) -> list[str]:
    """Return the genres of which a part has no track."""
    return sorted(set(manifest.genres) - {manifest.used[row].genre for row in rows})


def check_parts(manifest: Manifest, split: Split, windows: int = 1) -> None:
    """Assert that no track stands in two parts of a split, or in one part twice; where windows are split, no window.

    Parameters
    ----------
    manifest : Manifest
        Whose tracks are split.
    split : Split
        Of them.
    windows : int
        How many a track has.

    Raises
    ------
    GenrebenchError
        If one does; this is a defect of genrebench, not of the data.
    """
    of_windows = [split.examples(part, windows) for part in split.parts]
    seen = np.concatenate(of_windows if split.windows else list(split.parts.values()))
    numbers, times = np.unique(seen, return_counts=True)
    if twice := numbers[times > 1].tolist():
        tracks = sorted({manifest.used[number // windows if split.windows else number].id for number in twice})
        raise GenrebenchError(f"a split uses a track twice, please report this: {', '.join(tracks)}")


def work_of(protocol: Protocol, split: Split) -> tuple[int, int, int]:
    """Return the epochs of a protocol, how many tracks or windows train in one, and how many are watched after it."""
    train, validation, test = (len(split.examples(part, protocol.windows_of_track)) for part in split.parts)
    schedule = protocol.schedule
    if schedule.steps_for is not None:
        train = min(schedule.steps(train) * schedule.batch_size, train)
    return schedule.epochs, train, validation + (test if protocol.watches_test else 0)


def features_of(protocol: Protocol, architecture: str) -> str:
    """Return the name of the feature set that an architecture sees, that of a whole track's windows where it is cut.

    Raises
    ------
    GenrebenchError
        If the protocol names none, or one whose arrays have not as many axes as the architecture's inputs.
    """
    # loads librosa, which commands that only split tracks do without
    from benchmarks.features.sets import feature_set, feature_sets

    try:
        name = protocol.features[architecture]
        axes = len(ARCHITECTURES[architecture].input_shape)
    except KeyError:
        legal = ", ".join(name for name in protocol.features if name in ARCHITECTURES)
        raise GenrebenchError(
            f"params.yaml: the protocol names no features for {architecture!r}, only for: {legal}"
        ) from None
    if len(shape := feature_set(name).shape) != axes:
        legal = ", ".join(name for name, found in feature_sets().items() if len(found.shape) == axes)
        raise GenrebenchError(
            f"params.yaml: features: {name} has arrays of shape {shape}, {architecture} takes {axes} axes; "
            f"fitting: {legal}"
        )
    return protocol.seen_by(architecture)
