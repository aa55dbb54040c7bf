"""The only framework of a process that imports this: it learns nothing, and has a stock baseline where it is asked."""

import os
import platform

import numpy as np

from benchmarks.timing.measuring import children, tasks
from implementations import registry
from implementations.architectures import ARCHITECTURES
from implementations.interface import Classifier, Training


class FakeTraining(Training):
    def step(self, batch):
        assert batch.inputs.shape[1:] == FakeClassifier.architecture.input_shape
        assert batch.labels.shape == batch.inputs.shape[:1]
        return 0.0, len(batch.labels)

    def set_learning_rate(self, rate):
        raise NotImplementedError


class FakeClassifier(Classifier):
    architecture = ARCHITECTURES["cnn_lstm"]
    framework = "fake"

    @staticmethod
    def _configure(threads, device):
        assert os.environ["OMP_NUM_THREADS"] == str(threads)
        return device

    def _build(self):
        pass

    def _get_weights(self):
        return {}

    def _set_weights(self, weights):
        pass

    def _predict(self, inputs, batch_size):
        assert 0 < len(inputs) <= batch_size
        return np.full((len(inputs), self.n_classes), 1 / self.n_classes, dtype=np.float32)

    def start_training(self, optimizer):
        return FakeTraining()


platform.node = lambda: os.environ["FAKE_HOST"]
registry._CLASSES.clear()
registry.register("cnn_lstm", "fake", f"{__name__}:FakeClassifier", packages=("numpy",))
# what is measured is of no interest here
tasks._SIZES = (8,)
children.ROUND_SECONDS = 0
