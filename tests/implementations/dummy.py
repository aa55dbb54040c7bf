"""A small implementation in plain NumPy, entered twice: what the contract tests know of it is the registry's.

A pytest plugin: ``python -m pytest -p tests.implementations.dummy``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from implementations.architectures import ARCHITECTURES, Architecture, Floats, Shape, Weight, Weights, dense
from implementations.device import Device
from implementations.inspection import Inspector, LSTMStates, TrainingPass, ValueCount
from implementations.interface import (
    SGD,
    Adam,
    Batch,
    Classifier,
    Inputs,
    Labels,
    State,
    Training,
)
from implementations.registry import register

FRAMEWORKS = ("numpy_one", "numpy_two")


@dataclass(frozen=True)
class Dummy(Architecture):
    """One dense layer on everything."""

    name: str = "dummy"
    title: str = "Dummy"
    input_shape: Shape = (6, 4)

    def weights(self, n_classes: int) -> list[Weight]:
        return dense("dense1", int(np.prod(self.input_shape)), n_classes)


class Optimizer:
    """Changes weights in place, as Keras's optimisers do."""

    def __init__(self, weights: Weights, given: Adam | SGD) -> None:
        self.weights, self.given, self.steps = weights, given, 0
        self.first = {name: np.zeros_like(values) for name, values in weights.items()}
        self.second = {name: np.zeros_like(values) for name, values in weights.items()}

    def step(self, gradients: Weights) -> None:
        self.steps += 1
        for name, gradient in gradients.items():
            self.weights[name] -= self.change(name, gradient).astype(gradient.dtype)

    def change(self, name: str, gradient: Floats) -> Floats:
        given = self.given
        if isinstance(given, SGD):
            return given.learning_rate * gradient
        self.first[name] += (1 - given.beta_1) * (gradient - self.first[name])
        self.second[name] += (1 - given.beta_2) * (gradient**2 - self.second[name])
        # Keras rounds the rates to float32 in the corrections, not in the moments
        first, second = (1 - float(np.float32(beta)) ** self.steps for beta in (given.beta_1, given.beta_2))
        rate = given.learning_rate * second**0.5 / first
        return rate * self.first[name] / (np.sqrt(self.second[name]) + given.epsilon)


class DummyTraining(Training):
    def __init__(self, classifier: "DummyClassifier", optimizer: Adam | SGD) -> None:
        self.classifier = classifier
        self.optimizer = Optimizer(classifier.values, optimizer)

    def step(self, batch: Batch) -> tuple[float, int]:
        found = self.classifier.run_batch(*batch)
        self.optimizer.step(found.gradients)
        return found.loss, int((found.probabilities.argmax(axis=1) == batch.labels).sum())

    def set_learning_rate(self, rate: float) -> None:
        self.optimizer.given = replace(self.optimizer.given, learning_rate=rate)

    def get_state(self) -> State:
        kept = {"first": self.optimizer.first, "second": self.optimizer.second}
        moments = {f"{moment}/{name}": it.copy() for moment, of in kept.items() for name, it in of.items()}
        return {"steps": np.array(self.optimizer.steps), **moments}

    def set_state(self, state: State) -> None:
        # the weights may have been set since, as other arrays
        self.optimizer.weights, self.optimizer.steps = self.classifier.values, int(state["steps"])
        for name in self.optimizer.weights:
            self.optimizer.first[name] = state[f"first/{name}"].copy()
            self.optimizer.second[name] = state[f"second/{name}"].copy()


class DummyClassifier(Classifier):
    architecture = Dummy()

    @staticmethod
    def _configure(threads: int, device: Device) -> str:
        threadpool_limits(threads)
        if device == "cuda":
            raise ValueError("NumPy computes on the CPU only; legal: cpu, auto")
        return "cpu"

    def _build(self) -> None:
        self.values: Weights = {}

    def _get_weights(self) -> Weights:
        return {name: values.copy() for name, values in self.values.items()}

    def _set_weights(self, weights: Mapping[str, Floats]) -> None:
        self.values = {name: values.astype(self.precision) for name, values in weights.items()}

    def _flat(self, inputs: Inputs) -> Floats:
        return inputs.reshape(len(inputs), -1).astype(self.precision)

    def _predict(self, inputs: Inputs, batch_size: int) -> Floats:
        logits = self._flat(inputs) @ self.values["dense1/kernel"] + self.values["dense1/bias"]
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def run_batch(self, inputs: Inputs, labels: Labels) -> TrainingPass:
        probabilities = self._predict(inputs, len(inputs))
        loss = -np.log(probabilities[np.arange(len(labels)), labels]).mean()
        error = (probabilities - np.eye(self.n_classes, dtype=self.precision)[labels]) / len(labels)
        gradients = {"dense1/kernel": self._flat(inputs).T @ error, "dense1/bias": error.sum(axis=0)}
        return TrainingPass(probabilities, float(loss), gradients)

    def start_training(self, optimizer: Adam | SGD) -> Training:
        return DummyTraining(self, optimizer)


class DummyInspector(Inspector):
    classifier: DummyClassifier

    def _training_pass(self, inputs: Inputs, labels: Labels) -> TrainingPass:
        return self.classifier.run_batch(inputs, labels)

    def _lstm_states(self, inputs: Inputs) -> dict[str, LSTMStates]:
        return {}

    def count_values(self) -> ValueCount:
        return ValueCount(trained=sum(values.size for values in self.classifier.values.values()), running=0, fixed=0)


class One(DummyClassifier):
    framework = "numpy_one"


class Two(DummyClassifier):
    framework = "numpy_two"


ARCHITECTURES[Dummy.name] = DummyClassifier.architecture
for _framework, _class in zip(FRAMEWORKS, (One, Two), strict=True):
    register(Dummy.name, _framework, f"{__name__}:{_class.__name__}", ("numpy",), f"{__name__}:DummyInspector")
