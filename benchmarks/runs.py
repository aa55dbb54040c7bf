"""One run and the store of finished runs.

A run is one training of one implementation under one protocol on one dataset with one seed. A finished run is a
folder that was written completely::

    runs/<dataset>/<protocol>/<architecture>-<framework>/seed-<seed>/
        run.json                 what was run, on which tracks, and the fingerprint of all that went in
        history.csv              one row an epoch
        <selection>.npy          probabilities of the test tracks at the selected epoch
        <selection>.safetensors  weights at the selected epoch, in canonical form
        provenance.json          code, versions, machine, inputs and wall time

The steps of the ladder of flaws have a store of their own, ``runs/ablation``.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from benchmarks.arrays import write_arrays
from benchmarks.errors import GenrebenchError
from benchmarks.files import replacing, write_json
from benchmarks.settings import Settings
from implementations.architectures import Floats, Weights

RUNS = Path("runs")
RUN_FILE = "run.json"


@dataclass(frozen=True)
class Implementation:
    """One architecture in one framework."""

    architecture: str
    framework: str

    def __str__(self) -> str:
        return f"{self.architecture}-{self.framework}"


@dataclass(frozen=True)
class RunKey:
    """What tells a run from all others in the store."""

    dataset: str
    protocol: str
    implementation: Implementation
    seed: int
    store: Path = RUNS

    @property
    def folder(self) -> Path:
        """Where the finished run lies."""
        return self.store / self.dataset / self.protocol / str(self.implementation) / f"seed-{self.seed}"

    def __str__(self) -> str:
        return f"{self.dataset} {self.protocol} {self.implementation} seed {self.seed}"


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
    train_tracks, validation_tracks, test_tracks : tuple of str
        Ids; `validation_tracks` may be empty, `test_tracks` are in the order of the rows of the probabilities.
    test_labels : ndarray of int64, shape (n_test,)
        The true class of each test track.
    epochs : dict of str to int
        For each selection the epoch (from 1) whose weights were scored.
    probabilities : dict of str to ndarray of float32, shape (n_test, n_genres)
        For each selection the probabilities of the test tracks.
    history : DataFrame
        One row an epoch: epoch (from 1), train_loss, train_accuracy (both while training, dropout on), and after the
        epoch validation_loss, validation_accuracy (where there is a validation part) and test_loss, test_accuracy
        (where the protocol looks at the test tracks after every epoch).
    provenance : dict
        How the run was made: git, versions, machine, threads, parameters, inputs, wall time.
    """

    dataset: str
    protocol: str
    implementation: Implementation
    seed: int
    genres: tuple[str, ...]
    train_tracks: tuple[str, ...]
    validation_tracks: tuple[str, ...]
    test_tracks: tuple[str, ...]
    test_labels: NDArray[np.int64]
    epochs: dict[str, int]
    probabilities: dict[str, Floats]
    history: pd.DataFrame
    provenance: dict[str, Any]


def write_run(folder: Path, run: FinishedRun, weights: dict[str, Weights], fingerprint: str) -> None:
    """Write a finished run, completely or not at all.

    Parameters
    ----------
    folder : Path
        Where; what stood there before is replaced.
    run : FinishedRun
        The run.
    weights : dict of str to dict of str to ndarray of float32
        For each selection the canonical weights.
    fingerprint : str
        Digest of all that went in (see `benchmarks.execution.Plan`).
    """
    facts = {
        "fingerprint": fingerprint,
        "dataset": run.dataset,
        "protocol": run.protocol,
        "architecture": run.implementation.architecture,
        "framework": run.implementation.framework,
        "seed": run.seed,
        "genres": list(run.genres),
        "epochs": run.epochs,
        "train_tracks": list(run.train_tracks),
        "validation_tracks": list(run.validation_tracks),
        "test_tracks": list(run.test_tracks),
        "test_labels": run.test_labels.tolist(),
    }
    with replacing(folder) as temporary:
        temporary.mkdir()
        for selection, probabilities in run.probabilities.items():
            np.save(temporary / f"{selection}.npy", probabilities, allow_pickle=False)
            write_arrays(weights_path(temporary, selection), weights[selection])
        run.history.to_csv(temporary / "history.csv", index=False, lineterminator="\n")
        write_json(temporary / "provenance.json", run.provenance)
        write_json(temporary / RUN_FILE, facts)


def read_run(folder: Path) -> FinishedRun:
    """Read a finished run.

    Raises
    ------
    GenrebenchError
        If there is none or a part of it cannot be read.
    """
    try:
        facts = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        return FinishedRun(
            dataset=facts["dataset"],
            protocol=facts["protocol"],
            implementation=Implementation(facts["architecture"], facts["framework"]),
            seed=facts["seed"],
            genres=tuple(facts["genres"]),
            train_tracks=tuple(facts["train_tracks"]),
            validation_tracks=tuple(facts["validation_tracks"]),
            test_tracks=tuple(facts["test_tracks"]),
            test_labels=np.array(facts["test_labels"], dtype=np.int64),
            epochs=facts["epochs"],
            probabilities={
                selection: np.load(folder / f"{selection}.npy", allow_pickle=False) for selection in facts["epochs"]
            },
            history=pd.read_csv(folder / "history.csv"),
            provenance=json.loads((folder / "provenance.json").read_text(encoding="utf-8")),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _not_finished(folder, error) from None


def _not_finished(folder: Path, error: Exception) -> GenrebenchError:
    return GenrebenchError(
        f"{folder}: not a finished run ({error}); delete that folder, then make it again with: "
        "dvc repro report@ and the dataset's name"
    )


def weights_path(folder: Path, selection: str) -> Path:
    """Return where a run keeps the weights of a selection."""
    return folder / f"{selection}.safetensors"


def read_weights(folder: Path, selection: str) -> Weights:
    """Read the canonical weights of one selection of a finished run.

    Raises
    ------
    GenrebenchError
        If the file is missing or damaged.
    """
    try:
        return dict(load_file(weights_path(folder, selection)))
    except (OSError, SafetensorError) as error:
        raise _not_finished(folder, error) from None


def has_run(folder: Path, fingerprint: str) -> bool:
    """Return whether a run with this fingerprint is finished."""
    try:
        facts = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        files = [f"{name}.{kind}" for name in facts["epochs"] for kind in ("npy", "safetensors")]
        same = bool(facts["fingerprint"] == fingerprint)
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return same and all((folder / name).is_file() for name in (*files, "history.csv", "provenance.json"))


def study_keys(
    settings: Settings,
    dataset: str,
    protocol: str | None = None,
    architecture: str | None = None,
    framework: str | None = None,
) -> list[RunKey]:
    """Return every run that the study asks for on one dataset, or of these those of one protocol, for instance.

    Returns
    -------
    list of RunKey
        By protocol, architecture and framework in the order of params.yaml, then by seed.
    """
    study = settings.study
    return [
        RunKey(dataset, of_protocol, Implementation(of_architecture, of_framework), seed)
        for of_protocol in ([protocol] if protocol else study.protocols)
        for of_architecture in ([architecture] if architecture else study.architectures)
        for of_framework in ([framework] if framework else study.frameworks)
        for seed in study.seeds
    ]


def load_runs(settings: Settings, dataset: str) -> list[FinishedRun]:
    """Read every run that the study asks for on one dataset, in the order of `study_keys`.

    Raises
    ------
    GenrebenchError
        If a run is missing.
    """
    return [read_run(key.folder) for key in study_keys(settings, dataset)]
