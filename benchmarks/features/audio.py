"""Audio as librosa reads it by default: 22050 Hz, one channel."""

from pathlib import Path

import librosa
import numpy as np
from numpy.typing import NDArray

from benchmarks.datasets.decoding import open_audio

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

    Raises
    ------
    UndecodableError
        If the file is missing or cannot be decoded.
    librosa.ParameterError
        If a sample is infinite or not a number, which files of floating-point samples can hold.
    """
    # not librosa.load: what libsndfile cannot decode, it would try with other decoders that it finds on the machine
    with open_audio(path) as file:
        frames = round(seconds * file.samplerate)
        if file.subtype == "PCM_16":
            # libsndfile needs four times as long to give the same values in single precision
            samples = file.read(frames, dtype="int16") * np.float32(2**-15)
        else:
            samples = file.read(frames, dtype="float32")
        signal = librosa.resample(librosa.to_mono(samples.T), orig_sr=file.samplerate, target_sr=SAMPLE_RATE)
    return np.asarray(signal, dtype=np.float32)
