"""Downloads: several addresses for one file, each resumed where it broke off, checked, and kept for the next time."""

import hashlib
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pooch  # type: ignore[import-untyped]
import requests
import urllib3
from filelock import FileLock, Timeout
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from benchmarks.configuration import from_environment
from benchmarks.errors import GenrebenchError
from benchmarks.files import NO_ROOM, cannot_write, file_digest, write_text

MIRROR_VARIABLE = "GENREBENCH_MIRROR"

CONNECT_SECONDS = 10
READ_SECONDS = 60
# GTZAN, the largest, has 1.2 GB
LARGEST_BYTES = 2 << 30
_TRANSFERS = 4
_CHUNK = 1 << 18


@dataclass(frozen=True)
class Address:
    """One place that serves a file; `sha256` is None where nobody has published the checksum of what it serves."""

    url: str
    sha256: str | None


@dataclass(frozen=True)
class RemoteFile:
    """A file to download.

    Attributes
    ----------
    name : str
        Its name on a mirror and in the folder of downloads.
    signature : bytes
        The first bytes of every file of its format; tells a file from an error page served in its place.
    addresses : tuple of Address
        The public hosts, in the order to try them. A mirror serves what the first one serves.
    alternatives : tuple of str
        Other ways for the user to come by the data, one clause each.
    """

    name: str
    signature: bytes
    addresses: tuple[Address, ...]
    alternatives: tuple[str, ...]


@dataclass(frozen=True)
class LocalFile:
    """A file that is here, and its digest."""

    path: Path
    sha256: str


def obtain(file: RemoteFile, folder: Path) -> LocalFile:
    """Return a file from an earlier download, a mirror or a public host, whichever has it first.

    Parameters
    ----------
    file : RemoteFile
        What to look for.
    folder : Path
        Where downloads are kept. A file that lies in a mirror folder is used there and not copied.

    Returns
    -------
    LocalFile
        The file, its checksum verified wherever it is known. The digest of a download is recorded beside it and
        verified at every later use.

    Raises
    ------
    GenrebenchError
        If no address served the file; the message lists each with the reason.
    """
    kept = folder / file.name
    with _alone(kept):
        return _obtain(file, kept)


@contextmanager
def _alone(kept: Path) -> Iterator[None]:
    """Wait until no other process of this machine fetches the same file: two would write into one part of it."""
    place = hashlib.sha256(str(kept.resolve()).encode()).hexdigest()[:16]
    lock = FileLock(Path(tempfile.gettempdir()) / f"genrebench-{place}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(f"waiting for another process that fetches {kept.name}", file=sys.stderr)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _obtain(file: RemoteFile, kept: Path) -> LocalFile:
    failures: list[str] = []
    if kept.exists():
        try:
            return _kept(file, kept)
        except ValueError as error:
            kept.unlink()
            failures.append(f"{kept}: {error}; removed")
    for address in _addresses(file):
        try:
            if not address.url.startswith(("http://", "https://")):
                return _checked(Path(address.url), {address.sha256})
            return _download(file, address, kept)
        except (OSError, ValueError) as error:  # the exceptions of requests are OSErrors
            if isinstance(error, OSError) and error.errno in NO_ROOM:
                # no other address helps
                raise cannot_write(kept, error) from None
            failures.append(f"{address.url}: {_reason(error)}")
    ways = (f"set {MIRROR_VARIABLE} to a folder or a base URL that holds {file.name}", *file.alternatives)
    raise GenrebenchError(
        "\n".join(
            [
                f"{file.name} could not be obtained. Tried:",
                *(f"  {failure}" for failure in failures),
                "Check the network, or:",
                *(f"  - {way}" for way in ways),
            ]
        )
    )


def take(file: RemoteFile, folder: Path) -> LocalFile:
    """Return a file from a folder of the user's own, its checksum verified; nothing is downloaded or written.

    Raises
    ------
    GenrebenchError
        If the folder does not hold the file, or holds another one of that name.
    """
    path = folder / file.name
    try:
        return _checked(path, {address.sha256 for address in file.addresses})
    except (OSError, ValueError) as error:
        raise GenrebenchError(f"{path}: {_reason(error)}; put the file there from {file.addresses[0].url}") from None


def _addresses(file: RemoteFile) -> list[Address]:
    mirror = from_environment(MIRROR_VARIABLE)
    if not mirror:
        return list(file.addresses)
    place = mirror if "://" in mirror else str(Path(mirror).expanduser())
    return [Address(f"{place.rstrip('/')}/{file.name}", file.addresses[0].sha256), *file.addresses]


def _record(kept: Path) -> Path:
    return kept.with_name(f"{kept.name}.sha256")


def _kept(file: RemoteFile, kept: Path) -> LocalFile:
    expected = {address.sha256 for address in file.addresses}
    if None in expected and _record(kept).exists():
        expected = {_record(kept).read_text(encoding="utf-8").partition(" ")[0]}
    return _checked(kept, expected)


def _checked(path: Path, expected: set[str | None]) -> LocalFile:
    """Return the file if its digest is an expected one; None among them accepts any."""
    found = file_digest(path)
    if None not in expected and found not in expected:
        raise ValueError(f"sha256 is {found}, expected {' or '.join(sorted(filter(None, expected)))}")
    return LocalFile(path, found)


def _download(file: RemoteFile, address: Address, kept: Path) -> LocalFile:
    # one part an address: the hosts need not serve the same bytes
    part = kept.with_name(f".{file.name}.{hashlib.sha256(address.url.encode()).hexdigest()[:8]}.partial")
    pooch.get_logger().setLevel("WARNING")  # the progress bar says the rest
    pooch.retrieve(
        address.url,
        known_hash=address.sha256,
        fname=kept.name,
        path=kept.parent,
        downloader=partial(_resuming_downloader, part=part, signature=file.signature),
    )
    found = file_digest(kept)
    write_text(_record(kept), f"{found}  {kept.name}\n")
    return LocalFile(kept, found)


def _resuming_downloader(url: str, output_file: str, _pooch: Any, *, part: Path, signature: bytes) -> None:
    """Download `url` by way of `part`, which stays when the transfer breaks off and is continued the next time."""
    for left in reversed(range(_TRANSFERS)):
        before = _size(part)
        try:
            _transfer(url, part, signature)
            break
        except urllib3.exceptions.HTTPError as error:
            if not left or _size(part) <= before:
                raise requests.ConnectionError(
                    f"the transfer broke off after {_size(part)} bytes, which are kept; the next try continues there"
                ) from error
    _check_start(part, signature)
    _version(part).unlink(missing_ok=True)
    part.replace(output_file)


def _transfer(url: str, part: Path, signature: bytes) -> None:
    """Append to `part` what is missing of `url`, or write it anew where the server cannot continue."""
    start, version = _size(part), _version(part)
    # the bytes as stored: an archive that the server also declares as compressed must not be unpacked on the way
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    if start and (known := version.read_text(encoding="utf-8") if version.exists() else ""):
        # a server that has another one by now sends all of it
        headers["If-Range"] = known
    with requests.get(url, headers=headers, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)) as response:
        if start and _cannot_continue(response, start):
            _drop(part)
            _transfer(url, part, signature)
            return
        response.raise_for_status()
        if response.status_code != requests.codes.partial_content:
            start = 0
        write_text(version, _version_of(response))
        length = response.headers.get("Content-Length")
        with part.open("ab" if start else "wb") as file, _progress_bar() as progress:
            task = progress.add_task(url.rpartition("/")[2], total=start + int(length) if length else None)
            progress.advance(task, start)
            for piece in response.raw.stream(_CHUNK, decode_content=False):
                file.write(piece)
                progress.advance(task, len(piece))
                if file.tell() == len(piece):
                    file.flush()
                    _check_start(part, signature)
                if file.tell() > LARGEST_BYTES:
                    _drop(part)
                    raise ValueError(
                        f"serves more than {LARGEST_BYTES >> 20} MiB, more than any file that belongs there"
                    )


def _version_of(response: requests.Response) -> str:
    """Return what a server calls this version of a file; empty where it has no name that tells versions apart."""
    name = response.headers.get("ETag", "")
    # a weak one may stand for other bytes
    return response.headers.get("Last-Modified", "") if not name or name.startswith("W/") else name


def _cannot_continue(response: requests.Response, start: int) -> bool:
    if response.status_code == requests.codes.partial_content:
        place = f"bytes {start}-"
        return not response.headers.get("Content-Range", place).startswith(place)
    return bool(response.status_code == requests.codes.requested_range_not_satisfiable)


def _check_start(part: Path, signature: bytes) -> None:
    """Drop a part that is of another file: an error page, in all likelihood."""
    with part.open("rb") as file:
        start = file.read(max(len(signature), 16))
    if not start.startswith(signature):
        _drop(part)
        raise ValueError(f"serves no such file but something that begins with {start!r}")


def _version(part: Path) -> Path:
    """Return where it is kept which version of its file a part is of."""
    return part.with_name(f"{part.name}.version")


def _drop(part: Path) -> None:
    part.unlink(missing_ok=True)
    _version(part).unlink(missing_ok=True)


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _progress_bar() -> Progress:
    columns = TextColumn("Downloading {task.description}"), BarColumn(), DownloadColumn()
    return Progress(*columns, TransferSpeedColumn(), TimeRemainingColumn(), console=Console(stderr=True))


def _reason(error: Exception) -> str:
    """Return what went wrong without the addresses of Python objects that requests puts around it."""
    if isinstance(error, requests.HTTPError):
        return f"HTTP {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS} s"
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "no such file"
    cause = error.args[0] if error.args else error
    if isinstance(cause, urllib3.exceptions.HTTPError):
        words = str(getattr(cause, "reason", cause)).rpartition(": ")[2]
        # what is left of the exceptions it was nested in
        return re.sub("""["']["')]*$""", "", words)
    return str(error)
