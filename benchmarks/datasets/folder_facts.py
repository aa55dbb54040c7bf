"""What a person can say of a folder of their own beside its audio: artists and a partition, as CSV files."""

import csv
from collections.abc import Callable, Collection, Iterator
from io import StringIO
from pathlib import Path
from typing import Final, get_args

from benchmarks.datasets.manifest import Part
from benchmarks.errors import GenrebenchError

ARTISTS: Final = "artists.csv"
SPLIT: Final = "split.csv"
_PARTS: Final = get_args(Part)


def read_artists(folder: Path, paths: Collection[str]) -> dict[str, str]:
    """Read ``artists.csv``: the artist of some tracks, or of all.

    Parameters
    ----------
    folder : Path
        The folder of audio.
    paths : collection of str
        Its audio files, relative to it, with forward slashes.

    Returns
    -------
    dict of str to str
        The artist of each path that is listed; empty where there is no such file.

    Raises
    ------
    GenrebenchError
        If the file is not such a table; the message names every line and column that is wrong.
    """

    def wrong(artist: str) -> str:
        return "" if artist.strip() else "is empty; leave out the line of a track whose artist is not known"

    return {path: artist.strip() for path, artist in _read(folder / ARTISTS, "artist", paths, wrong).items()}


def read_split(folder: Path, paths: Collection[str]) -> dict[str, str]:
    """Read ``split.csv``: which part of a partition each track belongs to.

    Parameters
    ----------
    folder, paths
        As `read_artists`.

    Returns
    -------
    dict of str to str
        The part of each path; empty where there is no such file.

    Raises
    ------
    GenrebenchError
        As `read_artists`; and if a track is not listed, or a part has none.
    """

    def wrong(part: str) -> str:
        return "" if part in _PARTS else f"is {part!r}; legal: {', '.join(_PARTS)}"

    path = folder / SPLIT
    found = _read(path, "part", paths, wrong)
    if not found:
        return found
    if missing := sorted(set(paths) - found.keys()):
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise GenrebenchError(
            f"{path}: {missing[0]}{more} not listed; list every track, those to leave out as excluded"
        )
    if empty := [part for part in ("train", "validation", "test") if part not in found.values()]:
        raise GenrebenchError(f"{path}: no track is in {', '.join(empty)}; each of the three needs tracks of its own")
    return found


def _read(path: Path, column: str, paths: Collection[str], wrong: Callable[[str], str]) -> dict[str, str]:
    """Read a table of a path and one value a line."""
    if not path.is_file():
        return {}
    header = ["path", column]
    try:
        lines = list(csv.reader(StringIO(path.read_text(encoding="utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise GenrebenchError(f"{path}: not CSV in UTF-8 ({error}); its columns are {', '.join(header)}") from None
    if not lines or lines[0] != header:
        raise GenrebenchError(f"{path}: line 1 is {','.join(lines[0]) if lines else ''!r}, needs {','.join(header)!r}")
    found: dict[str, str] = {}
    problems = list(_problems(lines[1:], column, paths, wrong, found))
    if problems:
        raise GenrebenchError("\n  ".join([f"{path}: cannot be used as it is:", *problems]))
    return found


def _problems(
    lines: list[list[str]], column: str, paths: Collection[str], wrong: Callable[[str], str], found: dict[str, str]
) -> Iterator[str]:
    """Enter every line that is right, and name what is wrong with the others."""
    for number, line in enumerate(lines, start=2):
        if not line:
            continue
        if len(line) != 2:
            yield f"line {number}: {len(line)} columns, needs 2: path, {column}"
            continue
        path, value = line
        if path not in paths:
            yield f"line {number}, column path: no audio file {path!r} in this folder"
        elif path in found:
            yield f"line {number}, column path: {path!r} stands there twice"
        elif reason := wrong(value):
            yield f"line {number}, column {column}: {reason}"
        else:
            found[path] = value
