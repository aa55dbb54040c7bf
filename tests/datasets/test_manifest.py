import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from benchmarks.datasets.manifest import Manifest, Track, small_genres
from benchmarks.errors import GenrebenchError

MD5 = "0123456789abcdef" * 2

TEXT = st.text(st.characters(codec="utf-8"), min_size=1)
POSITIVE = st.floats(min_value=1e-3, max_value=1e6)


def track(track_id: str, genre: str = "dub", **fields: object) -> Track:
    facts = {"path": f"{genre}/{track_id}.wav", "duration": 30.0, "sample_rate": 22050, "channels": 1, "pcm_md5": MD5}
    return Track(**{"id": track_id, "genre": genre, **facts, **fields})


def manifest(*tracks: Track) -> Manifest:
    return Manifest(dataset="mine", kind="folder", source="a test", tracks=tracks)


@st.composite
def tracks(draw):
    """Tracks of at least two genres, some of them left out."""
    genres = draw(st.sets(TEXT, min_size=2, max_size=4))
    ids = iter(draw(st.lists(TEXT, min_size=20, max_size=20, unique=True)))
    made = []
    for genre in genres:
        made += [
            track(next(ids), genre, path="a/b.wav", duration=draw(POSITIVE), channels=draw(st.integers(1, 8)))
            for _ in range(draw(st.integers(1, 3)))
        ]
        if draw(st.booleans()):
            made.append(track(next(ids), genre, path="a/b.wav", status="left_out", reason=draw(TEXT)))
    return sorted(made, key=lambda one: (one.genre, one.id))


@given(tracks())
def test_what_is_written_is_read(tmp_path_factory, made):
    path = tmp_path_factory.mktemp("manifest") / "manifest.json"
    written = manifest(*made)
    written.write(path)
    assert Manifest.read(path) == written
    first = path.read_bytes()
    Manifest.read(path).write(path)
    assert path.read_bytes() == first
    assert first.endswith(b"}\n")


@given(tracks())
def test_every_track_is_used_or_left_out(made):
    listed = manifest(*made)
    assert sorted([*listed.used, *listed.left_out], key=lambda one: (one.genre, one.id)) == list(listed.tracks)
    assert listed.genres == tuple(sorted(set(listed.genres)))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"path": "/etc/passwd"}, "must be relative"),
        ({"path": "../a.wav"}, "must be relative"),
        ({"status": "left_out"}, "a reason when, and only when"),
        ({"reason": "too short"}, "a reason when, and only when"),
        ({"pcm_md5": ""}, "a used track needs"),
        ({"pcm_md5": "x"}, "pattern"),
        ({"duration": 0.0}, "a used track needs"),
        ({"duration": -1.0}, "greater than or equal to 0"),
        ({"id": ""}, "at least 1 character"),
        ({"bpm": 120}, "Extra inputs"),
    ],
)
def test_a_wrong_track_is_refused(fields, said):
    with pytest.raises(ValidationError, match=said):
        track("one", **fields)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ([track("a"), track("a", "ska")], "ids must be unique; more than once: a"),
        ([track("b"), track("a"), track("c", "ska")], "sorted by genre, then by id"),
        ([track("a", "ska"), track("b", "dub")], "sorted by genre, then by id"),
        ([track("a"), track("b")], "at least 2 genres, found 1"),
        ([track("a"), track("b", "ska", status="left_out", reason="short")], "at least 2 genres, found 1"),
    ],
)
def test_a_wrong_list_is_refused(made, said):
    with pytest.raises(ValidationError, match=said):
        manifest(*made)


def test_genres_too_small_to_split_are_named():
    short = {"status": "left_out", "reason": "short"}
    made = [track("a"), track("b"), track("c", "ska"), track("d", "ska", **short), track("e", "soul", **short)]
    assert small_genres(made) == [
        "ska: usable tracks: 1, needs at least 2; ska/d.wav is left out: short",
        "soul: usable tracks: 0, needs at least 2; soul/e.wav is left out: short",
    ]


@pytest.mark.parametrize(("content", "said"), [(None, "no manifest; make it with"), ("{}", "not a valid manifest")])
def test_a_file_that_is_no_manifest_is_named(tmp_path, content, said):
    path = tmp_path / "manifest.json"
    if content:
        path.write_text(content)
    with pytest.raises(GenrebenchError, match=rf"manifest\.json: {said}"):
        Manifest.read(path)
