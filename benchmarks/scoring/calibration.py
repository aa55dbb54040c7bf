"""Calibration: whether a model is right as often as it is sure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

BINS: Final = 15  # as in Guo et al.


def expected_calibration_error(labels: NDArray[np.int64], probabilities: NDArray[np.floating]) -> float:
    """Return how far confidence and accuracy lie apart, averaged over the tracks.

    The confidence of an answer is the probability of the predicted genre. Answers are put into 15 bins of equal width
    over 0 to 1, each open below and closed above. A bin's gap between mean confidence and accuracy weighs as much as
    the bin holds tracks.

    Parameters
    ----------
    labels : ndarray of int, shape (n_test,)
        The true class of each track.
    probabilities : ndarray of float, shape (n_test, n_genres)
        Legal for `benchmarks.scoring.metrics.score`, which the caller has made sure of. Rows are normalised in float64.

    Returns
    -------
    float
        0 (as right as sure) to 1. With few tracks it is too high: the gap of a bin counts its chance error, too.

    References
    ----------
    .. [1] M. P. Naeini, G. F. Cooper, M. Hauskrecht: Obtaining well calibrated probabilities using Bayesian binning.
       AAAI 2015.
    .. [2] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger: On calibration of modern neural networks. ICML 2017.
    """
    exact = probabilities.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    confidence = exact.max(axis=1)
    right = exact.argmax(axis=1) == labels
    # right=True: a confidence on an edge belongs to the lower bin
    place = np.digitize(confidence, np.linspace(0, 1, BINS + 1)[1:-1], right=True)
    gaps = np.bincount(place, weights=right - confidence, minlength=BINS)
    return float(np.abs(gaps).sum() / len(labels))
