"""One command on a worker of a cluster: from its inputs, found by content, to the files that it leaves.

Dask calls `follow` on the worker. What comes back is text, numbers and bytes, so that nothing that a worker sends
need be unpickled. The command has a process of its own there, as everywhere; it refuses to make something else than the
fingerprint that it is given stands for: code, versions and arithmetic, too.
"""

import hashlib
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, TypedDict

from benchmarks.files import replacing
from benchmarks.processes.child import Child
from benchmarks.processes.environment import WORKER_ENVIRONMENT
from benchmarks.studies.study import FOLDER_VARIABLE

# where a working folder elsewhere has the studies that are none of the project's
STUDIES: Final = "studies"
_ROOT: Final = Path(__file__).parents[2]
_LOOK_SECONDS: Final = 1.0
# a worker may have several threads, and so several orders
_STORE_LOCK: Final = threading.Lock()


class Order(TypedDict):
    """What a worker is asked for.

    Attributes
    ----------
    client : str
        Who asks, and is told where the run is.
    name : str
        What a person calls it.
    command : list of str
        The arguments of ``python -m benchmarks`` that make it.
    folder, provenance : str
        Where its files, and what is known of its making, then lie; no provenance where that is empty.
    files : dict of str to str
        The sha256 of every file that it needs, by its place in a working folder.
    seen : dict of str to str
        Where the client sees the file of a sha256: a worker that shares the folder need not be sent it, and none that
        has it in its own checkout.
    kept : bool
        Whether others need the same files: a worker that was sent them keeps them.
    """

    client: str
    name: str
    command: list[str]
    folder: str
    provenance: str
    files: dict[str, str]
    seen: dict[str, str]
    kept: bool


@dataclass
class Made:
    """What a worker gives back.

    Attributes
    ----------
    worker : str
        Its address.
    missing : tuple of str
        The sha256 of what it was not sent, and does not have; nothing was done then.
    status : int
        The exit status of the command's process.
    words : str
        What that said last, where it failed.
    files : dict of str to bytes
        Every file of the folder, by its name.
    provenance : bytes
        What is known of its making, as JSON.
    """

    worker: str
    missing: tuple[str, ...] = ()
    status: int = 0
    words: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    provenance: bytes = b""


def follow(order: Order, contents: Mapping[str, bytes]) -> dict[str, Any]:
    """Make what is ordered, in a folder that is gone afterwards.

    Parameters
    ----------
    order : Order
        What.
    contents : mapping of str to bytes
        What is sent of its files, by their sha256.

    Returns
    -------
    dict
        The fields of `Made`.
    """
    from distributed import get_worker

    worker = get_worker()
    home = Path(worker.local_directory) / "genrebench"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home) as folder:
            place, store = Path(folder, "place"), home if order["kept"] else Path(folder, "store")
            with _STORE_LOCK if order["kept"] else nullcontext():
                missing = _fill_store(store, order, contents)
            if missing:
                return asdict(Made(worker.address, missing=tuple(missing)))
            return asdict(_made_in(place, store, order, worker))
    except Exception as error:  # noqa: BLE001 -- it goes to another machine, as text
        return asdict(Made(worker.address, status=1, words=f"{type(error).__name__}: {error}"))


def _fill_store(store: Path, order: Order, contents: Mapping[str, bytes]) -> list[str]:
    """Keep every file that is needed by its content; returns what is neither here, nor sent, nor found."""
    return [digest for digest in set(order["files"].values()) if not _keep(store / digest, order, contents.get(digest))]


def _keep(kept: Path, order: Order, sent: bytes | None) -> bool:
    if kept.exists():
        return True
    if sent is not None and not _is(sent, kept.name):
        raise OSError("what was sent arrived damaged")
    content = _found(kept.name, order) if sent is None else sent
    if content is None:
        return False
    with replacing(kept) as temporary:
        temporary.write_bytes(content)
    return True


def _found(digest: str, order: Order) -> bytes | None:
    """Return a file of the client's folder, if this machine sees it, or of this checkout, where `dvc pull` puts it."""
    own = [_ROOT / place for place, it in order["files"].items() if it == digest]
    places = [Path(order["seen"][digest]), *own]
    return next((content for content in map(_seen, places) if _is(content, digest)), None)


def _is(content: bytes, digest: str) -> bool:
    return hashlib.sha256(content).hexdigest() == digest


def _seen(path: Path) -> bytes:
    with suppress(OSError):
        return path.read_bytes()
    return b""


def _made_in(place: Path, store: Path, order: Order, worker: Any) -> Made:
    for name, digest in order["files"].items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(store / digest, place / name)
        except OSError:  # not every file system has such links
            shutil.copyfile(store / digest, place / name)
    with Child([sys.executable, "-m", "benchmarks", *order["command"]], _environment(place), folder=place) as child:
        _watch(child, order, worker)
        if status := child.wait():
            return Made(worker.address, status=status, words=child.last_words())
    files = {path.name: path.read_bytes() for path in sorted((place / order["folder"]).iterdir())}
    provenance = (place / order["provenance"]).read_bytes() if order["provenance"] else b""
    return Made(worker.address, files=files, provenance=provenance)


def _environment(place: Path) -> dict[str, str]:
    told = {**os.environ, **WORKER_ENVIRONMENT, "PYTHONPATH": str(_ROOT)}
    told.pop(FOLDER_VARIABLE, None)
    return told | ({FOLDER_VARIABLE: str(place / STUDIES)} if (place / STUDIES).exists() else {})


def _watch(child: Child, order: Order, worker: Any) -> None:
    """Tell the client what the command says, and end it when nobody asks for it any more."""
    done = threading.Event()
    key = worker.get_current_task()
    watching = threading.Thread(target=_end_when_unwanted, args=(child, worker, key, done), daemon=True)
    watching.start()
    for line in child.lines():
        worker.log_event(order["client"], {"name": order["name"], "line": line})
    done.set()
    watching.join()


def _end_when_unwanted(child: Child, worker: Any, key: str, done: threading.Event) -> None:
    while not done.wait(_LOOK_SECONDS):
        task = worker.state.tasks.get(key)
        # stopped, or its client has gone
        if task is None or task.state == "cancelled":
            child.kill()
