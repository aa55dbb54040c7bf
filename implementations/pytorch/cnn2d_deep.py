"""The 2D CNN of five blocks in PyTorch."""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from implementations.architectures import CNN2DDeep
from implementations.pytorch.layers import ChannelsFirst, ChannelsLast, Dropout
from implementations.pytorch.training import PyTorchClassifier


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
        self.weight.register_hook(self._with_penalty)

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
            layers[f"conv{block}"] = nn.Conv2d(channels, filters, sizes.kernel_size, padding="same")
            # the largest value first gives the same values as ReLU first, and leaves ReLU a quarter of them
            layers[f"pool{block}"] = nn.MaxPool2d(sizes.pool_size)
            layers[f"relu{block}"] = nn.ReLU(inplace=True)
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
