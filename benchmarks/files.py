"""Writing files completely or not at all, digests of what they hold, and their names."""

import errno
import hashlib
import json
import os
import platform
import re
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

from benchmarks.errors import GenrebenchError

NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Numbers of the errors that say that there is no room for a file."""

_CHUNK = 1 << 20
# what a rename says where a folder, or a folder with files, has the name
_TAKEN = frozenset({errno.ENOTEMPTY, errno.EEXIST, errno.EISDIR})
_ATTEMPTS = 100
_DAY_SECONDS = 24 * 3600
# what `_beside` names
_LEFTOVER = re.compile(r"\.(?P<name>.+)\.(?P<machine>[0-9a-f]{8})-(?P<id>\d+)\.(?P<kind>partial|old|gone)")


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a temporary path beside `target` that takes its place when the block ends without an error.

    Parameters
    ----------
    target : Path
        The file or folder to write. What stood there before is replaced as a whole.

    Yields
    ------
    Path
        A path in the same folder, free to be created as a file or as a folder.

    Raises
    ------
    GenrebenchError
        If the disk is full, or ends the writing for another reason that says nothing of the file.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    tidy(target.parent, target.name)
    temporary, old = _beside(target, "partial"), _beside(target, "old")
    remove(temporary)
    try:
        yield temporary
        _put(temporary, target, old)
    except OSError as error:
        # NumPy says how much was written, and nothing else
        if error.errno in NO_ROOM or (error.errno is None and type(error) is OSError):
            raise cannot_write(target, error) from None
        raise
    finally:
        remove(temporary)
        _restore(old, target)


def tidy(folder: Path, name: str | None = None) -> None:
    """Take away what processes left in a folder that were killed while they replaced something.

    Parameters
    ----------
    folder : Path
        The folder.
    name : str, optional
        Only what was to replace the file or folder of this name.
    """
    for path in list(folder.iterdir()):
        found = _LEFTOVER.fullmatch(path.name)
        if found is None or name not in {None, found["name"]} or not _is_left(path, found["machine"], int(found["id"])):
            continue
        if found["kind"] == "old":
            _restore(path, path.with_name(found["name"]))
        else:
            _take_away(path)


def _beside(target: Path, kind: str) -> Path:
    """Return a path beside `target` that is this process's alone, on whichever machine that sees the folder."""
    return target.with_name(f".{target.name}.{_machine()}-{os.getpid()}.{kind}")


@cache
def _machine() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _is_left(path: Path, machine: str, process: int) -> bool:
    """Tell whether the process that a path belongs to has ended; of another machine, whether it is a day old."""
    import psutil

    with suppress(OSError):
        written = path.lstat().st_mtime
        if machine != _machine():
            return time.time() - written > _DAY_SECONDS
        try:
            # one that began later has its number by chance
            return psutil.Process(process).create_time() > written + 1
        except psutil.NoSuchProcess:
            return True
        except psutil.AccessDenied:
            return False
    return False


def _put(made: Path, target: Path, old: Path) -> None:
    """Give a file or folder the name of another, which it replaces, beside processes that do the same."""
    for left in reversed(range(_ATTEMPTS)):
        remove(old)
        if target.is_dir():
            # a folder cannot be renamed over another: moved aside first, it is never gone for longer than a rename
            with suppress(FileNotFoundError):
                target.replace(old)
        try:
            made.replace(target)
        except OSError as error:
            # another process put its own there between the two, and may have moved it aside again by now
            if not left or error.errno not in _TAKEN:
                raise
        else:
            remove(old)
            return


def cannot_write(target: Path, error: Exception) -> GenrebenchError:
    """Return the error of a file that could not be written, for lack of room in all likelihood."""
    reason = getattr(error, "strerror", None) or error
    return GenrebenchError(
        f"{target}: cannot be written ({reason}); make room on the disk and start the same command again; "
        "what was there before is as it was"
    )


def _restore(old: Path, target: Path) -> None:
    """Give what was moved aside its place back, or take it away where a new one has that."""
    if old.exists() and not target.exists():
        # where another process was faster there is nothing to give back
        with suppress(OSError):
            old.replace(target)
    _take_away(old)


def _take_away(path: Path) -> None:
    """Remove a file or folder that another process may take away at the same time."""
    mine = _beside(path, "gone")
    with suppress(FileNotFoundError):
        path.replace(mine)
        remove(mine)


def remove(path: Path) -> None:
    """Remove a file or a whole folder; nothing happens where there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write `text` as UTF-8 with Unix line ends, completely or not at all."""
    with replacing(target) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(target: Path, content: Any) -> None:
    """Write JSON that reads well in a diff: two spaces, a final line end, keys in the order given."""
    write_text(target, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_text(path: Path, remedy: str) -> str:
    """Read a file of text.

    Parameters
    ----------
    path : Path
        The file.
    remedy : str
        How to get a whole one, for the message of the error.

    Raises
    ------
    GenrebenchError
        If it is missing or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GenrebenchError(f"{path}: cannot be read ({error}); {remedy}") from None


def read_json(path: Path, keys: Collection[str], remedy: str) -> dict[str, Any]:
    """Read a file that holds a JSON object.

    Parameters
    ----------
    path : Path
        The file.
    keys : collection of str
        What must be in it.
    remedy : str
        How to get a whole one, for the message of the error.

    Raises
    ------
    GenrebenchError
        If it is missing, damaged, for instance by a merge, or lacks a key.
    """
    text = read_text(path, remedy)
    try:
        content = json.loads(text)
        if not isinstance(content, dict):
            raise TypeError("no JSON object")
        if missing := sorted(set(keys) - content.keys()):
            raise KeyError(missing[0])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        what = f"{type(error).__name__}: {error}"
        raise GenrebenchError(f"{path}: cannot be read, damaged or of an earlier version ({what}); {remedy}") from None
    return content


def file_digest(path: Path, algorithm: str = "sha256") -> str:
    """Return the hexadecimal digest of a file's bytes, read in pieces."""
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def json_digest(content: Any) -> str:
    """Return the sha256 of JSON content, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def stamp(path: Path) -> tuple[int, int]:
    """Tell a file from what it was before, without reading it."""
    try:
        facts = path.stat()
    except OSError:  # whoever reads it says so
        return 0, 0
    return facts.st_mtime_ns, facts.st_size


def is_unicode(name: str) -> bool:
    """Tell whether a name is UTF-8."""
    # Python reads other bytes as lone surrogates, which no JSON or YAML file can hold
    return not any("\ud800" <= character <= "\udfff" for character in name)


def printable(text: str) -> str:
    """Return a text with what is not UTF-8 spelled out."""
    return text.encode("utf-8", "backslashreplace").decode()
