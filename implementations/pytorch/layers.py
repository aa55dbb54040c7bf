"""Layers whose behaviour differs between PyTorch and the study's framework, aligned to the latter."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from implementations.architectures import Architecture
from implementations.randomness import framework_seed

_INT64_MIN = torch.iinfo(torch.int64).min


class Dropout(nn.Module):
    """Inverted dropout whose mask is drawn as random bytes from a generator of its own.

    PyTorch's own layer draws a double for every value from the global generator, which takes longer than the
    convolution before it. A random byte is exact for rates that are multiples of 1/256, as the study's are.

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
        self.threshold = int(rate * 256)
        self.scale = 1 / (1 - rate)
        self.generator = torch.Generator().manual_seed(framework_seed(seed, f"dropout/{layer}"))

    def forward(self, x: Tensor) -> Tensor:
        """Drop and rescale values while training; return `x` as it is in evaluation."""
        if not self.training:
            return x
        words = torch.empty(-(-x.numel() // 8), dtype=torch.int64).random_(_INT64_MIN, None, generator=self.generator)
        # in the memory order of x, so that the product runs straight through both
        order = torch.empty_like(x, device="meta").stride()
        random_bytes = words.view(torch.uint8)[: x.numel()].as_strided(x.shape, order)
        return x * (random_bytes >= self.threshold).to(x.dtype).mul_(self.scale)


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


class LSTM(nn.LSTM):
    """One LSTM layer over (batch, time, features) with one trained bias: Keras has one, PyTorch adds up two."""

    def __init__(self, inputs: int, units: int) -> None:
        super().__init__(inputs, units, batch_first=True)
        nn.init.zeros_(self.get_parameter("bias_hh_l0")).requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        """Return the output of every time step, shape (batch, time, units)."""
        return super().forward(x)[0]

    def cells(self, x: Tensor) -> Tensor:
        """Return the cell state after every time step, shape (batch, time, units): PyTorch tells the last one only."""
        state = None
        steps = []
        for step in torch.split(x, 1, dim=1):
            _, state = super().forward(step, state)
            steps.append(state[1])
        return torch.cat(steps).movedim(0, 1)


class LastStep(nn.Module):
    """(batch, time, features) to (batch, features)."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the last time step."""
        return x[:, -1]
