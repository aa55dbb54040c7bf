"""The order in which an epoch visits the tracks."""

import numpy as np
from numpy.typing import NDArray

from implementations.randomness import generator


def batch_order(seed: int, epoch: int, n_tracks: int) -> NDArray[np.int64]:
    """Return the order in which an epoch visits the tracks: the same for every framework.

    Parameters
    ----------
    seed : int
        The seed of the run.
    epoch : int
        Number of the epoch, from 1.
    n_tracks : int
        Number of training tracks.

    Returns
    -------
    ndarray of int64, shape (n_tracks,)
        A permutation; batches are cut from it one after the other.
    """
    return generator(seed, f"batch order/epoch {epoch}").permutation(n_tracks)
