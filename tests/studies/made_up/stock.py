"""What stands for the made-up study's own code where its features are timed."""

from pathlib import Path

import librosa
import numpy as np
from numpy.typing import NDArray


def stock_mel(path: Path) -> NDArray[np.float32]:
    signal, rate = librosa.load(path, duration=5.0)
    return librosa.feature.melspectrogram(y=signal, sr=rate)


def stock_mfcc(path: Path) -> NDArray[np.float32]:
    signal, rate = librosa.load(path, duration=15.0)
    return librosa.feature.mfcc(y=signal, sr=rate)[:, ::-1]


STOCK = {"mel_in_colour_5s": stock_mel, "mfcc_backwards_15s": stock_mfcc}
