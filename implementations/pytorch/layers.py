"""Layers whose behaviour differs between PyTorch and the study's framework, aligned to the latter."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from implementations.architectures import Architecture
from implementations.randomness import framework_seed

_INT64_MIN = torch.iinfo(torch.int64).min


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
        # the rate's binary digits behind the point, the last one first: 0.25 is 0.01
        self.digits = f"{int(rate * 256):08b}".rstrip("0")[::-1]
        # for every byte of dropped bits, the factors of its eight values
        bits = torch.arange(256).unsqueeze(1) >> torch.arange(8) & 1
        self.factors = (1 - bits).double() / (1 - rate)
        self.generator = torch.Generator(self.factors.device).manual_seed(framework_seed(seed, f"dropout/{layer}"))

    def forward(self, x: Tensor) -> Tensor:
        """Drop and rescale values while training; return `x` as it is in evaluation."""
        return x * self._mask(x) if self.training and self.digits else x

    def _mask(self, x: Tensor) -> Tensor:
        """Draw a factor for every value of `x`, in the memory order of `x`."""
        dropped = torch.zeros(-(-x.numel() // 64), dtype=torch.int64, device=x.device)
        for digit in self.digits:
            random_bits = torch.empty_like(dropped).random_(_INT64_MIN, None, generator=self.generator)
            # the share p of ones becomes (1 + p) / 2 or p / 2: one digit more in front
            dropped = dropped | random_bits if digit == "1" else dropped & random_bits
        factors = self.factors.to(x.dtype).index_select(0, dropped.view(torch.uint8).int())
        return factors.as_strided(x.shape, torch.empty_like(x, device="meta").stride())


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
