"""The architectures as data: sizes, canonical weight names and shapes, initial weights, penalties.

The canonical form of a weight is a NumPy array in the layout of the study's framework, named
``<layer>/<variable>``: convolution kernels (*kernel size, in, out), dense kernels (in, out), LSTM kernels
(in, 4 x units) with the gates in the order input, forget, cell, output, one bias a layer, and channels last wherever
a layer flattens its input. Sources: the studies' notebooks and the configuration inside their model files.
"""

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from implementations.randomness import generator

Shape = tuple[int, ...]
Initializer = Callable[[np.random.Generator, Shape], NDArray[np.float64]]
# of one precision, float32 or float64
Floats = NDArray[np.float32] | NDArray[np.float64]
Weights = dict[str, Floats]


def zeros(_: np.random.Generator, shape: Shape) -> NDArray[np.float64]:
    """Return zeros: biases, BatchNorm shift and running mean."""
    return np.zeros(shape)


def ones(_: np.random.Generator, shape: Shape) -> NDArray[np.float64]:
    """Return ones: BatchNorm scale and running variance."""
    return np.ones(shape)


def glorot_uniform(rng: np.random.Generator, shape: Shape) -> NDArray[np.float64]:
    """Draw from U(-a, a) with a = sqrt(6 / (fan in + fan out)) (Glorot and Bengio 2010)."""
    receptive_field = math.prod(shape[:-2])
    limit = math.sqrt(6 / (receptive_field * (shape[-2] + shape[-1])))
    return rng.uniform(-limit, limit, shape)


def orthogonal(rng: np.random.Generator, shape: Shape) -> NDArray[np.float64]:
    """Draw a matrix with orthonormal rows or columns, whichever are fewer (Saxe, McClelland and Ganguli 2014)."""
    rows, columns = shape
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diag(r))  # makes the draw uniform over orthogonal matrices
    return q if rows >= columns else q.T


def unit_forget_bias(_: np.random.Generator, shape: Shape) -> NDArray[np.float64]:
    """Return an LSTM bias of zeros with ones for the forget gate (Jozefowicz, Zaremba and Sutskever 2015)."""
    bias = np.zeros(shape)
    units = shape[0] // 4
    bias[units : 2 * units] = 1
    return bias


@dataclass(frozen=True)
class Weight:
    """One array of an architecture.

    Attributes
    ----------
    name : str
        Its canonical name.
    shape : tuple of int
        Its canonical shape.
    initializer : callable
        How it starts.
    trainable : bool
        Whether the optimiser changes it.
    cancelled : bool
        Whether it is a bias that a BatchNorm behind it takes away again: it changes no output, and its gradient is 0
        but for rounding.
    penalty : float
        What training minimises beside cross-entropy is so many times the sum of the squares of the values (L2).
    """

    name: str
    shape: Shape
    initializer: Initializer
    trainable: bool = True
    cancelled: bool = False
    penalty: float = 0.0


def convolution(
    layer: str, kernel_shape: Shape, *, then_batch_norm: bool = False, penalty: float = 0.0
) -> list[Weight]:
    """Return the weights of a convolution; `kernel_shape` is (*kernel size, in, out), `penalty` that of the kernel."""
    return [
        Weight(f"{layer}/kernel", kernel_shape, glorot_uniform, penalty=penalty),
        Weight(f"{layer}/bias", kernel_shape[-1:], zeros, cancelled=then_batch_norm),
    ]


def dense(layer: str, inputs: int, units: int, *, penalty: float = 0.0) -> list[Weight]:
    """Return the weights of a fully connected layer; `penalty` is that of the kernel."""
    return convolution(layer, (inputs, units), penalty=penalty)


def batch_norm(layer: str, channels: int) -> list[Weight]:
    """Return the weights and running statistics of a batch normalisation."""
    return [
        Weight(f"{layer}/gamma", (channels,), ones),
        Weight(f"{layer}/beta", (channels,), zeros),
        Weight(f"{layer}/moving_mean", (channels,), zeros, trainable=False),
        Weight(f"{layer}/moving_variance", (channels,), ones, trainable=False),
    ]


def lstm(layer: str, inputs: int, units: int) -> list[Weight]:
    """Return the weights of an LSTM layer with one bias (the layout of the study's framework)."""
    return [
        Weight(f"{layer}/kernel", (inputs, 4 * units), glorot_uniform),
        Weight(f"{layer}/recurrent_kernel", (units, 4 * units), orthogonal),
        Weight(f"{layer}/bias", (4 * units,), unit_forget_bias),
    ]


@dataclass(frozen=True)
class Architecture(ABC):
    """What both frameworks must agree on.

    Attributes
    ----------
    name : str
        Name on the command line and in the registry.
    title : str
        Name in reports.
    input_shape : tuple of int
        Shape of the features of one track.
    norm_momentum : float
        Share of the old running average in the new one.
    norm_epsilon : float
        What BatchNorm adds to the variance.
    """

    name: str
    title: str
    input_shape: Shape
    norm_momentum: float = 0.99
    norm_epsilon: float = 1e-3

    @property
    def short_title(self) -> str:
        """The name where there is little room."""
        return self.title

    @abstractmethod
    def weights(self, n_classes: int) -> list[Weight]:
        """Return every weight in the order of the layers."""

    def without_dropout(self) -> Self:
        """Return the same sizes with every dropout rate 0: its masks are where frameworks differ on purpose."""
        rates: dict[str, Any] = {field.name: 0.0 for field in fields(self) if field.name.endswith("_dropout")}
        return replace(self, **rates)


@dataclass(frozen=True)
class CNN2D(Architecture):
    """Three blocks of convolution, BatchNorm, ReLU, dropout and average pooling, then three dense layers.

    Attributes
    ----------
    filters : tuple of int
        Channels that each block leaves.
    kernel_size, pool_size : int
        Sides of the squares that a convolution and a pooling cover.
    block_dropout, dense_dropout : float
        Share of the values that a block, or a dense layer but the last, sets to zero.
    dense_units : tuple of int
        Of the dense layers but the last.
    """

    name: str = "cnn2d"
    title: str = "2D CNN"
    input_shape: Shape = (128, 128, 3)
    filters: tuple[int, ...] = (32, 32, 32)
    kernel_size: int = 3
    pool_size: int = 2
    block_dropout: float = 0.25
    dense_units: tuple[int, ...] = (32, 16)
    dense_dropout: float = 0.5

    @property
    def flat_size(self) -> int:
        """Number of values that the last block leaves: each block pads nothing and drops an odd row or column."""
        height, width, _ = self.input_shape
        for _ in self.filters:
            height = (height - self.kernel_size + 1) // self.pool_size
            width = (width - self.kernel_size + 1) // self.pool_size
        return height * width * self.filters[-1]

    def weights(self, n_classes: int) -> list[Weight]:
        """Return every weight in the order of the layers."""
        found: list[Weight] = []
        channels = self.input_shape[-1]
        for block, filters in enumerate(self.filters, start=1):
            kernel_shape = (self.kernel_size, self.kernel_size, channels, filters)
            found += convolution(f"conv{block}", kernel_shape, then_batch_norm=True)
            found += batch_norm(f"norm{block}", filters)
            channels = filters
        found += batch_norm(f"norm{len(self.filters) + 1}", self.flat_size)
        inputs = self.flat_size
        for number, units in enumerate((*self.dense_units, n_classes), start=1):
            found += dense(f"dense{number}", inputs, units)
            inputs = units
        return found


@dataclass(frozen=True)
class CNNLSTM(Architecture):
    """Three blocks of 1D convolution, BatchNorm, ReLU, dropout and average pooling, two LSTMs, two dense layers.

    Attributes
    ----------
    filters : tuple of int
        Channels that each block leaves.
    kernel_size, pool_size : int
        Time steps that a convolution and a pooling cover.
    block_dropout, lstm_dropout, dense_dropout : float
        Share of the values that a block, the last LSTM and the first dense layer set to zero.
    lstm_units : tuple of int
        Size of the states of each LSTM.
    dense_units : int
        Of the first dense layer.
    """

    name: str = "cnn_lstm"
    title: str = "1D CNN - LSTM"
    input_shape: Shape = (646, 20)
    filters: tuple[int, ...] = (32, 32, 32)
    kernel_size: int = 4
    pool_size: int = 2
    block_dropout: float = 0.25
    lstm_units: tuple[int, ...] = (128, 128)
    lstm_dropout: float = 0.25
    dense_units: int = 64
    dense_dropout: float = 0.5

    @property
    def short_title(self) -> str:
        """The name where there is little room."""
        return "CNN-LSTM"

    def weights(self, n_classes: int) -> list[Weight]:
        """Return every weight in the order of the layers."""
        found: list[Weight] = []
        channels = self.input_shape[-1]
        for block, filters in enumerate(self.filters, start=1):
            found += convolution(f"conv{block}", (self.kernel_size, channels, filters), then_batch_norm=True)
            found += batch_norm(f"norm{block}", filters)
            channels = filters
        for number, units in enumerate(self.lstm_units, start=1):
            found += lstm(f"lstm{number}", channels, units)
            channels = units
        found += dense("dense1", channels, self.dense_units)
        found += dense("dense2", self.dense_units, n_classes)
        return found


@dataclass(frozen=True)
class CNN2DDeep(Architecture):
    """Blocks of "same" convolution, ReLU, max pooling and dropout, then two dense layers with a penalty.

    Attributes
    ----------
    filters : tuple of int
        Channels that each block leaves.
    kernel_size, pool_size : int
        Sides of the squares that a convolution and a pooling cover.
    block_dropout, flat_dropout, dense_dropout : float
        Share of the values that a block, what is flattened and the first dense layer set to zero.
    dense_units : int
        Of the first dense layer.
    dense_penalty : float
        Of the kernels of both dense layers (see `Weight.penalty`).
    """

    name: str = "cnn2d_deep"
    title: str = "2D CNN of five blocks"
    input_shape: Shape = (128, 129, 1)
    filters: tuple[int, ...] = (16, 32, 64, 128, 256)
    kernel_size: int = 3
    pool_size: int = 2
    block_dropout: float = 0.25
    flat_dropout: float = 0.5
    dense_units: int = 512
    dense_dropout: float = 0.25
    dense_penalty: float = 0.02

    @property
    def short_title(self) -> str:
        """The name where there is little room."""
        return "5-block CNN"

    @property
    def flat_size(self) -> int:
        """Number of values that the last block leaves: each block drops an odd row or column."""
        height, width, _ = self.input_shape
        shrunk: int = self.pool_size ** len(self.filters)
        return (height // shrunk) * (width // shrunk) * self.filters[-1]

    def weights(self, n_classes: int) -> list[Weight]:
        """Return every weight in the order of the layers."""
        found: list[Weight] = []
        channels = self.input_shape[-1]
        for block, filters in enumerate(self.filters, start=1):
            found += convolution(f"conv{block}", (self.kernel_size, self.kernel_size, channels, filters))
            channels = filters
        found += dense("dense1", self.flat_size, self.dense_units, penalty=self.dense_penalty)
        found += dense("dense2", self.dense_units, n_classes, penalty=self.dense_penalty)
        return found


ARCHITECTURES: dict[str, Architecture] = {
    architecture.name: architecture for architecture in (CNN2D(), CNNLSTM(), CNN2DDeep())
}


def initial_weights(architecture: Architecture, n_classes: int, seed: int) -> Weights:
    """Draw the initial weights: the same arrays for every framework.

    Parameters
    ----------
    architecture : Architecture
        What to draw for.
    n_classes : int
        Units of the last layer.
    seed : int
        The seed of the run.

    Returns
    -------
    dict of str to ndarray of float32
        Canonical weights.
    """
    return {
        weight.name: weight.initializer(generator(seed, f"initial weights/{weight.name}"), weight.shape).astype(
            np.float32
        )
        for weight in architecture.weights(n_classes)
    }


def penalty(architecture: Architecture, weights: Mapping[str, Floats], n_classes: int) -> float:
    """Return what training minimises beside cross-entropy (see `Weight.penalty`), computed in float64.

    Implementations add its gradient to that of the cross-entropy, and leave it out of the losses that they return, so
    that losses of architectures with and without one can be compared. Keras's own losses hold it.

    Parameters
    ----------
    architecture : Architecture
        Whose weights have penalties.
    weights : mapping of str to ndarray of float32 or float64
        Canonical weights.
    n_classes : int
        Units of the last layer.
    """
    penalised = [weight for weight in architecture.weights(n_classes) if weight.penalty]
    return float(sum(it.penalty * np.square(weights[it.name], dtype=np.float64).sum() for it in penalised))


def weights_digest(architecture: Architecture, n_classes: int, seed: int) -> str:
    """Return the sha256 of the initial weights, in the order of the layers."""
    digest = hashlib.sha256()
    for name, values in initial_weights(architecture, n_classes, seed).items():
        digest.update(name.encode() + values.tobytes())
    return digest.hexdigest()


def parameter_count(architecture: Architecture, n_classes: int) -> int:
    """Return the number of values in all weights, the running statistics of BatchNorm included (as Keras counts)."""
    return sum(math.prod(weight.shape) for weight in architecture.weights(n_classes))
