"""Scaling of inputs with the statistics of the training tracks only."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

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


class Tracks(Protocol):
    """Features of tracks, or of windows: an array, or what reads them one by one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """As if they were one array: (n, ..., channels)."""

    def __iter__(self) -> Iterator[Any]:
        """Go through them, any number of times."""


def fit_scaler(scaling: Scaling, train_inputs: Tracks) -> Scaler:
    """Learn the scaling from the training tracks.

    Parameters
    ----------
    scaling : {"none", "standardise"}
        standardise: mean 0 and standard deviation 1 of each coefficient or channel (the last axis), over the training
        tracks and all other axes.
    train_inputs : ndarray of float32, shape (n, ..., channels)
        Features of the training tracks. Two passes go through them, and one at a time is kept.
    """
    channels = train_inputs.shape[-1]
    if scaling == "none":
        return Scaler(np.zeros(channels, np.float32), np.ones(channels, np.float32))
    # track by track: NumPy's own way holds all tracks in float64
    mean = np.mean([it.reshape(-1, channels).mean(axis=0, dtype=np.float64) for it in train_inputs], axis=0)
    variance = np.mean([np.square(it.reshape(-1, channels) - mean).mean(axis=0) for it in train_inputs], axis=0)
    deviation = np.sqrt(variance)
    # a channel that never changes stays as it is, at 0
    deviation[deviation == 0] = 1
    return Scaler(mean.astype(np.float32), deviation.astype(np.float32))
