"""Features on disk: one array a feature set, one row a used track of the manifest."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from benchmarks.arrays import open_array
from benchmarks.datasets.manifest import Manifest
from benchmarks.errors import GenrebenchError
from benchmarks.features.sets import feature_set, track_features
from benchmarks.files import replacing, write_json
from benchmarks.processes.parallel_map import parallel_map

INDEX = "tracks.json"
_DTYPE = np.dtype(np.float32)
_ROWS = 64


# computes feature sets of files, in their order; the last argument says what is going on
Rows = Callable[[Sequence[Path], tuple[str, ...], str], Iterator[Sequence[NDArray[np.float32]]]]


def rows_here(paths: Sequence[Path], names: tuple[str, ...], description: str) -> Iterator[list[NDArray[np.float32]]]:
    """Compute feature sets of files on all cores of this machine."""
    return parallel_map(partial(track_features, names=names), paths, description)


def make_features(
    manifest: Manifest, audio: Path, names: tuple[str, ...], folder: Path, rows: Rows = rows_here
) -> None:
    """Compute feature sets of all used tracks and write them, completely or not at all.

    Memory does not grow with the number of tracks: rows go to disk as they come.

    Parameters
    ----------
    manifest : Manifest
        What to compute for.
    audio : Path
        The folder that the manifest's paths are relative to.
    names : tuple of str
        Which feature sets.
    folder : Path
        Where to write ``<name>.npy``, float32 of shape (used tracks, ...), and the ids of the rows.
    rows : callable
        What computes them.

    Raises
    ------
    GenrebenchError
        If a feature set does not exist or a track does not give the shape it needs.
    """
    sets = [feature_set(name) for name in names]
    paths = [audio / track.path for track in manifest.used]
    with replacing(folder) as temporary, ExitStack() as stack:
        temporary.mkdir()
        files = [stack.enter_context((temporary / f"{one.name}.npy").open("wb")) for one in sets]
        for file, one in zip(files, sets, strict=True):
            header = {"descr": npy.dtype_to_descr(_DTYPE), "fortran_order": False, "shape": (len(paths), *one.shape)}
            npy.write_array_header_1_0(file, header)
        for features in rows(paths, names, f"features of {manifest.dataset}"):
            # not through a memory map, whose pages count as this process's until the system wants them back
            for file, values in zip(files, features, strict=True):
                file.write(np.ascontiguousarray(values, dtype=_DTYPE).data)
        write_json(temporary / INDEX, [track.id for track in manifest.used])


def open_features(folder: Path, name: str, manifest: Manifest) -> NDArray[np.float32]:
    """Open a cached feature set, memory-mapped and read-only.

    Returns
    -------
    ndarray of float32, shape (used tracks, *shape)
        Rows in the order of ``manifest.used``.

    Raises
    ------
    GenrebenchError
        If the array is missing, damaged or no float32 a track, or belongs to other tracks than the manifest's.
    """
    path = folder / f"{name}.npy"
    remedy = f"make it with: python -m benchmarks features --dataset {manifest.dataset}"
    try:
        tracks = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        array: NDArray[np.float32] = open_array(path)
    except (OSError, ValueError, RecursionError) as error:
        raise GenrebenchError(f"{path}: cannot be opened ({error}); {remedy}") from None
    if array.dtype != _DTYPE or array.ndim < 2:
        raise GenrebenchError(f"{path}: {array.dtype} of shape {array.shape}, needs {_DTYPE}, a row a track; {remedy}")
    if tracks != [track.id for track in manifest.used] or len(array) != len(tracks):
        raise GenrebenchError(f"{path}: made from other tracks than the manifest lists; {remedy}")
    return array


def first_not_finite(features: NDArray[np.float32]) -> int | None:
    """Return the first row with a value that is no finite number; None where all are finite."""
    for start in range(0, len(features), _ROWS):
        rows = features[start : start + _ROWS]
        if (wrong := ~np.isfinite(rows).reshape(len(rows), -1).all(axis=1)).any():
            return start + int(wrong.argmax())
    return None
