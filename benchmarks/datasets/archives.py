"""Track files out of a zip, a tar.gz or a folder, trusting neither the names nor the sizes in it."""

import gzip
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from functools import partial
from io import FileIO
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple, cast

from rich.console import Console
from rich.progress import Progress

from benchmarks.datasets.walk import walk
from benchmarks.errors import GenrebenchError

MAX_TRACK_BYTES = 64 << 20
"""No copy of GTZAN has a track of more than 2 MB; more than this is a damaged or hostile archive."""

SUFFIXES = (".wav", ".au")

_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 20
# zipfile also raises ValueError and IndexError for broken names and fields, and RuntimeError for encrypted members and
# for those packed by a method that it does not know
_DAMAGE = (
    EOFError,
    IndexError,
    RuntimeError,
    ValueError,
    gzip.BadGzipFile,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)


class _Entry(NamedTuple):
    """A regular file of an archive or a folder."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


def take_tracks(source: Path, ids: Collection[str], target: Path) -> dict[str, str]:
    """Copy the known tracks of an archive or a folder to ``<target>/<genre>/<id><suffix>``.

    A file is taken if it is called ``<id>.wav`` or ``<id>.au`` and lies, at any depth, in a folder named like its
    genre; all else, links and devices included, is passed over. Paths are made from the ids alone, so that no name
    in an archive decides where anything is written.

    Parameters
    ----------
    source : Path
        A zip file, a tar.gz file or a folder.
    ids : collection of str
        The ids to look for, each ``<genre>.<number>``.
    target : Path
        The folder to write to.

    Returns
    -------
    dict of str to str
        For each id found, the path of its copy relative to `target`.

    Raises
    ------
    GenrebenchError
        If the archive is damaged or of another kind, or a track is in it twice, too large, or
        cannot be copied.
    """
    taken: dict[str, str] = {}
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("Copying tracks", total=len(ids))
        try:
            for entry in _entries(source):
                # Windows writes backslashes into an archive, and unpacked elsewhere they are part of a file's name
                path = PurePosixPath(entry.name.replace("\\", "/"))
                track_id, suffix = path.stem, path.suffix.lower()
                genre = track_id.partition(".")[0]
                if track_id not in ids or suffix not in SUFFIXES or path.parent.name != genre:
                    continue
                if track_id in taken:
                    raise GenrebenchError(f"{source}: track {track_id} is there twice; leave one copy of it")
                taken[track_id] = f"{genre}/{track_id}{suffix}"
                _copy(entry, source, target / taken[track_id])
                progress.advance(task)
        except _DAMAGE as error:
            raise GenrebenchError(
                f"{source}: the archive is damaged or incomplete ({error}); delete it and fetch again"
            ) from None
        except OSError as error:  # no space left, no permission
            raise GenrebenchError(f"{source}: cannot be copied to {target}: {error}") from None
    return taken


def _copy(entry: _Entry, source: Path, target: Path) -> None:
    # zipfile and tarfile never give out more than the declared size
    if entry.size > MAX_TRACK_BYTES:
        raise GenrebenchError(
            f"{source}: {entry.name!r} has more than {MAX_TRACK_BYTES >> 20} MiB; no track of GTZAN is that large"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with entry.open() as packed, target.open("wb") as file:
        shutil.copyfileobj(packed, file)


def _entries(source: Path) -> Iterator[_Entry]:
    if source.is_dir():
        return _folder_entries(source)
    with source.open("rb") as file:
        start = file.read(len(_GZIP))
    if start == _GZIP:
        return _tar_entries(source)
    if zipfile.is_zipfile(source):
        return _zip_entries(source)
    raise GenrebenchError(f"{source}: neither a zip nor a tar.gz archive, or a damaged one")


def _folder_entries(folder: Path) -> Iterator[_Entry]:
    found = walk(folder)
    # what lies in them would be said to be missing
    if closed := [f"{it.path}: {it.problem}" for it in found if it.is_folder]:
        raise GenrebenchError("\n  ".join([f"{folder}: cannot be read as a whole:", *closed]))
    for path in (folder / it.path for it in found if not it.problem):
        yield _Entry(path.relative_to(folder).as_posix(), path.stat().st_size, partial(FileIO, path))


def _zip_entries(archive: Path) -> Iterator[_Entry]:
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            # the upper half of the attributes are Unix permissions, 0 where another system made the archive
            if not member.is_dir() and not stat.S_ISLNK(member.external_attr >> 16):
                yield _Entry(member.filename, member.file_size, partial(packed.open, member))


def _tar_entries(archive: Path) -> Iterator[_Entry]:
    with gzip.open(archive) as stream, tarfile.open(fileobj=stream, mode="r|") as packed:
        # None comes only for a member that is no file
        extract = cast("Callable[[tarfile.TarInfo], IO[bytes]]", packed.extractfile)
        for member in packed:
            if member.isfile():
                yield _Entry(member.name, member.size, partial(extract, member))
        while stream.read(_CHUNK):  # gzip's checksum stands at the end of the stream
            pass
