"""What the study's networks see: a plot of the mel-spectrogram, read back as a small picture, and reshaped MFCC.

The picture is made without plotting.
"""

import cv2
import librosa
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from benchmarks.features.audio import Signal
from benchmarks.features.feature_set import FeatureSet
from benchmarks.features.mel import mel_power
from benchmarks.features.mfcc import coefficients

# The study's figure: white, 640 x 480 pixels, the plot inside matplotlib's default margins (0.125 and 0.1 of the width,
# 0.12 and 0.11 of the height): edges in pixels from the left and from the top.
_WIDTH, _HEIGHT = 640, 480
_LEFT, _RIGHT = 80.0, 576.0
_TOP, _BOTTOM = 57.6, 427.2
_SIDE = 128
_WHITE = 255


def _magma_bgr() -> NDArray[np.uint8]:
    """Return matplotlib's magma as 256 colours in OpenCV's order blue, green, red; shape (256, 3)."""
    rgb = mpl.colormaps["magma"](np.arange(256), bytes=True)[:, :3]
    return np.ascontiguousarray(rgb[:, ::-1])


_MAGMA = _magma_bgr()


def draw(decibels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn a spectrogram into the picture that the study's plot of it gives.

    Parameters
    ----------
    decibels : ndarray, shape (bands, frames)
        Low frequencies first.

    Returns
    -------
    ndarray of float32, shape (128, 128, 3)
        Values from 0 to 255, channels in the order blue, green, red, low frequencies at the bottom, with the
        white margins of the plot.
    """
    low, high = decibels.min(), decibels.max()
    scaled = (decibels - low) / (high - low) if high > low else np.zeros_like(decibels)
    shades = np.minimum(scaled * 256, 255).astype(np.uint8)[::-1]
    rows, row_cells = _covered(_HEIGHT, _TOP, _BOTTOM, len(shades))
    columns, column_cells = _covered(_WIDTH, _LEFT, _RIGHT, shades.shape[1])
    canvas = np.full((_HEIGHT, _WIDTH, 3), _WHITE, dtype=np.uint8)
    # rows come last: whole ones are copied, many times faster than single pixels
    canvas[rows, columns] = _MAGMA.take(shades[:, column_cells], axis=0).take(row_cells, axis=0)
    return cv2.resize(canvas, (_SIDE, _SIDE), interpolation=cv2.INTER_LINEAR).astype(np.float32)


def _covered(pixels: int, start: float, stop: float, cells: int) -> tuple[slice, NDArray[np.int64]]:
    """Return the pixels whose centres lie between two edges, and for each the cell that it lies in."""
    centres = np.arange(pixels) + 0.5
    inside = np.flatnonzero((centres > start) & (centres < stop))
    covered = slice(int(inside[0]), int(inside[-1]) + 1)
    return covered, ((centres[covered] - start) * cells / (stop - start)).astype(np.int64)


def mel_picture(signal: Signal) -> NDArray[np.float32]:
    """Return the picture of a track's mel-spectrogram in dB, silence at both ends cut off.

    Parameters
    ----------
    signal : ndarray of float32, shape (samples,)
        At 22050 Hz.

    Returns
    -------
    ndarray of float32, shape (128, 128, 3)
        See `draw`. Source: the study's notebook (librosa's defaults: 2048 samples a frame, hop 512, 128 bands).
    """
    trimmed, _ = librosa.effects.trim(signal)
    return draw(librosa.power_to_db(mel_power(trimmed), ref=np.max))


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
    in_order = coefficients(signal)
    return in_order.reshape(in_order.shape[::-1])


_PICTURE = "a picture of the mel-spectrogram of the first {} s"
_RESHAPED = "the MFCC of the first {} s, reshaped instead of transposed as in the study"
FEATURE_SETS = (
    FeatureSet("mel_picture_3s", 3.0, (128, 128, 3), mel_picture, _PICTURE.format(3)),
    FeatureSet("mel_picture_5s", 5.0, (128, 128, 3), mel_picture, _PICTURE.format(5)),
    FeatureSet("mfcc_reshaped_3s", 3.0, (130, 20), mfcc_reshaped, _RESHAPED.format(3)),
    FeatureSet("mfcc_reshaped_15s", 15.0, (646, 20), mfcc_reshaped, _RESHAPED.format(15)),
)
