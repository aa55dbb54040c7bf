"""The networks as an average user of PyTorch writes them: its own layers, channels first, its own Adam."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from implementations.architectures import CNN2D, CNNLSTM, Architecture, CNN2DDeep
from implementations.interface import Inputs, Labels


def configure(threads: int) -> None:
    """Set the number of threads, and nothing else."""
    torch.set_num_threads(threads)


def make_epoch(
    architecture: Architecture, n_classes: int, inputs: Inputs, labels: Labels, batch_size: int
) -> Callable[[], None]:
    """Return a function that trains one epoch, in random order.

    Raises
    ------
    NotImplementedError
        If a layer refuses batches of this size.
    """
    if batch_size == 1 and isinstance(architecture, CNN2D):
        raise NotImplementedError("PyTorch's BatchNorm1d refuses to train on a batch of one")
    model = _network(architecture, n_classes)
    optimizer = torch.optim.Adam(_groups(architecture, model), eps=1e-7)
    criterion = nn.CrossEntropyLoss()
    x, y = _channels_first(inputs), torch.from_numpy(labels)

    def epoch() -> None:
        model.train()
        running_loss = 0.0
        for batch in torch.split(torch.randperm(len(x)), batch_size):
            if len(batch) < min(2, batch_size):  # BatchNorm1d refuses one track: users drop such a last batch
                continue
            optimizer.zero_grad()
            loss = criterion(model(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
            running_loss += loss.item() * len(batch)

    return epoch


def make_prediction(architecture: Architecture, n_classes: int, inputs: Inputs, batch_size: int) -> Callable[[], None]:
    """Return a function that computes the probabilities of all inputs."""
    model = _network(architecture, n_classes)
    x = _channels_first(inputs)

    def predict() -> None:
        model.eval()
        with torch.no_grad():
            for batch in torch.split(x, batch_size):
                torch.softmax(model(batch), dim=1).numpy()

    return predict


def _groups(architecture: Architecture, model: nn.Module) -> list[dict[str, Any]]:
    """Return the parameters in groups: PyTorch calls a penalty weight decay, and means its gradient by it."""
    if not isinstance(architecture, CNN2DDeep):
        return [{"params": list(model.parameters())}]
    kernels = [layer.weight for layer in model.modules() if isinstance(layer, nn.Linear)]
    others = [parameter for parameter in model.parameters() if all(parameter is not kernel for kernel in kernels)]
    return [{"params": kernels, "weight_decay": 2 * architecture.dense_penalty}, {"params": others}]


def _channels_first(inputs: Inputs) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(inputs, -1, 1)))


def _network(architecture: Architecture, n_classes: int) -> nn.Module:
    if isinstance(architecture, CNN2D):
        return _cnn2d(architecture, n_classes)
    if isinstance(architecture, CNNLSTM):
        return _CNNLSTM(architecture, n_classes)
    if isinstance(architecture, CNN2DDeep):
        return _cnn2d_deep(architecture, n_classes)
    raise NotImplementedError(f"no stock baseline of {architecture.name}")


def _cnn2d(sizes: CNN2D, n_classes: int) -> nn.Module:
    layers: list[nn.Module] = []
    channels = sizes.input_shape[-1]
    for filters in sizes.filters:
        layers += [
            nn.Conv2d(channels, filters, sizes.kernel_size),
            nn.BatchNorm2d(filters, sizes.norm_epsilon, 1 - sizes.norm_momentum),
            nn.ReLU(),
            nn.Dropout(sizes.block_dropout),
            nn.AvgPool2d(sizes.pool_size),
        ]
        channels = filters
    layers += [nn.Flatten(), nn.BatchNorm1d(sizes.flat_size, sizes.norm_epsilon, 1 - sizes.norm_momentum)]
    inputs = sizes.flat_size
    for units in sizes.dense_units:
        layers += [nn.Linear(inputs, units), nn.ReLU(), nn.Dropout(sizes.dense_dropout)]
        inputs = units
    return nn.Sequential(*layers, nn.Linear(inputs, n_classes))


def _cnn2d_deep(sizes: CNN2DDeep, n_classes: int) -> nn.Module:
    layers: list[nn.Module] = []
    channels = sizes.input_shape[-1]
    for filters in sizes.filters:
        layers += [
            nn.Conv2d(channels, filters, sizes.kernel_size, padding="same"),
            nn.ReLU(),
            nn.MaxPool2d(sizes.pool_size),
            nn.Dropout(sizes.block_dropout),
        ]
        channels = filters
    return nn.Sequential(
        *layers,
        nn.Flatten(),
        nn.Dropout(sizes.flat_dropout),
        nn.Linear(sizes.flat_size, sizes.dense_units),
        nn.ReLU(),
        nn.Dropout(sizes.dense_dropout),
        nn.Linear(sizes.dense_units, n_classes),
    )


class _CNNLSTM(nn.Module):
    def __init__(self, sizes: CNNLSTM, n_classes: int) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        channels = sizes.input_shape[-1]
        for filters in sizes.filters:
            blocks += [
                nn.Conv1d(channels, filters, sizes.kernel_size, padding="same"),
                nn.BatchNorm1d(filters, sizes.norm_epsilon, 1 - sizes.norm_momentum),
                nn.ReLU(),
                nn.Dropout(sizes.block_dropout),
                nn.AvgPool1d(sizes.pool_size),
            ]
            channels = filters
        self.blocks = nn.Sequential(*blocks)
        self.lstms = nn.ModuleList()
        for units in sizes.lstm_units:
            self.lstms.append(nn.LSTM(channels, units, batch_first=True))
            channels = units
        self.head = nn.Sequential(
            nn.Dropout(sizes.lstm_dropout),
            nn.Linear(channels, sizes.dense_units),
            nn.ReLU(),
            nn.Dropout(sizes.dense_dropout),
            nn.Linear(sizes.dense_units, n_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(x).transpose(1, 2)
        for lstm in self.lstms:
            x, _ = lstm(x)
        logits: Tensor = self.head(x[:, -1])
        return logits
