"""What the networks of the made-up study see: a log-mel spectrogram in three equal colours, and MFCC backwards."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.features.audio import Signal
from benchmarks.features.feature_set import FeatureSet
from benchmarks.features.log_mel import log_mel
from benchmarks.features.mfcc import mfcc


def in_colour(signal: Signal) -> NDArray[np.float32]:
    return np.repeat(log_mel(signal), 3, axis=2)


def backwards(signal: Signal) -> NDArray[np.float32]:
    return np.ascontiguousarray(mfcc(signal)[::-1])


FEATURE_SETS = (
    FeatureSet("mel_in_colour_5s", 5.0, (128, 128, 3), in_colour, "the log-mel spectrogram of 5 s, in colour"),
    FeatureSet("mfcc_backwards_15s", 15.0, (646, 20), backwards, "the MFCC of the first 15 s, the last ones first"),
)
