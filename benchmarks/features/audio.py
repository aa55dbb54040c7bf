"""Audio as the study read it."""

from pathlib import Path

import librosa
import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 22050

Signal = NDArray[np.float32]


def load_audio(path: Path, seconds: float) -> Signal:
    """Read the beginning of a track.

    Parameters
    ----------
    path : Path
        Any format libsndfile reads, any sample rate, any number of channels.
    seconds : float
        How much to read from the start, s.

    Returns
    -------
    ndarray of float32, shape (seconds * 22050,)
        Mean of the channels, resampled to 22050 Hz, full scale at 1; shorter where the track is shorter.
    """
    signal, _ = librosa.load(path, sr=SAMPLE_RATE, mono=True, duration=seconds)
    return np.asarray(signal, dtype=np.float32)
