"""Features as the study made them, with nothing but librosa and matplotlib: what the tuned ones are timed against."""

import io
from pathlib import Path

import cv2
import librosa
import librosa.display
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

_PICTURE_SECONDS, _MFCC_SECONDS = 5.0, 15.0
_SIDE = 128


def study_picture(path: Path) -> NDArray[np.float32]:
    """Return the study's input of its 2D CNN: a plot of the mel spectrogram, saved and read back.

    The first 5 s, silence at both ends cut off, librosa's default mel spectrogram in dB below its loudest value; drawn
    with specshow (magma, no axes, matplotlib's default size and margins) to a PNG, read back with OpenCV, resized.

    Parameters
    ----------
    path : Path
        A track.

    Returns
    -------
    ndarray of float32, shape (128, 128, 3)
        Values from 0 to 255; channels in the order blue, green, red.
    """
    signal, rate = librosa.load(path, duration=_PICTURE_SECONDS)
    trimmed, _ = librosa.effects.trim(signal)
    decibels = librosa.power_to_db(librosa.feature.melspectrogram(y=trimmed, sr=rate), ref=np.max)
    return plotted(decibels)


def plotted(decibels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the study's plot of a spectrogram, read back; shape (128, 128, 3), values from 0 to 255."""
    # the defaults in figures, whatever the user's matplotlibrc says
    figure = Figure(figsize=(6.4, 4.8), dpi=100)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    librosa.display.specshow(decibels, ax=axes, cmap="magma")
    axes.set_axis_off()
    # in memory, so that no disk is timed
    file = io.BytesIO()
    figure.savefig(file, format="png")
    picture = np.asarray(cv2.imdecode(np.frombuffer(file.getvalue(), np.uint8), cv2.IMREAD_COLOR))
    return np.asarray(cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def plain_mfcc(path: Path) -> NDArray[np.float32]:
    """Return the study's MFCC before it reshaped them: the first 15 s, librosa's defaults, 20 coefficients.

    Parameters
    ----------
    path : Path
        A track.

    Returns
    -------
    ndarray of float32, shape (20, frames)
        646 frames of a track of 15 s or more.
    """
    signal, rate = librosa.load(path, duration=_MFCC_SECONDS)
    return np.asarray(librosa.feature.mfcc(y=signal, sr=rate), dtype=np.float32)


# what the features of this project are timed against, by feature set
STOCK = {"mel_picture_5s": study_picture, "mfcc_reshaped_15s": plain_mfcc}
