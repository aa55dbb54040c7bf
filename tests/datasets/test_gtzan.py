import hashlib
import zipfile
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from benchmarks.audit.straddling import artists_of
from benchmarks.datasets import gtzan
from benchmarks.datasets.fetch import fetch
from benchmarks.datasets.gtzan import list_tracks
from benchmarks.datasets.gtzan_tracks import KnownTrack, known_tracks
from benchmarks.datasets.undecoded import undecoded_gtzan
from benchmarks.errors import GenrebenchError
from benchmarks.protocols import make_split
from benchmarks.settings import Settings, load_settings
from benchmarks.studies.protocol import GroupedSplit
from tests.builders import plain_params

GENRES = "blues", "jazz"
IDS = tuple(f"{genre}.{number:05}" for genre in GENRES for number in range(3))


def known() -> dict[str, KnownTrack]:
    return {track_id: KnownTrack(track_id, "train", "", "0" * 64, "") for track_id in IDS}


@pytest.fixture
def copy(tmp_path, write_audio) -> Path:
    for track_id in IDS:
        write_audio(tmp_path / "copy" / track_id.partition(".")[0] / f"{track_id}.wav")
    return tmp_path / "copy"


def test_the_table_holds_the_thousand_tracks():
    table = known_tracks()
    assert list(table) == sorted(table)
    assert len(table) == 1000
    subsets = [track.fault_filtered for track in table.values()]
    assert {subset: subsets.count(subset) for subset in set(subsets)} == {
        "train": 443,
        "valid": 197,
        "test": 290,
        "excluded": 70,
    }
    genres = [track.genre for track in table.values()]
    assert {genres.count(genre) for genre in genres} == {100}
    assert sum(bool(track.pcm_md5) for track in table.values()) == 550
    assert all(len(track.au_sha256) == 64 for track in table.values())


def test_no_artist_is_in_two_parts_of_the_fault_filtered_partition():
    parts: dict[str, set[str]] = {}
    for track in known_tracks().values():
        if track.artist and track.fault_filtered != "excluded":
            parts.setdefault(track.artist, set()).add(track.fault_filtered)
    assert all(len(part) == 1 for part in parts.values())


def test_a_complete_copy(copy, tmp_path):
    manifest = list_tracks("gtzan", copy, "a copy", tmp_path / "audio", known())
    assert [track.id for track in manifest.used] == list(IDS)
    assert manifest.left_out == ()
    assert manifest.source == "a copy; 0 of the 0 tracks with a known digest equal the original"


def test_the_source_says_how_many_tracks_are_the_original(copy, tmp_path, write_audio):
    (copy / "jazz/jazz.00002.wav").unlink()
    au = write_audio(copy / "jazz/jazz.00002.au")
    right = list_tracks("gtzan", copy, "a copy", tmp_path / "audio", known()).tracks[0].pcm_md5
    facts = known() | {
        "blues.00000": KnownTrack("blues.00000", "train", "", "", right),
        "blues.00001": KnownTrack("blues.00001", "train", "", "", "0" * 32),
        "jazz.00002": KnownTrack("jazz.00002", "train", "", hashlib.sha256(au.read_bytes()).hexdigest(), ""),
    }
    manifest = list_tracks("gtzan", copy, "a copy", tmp_path / "audio", facts)
    assert manifest.source.endswith("2 of the 3 tracks with a known digest equal the original")


def break_two_tracks(copy: Path) -> None:
    (copy / "blues/blues.00001.wav").unlink()
    (copy / "jazz/jazz.00001.wav").write_bytes(b"no header" * 999)


def test_missing_and_unreadable_tracks_are_one_error(copy, tmp_path):
    break_two_tracks(copy)
    with pytest.raises(GenrebenchError) as raised:
        list_tracks("gtzan", copy, "a copy", tmp_path / "audio", known())
    assert str(raised.value).splitlines() == [
        f"{copy}: 2 of 6 tracks cannot be used:",
        "  blues.00001: missing",
        "  jazz.00001: not readable as audio (Format not recognised)",
        "Mend the copy, or set gtzan.allow_incomplete to true in params.yaml to go on without these tracks.",
    ]


def test_of_many_missing_tracks_twenty_are_named(copy, tmp_path):
    with pytest.raises(GenrebenchError) as raised:
        list_tracks("gtzan", copy, "a copy", tmp_path / "audio", known_tracks())
    lines = str(raised.value).splitlines()
    assert lines[0].endswith("994 of 1000 tracks cannot be used:")
    assert len(lines) == 1 + 20 + 1 + 1
    assert lines[1] == "  blues.00003: missing"
    assert lines[21] == "  and 974 more"


def test_an_incomplete_copy_can_be_allowed(copy, tmp_path):
    break_two_tracks(copy)
    facts = known() | {"jazz.00001": KnownTrack("jazz.00001", "train", "", "", "0" * 32)}
    manifest = list_tracks("gtzan", copy, "a copy", tmp_path / "audio", facts, allow_incomplete=True)
    assert manifest.source == "a copy; 0 of the 0 tracks with a known digest equal the original"
    assert [track.id for track in manifest.tracks] == list(IDS)
    assert [(track.id, track.reason) for track in manifest.left_out] == [
        ("blues.00001", "missing"),
        ("jazz.00001", "not readable as audio (Format not recognised)"),
    ]


def test_too_little_of_a_genre_is_never_allowed(copy, tmp_path):
    for number in (0, 1):
        (copy / f"jazz/jazz.0000{number}.wav").unlink()
    with pytest.raises(GenrebenchError, match="jazz: usable tracks: 1, needs at least 2"):
        list_tracks("gtzan", copy, "a copy", tmp_path / "audio", known(), allow_incomplete=True)


def test_a_folder_with_other_things_is_named(tmp_path):
    (tmp_path / "photos").mkdir()
    with pytest.raises(GenrebenchError, match=r"photos: holds no track of GTZAN; expected files such as blues/"):
        list_tracks("gtzan", tmp_path / "photos", "a copy", tmp_path / "audio", known())


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_copy_is_found_through_the_environment(copy, tmp_path, monkeypatch, settings_with, kind):
    monkeypatch.setattr(gtzan, "known_tracks", known)
    archive = tmp_path / "archive.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in copy.rglob("*.wav"):
            packed.write(path, f"Data/genres_original/{path.relative_to(copy).as_posix()}")
    monkeypatch.setenv("GENREBENCH_GTZAN", str({"folder": copy, "zip": archive}[kind]))
    manifest = fetch("gtzan", settings_with())
    assert len(manifest.used) == len(IDS)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert manifest.source.startswith({"folder": "a local folder; ", "zip": f"archive.zip, sha256 {digest}; "}[kind])
    assert copy.is_dir()


def test_a_copy_that_is_not_there_is_named(monkeypatch, settings_with):
    monkeypatch.setenv("GENREBENCH_GTZAN", "nowhere")
    with pytest.raises(GenrebenchError, match="GENREBENCH_GTZAN=nowhere: no such file or folder"):
        fetch("gtzan", settings_with())


def subset_params(tmp_path: Path, genres: list[str]) -> Settings:
    content = plain_params() | {"subsets": {"two": {"of": "gtzan", "genres": genres}}}
    YAML().dump(content, tmp_path / "params.yaml")
    return load_settings(tmp_path / "params.yaml")


def test_a_subset_needs_the_tracks_of_its_genres_only(copy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(gtzan.COPY_VARIABLE, str(copy))
    monkeypatch.setattr(gtzan, "known_tracks", lambda: known() | {"rock.00000": known()["jazz.00000"]})
    manifest = fetch("two", subset_params(tmp_path, ["blues", "jazz"]))
    assert (manifest.dataset, manifest.kind) == ("two", "gtzan")
    assert [track.id for track in manifest.used] == list(IDS)
    assert sorted(path.name for path in (tmp_path / "data" / "two" / "audio").iterdir()) == list(GENRES)


def test_a_subset_of_a_genre_that_gtzan_does_not_have(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(GenrebenchError, match=r"subsets.two.genres: no genre of GTZAN: 'polka'; legal: blues, class"):
        fetch("two", subset_params(tmp_path, ["blues", "polka"]))
    assert not (tmp_path / "data" / "two" / "manifest.json").exists()


def test_the_fault_filtered_partition_and_the_artists_hold_for_a_subset():
    whole = undecoded_gtzan()
    genres = ("blues", "jazz")
    tracks = tuple(track for track in whole.tracks if track.genre in genres)
    part = whole.model_copy(update={"dataset": "two", "tracks": tracks})
    split = make_split(part, GroupedSplit(kind="grouped", random_state=42), genre_order=())
    assert split.kept == "fault-filtered partition"
    assert sum(len(rows) for rows in split.parts.values()) == 187
    assert artists_of(part) == {
        track: artist for track, artist in artists_of(whole).items() if track[:4] in ("blue", "jazz")
    }
