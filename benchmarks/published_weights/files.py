"""A study's own trained models and test labels: the files, and what is in them.

The models were saved by Keras 2.4 as HDF5. They are read with h5py as named arrays: no Keras, no pickle.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from benchmarks.arrays import open_array
from benchmarks.datasets.download import Address, LocalFile, RemoteFile, obtain, take
from benchmarks.errors import GenrebenchError
from benchmarks.paths import DOWNLOADS
from benchmarks.studies.study import PublishedFile, PublishedLabels, TrainedModel
from implementations.architectures import ARCHITECTURES, Architecture, Weight, Weights

_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_NPY: Final = b"\x93NUMPY"


def sizes_of(model: TrainedModel) -> Architecture:
    """Return the architecture of a model with the sizes of its file.

    Raises
    ------
    GenrebenchError
        If this project does not have it, or not such sizes.
    """
    try:
        sizes: dict[str, Any] = {name: tuple(it) if isinstance(it, list) else it for name, it in model.sizes.items()}
        return replace(ARCHITECTURES[model.architecture], **sizes)
    except (KeyError, TypeError):
        legal = ", ".join(ARCHITECTURES)
        raise GenrebenchError(
            f"weights.models: no architecture {model.architecture!r} with sizes {model.sizes}; there are: {legal}"
        ) from None


def find_file(published: PublishedFile, address: str, folder: Path | None) -> LocalFile:
    """Return a file of a study, its checksum verified: from `folder`, or downloaded where that is None.

    Raises
    ------
    GenrebenchError
        If the folder does not hold the file, or no address serves it.
    """
    file = RemoteFile(
        name=published.name,
        signature=_HDF5 if isinstance(published, TrainedModel) else _NPY,
        addresses=(Address(f"{address}/{published.path}", published.sha256),),
        alternatives=("name a folder that holds the study's files: --weights DIR",),
    )
    return obtain(file, DOWNLOADS) if folder is None else take(file, folder)


def read_weights(path: Path, architecture: Architecture, n_classes: int) -> Weights:
    """Read the weights of a model that Keras 2 saved as HDF5.

    Parameters
    ----------
    path : Path
        The file.
    architecture : Architecture
        With the sizes of the file. Keras stores the layers in the order of the model, and the variables of a layer in
        the order of the canonical weights; the names of the variables and all shapes are checked.
    n_classes : int
        Number of the model's outputs.

    Returns
    -------
    dict of str to ndarray of float32
        Canonical weights.

    Raises
    ------
    GenrebenchError
        If the file is not HDF5, is damaged, or holds other weights.
    """
    try:
        with h5py.File(path, "r") as file:
            return _canonical(_stored(file), architecture.weights(n_classes))
    # what h5py raises for a damaged file, and for groups, arrays and attributes in each other's place
    except (AttributeError, KeyError, OSError, RuntimeError, TypeError, ValueError) as error:
        reason = error.args[0] if error.args else type(error).__name__
        raise GenrebenchError(
            f"{path}: not the study's weights of {architecture.title}: {reason}; delete the file and get it again"
        ) from None


def _stored(file: Any) -> list[tuple[str, Any]]:
    """Return name and unread array of every variable of a Keras file, in the order of the model."""
    layers = file["model_weights"]
    return [
        (name.decode(), layers[layer][name])
        for layer in layers.attrs["layer_names"]
        for name in layers[layer].attrs["weight_names"]
    ]


def _canonical(stored: list[tuple[str, Any]], expected: Sequence[Weight]) -> Weights:
    if len(stored) != len(expected):
        raise ValueError(f"it holds {len(stored)} arrays, needs {len(expected)}")
    weights: Weights = {}
    for weight, (name, array) in zip(expected, stored, strict=True):
        # conv2d_1/kernel:0 is some layer's kernel
        variable = name.rpartition("/")[2].partition(":")[0]
        if variable != weight.name.rpartition("/")[2]:
            raise ValueError(f"it holds {name} where {weight.name} belongs")
        # before anything is read: a damaged file may claim any size
        if array.shape != weight.shape or array.dtype != np.float32:
            raise ValueError(f"{name} is {array.dtype} of shape {array.shape}, needs float32 of shape {weight.shape}")
        weights[weight.name] = array[()]
    return weights


def read_test_labels(path: Path, published: PublishedLabels) -> NDArray[np.int64]:
    """Read the study's test labels.

    Parameters
    ----------
    path : Path
        An array of float32, one-hot: a row a test track, a column a genre.
    published : PublishedLabels
        What the study says of it.

    Returns
    -------
    ndarray of int64, shape (tracks,)
        The class of each test track, a column.

    Raises
    ------
    GenrebenchError
        If the file is no such array.
    """
    remedy = "delete the file and get it again"
    try:
        rows = open_array(path)
    except ValueError as error:
        raise GenrebenchError(f"{path}: not the study's test labels: {error}; {remedy}") from None
    shape = (sum(published.counts.values()), len(published.counts))
    if rows.shape != shape or rows.dtype != np.float32:
        raise GenrebenchError(f"{path}: {rows.dtype} of shape {rows.shape}, needs float32 of shape {shape}; {remedy}")
    if not (np.isin(rows, (0, 1)).all() and (rows.sum(axis=1) == 1).all()):
        raise GenrebenchError(f"{path}: not one-hot: a row needs a single 1 and else zeros; {remedy}")
    labels: NDArray[np.int64] = rows.argmax(axis=1)
    return labels
