"""The interface of every implementation: the abstract classifier, the training schedule, the training history."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from implementations.architectures import Architecture, Floats, Weights, initial_weights
from implementations.batch_order import batch_order as batch_order  # noqa: PLC0414 -- for the harness
from implementations.device import Device
from implementations.randomness import generator as generator  # noqa: PLC0414 -- for the harness

Inputs = NDArray[np.float32]
Labels = NDArray[np.int64]
Precision = Literal["float32", "float64"]


class Batch(NamedTuple):
    """What one step of a training sees.

    Attributes
    ----------
    inputs : ndarray of float32, shape (n, *architecture.input_shape)
        Features.
    labels : ndarray of int64, shape (n,)
        Their classes, from 0.
    """

    inputs: Inputs
    labels: Labels


def shuffled(inputs: Inputs, labels: Labels, seed: int, epoch: int, batch_size: int) -> Iterator[Batch]:
    """Cut an epoch into batches, in the order of its seed and number: the same for every framework.

    Parameters
    ----------
    inputs : ndarray of float32, shape (n, *architecture.input_shape)
        Features of the training tracks.
    labels : ndarray of int64, shape (n,)
        Their classes, from 0.
    seed : int
        The seed of the run.
    epoch : int
        Number of the epoch, from 1.
    batch_size : int
        The last batch holds what is left.

    Yields
    ------
    Batch
        Copies, made as they are asked for.
    """
    order = batch_order(seed, epoch, len(inputs))
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        yield Batch(inputs[rows], labels[rows])


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma and Ba 2015) in the form of the paper's section 2, which is Keras's.

    The bias correction is in the step size, and `epsilon` is added to the square root of the uncorrected second
    moment.

    Attributes
    ----------
    learning_rate : float
        Size of a step.
    beta_1, beta_2 : float
        Decay rates of the first and second moments of the gradient.
    epsilon : float
        Keeps the divisor above 0.
    """

    learning_rate: float
    beta_1: float
    beta_2: float
    epsilon: float


@dataclass(frozen=True)
class SGD:
    """Stochastic gradient descent without momentum.

    Attributes
    ----------
    learning_rate : float
        What the gradient is multiplied by to make a step.
    """

    learning_rate: float


@dataclass(frozen=True)
class Schedule:
    """How long and in which steps a classifier is trained.

    What is minimised is the cross-entropy, mean over a batch, and the penalty of the architecture, if it has one.

    Attributes
    ----------
    epochs, batch_size : int
        The last batch of an epoch holds what is left.
    optimizer : Adam or SGD
        What makes a step of a gradient.
    """

    epochs: int
    batch_size: int
    optimizer: Adam | SGD


@dataclass(frozen=True)
class EpochScore:
    """Scores of one epoch, taken while training, dropout on.

    Attributes
    ----------
    loss : float
        Cross-entropy alone, natural logarithm, mean over the inputs; without the penalty of the architecture
        (see `implementations.architectures.penalty`), so that frameworks and studies are compared on one scale.
    accuracy : float
        Share of the inputs whose class was the most probable, from 0 to 1.
    """

    loss: float
    accuracy: float


AfterEpoch = Callable[[int, EpochScore], None]
BatchesOf = Callable[[int], Iterable[Batch]]
State = dict[str, NDArray[Any]]


class Training(ABC):
    """A training in progress: the optimiser's state as the framework holds it.

    What is random about a batch, its order and its augmentation, is made outside, the same for every framework. One
    that has `get_state` and `set_state` can be taken up again by another process, with the same bits.
    """

    @abstractmethod
    def step(self, batch: Batch) -> tuple[float, int]:
        """Make one step; return the mean loss of the batch before it, and how many of its classes were right."""

    @abstractmethod
    def set_learning_rate(self, rate: float) -> None:
        """Make the steps from the next one on with this learning rate, and keep what the optimiser has kept."""

    def epoch(self, batches: Iterable[Batch]) -> EpochScore:
        """Train one epoch, a step a batch.

        Raises
        ------
        ValueError
            If there is no batch.
        """
        loss_sum = 0.0
        correct = total = 0
        for batch in batches:
            loss, right = self.step(batch)
            # weighted by the size of the batch: the last one may be short
            loss_sum += loss * len(batch.labels)
            correct += right
            total += len(batch.labels)
        if not total:
            raise ValueError("an epoch needs at least one batch")
        return EpochScore(loss_sum / total, correct / total)

    def get_state(self) -> State | None:
        """Return copies of all that the next epoch depends on beside the weights; None where that cannot be had.

        It is what the optimiser keeps from step to step, and where the generators of random numbers are. A learning
        rate that was set is not part of it: whoever sets it knows it, and sets it again.
        """
        return None

    def set_state(self, state: State) -> None:
        """Go on from where `get_state` was called, with the weights of that moment."""
        raise NotImplementedError(f"{type(self).__name__} cannot be taken up again")


class Classifier(ABC):
    """One architecture in one framework.

    A new classifier holds the initial weights of its seed, which are the same in every framework. One process uses
    one framework, and calls `configure` before it builds the first classifier.

    Parameters
    ----------
    n_classes : int
        Number of classes, at least 2.
    seed : int
        The seed of the run: initial weights, batch order and dropout derive from it.
    architecture : Architecture, optional
        Other sizes than the registered ones, of the same kind: another number of units, no dropout.
    precision : {"float32", "float64"}
        What weights, activations and probabilities are computed in. The study's runs are float32. float64 shows that
        two frameworks do the same: what differs there is not rounding.

    Raises
    ------
    ValueError
        If `n_classes`, `architecture` or `precision` is not legal.
    """

    architecture: Architecture
    framework: str

    def __init__(
        self,
        n_classes: int,
        seed: int,
        *,
        architecture: Architecture | None = None,
        precision: Precision = "float32",
    ) -> None:
        if n_classes < 2:
            raise ValueError(f"n_classes is {n_classes}; a classifier needs at least 2")
        if architecture is not None and type(architecture) is not type(self.architecture):
            kind = type(self.architecture).__name__
            raise ValueError(f"{type(self).__name__} is built from a {kind}, not a {type(architecture).__name__}")
        if precision not in get_args(Precision):
            raise ValueError(f"precision is {precision!r}; legal: {', '.join(get_args(Precision))}")
        self.n_classes = n_classes
        self.seed = seed
        self.architecture = architecture or self.architecture
        self.precision = precision
        self._build()
        self.set_weights(initial_weights(self.architecture, n_classes, seed))

    @classmethod
    def configure(cls, threads: int, device: Device = "cpu") -> str:
        """Set the number of threads, deterministic kernels and the device for the whole process.

        Parameters
        ----------
        threads : int
            For the work on the CPU, at least 1.
        device : {"auto", "cpu", "cuda"}
            What computes; ``"auto"`` is CUDA's first device where the framework sees one, otherwise the CPU.

        Returns
        -------
        str
            ``"cpu"`` or ``"cuda"``: what was chosen.

        Raises
        ------
        ValueError
            If `threads` or `device` is not legal, or CUDA is asked for and the framework sees no such device.
        """
        if threads < 1:
            raise ValueError(f"threads is {threads}; give at least 1")
        if device not in get_args(Device):
            raise ValueError(f"device is {device!r}; legal: {', '.join(get_args(Device))}")
        return cls._configure(threads, device)

    @staticmethod
    @abstractmethod
    def _configure(threads: int, device: Device) -> str:
        """Set up the process for a legal number of threads and device, and return the device that was chosen."""

    @abstractmethod
    def _build(self) -> None:
        """Build the layers."""

    @abstractmethod
    def _get_weights(self) -> Weights:
        """Return the canonical weights as copies."""

    @abstractmethod
    def _set_weights(self, weights: Mapping[str, Floats]) -> None:
        """Take over canonical weights whose names and shapes are right."""

    @abstractmethod
    def _predict(self, inputs: Inputs, batch_size: int) -> Floats:
        """Return probabilities for inputs of the right shape."""

    @abstractmethod
    def start_training(self, optimizer: Adam | SGD) -> Training:
        """Set up an optimiser that changes the current weights, a batch a step (see `train_epochs`)."""

    def get_weights(self) -> Weights:
        """Return the canonical weights (see `implementations.architectures`) as copies."""
        return self._get_weights()

    def set_weights(self, weights: Mapping[str, Floats]) -> None:
        """Take over canonical weights, from this framework or another.

        Raises
        ------
        ValueError
            If a weight is missing, unknown or of another shape.
        """
        expected = {weight.name: weight.shape for weight in self.architecture.weights(self.n_classes)}
        given = {name: array.shape for name, array in weights.items()}
        wrong = [
            f"{name} is {given.get(name, 'missing')}, expected {expected.get(name, 'no such weight')}"
            for name in sorted(expected.keys() | given.keys())
            if given.get(name) != expected.get(name)
        ]
        if wrong:
            raise ValueError(
                f"not the weights of {self.architecture.name} for {self.n_classes} classes: {'; '.join(wrong)}"
            )
        self._set_weights(weights)

    def predict(self, inputs: Inputs, batch_size: int = 32) -> Floats:
        """Return the probability of each class, with dropout off and BatchNorm's running statistics.

        Parameters
        ----------
        inputs : ndarray of float32, shape (n, *architecture.input_shape)
            Features; may be memory-mapped.
        batch_size : int
            How many tracks are worked on at a time.

        Returns
        -------
        ndarray of the classifier's precision, shape (n, n_classes)
            Rows sum to 1.

        Raises
        ------
        ValueError
            If the inputs have another shape, or there are none.
        """
        self.check_inputs(inputs)
        return self._predict(inputs, batch_size)

    def fit(
        self, inputs: Inputs, labels: Labels, schedule: Schedule, after_epoch: AfterEpoch | None = None
    ) -> list[EpochScore]:
        """Train from the current weights, in the order of the seed and the number of each epoch (see `shuffled`).

        Parameters
        ----------
        inputs : ndarray of float32, shape (n, *architecture.input_shape)
            Features of the training tracks.
        labels : ndarray of int64, shape (n,)
            Their classes, from 0.
        schedule : Schedule
            Epochs, batches and optimiser.
        after_epoch : callable, optional
            Called with the number of the epoch (from 1) and its score; may call `predict` and `get_weights`.

        Returns
        -------
        list of EpochScore
            The training history, one entry an epoch.

        Raises
        ------
        ValueError
            If shapes or labels do not fit.
        """
        # before the first step: `train_epochs` would find a wrong label in its batch
        self.check_batch(inputs, labels)
        training = self.start_training(schedule.optimizer)

        def batches_of(epoch: int) -> Iterator[Batch]:
            return shuffled(inputs, labels, self.seed, epoch, schedule.batch_size)

        return self.train_epochs(training, batches_of, range(1, schedule.epochs + 1), after_epoch)

    def train_epochs(
        self, training: Training, batches_of: BatchesOf, epochs: range, after_epoch: AfterEpoch | None = None
    ) -> list[EpochScore]:
        """Train some of the epochs of a training that was started.

        Parameters
        ----------
        training : Training
            What `start_training` returned.
        batches_of : callable
            Called with the number of each epoch; returns its batches.
        epochs : range
            Numbers of the epochs, from 1.
        after_epoch : callable, optional
            As `fit` calls it.

        Returns
        -------
        list of EpochScore
            The training history, one entry an epoch.

        Raises
        ------
        ValueError
            If shapes or labels of a batch do not fit.
        """
        history = []
        for epoch in epochs:
            history.append(training.epoch(self._checked(batches_of(epoch))))
            if after_epoch:
                after_epoch(epoch, history[-1])
        return history

    def _checked(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        for batch in batches:
            self.check_batch(*batch)
            yield batch

    def check_batch(self, inputs: Inputs, labels: Labels) -> None:
        """Raise a ValueError where inputs or labels have not the shapes of a `Batch`, or labels are not classes."""
        self.check_inputs(inputs)
        self.check_labels(inputs, labels)

    def check_inputs(self, inputs: Inputs) -> None:
        """Raise a ValueError where inputs have not the shape (n, *architecture.input_shape), or there are none."""
        expected = self.architecture.input_shape
        if inputs.shape[1:] != expected or not len(inputs):
            raise ValueError(
                f"inputs have shape {inputs.shape}, {self.architecture.name} needs (n, {', '.join(map(str, expected))})"
            )

    def check_labels(self, inputs: Inputs, labels: Labels) -> None:
        """Raise a ValueError where labels are not one class of int64 for each of the inputs."""
        fit = labels.shape == inputs.shape[:1] and labels.dtype == np.int64
        if not fit or not np.isin(labels, np.arange(self.n_classes)).all():
            raise ValueError(f"labels must be {len(inputs)} numbers of int64 from 0 to {self.n_classes - 1}")
