"""What a bad input is, and how a group of them is tried."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """One bad input.

    Attributes
    ----------
    name : str
        Unique in its group.
    words : str
        A regular expression: what is said of it, where it is and how to mend it.
    spoil : callable
        Makes the input in the folder that it is given, a copy of the group's.
    command : sequence of str, or callable
        What is done then, in that folder: a command line, or a function.
    status : int
        With which the command ends.
    environment : mapping of str to str
        What is set besides.
    """

    name: str
    words: str
    spoil: Callable[[Path], object]
    command: Sequence[str] | Callable[[], object]
    status: int = 1
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """Bad inputs of one kind.

    Attributes
    ----------
    start : callable
        Fills the folder that every case begins with, where all is well.
    cases : sequence of Case
        What is wrong.
    """

    start: Callable[[Path], object]
    cases: Sequence[Case]


def writes(name: str, content: bytes | str) -> Callable[[Path], object]:
    """Return what writes a file in a folder."""
    whole = content.encode() if isinstance(content, str) else content

    def write(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(whole)

    return write


def changes(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    """Return what changes the bytes of the one file in a folder that fits a pattern."""

    def apply(folder: Path) -> None:
        (path,) = folder.glob(name)
        path.write_bytes(change(path.read_bytes()))

    return apply


def patched(place: int, content: bytes) -> Callable[[bytes], bytes]:
    """Return what puts other bytes in the place of some; a place below 0 counts from the end."""

    def patch(whole: bytes) -> bytes:
        start = place % len(whole)
        return whole[:start] + content + whole[start + len(content) :]

    return patch


def cut(share: float) -> Callable[[bytes], bytes]:
    """Return what leaves the first part of some bytes."""
    return lambda whole: whole[: round(len(whole) * share)]
