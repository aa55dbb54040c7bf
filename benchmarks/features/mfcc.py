"""The study's MFCC."""

import librosa
import numpy as np
from numpy.typing import NDArray

from benchmarks.features.audio import Signal
from benchmarks.features.mel import mel_power


def _coefficients(signal: Signal) -> NDArray[np.float32]:
    """Return librosa's default MFCC, shape (20, frames)."""
    decibels = librosa.power_to_db(mel_power(signal))
    return np.ascontiguousarray(librosa.feature.mfcc(S=decibels), dtype=np.float32)


def mfcc(signal: Signal) -> NDArray[np.float32]:
    """Return the MFCC in the order of time.

    Parameters
    ----------
    signal : ndarray of float32, shape (samples,)
        At 22050 Hz.

    Returns
    -------
    ndarray of float32, shape (frames, 20)
        librosa's default MFCC; a row holds the 20 coefficients of one frame.
    """
    return np.ascontiguousarray(_coefficients(signal).T)


def mfcc_reshaped(signal: Signal) -> NDArray[np.float32]:
    """Return the MFCC as the study fed them: reshaped, not transposed.

    A row of the result is no point in time: it holds 20 consecutive frames of one coefficient. This is the study's
    mistake, kept because its numbers come from it.

    Parameters
    ----------
    signal : ndarray of float32, shape (samples,)
        At 22050 Hz.

    Returns
    -------
    ndarray of float32, shape (frames, 20)
        The values of librosa's default MFCC, shape (20, frames), in the same order in memory.
    """
    coefficients = _coefficients(signal)
    return coefficients.reshape(coefficients.shape[::-1])


def mfcc_in_time_order(reshaped: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the MFCC as they should have been: transposed, so that a row is a point in time.

    Parameters
    ----------
    reshaped : ndarray of float32, shape (n, frames, 20)
        What `mfcc_reshaped` gives for each of n tracks.

    Returns
    -------
    ndarray of float32, shape (n, frames, 20)
        The same values; a row holds the 20 coefficients of one frame.
    """
    n, frames, coefficients = reshaped.shape
    return np.ascontiguousarray(reshaped.reshape(n, coefficients, frames).transpose(0, 2, 1))
