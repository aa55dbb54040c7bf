"""Features as the study made them, a plain loop over the windows: what the tuned ones are timed against."""

from pathlib import Path

import librosa
import numpy as np
from numpy.typing import NDArray

_SAMPLES, _WINDOW, _HOP = 660_000, 33_000, 16_500


def power_of_windows(path: Path) -> NDArray[np.float32]:
    """Return the mel-spectrograms of all windows of a track.

    Parameters
    ----------
    path : Path
        A track of at least 660,000 samples at 22050 Hz.

    Returns
    -------
    ndarray of float32, shape (39, 128, 129, 1)
        Power.
    """
    signal, rate = librosa.load(path)
    signal = signal[:_SAMPLES]
    found = [
        librosa.feature.melspectrogram(
            y=signal[start : start + _WINDOW], sr=rate, n_fft=1024, hop_length=256, n_mels=128, pad_mode="reflect"
        )
        for start in range(0, _SAMPLES - _WINDOW + 1, _HOP)
    ]
    return np.asarray(np.stack(found)[..., None], dtype=np.float32)


STOCK = {"mel_power_1s5_windows_33000_16500_39": power_of_windows}
