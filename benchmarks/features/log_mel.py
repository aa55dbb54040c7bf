"""The log-mel spectrogram as one channel."""

import cv2
import librosa
import numpy as np
from numpy.typing import NDArray

from benchmarks.features.audio import Signal
from benchmarks.features.mel import mel_power

_SIDE = 128


def log_mel(signal: Signal) -> NDArray[np.float32]:
    """Return the log-mel spectrogram of an excerpt, averaged over time to 128 columns.

    Parameters
    ----------
    signal : ndarray of float32, shape (samples,)
        At 22050 Hz.

    Returns
    -------
    ndarray of float32, shape (128, 128, 1)
        dB (reference 1, at most 80 dB below the loudest value: librosa's defaults) of 128 mel bands, low frequencies
        first, by time. Nothing is trimmed, so that every track gives the same stretch of time.
    """
    decibels = librosa.power_to_db(mel_power(signal))
    # INTER_AREA averages the frames that a column covers
    averaged = cv2.resize(decibels, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(averaged, dtype=np.float32)[..., None]
