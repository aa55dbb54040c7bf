"""The 2D CNN of five blocks in PyTorch."""

from collections import OrderedDict
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from implementations.architectures import CNN2DDeep
from implementations.pytorch.layers import ChannelsFirst, ChannelsLast, Dropout
from implementations.pytorch.training import PyTorchClassifier

# of a convolution's output, 4 MiB in single precision: what a core has at hand
_CACHE_VALUES = 1 << 20


class ConvPoolReLU2d(nn.Conv2d):
    """A "same" convolution, max pooling and ReLU in one, a few inputs at a time.

    The output of a convolution is the largest tensor of its block, and only pooling reads it. In parts it stays in the
    cache, in memory that the part before left: one after the other, the layers take fresh memory of the system for a
    whole batch of it, and again for its gradient. The largest value first gives the same values as ReLU first, and
    leaves ReLU a quarter of them.

    Parameters
    ----------
    inputs, filters : int
        Channels that come in and go out.
    kernel_size, pool_size : int
        Sides of the squares that the convolution and the pooling cover.
    """

    def __init__(self, inputs: int, filters: int, kernel_size: int, pool_size: int) -> None:
        super().__init__(inputs, filters, kernel_size, padding=kernel_size // 2)
        self.pool_size = pool_size

    def forward(self, x: Tensor) -> Tensor:
        """Return what pooling and ReLU leave of the convolution of `x`, shape (batch, channels, height, width)."""
        found: Tensor = _ConvPoolReLU2d.apply(x, self.weight, self.bias, self.pool_size)  # type: ignore[no-untyped-call]
        return found


class _ConvPoolReLU2d(torch.autograd.Function):
    """Both passes of the layer."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, kernel: Tensor, bias: Tensor, size: int) -> Tensor:
        pooled, places = [], []
        for part in _parts(x, len(kernel)):
            convolved = functional.conv2d(part, kernel, bias, padding=kernel.shape[-1] // 2)
            found, place = functional.max_pool2d_with_indices(convolved, [size, size])
            pooled.append(found.relu_())
            places.append(place)
        left = torch.cat(pooled)
        ctx.save_for_backward(x, kernel, left, *places)
        ctx.size = size
        return left

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, Tensor, Tensor, None]:
        x, kernel, left, *places = ctx.saved_tensors
        needs_x = ctx.needs_input_grad[0]
        gradient_x, gradient_kernel = [], torch.zeros_like(kernel)
        upstream = torch.ops.aten.threshold_backward(upstream, left, 0)
        padding = [kernel.shape[-1] // 2] * 2
        parts = _parts(x, len(kernel))
        for part, place, given in zip(parts, places, torch.split(upstream, [len(it) for it in parts]), strict=True):
            spread = _unpooled(given, place, part.shape[2:], ctx.size)
            of_x, of_kernel, _ = torch.ops.aten.convolution_backward(
                spread, part, kernel, None, [1, 1], padding, [1, 1], False, [0, 0], 1, [needs_x, True, False]
            )
            gradient_x.append(of_x)
            gradient_kernel += of_kernel
        # what pooling left out adds nothing to the gradient of the bias
        return torch.cat(gradient_x) if needs_x else None, gradient_kernel, upstream.sum((0, 2, 3)), None


def _parts(x: Tensor, filters: int) -> tuple[Tensor, ...]:
    """Split a batch into parts of about equal size whose convolutions the cache holds; no need to on a GPU."""
    values = x.shape[2] * x.shape[3] * filters
    parts = 1 if x.is_cuda else -(-len(x) // max(1, _CACHE_VALUES // values))
    return torch.tensor_split(x, parts)


def _unpooled(given: Tensor, place: Tensor, shape: torch.Size, size: int) -> Tensor:
    """Return the gradient of what was pooled: each value of `given` at its place, 0 elsewhere."""
    batch, channels = given.shape[:2]
    spread = torch.empty(
        (batch, channels, *shape), dtype=given.dtype, device=given.device, memory_format=torch.channels_last
    )
    if given.is_cuda:
        # pooling's own gradient is refused there: PyTorch does not know that no two squares overlap
        return spread.zero_().flatten(2).scatter_(2, place.flatten(2), given.flatten(2)).view(spread.shape)
    found: Tensor = torch.ops.aten.max_pool2d_with_indices_backward(
        given, spread, [size, size], [size, size], [0, 0], [1, 1], False, place
    )
    return found


class PenalisedLinear(nn.Linear):
    """A fully connected layer the gradient of whose kernel is that of the loss and of an L2 penalty.

    Parameters
    ----------
    inputs, units : int
        Sizes of input and output.
    factor : float
        The penalty is so many times the sum of the squares of the kernel.
    """

    def __init__(self, inputs: int, units: int, factor: float) -> None:
        super().__init__(inputs, units)
        self.factor = factor
        self.weight.register_hook(self._with_penalty)  # type: ignore[no-untyped-call]

    def _with_penalty(self, gradient: Tensor) -> Tensor:
        return gradient.add(self.weight.detach(), alpha=2 * self.factor)


class PyTorchCNN2DDeep(PyTorchClassifier):
    """The 2D CNN of five blocks: inputs of shape (batch, 128, 129, 1)."""

    architecture = CNN2DDeep()

    def _network(self) -> nn.Module:
        sizes = self.architecture
        layers: OrderedDict[str, nn.Module] = OrderedDict(channels_first=ChannelsFirst())
        channels = sizes.input_shape[-1]
        for block, filters in enumerate(sizes.filters, start=1):
            layers[f"conv{block}"] = ConvPoolReLU2d(channels, filters, sizes.kernel_size, sizes.pool_size)
            layers[f"dropout{block}"] = Dropout(sizes.block_dropout, self.seed, f"block{block}")
            channels = filters
        # Keras flattens with channels last, and the weights behind it are in that order
        layers["channels_last"] = ChannelsLast()
        layers["flatten"] = nn.Flatten()
        layers["flat_dropout"] = Dropout(sizes.flat_dropout, self.seed, "flat")
        layers["dense1"] = PenalisedLinear(sizes.flat_size, sizes.dense_units, sizes.dense_penalty)
        layers["dense1_relu"] = nn.ReLU()
        layers["dense1_dropout"] = Dropout(sizes.dense_dropout, self.seed, "dense1")
        layers["dense2"] = PenalisedLinear(sizes.dense_units, self.n_classes, sizes.dense_penalty)
        # channels last in memory: the order the features come in and the fastest one for these convolutions
        return nn.Sequential(layers).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
