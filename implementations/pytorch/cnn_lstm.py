"""The 1D CNN-LSTM in PyTorch."""

from collections import OrderedDict

from torch import nn

from implementations.architectures import CNNLSTM
from implementations.pytorch.layers import (
    AvgPool1d,
    BatchNorm,
    ChannelsFirst,
    ChannelsLast,
    Dropout,
    LastStep,
    SamePadding,
)
from implementations.pytorch.lstm import LSTM
from implementations.pytorch.training import PyTorchClassifier


class PyTorchCNNLSTM(PyTorchClassifier):
    """The 1D CNN-LSTM: inputs of shape (batch, 646 time steps, 20 coefficients)."""

    architecture = CNNLSTM()

    def _network(self) -> nn.Module:
        sizes = self.architecture
        layers: OrderedDict[str, nn.Module] = OrderedDict(channels_first=ChannelsFirst())
        channels = sizes.input_shape[-1]
        for block, filters in enumerate(sizes.filters, start=1):
            layers[f"padding{block}"] = SamePadding(sizes.kernel_size)
            layers[f"conv{block}"] = nn.Conv1d(channels, filters, sizes.kernel_size)
            layers[f"norm{block}"] = BatchNorm(filters, sizes)
            layers[f"dropout{block}"] = Dropout(sizes.block_dropout, self.seed, f"block{block}")
            # dropout first gives the same values, its factors being at least 0, and lets ReLU work in place
            layers[f"relu{block}"] = nn.ReLU(inplace=True)
            layers[f"pool{block}"] = AvgPool1d(sizes.pool_size)
            channels = filters
        layers["channels_last"] = ChannelsLast()
        for number, units in enumerate(sizes.lstm_units, start=1):
            layers[f"lstm{number}"] = LSTM(channels, units)
            channels = units
        layers["last_step"] = LastStep()
        layers["lstm_dropout"] = Dropout(sizes.lstm_dropout, self.seed, "lstm")
        layers["dense1"] = nn.Linear(channels, sizes.dense_units)
        layers["dense1_relu"] = nn.ReLU()
        layers["dense1_dropout"] = Dropout(sizes.dense_dropout, self.seed, "dense1")
        layers["dense2"] = nn.Linear(sizes.dense_units, self.n_classes)
        return nn.Sequential(layers)
