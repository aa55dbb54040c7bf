"""How much arithmetic training and inference are: what the matrix-product limit is computed from."""

from itertools import pairwise

from implementations.architectures import CNN2D, CNNLSTM, Architecture, CNN2DDeep


def multiplications(architecture: Architecture, n_classes: int) -> list[int] | None:
    """Return the multiplications with a weight for one track, forward, a number a layer; None for unknown kinds.

    Convolutions, dense layers and the matrix products of LSTMs count. BatchNorm, activations, dropout and pooling do
    not: their time goes to memory, not to arithmetic, and a limit that leaves them out is only harder to reach.
    """
    if isinstance(architecture, CNN2D):
        return _cnn2d(architecture, n_classes)
    if isinstance(architecture, CNN2DDeep):
        return _cnn2d_deep(architecture, n_classes)
    if isinstance(architecture, CNNLSTM):
        return _cnn_lstm(architecture, n_classes)
    return None


def training_flops(architecture: Architecture, n_classes: int) -> int | None:
    """Return the floating-point operations to train on one track once; None for an unknown kind of architecture.

    A multiplication comes with an addition. The backward pass is twice the forward pass, once for the gradient of the
    weights and once for that of the inputs; only the first layer needs no gradient of its inputs.
    """
    forward = multiplications(architecture, n_classes)
    return None if forward is None else 2 * (3 * sum(forward) - forward[0])


def inference_flops(architecture: Architecture, n_classes: int) -> int | None:
    """Return the floating-point operations to predict one track; None for an unknown kind of architecture."""
    forward = multiplications(architecture, n_classes)
    return None if forward is None else 2 * sum(forward)


def _cnn2d(sizes: CNN2D, n_classes: int) -> list[int]:
    found = []
    height, width, channels = sizes.input_shape
    for filters in sizes.filters:
        height, width = height - sizes.kernel_size + 1, width - sizes.kernel_size + 1
        found.append(height * width * sizes.kernel_size**2 * channels * filters)
        height, width, channels = height // sizes.pool_size, width // sizes.pool_size, filters
    return found + _dense(sizes.flat_size, *sizes.dense_units, n_classes)


def _cnn2d_deep(sizes: CNN2DDeep, n_classes: int) -> list[int]:
    found = []
    height, width, channels = sizes.input_shape
    for filters in sizes.filters:
        # every product of a padded convolution counts, those with the zeros around it too
        found.append(height * width * sizes.kernel_size**2 * channels * filters)
        height, width, channels = height // sizes.pool_size, width // sizes.pool_size, filters
    return found + _dense(sizes.flat_size, sizes.dense_units, n_classes)


def _cnn_lstm(sizes: CNNLSTM, n_classes: int) -> list[int]:
    found = []
    steps, channels = sizes.input_shape
    for filters in sizes.filters:
        found.append(steps * sizes.kernel_size * channels * filters)
        steps, channels = steps // sizes.pool_size, filters
    for units in sizes.lstm_units:
        found.append(steps * (channels + units) * 4 * units)
        channels = units
    return found + _dense(channels, sizes.dense_units, n_classes)


def _dense(*units: int) -> list[int]:
    return [inputs * outputs for inputs, outputs in pairwise(units)]
