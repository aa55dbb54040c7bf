import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.audit.straddling import artists_of
from benchmarks.datasets.folder import provide
from benchmarks.datasets.manifest import Manifest
from benchmarks.errors import GenrebenchError


@pytest.fixture
def music(tmp_path, write_audio) -> Path:
    for genre in ("dub", "ska"):
        for name in ("one.wav", "two.flac"):
            write_audio(tmp_path / "music" / genre / name)
    return tmp_path / "music"


def problems(folder: Path) -> list[str]:
    with pytest.raises(GenrebenchError) as raised:
        provide("mine", folder)
    first, *lines, last = str(raised.value).splitlines()
    assert first == f"{folder}: cannot be used as it is:"
    assert last.startswith("Readable formats: .aif, ")
    return [line.removeprefix("  ") for line in lines]


def test_a_folder_is_listed(music):
    manifest = provide("mine", music)
    assert (manifest.dataset, manifest.kind) == ("mine", "folder")
    assert manifest.source == "a folder of the user's own audio, 2 genres, 4 files"
    assert [(track.id, track.genre, track.path) for track in manifest.tracks] == [
        ("dub.one", "dub", "dub/one.wav"),
        ("dub.two", "dub", "dub/two.flac"),
        ("ska.one", "ska", "ska/one.wav"),
        ("ska.two", "ska", "ska/two.flac"),
    ]


def test_the_manifest_does_not_say_where_the_folder_lies(music):
    shutil.copytree(music, music.parent / "elsewhere")
    assert provide("mine", music) == provide("mine", music.parent / "elsewhere")


@pytest.mark.parametrize(
    "how", [{"sample_rate": 8000}, {"sample_rate": 44100}, {"channels": 2}, {"subtype": "FLOAT"}, {"subtype": "PCM_24"}]
)
def test_rates_channels_and_sample_formats_may_differ(music, write_audio, how):
    write_audio(music / "dub/three.wav", **how)
    track = provide("mine", music).tracks[1]
    assert (track.id, track.status) == ("dub.three", "used")
    assert (track.sample_rate, track.channels) == (how.get("sample_rate", 1000), how.get("channels", 1))


def test_what_is_no_music_is_passed_over(music):
    before = provide("mine", music)
    for name in (".DS_Store", "dub/.DS_Store", "dub/._one.wav", "dub/cover.jpg", "dub/notes.txt", ".git/a.wav"):
        (music / name).parent.mkdir(exist_ok=True)
        (music / name).write_bytes(b"x")
    assert provide("mine", music) == before


def test_albums_inside_a_genre_and_links_to_genres_are_followed(music, tmp_path, write_audio):
    write_audio(music / "dub/album/one.wav")
    (tmp_path / "ska").symlink_to(music / "ska")
    shutil.move(music / "ska", tmp_path / "real")
    (music / "ska").symlink_to(tmp_path / "real")
    ids = [track.id for track in provide("mine", music).tracks]
    assert ids == ["dub.album/one", "dub.one", "dub.two", "ska.one", "ska.two"]


def test_files_of_one_stem_do_not_collide(music, write_audio):
    write_audio(music / "dub/one.flac")
    write_audio(music / "dub.one/x.wav")
    write_audio(music / "dub.one/y.wav")
    write_audio(music / "dub/one.x.wav")
    ids = {track.path: track.id for track in provide("mine", music).tracks}
    assert ids["dub/one.wav"] == "dub/one.wav"
    assert ids["dub/one.flac"] == "dub/one.flac"
    assert ids["dub.one/x.wav"] == "dub.one/x.wav"
    assert ids["dub/one.x.wav"] == "dub/one.x.wav"
    assert ids["dub.one/y.wav"] == "dub.one.y"


def test_a_short_track_is_left_out_with_its_reason(music, write_audio):
    write_audio(music / "dub/jingle.wav", seconds=12.3)
    manifest = provide("mine", music)
    assert [(track.id, track.reason) for track in manifest.left_out] == [("dub.jingle", "12.3 s long, needs 15 s")]
    assert len(manifest.used) == 4


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(GenrebenchError, match=r"folders\.mine in params\.yaml: .*nowhere: no such folder"):
        provide("mine", tmp_path / "nowhere")


def test_a_folder_without_sub_folders_is_named(tmp_path, write_audio):
    write_audio(tmp_path / "a.wav")
    with pytest.raises(GenrebenchError, match="no sub-folders; expected one sub-folder a genre"):
        provide("mine", tmp_path)


def test_one_genre_is_not_enough(music):
    shutil.rmtree(music / "ska")
    assert problems(music) == ["dub is the only genre; needs at least 2"]


def test_all_problems_are_named_at_once(music, write_audio):
    (music / "empty genre").mkdir()
    (music / "dub/note.wav").write_text("call the drummer")
    (music / "dub/nothing.au").touch()
    (music / "dub/itunes.m4a").write_bytes(b"\x00\x00\x00 ftypM4A " + bytes(100))
    write_audio(music / "ska/header.wav", seconds=0)
    write_audio(music / "loose.wav")
    cut = write_audio(music / "ska/cut.wav", seconds=20)
    cut.write_bytes(cut.read_bytes()[:30_000])
    infinite = np.full(20_000, np.inf, dtype=np.float32)
    soundfile.write(music / "ska/infinite.wav", infinite, 1000, subtype="FLOAT")
    write_audio(music / "soul/one.wav")
    write_audio(music / "soul/short.wav", seconds=2)
    assert problems(music) == [
        "loose.wav: lies outside the genres' folders; move it into one",
        "empty genre: no audio files in this folder",
        "dub/itunes.m4a: not readable as audio (Format not recognised)",
        "dub/note.wav: not readable as audio (Format not recognised)",
        "dub/nothing.au: the file is empty",
        "ska/cut.wav: cut short: 15.0 s are there of 20.0 s declared",
        "ska/header.wav: holds no samples",
        "ska/infinite.wav: holds samples that are no finite numbers",
        "soul: usable tracks: 1, needs at least 2; soul/short.wav is left out: 2.0 s long, needs 15 s",
    ]


def test_artists_and_a_partition_are_taken_from_beside_the_audio(music):
    (music / "artists.csv").write_text('path,artist\ndub/one.wav,King Tubby\n\nska/two.flac,"Skatalites, The"\n')
    paths = ("dub/one.wav", "dub/two.flac", "ska/one.wav", "ska/two.flac")
    lines = [f"{path},{part}" for path, part in zip(paths, ("train", "test", "validation", "excluded"), strict=True)]
    (music / "split.csv").write_text("\n".join(["path,part", *lines]), encoding="utf-8-sig")
    manifest = provide("mine", music)
    assert manifest.artists == {"dub.one": "King Tubby", "ska.two": "Skatalites, The"}
    assert manifest.parts == {"dub.one": "train", "dub.two": "test", "ska.one": "validation", "ska.two": "excluded"}
    assert manifest.source.endswith("4 files, with artists.csv and split.csv")
    path = music.parent / "manifest.json"
    manifest.write(path)
    assert Manifest.read(path) == manifest
    assert artists_of(manifest) == manifest.artists


def test_a_manifest_without_them_says_nothing_of_them(music):
    path = music.parent / "manifest.json"
    provide("mine", music).write(path)
    assert json.loads(path.read_text()).keys() == {"dataset", "kind", "source", "tracks"}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("artists.csv", "", "line 1 is '', needs 'path,artist'"),
        ("artists.csv", "track;artist\n", "line 1 is 'track;artist', needs 'path,artist'"),
        ("artists.csv", "path,artist\ndub/one.wav\n", "line 2: 1 columns, needs 2: path, artist"),
        ("artists.csv", "path,artist\ndub/1.wav,X\n", "line 2, column path: no audio file 'dub/1.wav' in this folder"),
        ("artists.csv", "path,artist\ndub/one.wav, \n", "line 2, column artist: is empty; leave out the line"),
        (
            "artists.csv",
            "path,artist\ndub/one.wav,X\ndub/one.wav,Y\n",
            "line 3, column path: 'dub/one.wav' stands",
        ),
        ("artists.csv", 'path,artist\n"dub/one.wav,X\n', "not CSV in UTF-8"),
        (
            "split.csv",
            "path,part\ndub/one.wav,dev\n",
            "line 2, column part: is 'dev'; legal: train, validation, te",
        ),
        ("split.csv", "path,part\ndub/one.wav,test\n", "dub/two.flac and 2 more not listed; list every track"),
        (
            "split.csv",
            "path,part\ndub/one.wav,test\ndub/two.flac,test\nska/one.wav,train\nska/two.flac,train\n",
            "no track is in validation; each of the three needs tracks",
        ),
    ],
)
def test_a_wrong_table_is_one_error_with_line_and_column(music, name, text, message):
    (music / name).write_text(text)
    with pytest.raises(GenrebenchError) as raised:
        provide("mine", music)
    assert str(music / name) in str(raised.value)
    assert message in str(raised.value)


def test_a_table_in_another_encoding_is_one_error(music):
    (music / "artists.csv").write_bytes("path,artist\ndub/one.wav,Bäume\n".encode("latin-1"))
    with pytest.raises(GenrebenchError, match=r"artists\.csv: not CSV in UTF-8"):
        provide("mine", music)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_not_unicode_is_named(music):
    shutil.copy(music / "dub/one.wav", bytes(music / "dub") + b"/caf\xe9.wav")
    assert problems(music) == ["dub/caf\\udce9.wav: the name is not valid UTF-8; rename it"]


NAME = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=20).filter(
    lambda name: not name.startswith(".")
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(genres=st.sets(NAME, min_size=2, max_size=3), stems=st.sets(NAME, min_size=2, max_size=3))
def test_names_may_hold_any_characters(write_audio, genres, stems):
    with tempfile.TemporaryDirectory() as folder:
        for genre in genres:
            for stem in stems:
                write_audio(Path(folder, genre, f"{stem}.wav"))
        manifest = provide("mine", Path(folder))
        assert {track.path for track in manifest.used} == {f"{g}/{s}.wav" for g in genres for s in stems}
        assert manifest.genres == tuple(sorted(genres))
        path = Path(folder, "manifest.json")
        manifest.write(path)
        assert type(manifest).read(path) == manifest
