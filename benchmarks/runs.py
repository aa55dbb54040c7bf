"""One run and the store of finished runs.

A run is one training of one implementation under one protocol on one dataset with one seed. A finished run is a
folder that was written completely::

    runs/<dataset>/<protocol>/<architecture>-<framework>/seed-<seed>/
        run.json                 what was run, on which tracks, and the fingerprint of all that went in
        history.csv              one row an epoch
        <selection>.npy          probabilities of the test tracks at the selected epoch
        <selection>.safetensors  weights at the selected epoch, in canonical form
        provenance.json          code, versions, machine, inputs and wall time
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.errors import GenrebenchError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from benchmarks.settings import Settings

RUNS = Path("runs")


@dataclass(frozen=True)
class Implementation:
    """One architecture in one framework."""

    architecture: str
    framework: str

    def __str__(self) -> str:
        return f"{self.architecture}-{self.framework}"


@dataclass(frozen=True)
class FinishedRun:
    """What a finished run left behind.

    Attributes
    ----------
    dataset, protocol : str
        Names from params.yaml.
    implementation : Implementation
        What was trained.
    seed : int
        The seed that initial weights, batch order and dropout derive from.
    genres : tuple of str
        The classes, in the order of the columns of the probabilities.
    train_tracks, test_tracks : tuple of str
        Ids; `test_tracks` in the order of the rows of the probabilities.
    test_labels : ndarray of int64, shape (n_test,)
        The true class of each test track.
    epochs : dict of str to int
        For each selection the epoch (from 1) whose weights were scored.
    probabilities : dict of str to ndarray of float32, shape (n_test, n_genres)
        For each selection the probabilities of the test tracks.
    history : DataFrame
        One row an epoch: epoch (from 1), train_loss, train_accuracy (both while training, dropout on), test_loss,
        test_accuracy.
    provenance : dict
        How the run was made: git, versions, machine, threads, parameters, inputs, wall time.
    """

    dataset: str
    protocol: str
    implementation: Implementation
    seed: int
    genres: tuple[str, ...]
    train_tracks: tuple[str, ...]
    test_tracks: tuple[str, ...]
    test_labels: "NDArray[np.int64]"
    epochs: dict[str, int]
    probabilities: "dict[str, NDArray[np.float32]]"
    history: "pd.DataFrame"
    provenance: dict[str, Any]
