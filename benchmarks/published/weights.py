"""The study's own trained models and test labels: the files, their checksums, and what is in them.

The models were saved by Keras 2.4 as HDF5. They are read with h5py as named arrays: no Keras, no pickle.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from benchmarks.datasets.download import Address, LocalFile, RemoteFile, obtain, take
from benchmarks.errors import GenrebenchError
from benchmarks.paths import DOWNLOADS
from benchmarks.protocols import STUDY_GENRE_ORDER
from benchmarks.published.claim import TEST_TRACKS
from implementations.architectures import CNN2D, CNNLSTM, Architecture, Weights

# the classes of the test labels, in the order of their columns
GENRES: Final = tuple(sorted(STUDY_GENRE_ORDER))

_SOURCE = "https://raw.githubusercontent.com/dannylee1020/music-genre-classification/master"
_HDF5 = b"\x89HDF\r\n\x1a\n"
_NPY = b"\x93NUMPY"


@dataclass(frozen=True)
class TrainedModel:
    """One trained model of the study.

    Attributes
    ----------
    architecture : Architecture
        With the sizes of the file.
    file : RemoteFile
        The file.
    """

    architecture: Architecture
    file: RemoteFile


def _published(path: str, signature: bytes, sha256: str) -> RemoteFile:
    return RemoteFile(
        name=path.rpartition("/")[2],
        signature=signature,
        addresses=(Address(f"{_SOURCE}/{path}", sha256),),
        alternatives=("name a folder that holds the study's files: --weights DIR",),
    )


MODELS: Final = (
    TrainedModel(
        CNN2D(),
        _published("model/2d_cnn_model.h5", _HDF5, "8deb0116bdc471904d27767b1b2e0f495f4e94cc103f8ff1847510173b00d2c2"),
    ),
    # the file is of a later run than the claim, whose dense layer has 64 units
    TrainedModel(
        CNNLSTM(dense_units=50),
        _published(
            "model/cnn_lstm_sequence.h5", _HDF5, "fa9ecf52fe673066b54430b00422ea4b80e2ab24347c357b42d5019c70032212"
        ),
    ),
)
TEST_LABELS: Final = _published(
    "data/y_test.npy", _NPY, "4634f83332c97c0e76c3c510df122c13247d66e08fdd92d7c3cf92152c2451b2"
)


def find_file(file: RemoteFile, folder: Path | None) -> LocalFile:
    """Return a file of the study, its checksum verified: from `folder`, or downloaded where that is None.

    Raises
    ------
    GenrebenchError
        If the folder does not hold the file, or no address serves it.
    """
    return obtain(file, DOWNLOADS) if folder is None else take(file, folder)


def read_weights(path: Path, architecture: Architecture) -> Weights:
    """Read the weights of a model that Keras 2 saved as HDF5.

    Parameters
    ----------
    path : Path
        The file.
    architecture : Architecture
        With the sizes of the file. Keras stores the layers in the order of the model, and the variables of a layer in
        the order of the canonical weights; the names of the variables and all shapes are checked.

    Returns
    -------
    dict of str to ndarray of float32
        Canonical weights for ten classes.

    Raises
    ------
    GenrebenchError
        If the file is not HDF5, is damaged, or holds other weights.
    """
    try:
        with h5py.File(path, "r") as file:
            return _canonical(_stored(file), architecture)
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


def _canonical(stored: list[tuple[str, Any]], architecture: Architecture) -> Weights:
    expected = architecture.weights(len(GENRES))
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


def read_test_labels(path: Path) -> NDArray[np.int64]:
    """Read the study's test labels.

    Parameters
    ----------
    path : Path
        ``y_test.npy``: float32 of shape (200, 10), one-hot.

    Returns
    -------
    ndarray of int64, shape (200,)
        The class of each test track, a position in `GENRES`.

    Raises
    ------
    GenrebenchError
        If the file is no such array.
    """
    remedy = "delete the file and get it again"
    try:
        # mapped: pickled objects are refused, and so is a file shorter than its header says
        rows = open_memmap(path, mode="r")
    except (OSError, ValueError) as error:
        raise GenrebenchError(f"{path}: not the study's test labels: {error}; {remedy}") from None
    shape = (TEST_TRACKS, len(GENRES))
    if rows.shape != shape or rows.dtype != np.float32:
        raise GenrebenchError(f"{path}: {rows.dtype} of shape {rows.shape}, needs float32 of shape {shape}; {remedy}")
    if not (np.isin(rows, (0, 1)).all() and (rows.sum(axis=1) == 1).all()):
        raise GenrebenchError(f"{path}: not one-hot: a row needs a single 1 and else zeros; {remedy}")
    labels: NDArray[np.int64] = rows.argmax(axis=1)
    return labels
