"""Canonical weights in and out of PyTorch modules whose sub-modules carry the canonical layer names."""

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from implementations.architectures import Weights
from implementations.pytorch.layers import LSTM, BatchNorm


def _views(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Yield canonical names and views of the parameters in canonical layout: reading and writing go through both."""
    for layer, child in module.named_children():
        if isinstance(child, nn.Conv1d | nn.Conv2d):
            # (out, in, *size) -> (*size, in, out)
            yield f"{layer}/kernel", child.weight.movedim((0, 1), (-1, -2))
            yield f"{layer}/bias", _present(child.bias)
        elif isinstance(child, nn.Linear):
            yield f"{layer}/kernel", child.weight.T
            yield f"{layer}/bias", child.bias
        elif isinstance(child, BatchNorm):
            yield f"{layer}/gamma", child.weight
            yield f"{layer}/beta", child.bias
            yield f"{layer}/moving_mean", _present(child.running_mean)
            yield f"{layer}/moving_variance", _present(child.running_var)
        elif isinstance(child, LSTM):
            # the gates come in the same order: PyTorch's i, f, g, o is Keras's i, f, c, o
            yield f"{layer}/kernel", child.get_parameter("weight_ih_l0").T
            yield f"{layer}/recurrent_kernel", child.get_parameter("weight_hh_l0").T
            yield f"{layer}/bias", child.get_parameter("bias_ih_l0")


def _present(tensor: Tensor | None) -> Tensor:
    if tensor is None:
        raise TypeError("every layer here is built with its bias and running statistics")
    return tensor


def get_weights(module: nn.Module) -> Weights:
    """Return copies of all weights in canonical form."""
    with torch.no_grad():
        return {name: view.numpy().copy(order="C") for name, view in _views(module)}


def set_weights(module: nn.Module, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Copy canonical weights into the module."""
    with torch.no_grad():
        for name, view in _views(module):
            view.copy_(torch.from_numpy(weights[name]))
