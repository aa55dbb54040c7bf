"""Scaling of inputs with the statistics of the training tracks only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.studies.protocol import Scaling


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
        """Scale float32 inputs in their own memory, so that there is no second copy of them; return them."""
        inputs -= self.mean
        inputs /= self.scale
        return inputs


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
    # track by track: NumPy's own way holds all tracks in float64
    tracks = [track.reshape(-1, channels) for track in train_inputs]
    mean = np.mean([track.mean(axis=0, dtype=np.float64) for track in tracks], axis=0)
    variance = np.mean([np.square(track - mean).mean(axis=0) for track in tracks], axis=0)
    deviation = np.sqrt(variance)
    # a channel that never changes stays as it is, at 0
    deviation[deviation == 0] = 1
    return Scaler(mean.astype(np.float32), deviation.astype(np.float32))
