"""A project folder with a tiny dataset of random features, and a classifier that needs no framework."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from ruamel.yaml import YAML

from benchmarks.datasets.manifest import Manifest
from benchmarks.features.sets import feature_sets
from implementations import registry
from implementations.architectures import ARCHITECTURES, Weights
from implementations.device import Device
from implementations.interface import Classifier, EpochScore, Training
from tests.builders import STUDY, fake_audit, fake_manifest, plain_params

NAME = "cnn_lstm"
# what it sees under the study's protocol
FEATURES = STUDY.protocols["published"].features[NAME]


class _Training(Training):
    def __init__(self, classifier: "SoftmaxRegression", inputs: NDArray, labels: NDArray, batch_size: int) -> None:
        self.classifier, self.inputs, self.labels, self.batch_size = classifier, inputs, labels, batch_size

    def epoch(self, order: NDArray[np.int64]) -> EpochScore:
        seen = np.asarray(self.inputs)[order].mean(axis=(1, 2))
        for start in range(0, len(order), self.batch_size):
            batch = slice(start, start + self.batch_size)
            probabilities = self.classifier.probabilities(seen[batch])
            error = probabilities - np.eye(self.classifier.n_classes)[self.labels[order[batch]]]
            self.classifier.slope -= 0.1 * (seen[batch, None] * error).mean(axis=0)
            self.classifier.offset -= 0.1 * error.mean(axis=0)
        probabilities = self.classifier.probabilities(seen)
        truth = self.labels[order]
        loss = -np.log(probabilities[np.arange(len(order)), truth]).mean()
        return EpochScore(float(loss), float((probabilities.argmax(axis=1) == truth).mean()))


class SoftmaxRegression(Classifier):
    """Softmax regression on the mean of a track's features."""

    architecture = ARCHITECTURES[NAME]
    framework = "numpy"

    @staticmethod
    def _configure(threads: int, device: Device) -> str:
        assert threads == 1
        if device == "cuda":
            raise ValueError("'cuda' is asked for, but numpy sees no such device; legal here: auto, cpu")
        return "cpu"

    def _build(self) -> None:
        """Do nothing: the weights that come are all there is."""

    def probabilities(self, seen: NDArray) -> NDArray:
        powers = np.exp(seen[:, None] * self.slope + self.offset)
        return powers / powers.sum(axis=1, keepdims=True)

    # of the architecture's weights, one row and one bias of the last layer are used

    def _get_weights(self) -> Weights:
        kernel = np.vstack([self.slope, self.weights["dense2/kernel"][1:]]).astype(np.float32)
        return {**self.weights, "dense2/kernel": kernel, "dense2/bias": self.offset.astype(np.float32)}

    def _set_weights(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        self.weights = dict(weights)
        self.slope = weights["dense2/kernel"][0].astype(np.float64)
        self.offset = weights["dense2/bias"].astype(np.float64)

    def _predict(self, inputs: NDArray, batch_size: int) -> NDArray[np.float32]:
        return self.probabilities(np.asarray(inputs).mean(axis=(1, 2))).astype(np.float32)

    def _start_training(self, inputs: NDArray, labels: NDArray, schedule: object) -> Training:
        return _Training(self, inputs, labels, 4)


def register_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the registry know `SoftmaxRegression` and nothing else."""
    monkeypatch.setattr(registry, "_CLASSES", {})
    monkeypatch.setattr(registry, "_PACKAGES", {})
    registry.register(NAME, "numpy", "tests.fake_project:SoftmaxRegression", ("numpy",))


def write_project(
    folder: Path,
    *,
    epochs: int = 3,
    seeds: tuple[int, ...] = (0, 1),
    architectures: tuple[str, ...] = (NAME,),
    protocols: tuple[str, ...] = (),
    per_genre: int = 5,
) -> Manifest:
    """Write params.yaml, a manifest, random features and an audit, as the stages before the training would."""
    content = plain_params()
    content["study"]["seeds"] = list(seeds)
    asked = {"architectures": list(architectures), "protocols": list(protocols)}
    content["reports"] = {"synthetic": {"study": STUDY.name, "dataset": "synthetic", **asked}}
    for protocol in content["protocols"].values():
        protocol["schedule"].update(epochs=epochs, batch_size=4)
    YAML().dump(content, folder / "params.yaml")
    manifest = fake_manifest(per_genre=per_genre)
    manifest.write(folder / "data" / "synthetic" / "manifest.json")
    names = dict.fromkeys(it["features"][name] for it in content["protocols"].values() for name in architectures)
    write_features(folder, manifest, names=tuple(names))
    fake_audit(manifest).write(folder / "data" / "synthetic" / "audit.json")
    return manifest


def write_features(folder: Path, manifest: Manifest, seed: int = 0, names: tuple[str, ...] = (FEATURES,)) -> None:
    """Write noise around a level that is the genre."""
    features = folder / "data" / "synthetic" / "features"
    features.mkdir(exist_ok=True)
    genres = np.array([manifest.genres.index(track.genre) for track in manifest.used])
    for name in names:
        shape = feature_sets()[name].shape
        noise = np.random.default_rng(seed).normal(size=(len(genres), *shape))
        np.save(features / f"{name}.npy", (noise + genres.reshape(-1, *[1] * len(shape))).astype(np.float32))
    (features / "tracks.json").write_text(json.dumps([track.id for track in manifest.used]))
