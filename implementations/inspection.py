"""What the parity checks look at in a classifier and no run needs: gradients, inner states, number of values."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from implementations.architectures import Floats, Weights
from implementations.interface import Inputs, Labels


@dataclass(frozen=True)
class TrainingPass:
    """What one batch gives in training mode, before the optimiser makes a step of it.

    Attributes
    ----------
    probabilities : ndarray of float, shape (n, n_classes)
        With the batch's own statistics in BatchNorm, and dropout on.
    loss : float
        Cross-entropy alone, natural logarithm, mean over the batch.
    gradients : dict of str to ndarray of float
        Of the loss and the architecture's penalty, by the canonical names of the trained weights and in their layout.
    """

    probabilities: Floats
    loss: float
    gradients: Weights


@dataclass(frozen=True)
class LSTMStates:
    """The states of an LSTM layer after every time step.

    Attributes
    ----------
    hidden, cell : ndarray of float, shape (n, steps, units)
        Hidden state, which is the layer's output, and cell state.
    """

    hidden: Floats
    cell: Floats


@dataclass(frozen=True)
class ValueCount:
    """How many values a framework's own model holds.

    Attributes
    ----------
    trained : int
        Changed by the optimiser.
    running : int
        Running statistics of BatchNorm.
    fixed : int
        Bookkeeping of the framework that has no canonical weight and never changes.
    """

    trained: int
    running: int
    fixed: int


class Inspector(ABC):
    """Looks into a classifier as its framework holds it; one class a framework.

    Parameters
    ----------
    classifier : Classifier
        Of the inspector's framework.
    """

    def __init__(self, classifier: Any) -> None:
        self.classifier = classifier

    @abstractmethod
    def _training_pass(self, inputs: Inputs, labels: Labels) -> TrainingPass:
        """Run one batch of the right shapes forward and backward in training mode."""

    @abstractmethod
    def _lstm_states(self, inputs: Inputs) -> dict[str, LSTMStates]:
        """Return the states of every LSTM layer for inputs of the right shape."""

    @abstractmethod
    def count_values(self) -> ValueCount:
        """Count the values in the framework's own model, not those of the canonical form."""

    def training_pass(self, inputs: Inputs, labels: Labels) -> TrainingPass:
        """Run one batch forward and backward in training mode, without a step of an optimiser.

        BatchNorm's running statistics move, as they do in a step; no other weight changes.

        Parameters
        ----------
        inputs : ndarray of float32, shape (n, *architecture.input_shape)
            Features of one batch.
        labels : ndarray of int64, shape (n,)
            Their classes, from 0.

        Raises
        ------
        ValueError
            If shapes or labels do not fit.
        """
        self.classifier.check_batch(inputs, labels)
        return self._training_pass(inputs, labels)

    def lstm_states(self, inputs: Inputs) -> dict[str, LSTMStates]:
        """Return the states of every LSTM layer by its canonical name, in evaluation mode; empty where there is none.

        Parameters
        ----------
        inputs : ndarray of float32, shape (n, *architecture.input_shape)
            Features.

        Raises
        ------
        ValueError
            If the inputs have another shape, or there are none.
        """
        self.classifier.check_inputs(inputs)
        return self._lstm_states(inputs)
