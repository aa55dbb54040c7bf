"""MFCC."""

import librosa
import numpy as np
from numpy.typing import NDArray

from benchmarks.features.audio import Signal
from benchmarks.features.mel import mel_power


def coefficients(signal: Signal) -> NDArray[np.float32]:
    """Return librosa's default MFCC of a signal at 22050 Hz, shape (20, frames)."""
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
    return np.ascontiguousarray(coefficients(signal).T)
