"""What lies in a folder of a person's own, links followed, and what cannot be read there."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.files import is_unicode


class Found(NamedTuple):
    """What lies at a path.

    Attributes
    ----------
    path : str
        Relative to the folder, with forward slashes.
    problem : str
        Why it is no file that can be read; empty for one that is.
    is_folder : bool
        Whether it is a folder, which is listed only where it cannot be looked into.
    """

    path: str
    problem: str = ""
    is_folder: bool = False


def walk(folder: Path) -> list[Found]:
    """List all files of a folder and of those inside it, hidden and linked ones too, sorted by path.

    A link to a folder that it lies in leads to nothing new, and is passed over.
    """
    return sorted(_inside(folder, "", frozenset()))


def _inside(folder: Path, prefix: str, above: frozenset[tuple[int, int]]) -> Iterator[Found]:
    facts = folder.stat()
    above |= {(facts.st_dev, facts.st_ino)}
    for path in folder.iterdir():
        name = f"{prefix}{path.name}"
        if not is_unicode(path.name):
            yield Found(name, "the name is not valid UTF-8; rename it")
            continue
        try:
            facts = path.stat()
        except OSError as error:
            words = "a link that leads nowhere" if path.is_symlink() else f"cannot be read ({error.strerror})"
            yield Found(name, f"{words}; mend or remove it")
            continue
        if stat.S_ISDIR(facts.st_mode):
            if (facts.st_dev, facts.st_ino) in above:
                continue
            if os.access(path, os.R_OK | os.X_OK):
                yield from _inside(path, f"{name}/", above)
            else:
                yield Found(name, "no permission to look into this folder; give it: chmod u+rx", is_folder=True)
        elif not stat.S_ISREG(facts.st_mode):
            yield Found(name, "a pipe, a socket or a device, not a file; remove it")
        elif os.access(path, os.R_OK):
            yield Found(name)
        else:
            yield Found(name, "no permission to read this file; give it: chmod u+r")
