"""A classifier that needs no framework and little time."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from implementations.architectures import ARCHITECTURES, Weights
from implementations.device import Device
from implementations.interface import SGD, Adam, Batch, Classifier, State, Training

# the architecture that it stands for
NAME = "cnn_lstm"


class _Training(Training):
    def __init__(self, classifier: "SoftmaxRegression") -> None:
        self.classifier, self.rate = classifier, 0.1

    def step(self, batch: Batch) -> tuple[float, int]:
        seen = self.classifier.seen(batch.inputs)
        probabilities = self.classifier.probabilities(seen)
        error = probabilities - np.eye(self.classifier.n_classes)[batch.labels]
        self.classifier.slope -= self.rate * seen.T @ error / len(seen)
        self.classifier.offset -= self.rate * error.mean(axis=0)
        loss = -np.log(probabilities[np.arange(len(seen)), batch.labels]).mean()
        return float(loss), int((probabilities.argmax(axis=1) == batch.labels).sum())

    def set_learning_rate(self, rate: float) -> None:
        self.rate = rate

    # its weights are float64 between the epochs, float32 in canonical form

    def get_state(self) -> State:
        return {"slope": self.classifier.slope.copy(), "offset": self.classifier.offset.copy()}

    def set_state(self, state: State) -> None:
        self.classifier.slope, self.classifier.offset = state["slope"].copy(), state["offset"].copy()


class SoftmaxRegression(Classifier):
    """Softmax regression on the mean of a track's features."""

    architecture = ARCHITECTURES[NAME]
    framework = "numpy"
    # how many it sees of a track
    values = 1

    @staticmethod
    def _configure(threads: int, device: Device) -> str:
        assert threads == 1
        if device == "cuda":
            raise ValueError("'cuda' is asked for, but numpy sees no such device; legal here: auto, cpu")
        return "cpu"

    def _build(self) -> None:
        """Do nothing: the weights that come are all there is."""

    def seen(self, inputs: NDArray) -> NDArray:
        return np.asarray(inputs).mean(axis=(1, 2))[:, None]

    def probabilities(self, seen: NDArray) -> NDArray:
        powers = np.exp(seen @ self.slope + self.offset)
        return powers / powers.sum(axis=1, keepdims=True)

    # of the architecture's weights, a row for each value and one bias of the last layer are used

    def _get_weights(self) -> Weights:
        kernel = np.vstack([self.slope, self.weights["dense2/kernel"][self.values :]]).astype(np.float32)
        return {**self.weights, "dense2/kernel": kernel, "dense2/bias": self.offset.astype(np.float32)}

    def _set_weights(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        self.weights = dict(weights)
        self.slope = weights["dense2/kernel"][: self.values].astype(np.float64)
        self.offset = weights["dense2/bias"].astype(np.float64)

    def _predict(self, inputs: NDArray, batch_size: int) -> NDArray[np.float32]:
        return self.probabilities(self.seen(inputs)).astype(np.float32)

    def start_training(self, optimizer: Adam | SGD) -> Training:
        return _Training(self)


class RegressionOnThirds(SoftmaxRegression):
    """Softmax regression on the mean of each of 20 coefficients in each third of a window, of every 16th frame."""

    values = 3 * 20

    def seen(self, inputs: NDArray) -> NDArray:
        thirds = np.array_split(np.asarray(inputs)[:, ::16], 3, axis=1)
        return np.concatenate([it.mean(axis=1) for it in thirds], axis=1)
