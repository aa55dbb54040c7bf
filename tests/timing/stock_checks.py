"""What the tests ask of stock baselines, in the process of their framework."""

from importlib import import_module
from typing import Any

from benchmarks.timing.measuring.subjects import stock_module
from benchmarks.timing.measuring.tasks import CLASSES, random_tracks
from implementations.architectures import ARCHITECTURES


def trained_values(architecture: str, framework: str) -> int:
    """How many values the optimiser of a baseline changes."""
    network: Any = import_module(stock_module(framework))._network(ARCHITECTURES[architecture], CLASSES)
    if framework == "pytorch":
        return sum(parameter.numel() for parameter in network.parameters())
    return sum(int(variable.numpy().size) for variable in network.trainable_variables)


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
