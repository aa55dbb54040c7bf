import sys

import numpy as np
import pytest
import soundfile
from ruamel.yaml import YAML

from benchmarks.__main__ import main
from benchmarks.audit.duplicates import audit_tracks, group_tracks
from benchmarks.audit.matching import THRESHOLD, Match
from benchmarks.audit.record import Audit, Pair
from benchmarks.configuration import edited
from benchmarks.datasets.manifest import Manifest
from benchmarks.errors import GenrebenchError
from benchmarks.protocols import make_split
from benchmarks.settings import add_folder, load_settings
from benchmarks.studies.protocol import RandomSplit
from tests.audit.conftest import RATE
from tests.builders import fake_manifest, folder_bytes, plain_params


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["benchmarks", *arguments])
    return main()


def write_folder(music, write):
    """Nine tracks of three genres."""
    for genre, tracks in music.items():
        for number, track in enumerate(tracks[:3]):
            write(f"{genre}/{number}.wav", track)


def test_a_duplicate_planted_across_the_split_is_found(music, write, tmp_path, monkeypatch, capsys):
    write_folder(music, write)
    YAML().dump(plain_params(), tmp_path / "params.yaml")
    add_folder(tmp_path / "music", "mine")
    with edited(tmp_path / "params.yaml") as content:
        # a grouped split needs more tracks than these
        content["reports"]["mine"]["protocols"] = ["published"]
    # half the gain, 2 s later, as FLAC
    write("disco/copy.flac", 0.5 * music["disco"][0][2 * RATE :])
    assert run(monkeypatch, "fetch", "--dataset", "mine") == 0
    manifest = Manifest.read(tmp_path / "data/mine/manifest.json")
    ids = [track.id for track in manifest.used]

    def across(state: int) -> bool:
        choice = RandomSplit(kind="random", test_share=0.3, validation_share=0, random_state=state)
        split = make_split(manifest, choice, genre_order=())
        return (ids.index("disco.0") in split.test) != (ids.index("disco.copy") in split.test)

    assert any(across(state) for state in range(100))
    assert run(monkeypatch, "audit", "--dataset", "mine") == 0
    assert "near duplicates: disco.0, disco.copy\nmine: 10 tracks, 1 groups of duplicates" in capsys.readouterr().out
    audit = Audit.read(tmp_path / "data/mine/audit.json", manifest)
    (group,) = audit.groups
    assert (group.kind, group.tracks) == ("near", ("disco.0", "disco.copy"))
    assert group.score > 0.8
    assert group.pairs[0].offset == pytest.approx(2, abs=0.1)
    assert audit.not_compared == ()
    assert audit.closest.score < THRESHOLD


def test_equal_samples_in_another_container_are_exact_duplicates(music, write, listed, tmp_path):
    for name, number in (("a/1.wav", 0), ("a/2.flac", 0), ("b/1.wav", 1), ("b/2.aiff", 0)):
        write(name, music["disco"][number])
    (group,) = audit_tracks(listed(), tmp_path / "music").groups
    assert (group.kind, group.tracks, group.score) == ("exact", ("a.1", "a.2", "b.2"), 1)
    assert [(pair.first, pair.second, pair.offset) for pair in group.pairs] == [("a.1", "a.2", 0), ("a.1", "b.2", 0)]


def test_exact_and_near_duplicates_of_one_track_are_one_group(music, write, listed, tmp_path):
    one = music["classical"][0]
    for name, signal in (("a/1.wav", one), ("a/2.wav", one), ("b/1.ogg", one), ("b/2.wav", music["disco"][0])):
        write(name, signal)
    (group,) = audit_tracks(listed(), tmp_path / "music").groups
    assert (group.kind, group.tracks) == ("near", ("a.1", "a.2", "b.1"))
    assert [(pair.first, pair.second) for pair in group.pairs] == [("a.1", "a.2"), ("a.1", "b.1"), ("a.2", "b.1")]


def test_a_chain_of_copies_is_one_group(music, write, listed, tmp_path):
    # 4 s, and again 4 s: the first and the last lie 8 s apart, farther than the audit looks; noise, because music that
    # repeats itself is its own copy some bars later
    noise = np.random.default_rng(0).normal(0, 0.1, 30 * RATE)
    for name, start in (("a/1.wav", 0), ("a/2.wav", 4), ("b/1.wav", 8)):
        write(name, noise[start * RATE :])
    write("b/2.wav", music["disco"][1])
    (group,) = audit_tracks(listed(), tmp_path / "music").groups
    assert group.tracks == ("a.1", "a.2", "b.1")
    assert [(pair.first, pair.second) for pair in group.pairs] == [("a.1", "a.2"), ("a.2", "b.1")]


def test_a_left_out_track_is_no_duplicate(music, write, listed, tmp_path):
    one = music["disco"][0]
    for name, signal in (("a/1.wav", one), ("a/2.wav", one[: 14 * RATE]), ("b/1.wav", music["disco"][1])):
        write(name, signal)
    assert audit_tracks(listed(), tmp_path / "music").groups == ()


def test_silent_tracks_are_named_and_duplicates_only_where_they_are_equal(music, write, listed, tmp_path):
    silence = np.zeros(16 * RATE, np.float32)
    for name, signal in (("a/1.wav", silence), ("a/2.wav", silence), ("b/1.wav", np.zeros(17 * RATE, np.float32))):
        write(name, signal)
    write("b/2.wav", music["disco"][0])
    audit = audit_tracks(listed(), tmp_path / "music")
    assert [(group.kind, group.tracks) for group in audit.groups] == [("exact", ("a.1", "a.2"))]
    assert audit.not_compared == ("a.1", "a.2", "b.1")
    assert audit.closest is None


def test_two_processes_find_the_same_as_one(music, write, listed, tmp_path, monkeypatch):
    write_folder(music, write)
    write("disco/copy.ogg", music["hiphop"][1][RATE:])
    manifest = listed()
    one = audit_tracks(manifest, tmp_path / "music")
    monkeypatch.setenv("GENREBENCH_WORKERS", "2")
    assert audit_tracks(manifest, tmp_path / "music") == one
    assert [group.tracks for group in one.groups] == [("disco.copy", "hiphop.1")]


def test_groups_are_components_in_the_order_of_the_manifest():
    tracks = fake_manifest(per_genre=3).used
    matches = [Match(6, 7, 0.9, -1.04), Match(1, 4, 0.8, 0.06), Match(0, 8, 0.71234, 0.0), Match(4, 5, 0.7, 1.0)]
    groups = group_tracks(tracks, matches)
    assert [group.tracks for group in groups] == [
        (tracks[0].id, tracks[8].id),
        (tracks[1].id, tracks[4].id, tracks[5].id),
        (tracks[6].id, tracks[7].id),
    ]
    assert groups[0].pairs == (Pair(first=tracks[0].id, second=tracks[8].id, score=0.7123, offset=0.0),)
    assert [group.score for group in groups] == [0.7123, 0.7, 0.9]
    assert group_tracks(tracks, []) == ()


def test_a_failed_audit_leaves_the_old_one(music, write, tmp_path, monkeypatch, capsys):
    write_folder(music, write)
    YAML().dump(plain_params(), tmp_path / "params.yaml")
    add_folder(tmp_path / "music", "mine")
    assert run(monkeypatch, "fetch", "--dataset", "mine") == 0
    old = tmp_path / "data/mine/audit.json"
    old.write_text("old")
    before = folder_bytes(tmp_path / "data")
    soundfile.write(tmp_path / "music/hiphop/2.wav", music["hiphop"][3], RATE)
    assert run(monkeypatch, "audit", "--dataset", "mine") == 1
    error = capsys.readouterr().err
    assert "hiphop/2.wav: changed since it was listed; fetch the dataset again" in error
    assert "Traceback" not in error
    assert folder_bytes(tmp_path / "data") == before
    assert load_settings().folders


def test_without_a_manifest_the_user_is_told_what_to_do(tmp_path, monkeypatch, capsys):
    YAML().dump(plain_params(), tmp_path / "params.yaml")
    assert run(monkeypatch, "audit", "--dataset", "synthetic") == 1
    assert "no manifest; make it with: python -m benchmarks fetch" in capsys.readouterr().err


def test_an_audit_is_read_as_it_was_written(tmp_path, music, write, listed):
    write_folder(music, write)
    manifest = listed()
    audit = audit_tracks(manifest, tmp_path / "music")
    path = tmp_path / "audit.json"
    audit.write(path)
    assert Audit.read(path, manifest) == audit
    with pytest.raises(GenrebenchError, match=r"one of other tracks .* python -m benchmarks audit --dataset synthetic"):
        Audit.read(path, fake_manifest())
    path.write_text("{}")
    with pytest.raises(GenrebenchError, match=r"audit\.json: not a valid audit, make it with"):
        Audit.read(path, manifest)
    with pytest.raises(GenrebenchError, match=r"none\.json: no audit; make it with"):
        Audit.read(tmp_path / "none.json", manifest)
