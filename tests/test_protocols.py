from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.errors import GenrebenchError
from benchmarks.protocols import check_disjoint, features_of, make_split, study_order
from benchmarks.published.split import gtzan_manifest
from benchmarks.settings import RandomSplit, load_settings
from tests.builders import GTZAN_GENRES, fake_manifest

PUBLISHED = RandomSplit(kind="random", test_share=0.2, random_state=42)


def test_published_split_of_gtzan_has_the_published_class_counts() -> None:
    manifest = gtzan_manifest()
    split = make_split(manifest, PUBLISHED)
    assert (len(split.train), len(split.test)) == (800, 200)
    counts = Counter(manifest.used[row].genre for row in split.test)
    # y_test.npy of the study, columns in alphabetical order
    assert [counts[genre] for genre in GTZAN_GENRES] == [13, 27, 13, 25, 23, 20, 21, 21, 15, 22]


def test_study_order_is_known_genres_then_others_sorted() -> None:
    manifest = fake_manifest("folder", genres=("pop", "zouk", "jazz", "ambient"), per_genre=2, dataset="mine")
    order = [manifest.used[row].id for row in study_order(manifest.used)]
    assert order == [f"{genre}.0000{n}" for genre in ("jazz", "pop", "ambient", "zouk") for n in (0, 1)]


@given(
    per_genre=st.integers(4, 30),
    share=st.floats(0.05, 0.5),
    random_state=st.integers(0, 2**31),
    genres=st.sets(st.sampled_from(GTZAN_GENRES), min_size=2),
)
def test_every_track_is_on_exactly_one_side(per_genre: int, share: float, random_state: int, genres: set[str]) -> None:
    manifest = fake_manifest(genres=sorted(genres), per_genre=per_genre)
    try:
        split = make_split(manifest, RandomSplit(kind="random", test_share=share, random_state=random_state))
    except GenrebenchError as error:
        assert "is left to train on" in str(error)  # noqa: PT017 -- a legal outcome for few tracks
        return
    rows = [*split.train.tolist(), *split.test.tolist()]
    assert sorted(rows) == list(range(len(manifest.used)))


def test_left_out_tracks_are_on_no_side() -> None:
    manifest = fake_manifest(missing={"blues.00000": "missing"})
    split = make_split(manifest, PUBLISHED)
    assert len(split.train) + len(split.test) == 29
    assert "blues.00000" not in {manifest.used[row].id for row in [*split.train, *split.test]}


def test_too_few_tracks_is_one_clear_error() -> None:
    manifest = fake_manifest(genres=("blues", "pop"), per_genre=1)
    with pytest.raises(GenrebenchError, match=r"no track of .* is left to train on"):
        make_split(manifest, RandomSplit(kind="random", test_share=0.5, random_state=0))


@pytest.mark.parametrize(("train", "test"), [(["a", "b"], ["b"]), (["a", "a"], ["b"]), (["a"], ["b", "b"])])
def test_a_track_used_twice_is_caught(train: list[str], test: list[str]) -> None:
    with pytest.raises(GenrebenchError, match="uses a track twice"):
        check_disjoint(train, test)


def test_an_architecture_without_features_is_named() -> None:
    settings = load_settings()
    protocol = next(iter(settings.protocols.values()))
    with pytest.raises(GenrebenchError, match="no features for 'transformer', only for"):
        features_of(protocol, "transformer")
