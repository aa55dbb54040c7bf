"""The 2D CNN in PyTorch."""

from collections import OrderedDict

import torch
from torch import nn

from implementations.architectures import CNN2D
from implementations.pytorch.layers import BatchNorm, ChannelsFirst, ChannelsLast, Conv2d, Dropout, DropoutReLUPool2d
from implementations.pytorch.training import PyTorchClassifier


class PyTorchCNN2D(PyTorchClassifier):
    """The 2D CNN: inputs of shape (batch, 128, 128, 3)."""

    architecture = CNN2D()

    def _network(self) -> nn.Module:
        sizes = self.architecture
        layers: OrderedDict[str, nn.Module] = OrderedDict(channels_first=ChannelsFirst())
        channels = sizes.input_shape[-1]
        for block, filters in enumerate(sizes.filters, start=1):
            layers[f"conv{block}"] = Conv2d(channels, filters, sizes.kernel_size)
            layers[f"norm{block}"] = BatchNorm(filters, sizes)
            dropout = Dropout(sizes.block_dropout, self.seed, f"block{block}")
            layers[f"pool{block}"] = DropoutReLUPool2d(dropout, sizes.pool_size)
            channels = filters
        # Keras flattens with channels last, and the weights behind it are in that order
        layers["channels_last"] = ChannelsLast()
        layers["flatten"] = nn.Flatten()
        layers[f"norm{len(sizes.filters) + 1}"] = BatchNorm(sizes.flat_size, sizes)
        inputs = sizes.flat_size
        for number, units in enumerate(sizes.dense_units, start=1):
            layers[f"dense{number}"] = nn.Linear(inputs, units)
            layers[f"dense{number}_relu"] = nn.ReLU()
            layers[f"dense{number}_dropout"] = Dropout(sizes.dense_dropout, self.seed, f"dense{number}")
            inputs = units
        layers[f"dense{len(sizes.dense_units) + 1}"] = nn.Linear(inputs, self.n_classes)
        # channels last in memory: the order the features come in and the fastest one for these convolutions
        return nn.Sequential(layers).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
