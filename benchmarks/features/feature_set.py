"""What a feature set is: which excerpt of a track becomes which array."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import librosa
import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.errors import GenrebenchError
from benchmarks.features.audio import SAMPLE_RATE, Signal, load_audio


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
            If the track cannot be read or is too short, or the function gives another shape.
        """
        return self.of_signal(read_excerpt(path, self.seconds), path)

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


def read_excerpt(path: Path, seconds: float) -> Signal:
    """Read the start of a track, which nothing may change.

    Raises
    ------
    GenrebenchError
        If the track cannot be read.
    """
    try:
        signal = load_audio(path, seconds)
    except (soundfile.LibsndfileError, librosa.ParameterError) as error:
        raise GenrebenchError(
            f"{path}: cannot be read any more ({error}); it changed since it was listed: fetch the dataset again"
        ) from None
    # several feature sets may be made of it: none may change it
    signal.setflags(write=False)
    return signal
