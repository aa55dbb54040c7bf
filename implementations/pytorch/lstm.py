"""PyTorch's LSTM as the study's framework has it."""

import torch
from torch import Tensor, nn


class LSTM(nn.LSTM):
    """One LSTM layer over (batch, time, features) with one trained bias: Keras has one, PyTorch adds up two."""

    def __init__(self, inputs: int, units: int) -> None:
        super().__init__(inputs, units, batch_first=True)
        nn.init.zeros_(self.get_parameter("bias_hh_l0")).requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        """Return the output of every time step, shape (batch, time, units)."""
        return super().forward(x)[0]

    def every_state(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return hidden and cell state after every time step, each of shape (batch, time, units).

        The hidden states are those of the layer itself, which computes all steps in one call. It tells the cell state
        of the last step only, so the cell states are computed step by step.
        """
        state = None
        cells = []
        for step in torch.split(x, 1, dim=1):
            _, state = super().forward(step, state)
            cells.append(state[1])
        return self.forward(x), torch.cat(cells).movedim(0, 1)
