"""What a folder of one's own may hold besides audio: links, and what can be read by neither genrebench nor DVC."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from benchmarks.__main__ import main
from benchmarks.datasets.archives import take_tracks
from benchmarks.datasets.folder import provide
from benchmarks.datasets.inspection import Candidate, inspect_track
from benchmarks.datasets.walk import walk
from benchmarks.errors import GenrebenchError
from benchmarks.features.sets import feature_sets
from benchmarks.settings import PARAMS, load_settings
from tests.builders import plain_params

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such files")


@pytest.fixture
def music(tmp_path: Path, write_audio: Callable[..., Path]) -> Path:
    for genre in ("dub", "ska"):
        for name in ("one.wav", "two.wav"):
            write_audio(tmp_path / "music" / genre / name)
    return tmp_path / "music"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    YAML().dump(plain_params(), PARAMS)
    return tmp_path / "project"


@pytest.fixture
def enter(project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Return a function that enters a folder in params.yaml."""

    def enter(folder: object, *more: str) -> int:
        monkeypatch.setattr(sys, "argv", ["benchmarks", "dataset", "--audio-dir", str(folder), *more])
        return main()

    return enter


def ids(folder: Path) -> list[str]:
    return [track.id for track in provide("mine", folder).tracks]


def test_linked_folders_are_followed_wherever_they_lie(
    music: Path, tmp_path: Path, write_audio: Callable[..., Path]
) -> None:
    write_audio(tmp_path / "elsewhere" / "album" / "three.wav")
    write_audio(tmp_path / "elsewhere" / "four.wav")
    (music / "dub" / "more").symlink_to(tmp_path / "elsewhere")
    (music / "ska" / "five.wav").symlink_to(tmp_path / "elsewhere" / "four.wav")
    assert ids(music) == [
        *("dub.more/album/three", "dub.more/four", "dub.one", "dub.two"),
        *("ska.five", "ska.one", "ska.two"),
    ]


def test_a_link_to_a_folder_that_it_lies_in_is_passed_over(music: Path) -> None:
    before = ids(music)
    (music / "dub" / "again").symlink_to(music)
    (music / "ska" / "album").mkdir()
    (music / "ska" / "album" / "up").symlink_to("..")
    assert ids(music) == before
    # a folder that is reached twice, and not from inside, is there twice
    (music / "dub" / "same").symlink_to(music / "ska")
    assert ids(music) == sorted([*before, "dub.same/one", "dub.same/two"])


@pytest.fixture
def gtzan(tmp_path: Path) -> Path:
    """A copy of GTZAN of which one genre is a link, and another lies in a linked folder."""
    for genre in ("disk/blues", "disk/more/jazz"):
        (tmp_path / genre).mkdir(parents=True)
        name = genre.rpartition("/")[2]
        (tmp_path / genre / f"{name}.00000.wav").write_bytes(name.encode())
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "blues").symlink_to(tmp_path / "disk" / "blues")
    (tmp_path / "copy" / "rest").symlink_to(tmp_path / "disk" / "more")
    return tmp_path / "copy"


def test_linked_genres_of_a_copy_of_gtzan_are_found(gtzan: Path, tmp_path: Path) -> None:
    taken = take_tracks(gtzan, {"blues.00000", "jazz.00000"}, tmp_path / "audio")
    assert taken == {"blues.00000": "blues/blues.00000.wav", "jazz.00000": "jazz/jazz.00000.wav"}


def test_a_genre_of_a_copy_of_gtzan_that_cannot_be_looked_into_is_named(
    gtzan: Path, tmp_path: Path, forbid: Callable[[Path], None]
) -> None:
    forbid(gtzan / "rest" / "jazz")
    with pytest.raises(GenrebenchError, match=r"copy: cannot be read as a whole:\n  rest/jazz: no permission to look"):
        take_tracks(gtzan, {"blues.00000", "jazz.00000"}, tmp_path / "audio")


def broken_link(music: Path, _: object) -> str:
    (music / "dub" / "cover.jpg").symlink_to("nowhere")
    return "dub/cover.jpg: a link that leads nowhere; mend or remove it"


def link_to_itself(music: Path, _: object) -> str:
    (music / "cover.jpg").symlink_to("cover.jpg")
    return "cover.jpg: a link that leads nowhere; mend or remove it"


def name_in_latin_1(music: Path, _: object) -> str:
    Path(os.fsdecode(bytes(music / "dub") + b"/caf\xe9.jpg")).touch()
    return "dub/caf\\udce9.jpg: the name is not valid UTF-8; rename it"


def folder_in_latin_1(music: Path, _: object) -> str:
    folder = Path(os.fsdecode(bytes(music / "dub") + b"/caf\xe9"))
    folder.mkdir()
    (folder / "three.wav").touch()
    return "dub/caf\\udce9: the name is not valid UTF-8; rename it"


def pipe(music: Path, _: object) -> str:
    os.mkfifo(music / "ska" / "pipe.wav")
    return "ska/pipe.wav: a pipe, a socket or a device, not a file; remove it"


def hidden_socket(music: Path, _: object) -> str:
    (music / ".player").mkdir()
    with socket.socket(socket.AF_UNIX) as one:
        # the path of a socket has to be short
        os.chdir(music / ".player")
        one.bind("socket")
    return ".player/socket: a pipe, a socket or a device, not a file; remove it"


def file_without_permission(music: Path, forbid: Callable[[Path], None]) -> str:
    forbid(music / "ska" / "one.wav")
    return "ska/one.wav: no permission to read this file; give it: chmod u+r"


def folder_without_permission(music: Path, forbid: Callable[[Path], None]) -> str:
    (music / "soul").mkdir()
    forbid(music / "soul")
    return "soul: no permission to look into this folder; give it: chmod u+rx"


@LINUX
@pytest.mark.parametrize(
    "spoil",
    [
        *(broken_link, link_to_itself, name_in_latin_1, folder_in_latin_1, pipe, hidden_socket),
        *(file_without_permission, folder_without_permission),
    ],
)
def test_what_dvc_cannot_read_is_one_error_before_the_folder_is_entered(
    music: Path,
    project: Path,
    enter: Callable[..., int],
    forbid: Callable[[Path], None],
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path, Callable[[Path], None]], str],
) -> None:
    said = spoil(music, forbid)
    os.chdir(project)
    before = PARAMS.read_bytes()
    assert enter(music) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("Decoding")]
    assert lines[0] == f"error: {music}: cannot be used as it is:"
    assert lines[1] == f"  {said}"
    # a genre of one track less may be too small, and that is all
    assert all("usable tracks" in line for line in lines[2:-1])
    assert PARAMS.read_bytes() == before
    assert sorted(path.name for path in project.iterdir()) == ["params.yaml"]


@pytest.mark.parametrize("place", ["data/x", "data", "runs/x", "reports", ".", ".."])
def test_a_folder_that_the_pipeline_writes_to_is_not_entered(
    project: Path,
    enter: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    write_audio: Callable[..., Path],
    place: str,
) -> None:
    for genre in ("dub", "ska"):
        for name in ("one.wav", "two.wav"):
            write_audio(project / place / genre / name)
    before = PARAMS.read_bytes()
    assert enter(place, "--name", "mine") == 1
    words = capsys.readouterr().err
    assert words.startswith(f"error: --audio-dir {place}: lies in the project's ")
    assert len(words.splitlines()) == 1
    assert PARAMS.read_bytes() == before


def test_a_folder_has_one_path_and_one_name(
    music: Path,
    tmp_path: Path,
    enter: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "link").symlink_to(music)
    assert enter("~/music/", "--name", "mine") == 0
    once = PARAMS.read_bytes()
    assert load_settings().folders == {"mine": str(music)}
    for written in (music, f"{music}/", "../music", "~/music", "~/link/", music / ".." / "music"):
        assert enter(written) == 0
    assert capsys.readouterr().out == "mine\n" * 7
    assert PARAMS.read_bytes() == once


def test_a_slash_at_the_end_in_params_yaml_makes_no_other_folder(
    music: Path, enter: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    YAML().dump(plain_params() | {"folders": {"mine": f"{music}/"}}, PARAMS)
    assert enter(music) == 0
    assert capsys.readouterr().out == "mine\n"
    assert list(load_settings().folders) == ["mine"]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("~/music", "folders.mine: DVC does not know what ~ stands for; write /home/me/music"),
        ("", "folders.mine: is empty"),
        ("data/mine", "folders.mine: lies in the project's data/, which the pipeline writes"),
        ("runs/", "folders.mine: lies in the project's runs/"),
    ],
)
def test_a_path_in_params_yaml_that_dvc_cannot_use_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch, written: str, words: str
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    YAML().dump(plain_params() | {"folders": {"mine": written}}, PARAMS)
    with pytest.raises(GenrebenchError) as raised:
        load_settings()
    assert words in str(raised.value)


def test_the_home_folder_of_nobody_is_named(enter: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert enter("~nobody-of-that-name/music") == 1
    assert "~nobody-of-that-name/music: " in capsys.readouterr().err


def test_a_missing_permission_is_called_by_its_name(music: Path, project: Path, forbid: Callable[[Path], None]) -> None:
    """libsndfile calls it a system error."""
    path = music / "dub" / "one.wav"
    forbid(path)
    track = inspect_track(music, Candidate("dub.one", "dub", "dub/one.wav"))
    assert track.reason == "not readable (Permission denied)"
    with pytest.raises(GenrebenchError, match=r"one\.wav: cannot be read any more .*Permission denied"):
        feature_sets()["mfcc_15s"].of(path)


@LINUX
@pytest.mark.slow
def test_dvc_reads_what_is_let_through(music: Path, tmp_path: Path, project: Path) -> None:
    (music / "dub" / "again").symlink_to(music)
    (music / ".hidden").touch()
    (music / "ska" / "linked").symlink_to(tmp_path)
    assert not any(it.problem for it in walk(music))
    stage = {"cmd": "echo done > out", "deps": [str(music)], "outs": ["out"]}
    YAML().dump({"stages": {"one": stage}}, Path("dvc.yaml"))
    dvc = [sys.executable, "-m", "dvc"]
    for words in (["git", "init", "-q"], [*dvc, "init", "-q"], [*dvc, "repro"]):
        subprocess.run(words, cwd=project, check=True, timeout=60)
