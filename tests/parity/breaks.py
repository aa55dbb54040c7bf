"""Alignments of the PyTorch implementations, broken one at a time: what runs inside PyTorch's process."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.optimizer import KERAS_ADAM
from benchmarks.parity.recording import record_arrays
from implementations.architectures import Architecture


def swapped_gates() -> Any:
    """LSTM gates forget and cell in each other's place."""
    from implementations.pytorch import training

    set_weights = training.canonical.set_weights

    def swapped(module: Any, weights: Mapping[str, Any]) -> None:
        found = dict(weights)
        for name, values in weights.items():
            if name.startswith("lstm"):
                i, f, c, o = np.split(values, 4, axis=-1)
                found[name] = np.ascontiguousarray(np.concatenate([i, c, f, o], axis=-1))
        set_weights(module, found)

    return patch.object(training.canonical, "set_weights", swapped)


def padding_on_the_left() -> Any:
    from implementations.pytorch.layers import SamePadding

    def init(self: Any, kernel_size: int) -> None:
        super(SamePadding, self).__init__()
        self.padding = (kernel_size // 2, (kernel_size - 1) // 2)

    return patch.object(SamePadding, "__init__", init)


def channels_first_flatten() -> Any:
    from implementations.pytorch.layers import ChannelsLast

    return patch.object(ChannelsLast, "forward", lambda _, x: x)


def norm_momentum() -> Any:
    return _norm_with(momentum=0.1)


def norm_epsilon() -> Any:
    return _norm_with(eps=1e-5)


def _norm_with(**settings: float) -> Any:
    from implementations.pytorch.layers import BatchNorm

    original = BatchNorm.__init__

    def init(self: Any, channels: int, architecture: Architecture) -> None:
        original(self, channels, architecture)
        for name, value in settings.items():
            setattr(self, name, value)

    return patch.object(BatchNorm, "__init__", init)


def unbiased_variance() -> Any:
    from torch.nn.modules.batchnorm import _BatchNorm

    from implementations.pytorch.layers import BatchNorm

    return patch.object(BatchNorm, "forward", _BatchNorm.forward)


def summed_loss() -> Any:
    from torch.nn import functional

    from implementations.pytorch import training

    cross_entropy = functional.cross_entropy
    return patch.object(
        training.functional, "cross_entropy", lambda logits, labels: cross_entropy(logits, labels, reduction="sum")
    )


def _adam(change: Callable[[Any], Any]) -> Any:
    from implementations.pytorch import training

    return patch.object(training, "KerasAdam", lambda parameters, given: change((parameters, given)))


def stock_adam() -> Any:
    """PyTorch's Adam with its default epsilon."""
    import torch

    return _adam(lambda it: torch.optim.Adam(it[0], lr=it[1].learning_rate, betas=(it[1].beta_1, it[1].beta_2)))


def stock_adam_with_the_study_s_epsilon() -> Any:
    import torch

    return _adam(
        lambda it: torch.optim.Adam(
            it[0], lr=it[1].learning_rate, betas=(it[1].beta_1, it[1].beta_2), eps=it[1].epsilon
        )
    )


# for each break: the architecture it is seen in, and the checks that must fail in float64
BREAKS: dict[str, tuple[Callable[[], Any], str, set[str]]] = {
    "swapped gates": (swapped_gates, "cnn_lstm", {"round_trip", "evaluation", "gradients", "hidden", "cell"}),
    "padding on the left": (padding_on_the_left, "cnn_lstm", {"evaluation", "gradients", "hidden"}),
    "flatten with channels first": (channels_first_flatten, "cnn2d", {"evaluation", "training_outputs", "gradients"}),
    "BatchNorm momentum 0.1": (norm_momentum, "cnn2d", {"step_statistics", "sgd_statistics", "adam_statistics"}),
    "BatchNorm epsilon 1e-5": (norm_epsilon, "cnn_lstm", {"evaluation", "training_outputs", "gradients"}),
    "unbiased running variance": (unbiased_variance, "cnn2d", {"step_statistics", "sgd_probabilities"}),
    "sum for mean in the loss": (summed_loss, "cnn2d", {"training_loss", "gradients", "sgd_weights", "adam_loss"}),
    "PyTorch's default epsilon": (stock_adam, "cnn2d", {"adam_weights", "adam_probabilities"}),
    "epsilon where PyTorch puts it": (stock_adam_with_the_study_s_epsilon, "cnn_lstm", {"adam_weights"}),
}


def record_broken(name: str, folder: Path, architectures: Mapping[str, Architecture]) -> None:
    """Compute with one alignment broken."""
    broken, architecture, _ = BREAKS[name]
    with broken():
        record_arrays("pytorch", folder, KERAS_ADAM, {architecture: architectures[architecture]})
