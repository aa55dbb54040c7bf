"""What the tests ask of stock baselines, in the process of their framework."""

import math
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.timing.measuring.subjects import stock_module
from benchmarks.timing.measuring.tasks import CLASSES, SEED, random_tracks
from implementations.architectures import ARCHITECTURES, CNN2D, Architecture
from implementations.registry import implementation


def trained_values(architecture: str, framework: str) -> int:
    """How many values the optimiser of a baseline changes."""
    network: Any = import_module(stock_module(framework))._network(ARCHITECTURES[architecture], CLASSES)
    if framework == "pytorch":
        return sum(parameter.numel() for parameter in network.parameters())
    return sum(int(variable.numpy().size) for variable in network.trainable_variables)


def probabilities(architecture: str, framework: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What this project's network and the baseline with the same weights say of tracks, shape (3, classes) each."""
    ours: Any = implementation(architecture, framework)(CLASSES, SEED)
    rng = np.random.default_rng(SEED)
    weights = ours.get_weights()
    # kernels are random already, what belongs to a channel is 0 or 1; a running variance stays above 0
    ours.set_weights({name: it + rng.uniform(0, 0.1, it.shape) * (it.ndim == 1) for name, it in weights.items()})
    inputs, _ = random_tracks(architecture, 3)
    stock: Any = import_module(stock_module(framework))
    network = stock._network(ARCHITECTURES[architecture], CLASSES)
    # both hold their layers in the order of the network
    if framework == "pytorch":
        values = (_channels_first(tensor, ARCHITECTURES[architecture]) for tensor in ours._module.state_dict().values())
        network.load_state_dict(dict(zip(network.state_dict(), values, strict=True)))
        logits = network.eval()(stock._channels_first(inputs))
        return ours.predict(inputs), logits.softmax(1).detach().numpy()
    network.set_weights(ours._model.get_weights())
    return ours.predict(inputs), network(inputs).numpy()


def _channels_first(tensor: Any, sizes: Architecture) -> Any:
    """Bring what the 2D CNN flattens, channels last as the study's framework, into PyTorch's order."""
    if not isinstance(sizes, CNN2D) or tensor.shape[-1:] != (sizes.flat_size,):
        return tensor
    side = math.isqrt(sizes.flat_size // sizes.filters[-1])
    return tensor.unflatten(-1, (side, side, sizes.filters[-1])).movedim(-1, -3).flatten(-3)


def use(architecture: str, framework: str, batch_size: int) -> str:
    """Train and predict on three tracks; returns why not, where it cannot."""
    stock: Any = import_module(stock_module(framework))
    inputs, labels = random_tracks(architecture, 3)
    try:
        stock.make_epoch(ARCHITECTURES[architecture], CLASSES, inputs, labels, batch_size)()
    except NotImplementedError as error:
        return str(error)
    stock.make_prediction(ARCHITECTURES[architecture], CLASSES, inputs, batch_size)()
    return ""
