"""Canonical weights in and out of PyTorch modules whose sub-modules carry the canonical layer names."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import torch
from torch import Tensor, nn

from implementations.architectures import Floats, Weights
from implementations.pytorch.layers import BatchNorm
from implementations.pytorch.lstm import LSTM

Layout = Callable[[Tensor], Tensor]


def _tensors(module: nn.Module) -> Iterator[tuple[str, Tensor, Layout]]:
    """Yield canonical names, tensors, and what gives a view of each in canonical layout: for reading and writing."""
    for layer, child in module.named_children():
        if isinstance(child, nn.Conv1d | nn.Conv2d):
            # (out, in, *size) -> (*size, in, out)
            yield f"{layer}/kernel", child.weight, partial(Tensor.movedim, source=(0, 1), destination=(-1, -2))
            yield f"{layer}/bias", _present(child.bias), _as_it_is
        elif isinstance(child, nn.Linear):
            yield f"{layer}/kernel", child.weight, Tensor.t
            yield f"{layer}/bias", child.bias, _as_it_is
        elif isinstance(child, BatchNorm):
            yield f"{layer}/gamma", child.weight, _as_it_is
            yield f"{layer}/beta", child.bias, _as_it_is
            yield f"{layer}/moving_mean", _present(child.running_mean), _as_it_is
            yield f"{layer}/moving_variance", _present(child.running_var), _as_it_is
        elif isinstance(child, LSTM):
            # the gates come in the same order: PyTorch's i, f, g, o is Keras's i, f, c, o
            yield f"{layer}/kernel", child.get_parameter("weight_ih_l0"), Tensor.t
            yield f"{layer}/recurrent_kernel", child.get_parameter("weight_hh_l0"), Tensor.t
            yield f"{layer}/bias", child.get_parameter("bias_ih_l0"), _as_it_is


def _as_it_is(tensor: Tensor) -> Tensor:
    return tensor


def _present(tensor: Tensor | None) -> Tensor:
    if tensor is None:
        raise TypeError("every layer here is built with its bias and running statistics")
    return tensor


def get_weights(module: nn.Module) -> Weights:
    """Return copies of all weights in canonical form."""
    return {name: _copy(layout(tensor)) for name, tensor, layout in _tensors(module)}


def get_gradients(module: nn.Module) -> Weights:
    """Return copies of the gradients of the last backward pass, by the names and in the layout of their weights."""
    return {name: _copy(layout(tensor.grad)) for name, tensor, layout in _tensors(module) if tensor.grad is not None}


def _copy(tensor: Tensor) -> Floats:
    copied: Floats = tensor.detach().cpu().numpy().copy(order="C")
    return copied


def set_weights(module: nn.Module, weights: Mapping[str, Floats]) -> None:
    """Copy canonical weights into the module."""
    with torch.no_grad():
        for name, tensor, layout in _tensors(module):
            layout(tensor).copy_(torch.from_numpy(weights[name]))


def trained_parameters(module: nn.Module) -> list[nn.Parameter]:
    """Return the parameters that the optimiser changes."""
    return [parameter for parameter in module.parameters() if parameter.requires_grad]
