"""What the tests ask of stock baselines, in the process of their framework."""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from benchmarks.optimizer import KERAS_ADAM
from benchmarks.timing.measuring.subjects import stock_module
from benchmarks.timing.measuring.tasks import CLASSES, SEED, random_tracks
from implementations.architectures import ARCHITECTURES, CNN2D, Architecture, CNN2DDeep
from implementations.interface import Schedule
from tests.frameworks import configured


def trained_values(architecture: str, framework: str) -> int:
    """How many values the optimiser of a baseline changes."""
    configured(architecture, framework)
    network: Any = import_module(stock_module(framework))._network(ARCHITECTURES[architecture], CLASSES)
    if framework == "pytorch":
        return sum(parameter.numel() for parameter in network.parameters())
    return sum(int(variable.numpy().size) for variable in network.trainable_variables)


def probabilities(architecture: str, framework: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What this project's network and the baseline with the same weights say of tracks, shape (3, classes) each."""
    ours, stock, network = _same_weights(ARCHITECTURES[architecture], framework)
    inputs, _ = random_tracks(architecture, 3)
    if framework == "pytorch":
        logits = network.eval()(stock._channels_first(inputs))
        return ours.predict(inputs), logits.softmax(1).detach().numpy()
    return ours.predict(inputs), network(inputs).numpy()


def steps(architecture: str, framework: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What three steps from the same weights, without dropout, change in our kernels, and in the baseline's.

    Kernels only: Adam makes a whole step even of what rounding leaves of the gradients that BatchNorm cancels.
    """
    sizes = ARCHITECTURES[architecture].without_dropout()
    ours, stock, network = _same_weights(sizes, framework)
    before = _kernels(_in_stock_order(ours, framework))
    inputs, labels = random_tracks(architecture, 16)
    schedule = Schedule(epochs=3, batch_size=16, optimizer=KERAS_ADAM)
    with patch.object(stock, "_network", lambda *_: network), _like_keras(network, framework):
        epoch = stock.make_epoch(sizes, CLASSES, inputs, labels, schedule.batch_size)
    for _ in range(schedule.epochs):
        epoch()
    ours.fit(inputs, labels, schedule)
    trained = network.state_dict().values() if framework == "pytorch" else network.get_weights()
    return _kernels(_in_stock_order(ours, framework)) - before, _kernels(trained) - before


@contextmanager
def _like_keras(network: Any, framework: str) -> Iterator[None]:
    """Take from a baseline in PyTorch the two ways in which PyTorch's own layers and Adam do not step as Keras's do."""
    if framework != "pytorch":
        yield
        return
    import torch

    from implementations.pytorch.training import KerasAdam

    # an LSTM there adds up two biases, which step both: twice as far as one
    for name, parameter in network.named_parameters():
        parameter.requires_grad_("bias_hh" not in name)

    def adam(parameters: Iterable[Any], eps: float) -> KerasAdam:
        return KerasAdam(list(parameters), replace(KERAS_ADAM, epsilon=eps))

    with patch.object(torch.optim, "Adam", adam):
        yield


def _same_weights(sizes: Architecture, framework: str) -> tuple[Any, Any, Any]:
    """Return a network of this project, the module of the baseline, and its network with the same weights."""
    ours: Any = configured(sizes.name, framework)(CLASSES, SEED, architecture=sizes)
    rng = np.random.default_rng(SEED)
    weights = ours.get_weights()
    # kernels are random already, what belongs to a channel is 0 or 1; a running variance stays above 0
    ours.set_weights({name: it + rng.uniform(0, 0.1, it.shape) * (it.ndim == 1) for name, it in weights.items()})
    stock: Any = import_module(stock_module(framework))
    network = stock._network(sizes, CLASSES)
    values = _in_stock_order(ours, framework)
    if framework == "pytorch":
        network.load_state_dict(dict(zip(network.state_dict(), values, strict=True)))
    else:
        network.set_weights(values)
    return ours, stock, network


def _in_stock_order(ours: Any, framework: str) -> list[Any]:
    """Return the weights of a network as the baseline has them: both hold their layers in the order of the network."""
    if framework == "pytorch":
        return [_flat_channels_first(tensor, ours.architecture) for tensor in ours.module.state_dict().values()]
    found: list[Any] = ours.model.get_weights()
    return found


def _flat_channels_first(tensor: Any, sizes: Architecture) -> Any:
    """Bring what a 2D CNN flattens, channels last as the study's framework, into PyTorch's order."""
    if not isinstance(sizes, CNN2D | CNN2DDeep) or tensor.shape[-1:] != (sizes.flat_size,):
        return tensor
    side = math.isqrt(sizes.flat_size // sizes.filters[-1])
    return tensor.unflatten(-1, (side, side, sizes.filters[-1])).movedim(-1, -3).flatten(-3)


def _kernels(weights: Iterable[Any]) -> NDArray[np.float32]:
    """Copy all kernels into one vector."""
    return np.concatenate([np.ravel(array) for array in map(np.asarray, weights) if array.ndim > 1])


def use(architecture: str, framework: str, batch_size: int) -> str:
    """Train and predict on three tracks; returns why not, where it cannot."""
    configured(architecture, framework)
    stock: Any = import_module(stock_module(framework))
    inputs, labels = random_tracks(architecture, 3)
    try:
        stock.make_epoch(ARCHITECTURES[architecture], CLASSES, inputs, labels, batch_size)()
    except NotImplementedError as error:
        return str(error)
    stock.make_prediction(ARCHITECTURES[architecture], CLASSES, inputs, batch_size)()
    return ""
