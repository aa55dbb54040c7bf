"""Scaling of inputs with the statistics of the training tracks only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.settings import Scaling


@dataclass(frozen=True)
class Scaler:
    """What is subtracted from inputs, and what they are divided by.

    Attributes
    ----------
    mean, scale : ndarray of float32, shape (size of the last axis,)
        0 and 1 where nothing is scaled.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return scaled inputs, float32 of the same shape."""
        return (inputs - self.mean) / self.scale


def fit_scaler(scaling: Scaling, train_inputs: NDArray[np.float32]) -> Scaler:
    """Learn the scaling from the training tracks.

    Parameters
    ----------
    scaling : {"none", "standardise"}
        standardise: mean 0 and standard deviation 1 of each coefficient or channel (the last axis), over the training
        tracks and all other axes.
    train_inputs : ndarray of float32, shape (n, ..., channels)
        Features of the training tracks.
    """
    channels = train_inputs.shape[-1]
    if scaling == "none":
        return Scaler(np.zeros(channels, np.float32), np.ones(channels, np.float32))
    axes = tuple(range(train_inputs.ndim - 1))
    deviation = train_inputs.std(axis=axes, dtype=np.float64)
    # a channel that never changes stays as it is, at 0
    deviation[deviation == 0] = 1
    mean = train_inputs.mean(axis=axes, dtype=np.float64)
    return Scaler(mean.astype(np.float32), deviation.astype(np.float32))
