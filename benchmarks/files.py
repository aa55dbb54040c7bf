"""Writing files completely or not at all, digests of what they hold, and their names."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_CHUNK = 1 << 20


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
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.partial")
    old = target.with_name(f".{target.name}.old")
    remove(temporary)
    _restore(old, target)
    try:
        yield temporary
        if target.is_dir():
            # a folder cannot be renamed over another: moved aside first, it is never gone for longer than a rename
            target.replace(old)
        temporary.replace(target)
    finally:
        remove(temporary)
        _restore(old, target)


def _restore(old: Path, target: Path) -> None:
    """Give a folder that was moved aside its place back, or remove it where a new one has taken it."""
    if old.exists() and not target.exists():
        old.replace(target)
    remove(old)


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


def is_unicode(name: str) -> bool:
    """Tell whether a name is UTF-8."""
    # Python reads other bytes as lone surrogates, which no JSON or YAML file can hold
    return not any("\ud800" <= character <= "\udfff" for character in name)


def printable(text: str) -> str:
    """Return a text with what is not UTF-8 spelled out."""
    return text.encode("utf-8", "backslashreplace").decode()
