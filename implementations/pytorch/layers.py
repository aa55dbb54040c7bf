"""Layers as the study's framework has them, and those that are faster than PyTorch's own."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from implementations.architectures import Architecture
from implementations.randomness import framework_seed

_INT64_MIN = torch.iinfo(torch.int64).min
# 4 MiB in single precision, what a core has at hand; a track's first activations are half as many, and half or twice
# as many tracks are hardly slower. In values, so that masks do not depend on the precision
_CACHE_VALUES = 1 << 20


class Dropout(nn.Module):
    """Inverted dropout whose mask is drawn as random bits from a generator of its own.

    PyTorch's own layer draws a double for every value from the global generator, which takes longer than the
    convolution before it. A few bits a value are exact for rates that are multiples of 1/256, as the study's are.

    Parameters
    ----------
    rate : float
        Share of the values set to zero, a multiple of 1/256.
    seed : int
        The seed of the run.
    layer : str
        Name of the layer; every layer draws masks of its own.
    """

    def __init__(self, rate: float, seed: int, layer: str) -> None:
        super().__init__()
        if not (rate * 256).is_integer():
            raise ValueError(f"dropout rate {rate} is not a multiple of 1/256")
        self.rate = rate
        # the rate's binary digits behind the point, the last one first: 0.25 is 0.01
        self.digits = f"{int(rate * 256):08b}".rstrip("0")[::-1]
        # for every byte of dropped bits, the factors of its eight values
        bits = torch.arange(256).unsqueeze(1) >> torch.arange(8) & 1
        self.values = (1 - bits).double() / (1 - rate)
        self.generator = torch.Generator(self.values.device).manual_seed(framework_seed(seed, f"dropout/{layer}"))

    def forward(self, x: Tensor) -> Tensor:
        """Drop and rescale values while training; return `x` as it is in evaluation."""
        return x * self.factors(self.draw(x), x) if self.training and self.digits else x

    def draw(self, x: Tensor) -> Tensor:
        """Draw one bit for every value of `x`, set where the value is dropped; eight to a byte."""
        dropped = torch.zeros(-(-x.numel() // 64), dtype=torch.int64, device=x.device)
        for digit in self.digits:
            random_bits = torch.empty_like(dropped).random_(_INT64_MIN, None, generator=self.generator)
            # the share p of ones becomes (1 + p) / 2 or p / 2: one digit more in front
            dropped = dropped | random_bits if digit == "1" else dropped & random_bits
        return dropped.view(torch.uint8)

    def factors(self, dropped: Tensor, x: Tensor) -> Tensor:
        """Return the factor for every value of `x`, in the memory order of `x`: 0 where its bit is set."""
        factors = self.values.to(x.dtype).index_select(0, dropped.int())
        return factors.as_strided(x.shape, torch.empty_like(x, device="meta").stride())


class DropoutReLUPool2d(nn.Module):
    """Dropout, ReLU and average pooling in one; it works in its input's memory, a few tracks at a time.

    One after the other, the layers send the largest tensors of the network through memory so often that it takes as
    long as the convolutions. Here a few tracks stay in the cache from the mask to the pooled values. Dropout comes
    before ReLU: its factors are at least 0, so the result is the same, and one tensor tells the backward pass both
    what ReLU and what dropout set to zero.

    Parameters
    ----------
    dropout : Dropout
        Draws the masks.
    size : int
        Side of a pooled square.
    """

    def __init__(self, dropout: Dropout, size: int) -> None:
        super().__init__()
        self.dropout = dropout
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        """Pool what ReLU and, while training, dropout leave of `x`, shape (batch, channels, height, width)."""
        if not self.training:
            return functional.avg_pool2d(functional.relu(x, inplace=True), self.size)
        pooled: Tensor = _DropoutReLUPool2d.apply(x, self.dropout, self.size)  # type: ignore[no-untyped-call]
        return pooled


class _DropoutReLUPool2d(torch.autograd.Function):
    """Both passes of the layer while training."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, dropout: Dropout, size: int) -> Tensor:
        pooled = []
        for part in _parts(x):
            part.mul_(dropout.factors(dropout.draw(part), part)).relu_()
            pooled.append(functional.avg_pool2d(part, size))
        ctx.save_for_backward(x)
        ctx.options = dropout.rate, size
        return torch.cat(pooled)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None, None]:
        (left,) = ctx.saved_tensors
        rate, size = ctx.options
        gradient = torch.empty_like(left)
        upstream = upstream / (1 - rate)
        parts = _parts(left)
        for part, found, pooled in zip(parts, _parts(gradient), torch.split(upstream, len(parts[0])), strict=True):
            spread = torch.ops.aten.avg_pool2d_backward(
                pooled, part, [size, size], [size, size], [0, 0], False, True, None
            )
            torch.ops.aten.threshold_backward.grad_input(spread, part, 0, grad_input=found)
        return gradient, None, None


def _parts(x: Tensor) -> tuple[Tensor, ...]:
    """Split a batch into parts of a few tracks, as many as the cache holds; there is no need to on a GPU."""
    return torch.split(x, len(x) if x.is_cuda else max(1, _CACHE_VALUES // x[0].numel()))


class Conv2d(nn.Conv2d):
    """A 2D convolution, unpadded, that adds its bias in a step of its own.

    Given a bias, oneDNN's gradient of a kernel over three channels takes almost twice as long: more than a sum apart.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Convolve and add the bias."""
        found = functional.conv2d(x, self.weight)
        return found if self.bias is None else found.add_(self.bias.view(-1, 1, 1))


class AvgPool1d(nn.Module):
    """Mean over every `size` values of the last axis; what is left over is dropped.

    PyTorch's own layer takes several times as long where the last axis is the one next to each other in memory.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        """Pool the last axis."""
        n = x.shape[-1] // self.size
        first, *others = x[..., : n * self.size].reshape(*x.shape[:-1], n, self.size).unbind(-1)
        return sum(others, first) / self.size


class BatchNorm(nn.modules.batchnorm._BatchNorm):
    """Batch normalisation over all axes but the second, with the running statistics of the study's framework.

    Parameters
    ----------
    channels : int
        Size of the second axis.
    architecture : Architecture
        Gives momentum and epsilon, in Keras's terms.
    """

    def __init__(self, channels: int, architecture: Architecture) -> None:
        # PyTorch's momentum is the share of the new batch, Keras's that of the old average
        super().__init__(channels, eps=architecture.norm_epsilon, momentum=1 - architecture.norm_momentum)

    def _check_input_dim(self, input: Tensor) -> None:  # noqa: A002 -- PyTorch's name
        if input.dim() < 2:
            raise ValueError(f"BatchNorm needs a batch and a channel axis, got shape {tuple(input.shape)}")

    def forward(self, x: Tensor) -> Tensor:
        """Normalise; while training, also move the running statistics."""
        if not self.training or self.running_var is None or self.momentum is None:
            return super().forward(x)
        variance = self.running_var.clone()
        # not functional.batch_norm: that refuses a batch of one, which a short last batch may be and Keras trains on
        normalised = torch.batch_norm(
            x, self.weight, self.bias, self.running_mean, variance, True, self.momentum, self.eps, False
        )
        # PyTorch averages the unbiased variance n / (n - 1) * v of the batch, Keras the biased v
        n = x.numel() // x.shape[1]
        kept = (1 - self.momentum) * self.running_var
        self.running_var.copy_(kept + (variance - kept) * ((n - 1) / n) if n > 1 else kept)
        return normalised


class ChannelsFirst(nn.Module):
    """(batch, *size, channels), the layout of the features, to (batch, channels, *size), PyTorch's."""

    def forward(self, x: Tensor) -> Tensor:
        """Move the last axis to the second place, without a copy."""
        return x.movedim(-1, 1)


class ChannelsLast(nn.Module):
    """(batch, channels, *size) to (batch, *size, channels)."""

    def forward(self, x: Tensor) -> Tensor:
        """Move the second axis to the end, without a copy."""
        return x.movedim(1, -1)


class SamePadding(nn.Module):
    """Zeros around the last axis for a "same" convolution; an even kernel gets one more on the right, as in Keras."""

    def __init__(self, kernel_size: int) -> None:
        super().__init__()
        total = kernel_size - 1
        self.padding = (total // 2, total - total // 2)

    def forward(self, x: Tensor) -> Tensor:
        """Pad the last axis."""
        return functional.pad(x, self.padding)


class LastStep(nn.Module):
    """(batch, time, features) to (batch, features)."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the last time step."""
        return x[:, -1]
