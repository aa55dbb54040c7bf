"""Feature sets of the windows that a protocol cuts a track into."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.errors import GenrebenchError
from benchmarks.features.audio import SAMPLE_RATE, Signal
from benchmarks.features.feature_set import FeatureSet
from benchmarks.studies.protocol import Windows


def of_windows(of_window: FeatureSet, windows: Windows) -> FeatureSet:
    """Return the feature set that holds for a track the arrays of all its windows.

    Parameters
    ----------
    of_window : FeatureSet
        Of a signal as long as a window.
    windows : Windows
        How tracks are cut.

    Returns
    -------
    FeatureSet
        Arrays have the shape (windows, *shape of a window's).

    Raises
    ------
    GenrebenchError
        If the windows have another length than the feature set needs.
    """
    needed = round(of_window.seconds * SAMPLE_RATE)
    if windows.samples != needed:
        raise GenrebenchError(
            f"windows.samples is {windows.samples}, but {of_window.name} is made of {needed} samples "
            f"({of_window.seconds:g} s); give windows of that length, or another feature set"
        )

    def compute(signal: Signal) -> NDArray[np.float32]:
        starts = range(0, windows.count * windows.hop, windows.hop)
        return np.stack([of_window.compute(signal[start : start + windows.samples]) for start in starts])

    return replace(
        of_window,
        name=windows.of(of_window.name),
        seconds=windows.covered / SAMPLE_RATE,
        shape=(windows.count, *of_window.shape),
        compute=compute,
        words=f"{of_window.words}, of each of {windows.count} windows, {windows.hop / SAMPLE_RATE:.3g} s apart",
    )
