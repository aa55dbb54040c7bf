"""What a feature set is: which excerpt of a track becomes which array."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import librosa
import numpy as np
from numpy.typing import NDArray

from benchmarks.datasets.decoding import UndecodableError
from benchmarks.errors import GenrebenchError
from benchmarks.features.audio import SAMPLE_RATE, Signal, load_audio

# a spectrum of louder samples has a power that single precision does not hold, which a picture of it does not show
_LOUDEST: Final = 1e15


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
    words : str
        What it is, as a report says it.
    """

    name: str
    seconds: float
    shape: tuple[int, ...]
    compute: Callable[[Signal], NDArray[np.float32]]
    words: str

    def of(self, path: Path) -> NDArray[np.float32]:
        """Return the array of one track.

        Raises
        ------
        GenrebenchError
            If the track cannot be read or is too short, or the function gives another shape or values that are no
            finite numbers.
        """
        return self.of_signal(read_excerpt(path, self.seconds), path)

    def of_signal(self, signal: Signal, path: Path) -> NDArray[np.float32]:
        """Return the array of a track that was read already: `of`, where several feature sets need the same seconds."""
        # seconds that stand for a whole number of samples need not give it back exactly
        if len(signal) < round(self.seconds * SAMPLE_RATE):
            # the array need not show it: spectrograms of any length are resized to one shape
            length = len(signal) / SAMPLE_RATE
            raise GenrebenchError(
                f"{path}: {length:.2f} s long, {self.name} needs {self.seconds:g} s; take the track out of the "
                "dataset, or a feature set of fewer seconds in params.yaml"
            )
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # what comes of it is told below
            array = self.compute(signal)
        if array.shape != self.shape:
            raise GenrebenchError(f"{path}: {self.name} has shape {array.shape}, its entry says {self.shape}")
        loudest = np.abs(signal).max()
        if loudest > _LOUDEST or not np.isfinite(array).all():
            # a network would train on it, and its weights would be no finite numbers, either
            raise GenrebenchError(
                f"{path}: values of {self.name} are no finite numbers; the loudest sample is {loudest:.3g}, full scale "
                "is 1; mend the track or take it out of the dataset"
            )
        return array


def read_excerpt(path: Path, seconds: float) -> Signal:
    """Read the start of a track, which nothing may change.

    Raises
    ------
    GenrebenchError
        If the track cannot be read.
    """
    try:
        with np.errstate(over="ignore"):  # what comes of it is told below
            signal = load_audio(path, seconds)
    except UndecodableError as error:
        raise GenrebenchError(
            f"{path}: cannot be read any more ({error}); it changed since it was listed: fetch the dataset again"
        ) from None
    except librosa.ParameterError:
        # the mean of channels, for instance, of which each is finite
        raise GenrebenchError(
            f"{path}: holds samples that are no numbers, or too large to compute with (full scale: 1); mend the track "
            "or take it out of the dataset"
        ) from None
    # several feature sets may be made of it: none may change it
    signal.setflags(write=False)
    return signal
