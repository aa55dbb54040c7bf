"""What a part of a split shows the network: whole tracks in memory, or windows that stay on disk until used."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.features.scaling import Scaler, fit_scaler
from benchmarks.protocols import Split
from benchmarks.studies.protocol import Protocol
from implementations.architectures import Floats
from implementations.interface import Classifier, Inputs, Labels

# so many windows of the second study are 34 MB
_AT_ONCE = 512


@dataclass(frozen=True, eq=False)
class Examples:
    """Tracks or windows and their classes.

    Attributes
    ----------
    source : ndarray of float32, shape (n_source, *input_shape)
        Where they are read from; may be memory-mapped.
    rows : ndarray of int64, shape (n,)
        Which of it, in the order in which they are asked for by number.
    labels : ndarray of int64, shape (n,)
        Their classes.
    scaler : Scaler, optional
        What is done to each when it is read; nothing where `source` is scaled already.
    """

    source: Inputs
    rows: NDArray[np.int64]
    labels: Labels
    scaler: Scaler | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """As if they were one array."""
        return len(self.rows), *self.source.shape[1:]

    def read(self, numbers: NDArray[np.int64] | slice) -> Inputs:
        """Return copies of some of them, as they lie in the source."""
        return self.source[self.rows[numbers]]

    def scaled(self, inputs: Inputs) -> Inputs:
        """Scale what was read, in its own memory, and return it."""
        return inputs if self.scaler is None else self.scaler(inputs)

    def __getitem__(self, numbers: NDArray[np.int64] | slice) -> Inputs:
        """Return copies of some of them, scaled."""
        return self.scaled(self.read(numbers))

    def __iter__(self) -> Iterator[Inputs]:
        """Go through them one by one."""
        return (self[np.array([number])][0] for number in range(len(self)))


def examples_of(
    protocol: Protocol, split: Split, features: NDArray[np.float32], labels: NDArray[np.int64]
) -> dict[str, Examples]:
    """Return what each part of a split shows the network, scaled by what the training part gives.

    Parameters
    ----------
    protocol : Protocol
        Says whether tracks are cut into windows, and how inputs are scaled.
    split : Split
        Of the tracks, or of their windows.
    features : ndarray of float32, shape (tracks, *input_shape) or (tracks, windows, *input_shape)
        Of all used tracks; may be memory-mapped. Windows are not read here, but for the scaling.
    labels : ndarray of int64, shape (tracks,)
        The class of each.
    """
    count = protocol.windows_of_track
    if protocol.windows is None:
        found = {name: _in_memory(features[rows], labels[rows]) for name, rows in split.parts.items()}
        scale = fit_scaler(protocol.scaling, found["train"].source)
        for part in found.values():
            scale(part.source)
        return found
    # a view of the file, without what NumPy's own class for it does at every access
    windows = np.asarray(features).reshape(-1, *features.shape[2:])
    rows_of = {name: split.examples(name, count) for name in split.parts}
    unscaled = {name: Examples(windows, rows, labels[rows // count]) for name, rows in rows_of.items()}
    if protocol.scaling == "none":
        return unscaled
    scaler = fit_scaler(protocol.scaling, unscaled["train"])
    return {name: Examples(it.source, it.rows, it.labels, scaler) for name, it in unscaled.items()}


def _in_memory(inputs: Inputs, labels: Labels) -> Examples:
    return Examples(inputs, np.arange(len(inputs)), labels)


def predict(classifier: Classifier, examples: Examples) -> Floats:
    """Return the probabilities of every example, shape (n, n_classes), with as few of them in memory as is quick."""
    starts = range(0, len(examples), _AT_ONCE)
    found: Floats = np.concatenate([classifier.predict(examples[it : it + _AT_ONCE]) for it in starts])
    return found
