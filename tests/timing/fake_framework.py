"""A pytest plugin that registers a framework which learns nothing, and lets the machine have a known name."""

import os
import platform

import numpy as np

from implementations.architectures import ARCHITECTURES
from implementations.interface import Classifier, EpochScore, Training
from implementations.registry import register


class FakeTraining(Training):
    def epoch(self, order):
        return EpochScore(0.0, len(order) / len(order))


class FakeClassifier(Classifier):
    architecture = ARCHITECTURES["cnn_lstm"]
    framework = "fake"

    @staticmethod
    def configure(threads):
        assert threads == 1

    def _build(self):
        pass

    def _get_weights(self):
        return {}

    def _set_weights(self, weights):
        pass

    def _predict(self, inputs, batch_size):
        assert len(inputs) == batch_size
        return np.full((len(inputs), self.n_classes), 1 / self.n_classes, dtype=np.float32)

    def _start_training(self, inputs, labels, schedule):
        assert schedule.batch_size == 32
        assert inputs.shape == (3, *self.architecture.input_shape)
        assert labels.shape == (3,)
        return FakeTraining()

    def _training_pass(self, inputs, labels):
        raise NotImplementedError

    def lstm_states(self, inputs):
        raise NotImplementedError

    def count_values(self):
        raise NotImplementedError


def pytest_configure():
    platform.node = lambda: os.environ["FAKE_HOST"]


register("cnn_lstm", "fake", f"{__name__}:FakeClassifier", packages=("numpy",))
