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
        seen = batch.inputs.mean(axis=(1, 2))
        probabilities = self.classifier.probabilities(seen)
        error = probabilities - np.eye(self.classifier.n_classes)[batch.labels]
        self.classifier.slope -= self.rate * (seen[:, None] * error).mean(axis=0)
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

    def start_training(self, optimizer: Adam | SGD) -> Training:
        return _Training(self)
