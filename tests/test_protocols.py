from collections import Counter
from collections.abc import Collection
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from benchmarks.datasets import gtzan_mini
from benchmarks.datasets.gtzan_tracks import known_tracks
from benchmarks.datasets.manifest import Manifest
from benchmarks.datasets.undecoded import undecoded_gtzan
from benchmarks.errors import GenrebenchError
from benchmarks.protocols import Split, check_parts, features_of, listed, make_split
from benchmarks.settings import load_settings
from benchmarks.studies.protocol import GroupedSplit, Protocol, RandomSplit, Windows, WindowSplit
from tests.builders import GTZAN_GENRES, STUDY, fake_manifest

PUBLISHED = STUDY.protocols["published"].split
GROUPED = GroupedSplit(kind="grouped", random_state=42)

ORDER = STUDY.genre_order


def test_a_random_split_of_gtzan_is_scikit_learn_s_of_the_study_s_list() -> None:
    manifest = undecoded_gtzan()
    split = make_split(manifest, PUBLISHED, genre_order=ORDER)
    assert (len(split.train), len(split.test)) == (750, 250)
    ids = [f"{genre}.{number:05}" for genre in ORDER for number in range(100)]
    _, expected = train_test_split(ids, test_size=0.25, random_state=7)
    assert [manifest.used[row].id for row in split.test] == expected


def test_study_order_is_known_genres_then_others_sorted() -> None:
    manifest = fake_manifest("folder", genres=("pop", "zouk", "jazz", "ambient"), per_genre=2, dataset="mine")
    order = [manifest.used[row].id for row in listed(manifest.used, STUDY.genre_order)]
    assert order == [f"{genre}.0000{n}" for genre in ("pop", "jazz", "ambient", "zouk") for n in (0, 1)]


@given(
    per_genre=st.integers(4, 30),
    share=st.floats(0.05, 0.5),
    random_state=st.integers(0, 2**31),
    genres=st.sets(st.sampled_from(GTZAN_GENRES), min_size=2),
)
def test_every_track_is_on_exactly_one_side(per_genre: int, share: float, random_state: int, genres: set[str]) -> None:
    manifest = fake_manifest(genres=sorted(genres), per_genre=per_genre)
    try:
        split = make_split(
            manifest,
            PUBLISHED.model_copy(update={"test_share": share, "random_state": random_state}),
            genre_order=ORDER,
        )
    except GenrebenchError as error:
        assert "is left to train on" in str(error)  # noqa: PT017 -- a legal outcome for few tracks
        return
    assert not len(split.validation)
    rows = [*split.train.tolist(), *split.test.tolist()]
    assert sorted(rows) == list(range(len(manifest.used)))


def test_left_out_tracks_are_on_no_side() -> None:
    manifest = fake_manifest(missing={"blues.00000": "missing"})
    split = make_split(manifest, PUBLISHED, genre_order=ORDER)
    assert len(split.train) + len(split.test) == 29
    assert "blues.00000" not in {manifest.used[row].id for row in [*split.train, *split.test]}


def test_too_few_tracks_is_one_clear_error() -> None:
    manifest = fake_manifest(genres=("blues", "pop"), per_genre=1)
    with pytest.raises(GenrebenchError, match=r"no track of .* is left to train on"):
        make_split(
            manifest,
            RandomSplit(kind="random", test_share=0.5, validation_share=0, random_state=0),
            genre_order=ORDER,
        )


@pytest.mark.parametrize(("train", "test"), [([0, 1], [1]), ([0, 0], [1]), ([0], [1, 1])])
def test_a_track_used_twice_is_caught(train: list[int], test: list[int]) -> None:
    nothing = np.array([], dtype=np.int64)
    split = Split(np.array(train), nothing, np.array(test), kept="tracks")
    with pytest.raises(GenrebenchError, match="uses a track twice"):
        check_parts(fake_manifest(), split)


def windows_split(validation: float = 0.2) -> WindowSplit:
    tracks = RandomSplit(kind="random", test_share=0.3, validation_share=validation, random_state=42)
    return WindowSplit(kind="windows", tracks=tracks)


@given(per_genre=st.integers(3, 20), count=st.integers(2, 40), validation=st.sampled_from([0.0, 0.2]))
def test_every_window_is_in_exactly_one_part_where_windows_are_split(
    per_genre: int, count: int, validation: float
) -> None:
    manifest = fake_manifest(per_genre=per_genre)
    choice = windows_split(validation)
    split = make_split(manifest, choice, genre_order=ORDER, windows=count)
    windows = [split.examples(part, count) for part in split.parts]
    assert sorted(np.concatenate(windows).tolist()) == list(range(len(manifest.used) * count))
    honest = make_split(manifest, choice.tracks, genre_order=ORDER)
    assert [len(it) for it in windows] == [count * len(rows) for rows in honest.parts.values()]
    for part, rows in split.parts.items():
        assert set(split.examples(part, count) // count) == set(rows)
    # stratified: each genre has the same share of the test windows, to one
    genres = Counter(manifest.used[row].genre for row in split.examples("test", count) // count)
    assert max(genres.values()) - min(genres.values()) <= 1


def test_windows_split_put_a_track_on_both_sides_and_tracks_split_do_not() -> None:
    manifest = fake_manifest(per_genre=10)
    flawed = make_split(manifest, windows_split(), genre_order=ORDER, windows=39)
    assert set(flawed.train) & set(flawed.test)
    honest = make_split(manifest, PUBLISHED, genre_order=ORDER, windows=39)
    assert not set(honest.examples("train", 39) // 39) & set(honest.examples("test", 39) // 39)
    assert len(honest.examples("test", 39)) == 39 * len(honest.test)


def test_windows_are_split_of_the_tracks_that_the_other_split_uses() -> None:
    manifest = undecoded_gtzan()
    grouped = GroupedSplit(kind="grouped", random_state=42)
    flawed = make_split(manifest, WindowSplit(kind="windows", tracks=grouped), genre_order=ORDER, windows=5)
    # faulty tracks are in no part of the fault-filtered partition
    assert [len(flawed.examples(part, 5)) for part in flawed.parts] == [5 * 443, 5 * 197, 5 * 290]
    honest = make_split(manifest, grouped, genre_order=ORDER)
    used = np.sort(np.concatenate(list(honest.parts.values())))
    of_windows = np.concatenate([flawed.examples(part, 5) for part in flawed.parts])
    assert sorted(of_windows.tolist()) == (used[:, None] * 5 + np.arange(5)).ravel().tolist()


def test_a_window_used_twice_is_caught() -> None:
    both, nothing = np.array([[True, False]]), np.array([], dtype=np.int64)
    windows = {"train": both, "validation": np.zeros((0, 2), dtype=bool), "test": both}
    split = Split(np.array([0]), nothing, np.array([0]), kept="windows", windows=windows)
    with pytest.raises(GenrebenchError, match="uses a track twice"):
        check_parts(fake_manifest(), split, 2)


def test_a_stratified_random_split_takes_as_many_tracks_of_every_genre() -> None:
    choice = RandomSplit(kind="random", test_share=0.3, validation_share=0, random_state=42, stratified=True)
    manifest = undecoded_gtzan()
    split = make_split(manifest, choice, genre_order=ORDER)
    assert set(Counter(manifest.used[row].genre for row in split.test).values()) == {30}


def test_windows_are_split_only_where_there_are_some() -> None:
    given = STUDY.protocols["published"].model_dump(mode="json")
    with pytest.raises(ValueError, match="kind: windows needs windows"):
        Protocol.model_validate({**given, "split": windows_split().model_dump(mode="json")})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"augmentation": {"flip": 1, "mask": 0, "bands": 0, "frames": 0, "value": 0}}, "augmentation needs windows"),
        ({"schedule": {"steps_for": 128}}, "schedule.steps_for needs windows"),
    ],
)
def test_what_is_done_to_windows_alone_is_refused_without_them(change: dict[str, Any], message: str) -> None:
    protocol = STUDY.protocols["published"]
    with pytest.raises(ValueError, match=message):
        protocol.changed(change)
    protocol.changed({**change, "windows": {"samples": 100, "hop": 50, "count": 3}})


def test_options_that_are_not_taken_are_not_written_down() -> None:
    given = STUDY.protocols["published"].model_dump(mode="json")
    assert given.keys() == {"split", "features", "scaling", "schedule", "selections"}
    assert given["split"].keys() == {"kind", "test_share", "validation_share", "random_state"}
    windows = Windows(samples=100, hop=50, count=3)
    cut = Protocol.model_validate({**given, "windows": windows.model_dump(mode="json")})
    assert Protocol.model_validate(cut.model_dump(mode="json")) == cut
    assert cut.seen_by("cnn2d") == f"{given['features']['cnn2d']}_windows_100_50_3"
    assert Windows.named(cut.seen_by("cnn2d")) == (given["features"]["cnn2d"], windows)


def parts(
    manifest: Manifest, choice: RandomSplit | GroupedSplit, duplicates: Collection[list[str]] = ()
) -> dict[str, set[str]]:
    split = make_split(manifest, choice, duplicates, genre_order=ORDER)
    return {name: {manifest.used[row].id for row in rows} for name, rows in split.parts.items()}


def test_a_validation_part_leaves_the_test_tracks_as_they_are() -> None:
    manifest = fake_manifest(per_genre=20)
    without = parts(manifest, PUBLISHED)
    found = parts(manifest, PUBLISHED.model_copy(update={"validation_share": 0.2}))
    assert found["test"] == without["test"]
    assert found["train"] | found["validation"] == without["train"]
    assert [len(found[name]) for name in ("train", "validation", "test")] == [33, 12, 15]


def test_gtzan_has_the_fault_filtered_partition() -> None:
    manifest = undecoded_gtzan()
    split = make_split(manifest, GROUPED, genre_order=ORDER)
    assert [len(rows) for rows in split.parts.values()] == [443, 197, 290]
    assert split.kept == "fault-filtered partition"
    artist = {track: known.artist for track, known in known_tracks().items()}
    artists = [{artist[manifest.used[row].id] for row in rows} - {""} for rows in split.parts.values()]
    assert not artists[0] & artists[1]
    assert not artists[0] & artists[2]
    assert not artists[1] & artists[2]


def test_gtzan_mini_keeps_duplicates_only_because_all_its_blues_are_one_artist_s() -> None:
    whole = undecoded_gtzan()
    mini = gtzan_mini.tracks()
    manifest = whole.model_copy(
        update={
            "dataset": "gtzan-mini",
            "kind": "gtzan-mini",
            "tracks": tuple(
                track.model_copy(update={"pcm_md5": known_tracks()[track.id].pcm_md5})
                for track in whole.tracks
                if track.id in mini
            ),
        }
    )
    split = make_split(manifest, GROUPED, genre_order=ORDER)
    assert split.kept == "duplicates"
    for rows in split.parts.values():
        assert {manifest.used[row].genre for row in rows} == set(GTZAN_GENRES)


@given(per_genre=st.integers(5, 25), random_state=st.integers(0, 1000), data=st.data())
def test_a_grouped_split_keeps_duplicates_together(per_genre: int, random_state: int, data: st.DataObject) -> None:
    manifest = fake_manifest("folder", per_genre=per_genre, dataset="mine")
    manifest = with_own_digests(manifest)
    ids = [track.id for track in manifest.used]
    groups = data.draw(st.lists(st.lists(st.sampled_from(ids), min_size=2, max_size=3, unique=True), max_size=3))
    try:
        found = parts(manifest, GroupedSplit(kind="grouped", random_state=random_state), groups)
    except GenrebenchError as error:
        assert "no copies of each other" in str(error)  # noqa: PT017 -- a legal outcome for few tracks
        return
    assert set().union(*found.values()) == set(ids)
    assert sum(map(len, found.values())) == len(ids)
    for group in groups:
        assert len([name for name, tracks in found.items() if tracks & set(group)]) == 1


def test_a_grouped_split_keeps_equal_samples_together_and_is_stratified() -> None:
    manifest = with_own_digests(fake_manifest("folder", per_genre=20, dataset="mine"))
    first, *others, last = manifest.tracks
    manifest = manifest.model_copy(
        update={"tracks": (first, *others, last.model_copy(update={"pcm_md5": first.pcm_md5}))}
    )
    found = parts(manifest, GROUPED)
    assert len([name for name, tracks in found.items() if tracks & {first.id, last.id}]) == 1
    for name, expected in (("train", 12), ("validation", 4), ("test", 4)):
        counts = Counter(track.split(".")[0] for track in found[name])
        assert all(abs(count - expected) <= 1 for count in counts.values())


def test_too_few_tracks_for_a_grouped_split_are_named() -> None:
    manifest = with_own_digests(fake_manifest("folder", per_genre=4, dataset="mine"))
    with pytest.raises(GenrebenchError, match="fewer than 5 usable tracks of blues, classical, country"):
        make_split(manifest, GROUPED, genre_order=ORDER)


def test_a_part_that_lost_all_its_tracks_is_named() -> None:
    known = known_tracks()
    whole = undecoded_gtzan()
    for part, name in (("valid", "validation"), ("test", "test")):
        left = tuple(track for track in whole.tracks if known[track.id].fault_filtered != part)
        with pytest.raises(GenrebenchError, match=f"no track is left for {name} after a grouped split"):
            make_split(whole.model_copy(update={"tracks": left}), GROUPED, genre_order=ORDER)


def test_fewer_groups_than_parts_is_one_clear_error() -> None:
    manifest = with_own_digests(fake_manifest("folder", per_genre=5, dataset="mine"))
    ids = [track.id for track in manifest.used]
    with pytest.raises(GenrebenchError, match="cannot be split by groups"):
        make_split(manifest, GROUPED, [ids[:5], ids[5:10], ids[10:]], genre_order=ORDER)


def with_own_digests(manifest: Manifest) -> Manifest:
    tracks = [track.model_copy(update={"pcm_md5": f"{row:032x}"}) for row, track in enumerate(manifest.tracks)]
    return manifest.model_copy(update={"tracks": tuple(tracks)})


def test_an_architecture_without_features_is_named() -> None:
    settings = load_settings()
    protocol = next(iter(settings.protocols.values()))
    with pytest.raises(GenrebenchError, match="no features for 'transformer', only for"):
        features_of(protocol, "transformer")


@pytest.mark.parametrize(
    ("architecture", "wrong", "fitting"), [("cnn2d", "mfcc_15s", "log_mel_15s"), ("cnn_lstm", "log_mel_5s", "mfcc_29s")]
)
def test_features_that_do_not_fit_an_architecture_are_refused(architecture: str, wrong: str, fitting: str) -> None:
    protocol = next(iter(load_settings().protocols.values()))
    changed = protocol.model_copy(update={"features": {**protocol.features, architecture: wrong}})
    with pytest.raises(GenrebenchError, match=rf"{wrong} has arrays .*, {architecture} takes .*fitting: .*{fitting}"):
        features_of(changed, architecture)


def test_a_partition_of_the_user_s_own_is_taken_as_it_is() -> None:
    manifest = fake_manifest("folder", per_genre=4, dataset="mine")
    parts = dict(zip((it.id for it in manifest.tracks), ("train", "validation", "test", "excluded") * 3, strict=True))
    split = make_split(manifest.model_copy(update={"parts": parts}), GROUPED, genre_order=ORDER)
    assert split.kept == "own partition"
    for name, rows in split.parts.items():
        assert [manifest.used[row].id for row in rows] == [track for track, part in parts.items() if part == name]


def test_artists_of_the_user_s_own_stay_on_one_side() -> None:
    manifest = fake_manifest("folder", per_genre=20, dataset="mine")
    artists = {track.id: f"{track.genre} {place % 10}" for place, track in enumerate(manifest.tracks)}
    split = make_split(manifest.model_copy(update={"artists": artists}), GROUPED, genre_order=ORDER)
    assert split.kept == "artists and duplicates"
    sides = [{artists[manifest.used[row].id] for row in rows} for rows in split.parts.values()]
    assert sum(map(len, sides)) == len(set().union(*sides))
