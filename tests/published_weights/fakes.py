"""Two small models in two frameworks that need no library, their Keras files, and a dataset for them."""

import json
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from benchmarks.datasets.manifest import Manifest
from benchmarks.published_weights.labels import split_labels
from implementations.architectures import CNN2D, CNNLSTM, Architecture, Weights
from implementations.interface import Classifier, Device, Training
from tests.builders import GTZAN_GENRES, STUDY

PICTURE_SIZES = {"input_shape": (4, 4, 1), "filters": (2,), "dense_units": (3,)}
SEQUENCE_SIZES = {"input_shape": (6, 20), "filters": (2,), "lstm_units": (2,), "dense_units": 3}
PICTURE = CNN2D(**PICTURE_SIZES)
SEQUENCE = CNNLSTM(**SEQUENCE_SIZES)
# for each class, the column that answers for it in the made-up study's 2D CNN
MOVED = (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)
# the fakes answer with this probability, which is all that their weights hold
CERTAINTY = 0.91
REGISTRY = {
    ("cnn2d", "alpha"): f"{__name__}:AlphaPicture",
    ("cnn2d", "beta"): f"{__name__}:BetaPicture",
    ("cnn_lstm", "alpha"): f"{__name__}:AlphaSequence",
    ("cnn_lstm", "beta"): f"{__name__}:BetaSequence",
}


class _Fake(Classifier):
    """Answers the class that the features hold in one place."""

    place: tuple[int, ...]
    shift = 0.0

    @staticmethod
    def _configure(threads: int, device: Device) -> str:
        assert (threads, device) == (1, "cpu")
        return device

    def _build(self) -> None:
        self.certainty = 0.0

    def _get_weights(self) -> Weights:
        raise NotImplementedError

    def _set_weights(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        self.certainty = float(next(iter(weights.values())).flat[0])

    def _predict(self, inputs: NDArray[np.float32], batch_size: int) -> NDArray[np.float32]:
        found = inputs[(slice(None), *self.place)].astype(int)
        certainty = self.certainty + self.shift
        others = (1 - certainty) / (self.n_classes - 1)
        return np.where(np.eye(self.n_classes)[found] == 1, certainty, others).astype(np.float32)

    def start_training(self, optimizer: object) -> Training:
        raise NotImplementedError


class AlphaPicture(_Fake):
    architecture = CNN2D()
    framework = "alpha"
    place = (0, 0, 0)


class AlphaSequence(_Fake):
    architecture = CNNLSTM()
    framework = "alpha"
    place = (0, 1)


class BetaPicture(AlphaPicture):
    framework = "beta"
    shift = 1e-6


class BetaSequence(AlphaSequence):
    framework = "beta"
    shift = 1e-6


def constant_weights(architecture: Architecture) -> Weights:
    """Weights that differ from variable to variable after the first, which is the fakes' certainty."""
    weights = architecture.weights(len(GTZAN_GENRES))
    return {
        weight.name: np.full(weight.shape, CERTAINTY + number, dtype=np.float32)
        for number, weight in enumerate(weights)
    }


def write_keras_file(path: Path, weights: Weights) -> None:
    """Write weights as Keras 2 did: a group a layer, with the names of its variables in an attribute."""
    with h5py.File(path, "w") as file:
        layers = file.create_group("model_weights")
        names = ["input"]
        # Keras's own layers sort in another order than the model's; h5py lists groups by name
        for number, (layer, variables) in enumerate(groupby(weights, lambda name: name.partition("/")[0])):
            group = layers.create_group(f"{chr(ord('z') - number)}_{layer}")
            names += [group.name.rpartition("/")[2], f"dropout_{number}"]
            inside = [f"{layer}/cell/{variable.partition('/')[2]}:0" for variable in variables]
            group.attrs["weight_names"] = np.array([name.encode() for name in inside])
            for name in inside:
                group[name] = weights[f"{layer}/{name.rpartition('/')[2].removesuffix(':0')}"]
        for name in names:
            # an empty list, as Keras wrote it, is an array of float64
            layers.require_group(name).attrs.setdefault("weight_names", np.array([]))
        layers.attrs["layer_names"] = np.array([name.encode() for name in names])


def write_study_files(folder: Path) -> None:
    """Write the files of both models and the test labels."""
    folder.mkdir()
    write_keras_file(folder / "picture.h5", constant_weights(PICTURE))
    write_keras_file(folder / "sequence.h5", constant_weights(SEQUENCE))
    np.save(folder / "labels.npy", np.eye(len(GTZAN_GENRES), dtype=np.float32)[split_labels(STUDY, GTZAN_GENRES)])


def write_dataset(manifest: Manifest) -> None:
    """Write the manifest and features that hold the class where the fakes look for it.

    The spectrogram holds the column that answers for the class when moved. The MFCC hold the class as printed, and the
    next one forwards.
    """
    folder = Path("data") / manifest.dataset
    manifest.write(folder / "manifest.json")
    (folder / "features").mkdir()
    classes = np.array([GTZAN_GENRES.index(track.genre) for track in manifest.used])
    pictures = np.zeros((len(classes), *PICTURE.input_shape), dtype=np.float32)
    pictures[:, 0, 0, 0] = np.array(MOVED)[classes]
    frames, coefficients = SEQUENCE.input_shape
    mfcc = np.zeros((len(classes), coefficients, frames), dtype=np.float32)
    mfcc[:, 0, 1] = classes
    mfcc[:, 1, 0] = (classes + 1) % len(GTZAN_GENRES)
    np.save(folder / "features" / "mel_in_colour_5s.npy", pictures)
    np.save(folder / "features" / "mfcc_backwards_15s.npy", mfcc.reshape(len(classes), frames, coefficients))
    np.save(folder / "features" / "mfcc_15s.npy", mfcc.transpose(0, 2, 1))
    (folder / "features" / "tracks.json").write_text(json.dumps([track.id for track in manifest.used]))
