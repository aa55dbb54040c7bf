"""Folders of a person's own that cannot become a dataset; params.yaml stays as it was."""

import os
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree

from ruamel.yaml import YAML

from tests.bad_inputs import audio
from tests.bad_inputs.case import Case, Group, writes
from tests.builders import plain_params

ENTER = ("dataset", "--audio-dir", "music")
SPLIT = (
    "path,part\nblues/one.wav,train\nblues/two.wav,test\njazz/one.wav,train\njazz/two.wav,validation\n",
    ("path,part\n" + "".join(f"{genre}/{name}.wav,train\n" for genre in ("blues", "jazz") for name in ("one", "two"))),
)


def start(folder: Path) -> None:
    """Audio that could be entered."""
    audio.start(folder)
    YAML().dump(plain_params(), folder / "params.yaml")


def removes(*names: str) -> Callable[[Path], object]:
    def remove(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return remove


def links(name: str, target: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).symlink_to(target)


def enters(path: str, words: str, name: str, spoil: Callable[[Path], object] = lambda _: None) -> Case:
    return Case(name, words, spoil, ("dataset", "--audio-dir", path))


def table(name: str, what: str, content: bytes | str, words: str) -> Case:
    return Case(f"{what} in {name}", rf"{name}: {words}", writes(f"music/{name}", content), ENTER)


ONE, TWO = "blues/one.wav,", "blues/two.wav,"
CASES = [
    enters("nowhere", r"--audio-dir nowhere: no such folder; give one", "no folder"),
    enters("params.yaml", r"--audio-dir params\.yaml: no such folder; give one", "a file"),
    enters(
        "empty",
        r"empty: no sub-folders; expected one sub-folder a genre",
        "no genre",
        lambda it: (it / "empty").mkdir(),
    ),
    enters("music/jazz", r"no sub-folders; expected one sub-folder a genre", "tracks and no genres"),
    enters(
        "data/x", r"lies in the project's data/.*; put the audio elsewhere", "in data", writes("data/x/a/b.wav", b"")
    ),
    enters(
        "runs/x", r"lies in the project's runs/.*; put the audio elsewhere", "in runs", writes("runs/x/a/b.wav", b"")
    ),
    enters(".", r"lies in the project's .*, or holds it; put the audio elsewhere", "the project itself"),
    enters("~nobody-is-called-so/music", r"~nobody-is-called-so/music: .*; give the whole path", "nobody's home"),
    enters("music\0", r"embedded null|no such folder", "a name with a null"),
    Case("one genre", r"blues is the only genre; needs at least 2", lambda it: rmtree(it / "music" / "jazz"), ENTER),
    Case(
        "one track",
        r"jazz: usable tracks: 1, needs at least 2",
        removes("music/jazz/one.wav"),
        ENTER,
    ),
    Case(
        "no audio", r"jazz: no audio files in this folder", removes("music/jazz/one.wav", "music/jazz/two.wav"), ENTER
    ),
    Case(
        "a track above the genres",
        r"three\.wav: lies outside the genres' folders; move it into one",
        writes("music/three.wav", audio.encoded("WAV")),
        ENTER,
    ),
    Case("a broken link", r"jazz/three\.wav: .*link", links("music/jazz/three.wav", "nowhere"), ENTER),
    Case("a link to itself", r"jazz/three\.wav: .*link", links("music/jazz/three.wav", "three.wav"), ENTER),
    Case(
        "a pipe",
        r"jazz/three\.wav: a pipe, a socket or a device, not a file; remove it",
        lambda it: os.mkfifo(it / "music/jazz/three.wav"),
        ENTER,
    ),
    Case(
        "a pipe that is no audio",
        r"jazz/cover: a pipe, a socket or a device, not a file; remove it",
        lambda it: os.mkfifo(it / "music/jazz/cover"),
        ENTER,
    ),
    Case(
        "a picture's name in Latin-1",
        r"cover-.*UTF-8",
        lambda it: Path(os.fsdecode(bytes(it / "music/jazz/cover-") + b"\xe9.png")).touch(),
        ENTER,
    ),
    Case(
        "a genre's name in Latin-1",
        r"UTF-8",
        lambda it: (it / "music/jazz").rename(os.fsdecode(bytes(it / "music") + b"/caf\xe9")),
        ENTER,
    ),
    table("artists.csv", "Latin-1", f"path,artist\n{ONE}Beyonc".encode() + b"\xe9\n", "not CSV in UTF-8"),
    table("artists.csv", "UTF-16", f"path,artist\n{ONE}Somebody\n".encode("utf-16"), "not CSV in UTF-8"),
    table("artists.csv", "another header", f"file,name\n{ONE}Somebody\n", "line 1 is 'file,name', needs 'path,artist'"),
    table("artists.csv", "nothing", "", "line 1 is '', needs 'path,artist'"),
    table(
        "artists.csv", "no such track", "path,artist\nblues/three.wav,A\n", "(.|\n)*line 2, column path: no audio file"
    ),
    table("artists.csv", "a track twice", f"path,artist\n{ONE}A\n{ONE}B\n", "(.|\n)*line 3, column path: .* twice"),
    table("artists.csv", "three columns", f"path,artist\n{ONE}A,B\n", "(.|\n)*line 2: 3 columns, needs 2"),
    table("artists.csv", "no artist", f"path,artist\n{ONE} \n", "(.|\n)*line 2, column artist: is empty; leave out"),
    table("artists.csv", "an open quote", f'path,artist\n{ONE}"A\n', "not CSV in UTF-8"),
    table(
        "split.csv",
        "a part that is none",
        f"path,part\n{ONE}trian\n",
        "(.|\n)*line 2, column part: is 'trian'; legal: train",
    ),
    table(
        "split.csv", "not all tracks", f"path,part\n{ONE}train\n{TWO}test\n", "jazz/one.wav and 1 more not listed; list"
    ),
    table("split.csv", "a part without tracks", SPLIT[1], "no track is in validation, test; each of the three needs"),
    table(
        "split.csv", "a path outside", SPLIT[0] + "../secret.wav,train\n", "(.|\n)*line 6, column path: no audio file"
    ),
    Case(
        "a name that is reserved",
        r"--name 'gtzan' is reserved; choose another name",
        lambda _: None,
        (*ENTER, "--name", "gtzan"),
    ),
    Case(
        "a name that is not legal",
        r"--name '\.\./x' is not legal: use small letters",
        lambda _: None,
        (*ENTER, "--name", "../x"),
    ),
]
GROUP = Group(start, CASES)
