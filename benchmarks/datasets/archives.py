"""Track files out of a zip, a tar.gz or a folder, trusting neither the names nor the sizes in it."""

import gzip
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from functools import partial
from io import BufferedReader, FileIO
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple, Self, cast

from rich.console import Console
from rich.progress import Progress

from benchmarks.datasets.walk import walk
from benchmarks.errors import GenrebenchError

MAX_TRACK_BYTES = 64 << 20
"""No copy of GTZAN has a track of more than 2 MB; more than this is a damaged or hostile archive."""

SUFFIXES = (".wav", ".au")

# no copy of GTZAN comes near: it has 1000 tracks of 1.3 GB in all, some a picture and an entry beside each
MAX_MEMBERS = 100_000
MAX_BYTES = 4 << 30

# a zip's list of its members is read as a whole, and has at least 46 bytes for each
_MAX_ZIP_LIST = 16 << 20
_MAX_HEADER = 1 << 20
_HEADERS = (
    *(tarfile.GNUTYPE_LONGLINK, tarfile.GNUTYPE_LONGNAME),
    *(tarfile.SOLARIS_XHDTYPE, tarfile.XGLTYPE, tarfile.XHDTYPE),
)
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
    size = 0
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
                # zipfile and tarfile never give out more than the declared size
                if entry.size > MAX_TRACK_BYTES:
                    raise GenrebenchError(
                        f"{source}: {entry.name!r} has more than {MAX_TRACK_BYTES >> 20} MiB; no track of GTZAN is "
                        "that large"
                    )
                size += entry.size
                if size > MAX_BYTES:
                    raise _too_much(source)
                taken[track_id] = f"{genre}/{track_id}{suffix}"
                _copy(entry, target / taken[track_id])
                progress.advance(task)
        except _DAMAGE as error:
            raise GenrebenchError(
                f"{source}: the archive is damaged or incomplete ({error}); delete it and fetch again"
            ) from None
        except OSError as error:  # no space left, no permission
            raise GenrebenchError(f"{source}: cannot be copied to {target}: {error}") from None
    return taken


def _copy(entry: _Entry, target: Path) -> None:
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
    raise GenrebenchError(
        f"{source}: neither a zip nor a tar.gz archive, or a damaged one; get it again, or give another"
    )


def _folder_entries(folder: Path) -> Iterator[_Entry]:
    found = walk(folder)
    # what lies in them would be said to be missing
    if closed := [f"{it.path}: {it.problem}" for it in found if it.is_folder]:
        raise GenrebenchError("\n  ".join([f"{folder}: cannot be read as a whole:", *closed]))
    for path in (folder / it.path for it in found if not it.problem):
        yield _Entry(path.relative_to(folder).as_posix(), path.stat().st_size, partial(FileIO, path))


def _zip_entries(archive: Path) -> Iterator[_Entry]:
    with _ZipBytes(archive) as file, zipfile.ZipFile(file) as packed:
        members = packed.infolist()
        if len(members) > MAX_MEMBERS:
            raise _too_much(archive)
        for member in members:
            # the upper half of the attributes are Unix permissions, 0 where another system made the archive
            if not member.is_dir() and not stat.S_ISLNK(member.external_attr >> 16):
                yield _Entry(member.filename, member.file_size, partial(packed.open, member))


class _ZipBytes(BufferedReader):
    """A zip, whose list of members is as long as one of its two ends says."""

    def __init__(self, archive: Path) -> None:
        super().__init__(FileIO(archive))
        self._archive = archive

    def read(self, size: int | None = -1) -> bytes:
        if (size or 0) > _MAX_ZIP_LIST:
            raise _too_much(self._archive)
        return super().read(size)


class _TarBytes(gzip.GzipFile):
    """A tar.gz, unpacked as far as a copy of GTZAN goes, whatever its members say."""

    def __init__(self, archive: Path) -> None:
        super().__init__(archive)
        self._archive = archive

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > MAX_BYTES:
            raise _too_much(self._archive)
        return super().read(size)


class _Member(tarfile.TarInfo):
    """A member of a tar, or a header for the next one, which tarfile reads into memory as long as it says it is."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        member = super().frombuf(buf, encoding, errors)
        if member.type in _HEADERS and member.size > _MAX_HEADER:
            raise ValueError(f"a header says that it has {member.size} bytes")
        if member.type == tarfile.GNUTYPE_SPARSE:
            cls._refuse()
        return member

    @staticmethod
    def _refuse(*_: object) -> None:
        """Refuse a sparse file: its list of parts is read into memory to its end."""
        raise ValueError("it holds a sparse file")

    # what tarfile calls for the forms of such a list that other headers hold
    _proc_gnusparse_00 = _proc_gnusparse_01 = _proc_gnusparse_10 = _refuse


def _too_much(archive: Path) -> GenrebenchError:
    return GenrebenchError(
        f"{archive}: has more than {MAX_MEMBERS} members, or more than {MAX_BYTES >> 20} MiB when it is unpacked; no "
        "copy of GTZAN has: give another one"
    )


def _tar_entries(archive: Path) -> Iterator[_Entry]:
    with _TarBytes(archive) as stream, tarfile.open(fileobj=stream, mode="r|", tarinfo=_Member) as packed:
        # None comes only for a member that is no file
        extract = cast("Callable[[tarfile.TarInfo], IO[bytes]]", packed.extractfile)
        for number, member in enumerate(packed):
            if number >= MAX_MEMBERS:
                raise _too_much(archive)
            if member.isfile():
                yield _Entry(member.name, member.size, partial(extract, member))
            # tarfile keeps all that it has seen
            packed.members = []  # type: ignore[attr-defined]
        while stream.read(_CHUNK):  # gzip's checksum stands at the end of the stream
            pass
