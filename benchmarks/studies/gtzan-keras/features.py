"""What the study's network sees: the mel-spectrogram of a window of 1.5 s, as power, or in decibels as was meant."""

import librosa
import numpy as np
from numpy.typing import NDArray

from benchmarks.features.audio import SAMPLE_RATE, Signal
from benchmarks.features.feature_set import FeatureSet
from benchmarks.features.mel import mel_power

# 5% of the 660,000 samples that the study reads of a track
WINDOW = 33_000
_FRAME, _HOP = 1024, 256
_SHAPE = (128, 129, 1)


def power(signal: Signal) -> NDArray[np.float32]:
    """Return the mel-spectrogram as the study fed it: power, not decibels.

    Parameters
    ----------
    signal : ndarray of float32, shape (33000,)
        A window, at 22050 Hz.

    Returns
    -------
    ndarray of float32, shape (128, 129, 1)
        Power of 128 mel bands, low frequencies first, by time. Frames at the edges see a mirror image of the window, as
        in librosa 0.7.1, which the study's ``requirements.txt`` names.
    """
    return mel_power(signal, _FRAME, _HOP, "reflect")[..., None]


def decibels(signal: Signal) -> NDArray[np.float32]:
    """Return the same in decibels, from -80 to 0, the loudest value of the window.

    Parameters
    ----------
    signal : ndarray of float32, shape (33000,)
        A window, at 22050 Hz.

    Returns
    -------
    ndarray of float32, shape (128, 129, 1)
        A window of silence is 0 throughout.
    """
    return np.asarray(librosa.power_to_db(power(signal), ref=np.max), dtype=np.float32)


_SECONDS = WINDOW / SAMPLE_RATE
FEATURE_SETS = (
    FeatureSet("mel_power_1s5", _SECONDS, _SHAPE, power, "the mel-spectrogram of 1.5 s as power"),
    FeatureSet("mel_decibels_1s5", _SECONDS, _SHAPE, decibels, "the mel-spectrogram of 1.5 s in decibels"),
)
