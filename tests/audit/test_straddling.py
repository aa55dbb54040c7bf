from benchmarks.audit.record import Group, Pair
from benchmarks.audit.straddling import artists_of, sides, straddling_artists, straddling_groups
from benchmarks.datasets.gtzan_tracks import known_tracks
from tests.builders import GTZAN_GENRES, fake_manifest

PARTS = {"train": ["a", "b", "c"], "validation": ["d"], "test": ("e", "f")}


def group(*tracks):
    pairs = tuple(Pair(first=tracks[0], second=track, score=0.9, offset=0) for track in tracks[1:])
    return Group(kind="near", tracks=tracks, pairs=pairs)


def test_sides_by_hand():
    assert sides(["a", "e", "f", "nowhere"], PARTS) == {"train": ["a"], "test": ["e", "f"]}
    assert sides([], PARTS) == {}


def test_groups_on_two_sides_by_hand():
    inside, outside = group("a", "b"), group("c", "nowhere")
    two, validation, three = group("a", "e"), group("d", "f"), group("b", "d", "e")
    assert straddling_groups([inside, two, outside, validation, three], PARTS) == [two, validation, three]
    assert straddling_groups([inside, two], {}) == []


def test_artists_on_two_sides_by_hand():
    artists = {"a": "Mozart", "b": "Haydn", "c": "Haydn", "d": "Bach", "e": "Mozart", "f": "Bach", "nowhere": "Mozart"}
    assert straddling_artists(artists, PARTS) == {"Bach": ["d", "f"], "Mozart": ["a", "e"]}
    assert straddling_artists({}, PARTS) == {}


def test_artists_are_known_for_gtzan_only():
    for kind in ("synthetic", "folder"):
        assert artists_of(fake_manifest(kind)) is None
    known = artists_of(fake_manifest("gtzan", genres=GTZAN_GENRES, per_genre=100))
    assert len(known) == 919
    assert known["blues.00000"] == "John Lee Hooker"
    unknown = next(track.id for track in known_tracks().values() if not track.artist)
    assert unknown not in known


def test_the_fault_filtered_partition_has_no_artist_on_two_sides():
    parts = {part: [] for part in ("train", "valid", "test", "excluded")}
    for track in known_tracks().values():
        parts[track.fault_filtered].append(track.id)
    del parts["excluded"]
    artists = artists_of(fake_manifest("gtzan", genres=GTZAN_GENRES, per_genre=100))
    assert straddling_artists(artists, parts) == {}
    parts["train"].append(parts["test"].pop(0))
    assert len(straddling_artists(artists, parts)) == 1
