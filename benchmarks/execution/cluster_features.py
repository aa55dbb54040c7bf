"""Features on a cluster: a few tracks an order, whose audio a worker sees in a shared folder or is sent.

A worker computes a track's features from the same bytes with the same code, versions and arithmetic as this machine
would, which it says by a fingerprint.
"""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from benchmarks.cluster.answers import refused, require_success
from benchmarks.cluster.connection import cluster_workers, scheduler
from benchmarks.cluster.worker import STUDIES, Order
from benchmarks.cluster.workers import ClusterWorkers, described
from benchmarks.errors import GenrebenchError, StaleError
from benchmarks.features.cache import Rows, rows_here
from benchmarks.features.code import feature_code, feature_versions
from benchmarks.features.sets import feature_set, track_features
from benchmarks.files import json_digest, replacing
from benchmarks.meaning import meaning_digest
from benchmarks.processes import arithmetic
from benchmarks.settings import PARAMS
from benchmarks.studies.study import files_of_others

AUDIO: Final = Path("tracks")
"""Where a worker's folder has the audio, in the order of the names."""
ROWS: Final = Path("rows")
"""Where a worker writes a file a feature set: the values alone, float32 with the lowest byte first, track by track."""

_VALUES: Final = np.dtype("<f4")

# in an order: enough that the start of a process is little beside it, and no more than a worker has memory for
_TRACKS: Final = 256
_BYTES: Final = 256 * 2**20
# that are asked for at a time, each waited for by a thread; the arrays of all of them are in memory
_ORDERS: Final = 16


def features_fingerprint(names: Sequence[str]) -> str:
    """Return the digest of all that decides what a track's features are, its audio aside."""
    return json_digest(
        {
            "sets": list(names),
            **arithmetic.decisive(),
            "code": {name: meaning_digest(path) for name, path in sorted(feature_code().items())},
            "versions": feature_versions(),
        }
    )


@contextmanager
def rows_anywhere() -> Iterator[Rows]:
    """Give what computes features: this machine, or the workers of the scheduler that is asked for.

    Yields
    ------
    callable
        As `benchmarks.features.cache.make_features` takes it.

    Raises
    ------
    GenrebenchError
        If there is no such scheduler.
    """
    if where := scheduler():
        with cluster_workers(where, Console(stderr=True, highlight=False)) as workers:
            yield partial(cluster_rows, workers)
    else:
        yield rows_here


def cluster_rows(
    workers: ClusterWorkers, paths: Sequence[Path], names: Sequence[str], description: str
) -> Iterator[list[NDArray[np.float32]]]:
    """Let the workers of a cluster compute feature sets, and yield them track by track in the order of the paths.

    Parameters
    ----------
    workers : ClusterWorkers
        Which.
    paths : sequence of Path
        The tracks' files.
    names : sequence of str
        Which feature sets.
    description : str
        What the progress bar says is going on.

    Yields
    ------
    list of ndarray of float32
        The arrays of one track, one a name.

    Raises
    ------
    GenrebenchError
        If a track cannot be read, a worker has other code or versions, or gave back something else.
    """
    batches = _batches(workers.client, paths, names, description)
    made = _in_order(workers, batches, names)
    yield from track(made, description, total=len(paths), console=Console(stderr=True))


@dataclass(frozen=True)
class _Batch:
    """Some tracks.

    Attributes
    ----------
    order : Order
        What a worker is asked for.
    audio : dict of str to Path
        The tracks' files, by their places in its folder.
    """

    order: Order
    audio: dict[str, Path]


def _in_order(
    workers: ClusterWorkers, batches: Iterator[_Batch], names: Sequence[str]
) -> Iterator[list[NDArray[np.float32]]]:
    awaited: deque[Future[list[NDArray[np.float32]]]] = deque()
    with ThreadPoolExecutor(_ORDERS) as pool:
        try:
            for batch in batches:
                awaited.append(pool.submit(_ask, workers, batch, names))
                if len(awaited) == _ORDERS:
                    yield from _by_track(awaited.popleft().result())
            while awaited:
                yield from _by_track(awaited.popleft().result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            workers.stop()
            raise


def _ask(workers: ClusterWorkers, batch: _Batch, names: Sequence[str]) -> list[NDArray[np.float32]]:
    """Wait for the arrays of some tracks, one a name, a row a track; whatever else comes is refused."""
    called = batch.order["name"]
    changed = StaleError(f"{called}: the audio changed since it was listed; fetch the dataset again")
    made = workers.make(batch.order, lambda: changed)
    for place, path in batch.audio.items():
        made.words = made.words.replace(place, str(path))
    require_success(called, made)
    found = []
    for name in names:
        shape = (len(batch.audio), *feature_set(name).shape)
        content = made.files.get(name, b"")
        if len(content) != math.prod(shape) * _VALUES.itemsize:
            raise refused(called, made.worker, f"{name} has {len(content)} bytes")
        array = np.frombuffer(content, _VALUES).reshape(shape).astype(np.float32)
        if not np.isfinite(array).all():
            raise refused(called, made.worker, f"{name} holds a value that is not finite")
        found.append(array)
    return found


def _by_track(arrays: list[NDArray[np.float32]]) -> Iterator[list[NDArray[np.float32]]]:
    return map(list, zip(*arrays, strict=True))


def _batches(client: str, paths: Sequence[Path], names: Sequence[str], description: str) -> Iterator[_Batch]:
    command = ["feature-rows", "--sets", ",".join(names), "--fingerprint", features_fingerprint(names)]
    always = {PARAMS.as_posix(): PARAMS, **files_of_others(STUDIES)}
    for first, some in _groups(paths):
        # the number keeps them in order; a decoder may go by the end of the name
        audio = {f"{AUDIO}/{place:04}{path.suffix}": path for place, path in enumerate(some)}
        with _found(some[0].parent):
            files, seen = described(always | audio)
        order = Order(
            client=client,
            name=f"{description}, tracks {first + 1} to {first + len(some)}",
            command=command,
            folder=str(ROWS),
            provenance="",
            files=files,
            seen=seen,
            kept=False,
        )
        yield _Batch(order, audio)


@contextmanager
def _found(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise GenrebenchError(
            f"{path}: changed since it was listed ({error.strerror}); fetch the dataset again"
        ) from None


def _groups(paths: Sequence[Path]) -> Iterator[tuple[int, list[Path]]]:
    """Divide tracks into groups of as many, and as large, as an order may have; yields where each starts, too."""
    group: list[Path] = []
    size = first = 0
    for place, path in enumerate(paths):
        with _found(path):
            more = path.stat().st_size
        if group and (len(group) == _TRACKS or size + more > _BYTES):
            yield first, group
            group, size, first = [], 0, place
        group.append(path)
        size += more
    if group:
        yield first, group


def write_rows(names: Sequence[str], fingerprint: str) -> None:
    """Compute feature sets of all files in `AUDIO` and write them to `ROWS`: what a worker does.

    Parameters
    ----------
    names : sequence of str
        Which feature sets.
    fingerprint : str
        What `features_fingerprint` gives where they were asked for.

    Raises
    ------
    StaleError
        If this machine would compute other features.
    GenrebenchError
        If a track cannot be read.
    """
    try:
        here = features_fingerprint(names)
    except GenrebenchError as error:
        raise StaleError(f"features: {error}") from None
    if here != fingerprint:
        raise StaleError("features: code, versions or arithmetic are not those that were asked for")
    rows = [track_features(path, tuple(names)) for path in sorted(AUDIO.iterdir())]
    with replacing(ROWS) as temporary:
        temporary.mkdir()
        for name, arrays in zip(names, zip(*rows, strict=True), strict=True):
            (temporary / name).write_bytes(np.stack(arrays).astype(_VALUES).tobytes())
