"""The feature sets: which excerpt of a track becomes which array. A new one is one entry here."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import librosa
import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.errors import GenrebenchError
from benchmarks.features.audio import SAMPLE_RATE, Signal, load_audio
from benchmarks.features.log_mel import log_mel
from benchmarks.features.mel_picture import mel_picture
from benchmarks.features.mfcc import mfcc, mfcc_reshaped


@dataclass(frozen=True)
class FeatureSet:
    """How one kind of array is made.

    Attributes
    ----------
    name : str
        The name that protocols use.
    seconds : float
        How much of a track is read, from its start.
    shape : tuple of int
        Shape of the array of one track.
    compute : callable
        From a signal at 22050 Hz to an array of float32 of that shape.
    """

    name: str
    seconds: float
    shape: tuple[int, ...]
    compute: Callable[[Signal], NDArray[np.float32]]

    def of(self, path: Path) -> NDArray[np.float32]:
        """Return the array of one track.

        Raises
        ------
        GenrebenchError
            If the track cannot be read or is too short, or the function gives another shape.
        """
        return self.of_signal(_read(path, self.seconds), path)

    def of_signal(self, signal: Signal, path: Path) -> NDArray[np.float32]:
        """Return the array of a track that was read already: `of`, where several feature sets need the same seconds."""
        if len(signal) < self.seconds * SAMPLE_RATE:
            # the array need not show it: pictures of any length are resized to one shape
            length = len(signal) / SAMPLE_RATE
            raise GenrebenchError(
                f"{path}: {length:.2f} s long, {self.name} needs {self.seconds:g} s; take the track out of the "
                "dataset, or a feature set of fewer seconds in params.yaml"
            )
        array = self.compute(signal)
        if array.shape != self.shape:
            raise GenrebenchError(f"{path}: {self.name} has shape {array.shape}, its entry says {self.shape}")
        return array


def _read(path: Path, seconds: float) -> Signal:
    try:
        signal = load_audio(path, seconds)
    except (soundfile.LibsndfileError, librosa.ParameterError) as error:
        raise GenrebenchError(
            f"{path}: cannot be read any more ({error}); it changed since it was listed: fetch the dataset again"
        ) from None
    # several feature sets may be made of it: none may change it
    signal.setflags(write=False)
    return signal


def track_features(path: Path, names: tuple[str, ...]) -> list[NDArray[np.float32]]:
    """Return the arrays of one track, one a name; sets of as many seconds share one reading of the file.

    Raises
    ------
    GenrebenchError
        If a feature set does not exist, or the track cannot be read or is too short for one.
    """
    sets = [feature_set(name) for name in names]
    signals = {seconds: _read(path, seconds) for seconds in {one.seconds for one in sets}}
    return [one.of_signal(signals[one.seconds], path) for one in sets]


FEATURE_SETS: dict[str, FeatureSet] = {
    feature_set.name: feature_set
    for feature_set in (
        FeatureSet("mel_picture_5s", 5.0, (128, 128, 3), mel_picture),
        FeatureSet("log_mel_5s", 5.0, (128, 128, 1), log_mel),
        FeatureSet("log_mel_15s", 15.0, (128, 128, 1), log_mel),
        FeatureSet("log_mel_29s", 29.0, (128, 128, 1), log_mel),
        FeatureSet("mfcc_reshaped_15s", 15.0, (646, 20), mfcc_reshaped),
        FeatureSet("mfcc_15s", 15.0, (646, 20), mfcc),
        FeatureSet("mfcc_29s", 29.0, (1249, 20), mfcc),
    )
}


def feature_set(name: str) -> FeatureSet:
    """Return a feature set by its name.

    Raises
    ------
    GenrebenchError
        If there is none; the message lists those that there are.
    """
    try:
        return FEATURE_SETS[name]
    except KeyError:
        raise GenrebenchError(f"no feature set {name!r}; there are: {', '.join(FEATURE_SETS)}") from None
