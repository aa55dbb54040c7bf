"""One run and the store of finished runs.

A run is one training of one implementation under one protocol on one dataset with one seed. A finished run is a
folder that was written completely, and holds nothing but what the same inputs give again::

    runs/<dataset>/<protocol>/<architecture>-<framework>/seed-<seed>/
        run.json                 what was run, all that decided it, and a digest of every other file
        history.csv              one row an epoch
        <selection>.npy          probabilities of the test tracks, or of their windows, at the selected epoch
        <selection>.safetensors  weights at the selected epoch, in canonical form

Where and when it was made lies apart, in ``runs/provenance``. The steps of the ladder of flaws, and runs with windows
split, have a store of their own, ``runs/ablation``. Finished runs that nothing asks for at the moment lie in
``runs/kept`` by their fingerprint.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from benchmarks.arrays import open_array, write_arrays
from benchmarks.errors import GenrebenchError
from benchmarks.files import file_digest, json_digest, remove, replacing, tidy, write_json
from benchmarks.paths import RUNS
from benchmarks.settings import Settings
from implementations.architectures import Floats, Weights

KEPT = RUNS / "kept"
# of trainings that have not ended, by the fingerprint of their runs
CHECKPOINTS = RUNS / "checkpoints"
PROVENANCE = RUNS / "provenance"
RUN_FILE = "run.json"
# what a run is called, in the order in which `decided_by` has it behind the form of the record
_IDENTITY: Final = ("dataset", "protocol", "architecture", "framework", "seed")
_HISTORY = "history.csv"
# what `benchmarks.execution.run.execute` keeps of the making of a run beside its results
_MAKING = frozenset(
    {
        *("fingerprint", "started", "wall_time_s", "git", "machine", "threads", "device", "arithmetic"),
        *("tracks", "epochs", "parameter_count"),
    }
)
# what file managers leave anywhere; .dvcignore names them, too
_SYSTEM_FILES = (".DS_Store", "Thumbs.db", "desktop.ini")


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

    @property
    def provenance(self) -> Path:
        """Where it is kept how the run was made, if it was made here."""
        return PROVENANCE / self.dataset / self.protocol / str(self.implementation) / f"seed-{self.seed}.json"

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
        Ids; `validation_tracks` may be empty, `test_tracks` are in the order of the rows of the probabilities. Where
        windows were split, a track may be in several of them.
    test_labels : ndarray of int64, shape (n_test,)
        The true class of each test track.
    epochs : dict of str to int
        For each selection the epoch (from 1) whose weights were scored.
    probabilities : dict of str to ndarray of float32, shape (n_test or n_windows, n_genres)
        For each selection the probabilities of the test tracks, or of their windows, those of a track one after
        another.
    history : DataFrame
        One row an epoch: epoch (from 1), train_loss, train_accuracy (both while training, dropout on), and after the
        epoch validation_loss, validation_accuracy (where there is a validation part) and test_loss, test_accuracy
        (where the protocol looks at the test tracks after every epoch); of a part that steers the learning rate, those
        of what steers it. Where it is steered, learning_rate; where weights have a penalty, penalty.
    decided_by : dict
        All that decided the result, see `benchmarks.execution.plan.Plan.decided_by`.
    test_windows : tuple of tuple of int
        Where tracks are cut into windows: for each test track the numbers of those that are tested. Otherwise empty.
    files : dict of str to str
        The sha256 of every file beside the record; empty for a run that was not written yet.
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
    decided_by: dict[str, Any]
    test_windows: tuple[tuple[int, ...], ...] = ()
    files: dict[str, str] = field(default_factory=dict)

    @property
    def window_counts(self) -> NDArray[np.int64]:
        """How many rows of the probabilities are of each test track, shape (n_test,)."""
        counts = [len(it) for it in self.test_windows] or [1] * len(self.test_tracks)
        return np.array(counts, dtype=np.int64)

    @property
    def first_rows(self) -> NDArray[np.int64]:
        """Where in the probabilities each test track begins, shape (n_test,)."""
        return np.concatenate([[0], np.cumsum(self.window_counts)[:-1]])

    def track_probabilities(self, selection: str) -> Floats:
        """Return the probabilities of the test tracks, shape (n_test, n_genres): those of a track's windows, averaged.

        float32 as saved where tracks are seen as a whole, float64 where they are cut.
        """
        values = self.probabilities[selection]
        if not self.test_windows:
            return values
        # one after the other: the same bits on every processor
        sums = np.add.reduceat(values.astype(np.float64), self.first_rows, axis=0)
        found: Floats = sums / self.window_counts[:, None]
        return found


def write_run(folder: Path, run: FinishedRun, weights: dict[str, Weights]) -> None:
    """Write a finished run, completely or not at all.

    Parameters
    ----------
    folder : Path
        Where; what stood there before is replaced.
    run : FinishedRun
        The run.
    weights : dict of str to dict of str to ndarray of float32
        For each selection the canonical weights.
    """
    facts = {
        "fingerprint": fingerprint(run.decided_by),
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
        **({"test_windows": [list(it) for it in run.test_windows]} if run.test_windows else {}),
        "decided_by": run.decided_by,
    }
    with replacing(folder) as temporary:
        temporary.mkdir()
        for selection, probabilities in run.probabilities.items():
            np.save(temporary / f"{selection}.npy", probabilities, allow_pickle=False)
            write_arrays(weights_path(temporary, selection), weights[selection])
        run.history.to_csv(temporary / _HISTORY, index=False, lineterminator="\n")
        facts["files"] = {path.name: file_digest(path) for path in sorted(temporary.iterdir())}
        write_json(temporary / RUN_FILE, {**facts, "sha256": json_digest(facts)})


def fingerprint(decided_by: dict[str, Any]) -> str:
    """Return the digest of all that decides a run: runs of one fingerprint are the same run."""
    return json_digest(decided_by)


def read_run(folder: Path) -> FinishedRun:
    """Read a finished run, after a look whether it is as it was written.

    Raises
    ------
    GenrebenchError
        If there is none, or a file of it is not what the run wrote.
    """
    return run_of(folder, read_facts(folder))


def run_of(folder: Path, facts: Mapping[str, Any]) -> FinishedRun:
    """Read the arrays and the history of a finished run whose record was read, with a look at its files, just before.

    Parameters
    ----------
    folder : Path
        Where the run lies.
    facts : mapping
        What `read_facts` returned.

    Raises
    ------
    GenrebenchError
        If they cannot be read, or the record lacks something.
    """
    try:
        run = FinishedRun(
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
                selection: np.array(open_array(folder / f"{selection}.npy")) for selection in facts["epochs"]
            },
            history=pd.read_csv(folder / _HISTORY),
            decided_by=facts["decided_by"],
            test_windows=tuple(tuple(it) for it in facts.get("test_windows", ())),
            files=facts["files"],
        )
        if strange := _strange(run):
            raise ValueError(strange)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _not_finished(folder, error) from None
    return run


def _strange(run: FinishedRun) -> str:
    """Say what no training can have left, whatever the digests say; empty where there is nothing."""
    counts = run.window_counts
    if len(counts) != len(run.test_tracks) or counts.min(initial=1) < 1:
        return "test_windows needs at least one window of each test track"
    shape = (int(counts.sum()), len(run.genres))
    for selection, values in run.probabilities.items():
        if values.shape != shape or values.dtype != np.float32 or not np.isfinite(values).all():
            return f"{selection}.npy needs finite float32 of shape {shape}"
    history = run.history
    numbers = all(pd.api.types.is_numeric_dtype(kind) for kind in history.dtypes)
    asked = run.decided_by["protocol"]["schedule"]["epochs"]
    if not numbers or history["epoch"].tolist() != list(range(1, asked + 1)):
        return f"{_HISTORY} needs numbers of epochs 1 to {asked}"
    for selection, epoch in run.epochs.items():
        # lowest_test_loss: the first epoch at which test_loss was lowest
        watched = history.get(selection.removeprefix("lowest_"))
        chosen = asked if selection == "last_epoch" else None if watched is None else int(watched.argmin()) + 1
        if epoch != chosen:
            return f"{RUN_FILE} says that {selection} is epoch {epoch}, {_HISTORY} says {chosen}"
    return ""


def read_facts(folder: Path) -> dict[str, Any]:
    """Read ``run.json``, after a look whether it and the files beside it are as they were written.

    Raises
    ------
    GenrebenchError
        If there is none, or a file is missing, strange or another than the run wrote.
    """
    try:
        facts: dict[str, Any] = dict(json.loads((folder / RUN_FILE).read_text(encoding="utf-8")))
        whole = json_digest({name: value for name, value in facts.items() if name != "sha256"}) == facts["sha256"]
        expected = dict(facts["files"])
        # what a digest cannot tell: a record that names other files than the run's own, or another run
        known = {f"{name}.{kind}" for name in facts["epochs"] for kind in ("npy", "safetensors")} | {_HISTORY}
        renamed = [facts[name] for name in _IDENTITY] != facts["decided_by"]["run"][1:]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _not_finished(folder, f"{RUN_FILE}: {error}") from None
    if not whole or renamed or expected.keys() != known:
        raise _not_finished(folder, f"{RUN_FILE} was changed after the run")
    there = {path.name for path in folder.iterdir()} - {RUN_FILE, *_SYSTEM_FILES}
    if wrong := sorted(there ^ expected.keys()):
        raise _not_finished(folder, f"{wrong[0]} is {'not a file of the run' if wrong[0] in there else 'missing'}")
    for name, digest in expected.items():
        if not (folder / name).is_file() or file_digest(folder / name) != digest:
            raise _not_finished(folder, f"{name} is not what the run wrote")
    return facts


def _not_finished(folder: Path, reason: object) -> GenrebenchError:
    return GenrebenchError(f"{folder}: not a finished run ({reason})")


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


@dataclass(frozen=True)
class RunState:
    """Whether a run that is asked for is there.

    Attributes
    ----------
    kind : {"finished", "missing", "other", "damaged"}
        other: a run with other inputs stands in its place.
    reason : str
        What is wrong with a damaged one.
    facts : dict
        The record of a finished or another one.
    """

    kind: Literal["finished", "missing", "other", "damaged"]
    reason: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def state_of(folder: Path, wanted: str, expected: Mapping[str, Any] | None = None) -> RunState:
    """Look whether the run with a fingerprint is in its place, whole.

    Parameters
    ----------
    folder : Path
        Its place.
    wanted : str
        Its fingerprint.
    expected : mapping, optional
        What its record must say besides: genres, tracks and labels.
    """
    if not folder.exists():
        return RunState("missing")
    try:
        facts = read_facts(folder)
    except GenrebenchError as error:
        return RunState("damaged", str(error))
    if not facts["fingerprint"] == fingerprint(facts["decided_by"]) == wanted:
        return RunState("other", facts=facts)
    if wrong := [name for name, value in (expected or {}).items() if facts.get(name) != value]:
        return RunState("damaged", str(_not_finished(folder, f"{wrong[0]} were changed after the run")))
    return RunState("finished", facts=facts)


def set_aside(key: RunKey) -> None:
    """Move what stands in a run's place away.

    A finished run is found again by its fingerprint, in ``runs/kept``, with what is known of its making. What is not
    one is moved to ``runs/kept/damaged``, where the last one of each run stays to be looked at.
    """
    try:
        target = KEPT / str(read_facts(key.folder)["fingerprint"])
    except GenrebenchError:
        target = KEPT / "damaged" / key.dataset / key.protocol / str(key.implementation) / key.folder.name
    remove(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    key.folder.rename(target)
    if key.provenance.is_file():
        key.provenance.replace(_made_aside(target))


def take_back(key: RunKey, wanted: str) -> bool:
    """Put a run that was set aside into its place, which is free; return whether there was one, whole."""
    kept = KEPT / wanted
    if state_of(kept, wanted).kind != "finished":
        return False
    key.folder.parent.mkdir(parents=True, exist_ok=True)
    kept.rename(key.folder)
    if (made := _made_aside(kept)).is_file():
        key.provenance.parent.mkdir(parents=True, exist_ok=True)
        made.replace(key.provenance)
    return True


def _made_aside(kept: Path) -> Path:
    return kept.with_name(f"{kept.name}.json")


def making_of(path: Path) -> dict[str, Any] | None:
    """Read what is kept of the making of a run that was made in this checkout; None where there is nothing, or a part.

    Parameters
    ----------
    path : Path
        See `RunKey.provenance`.
    """
    try:
        made: dict[str, Any] = dict(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    return made if made.keys() >= _MAKING else None


def machines_of(made: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the machines that trained a run, one after another."""
    return [it["machine"] for it in made.get("parts", [made])]


def was_made_here(key: RunKey, wanted: str, since: datetime | None = None) -> bool:
    """Return whether all of the run with a fingerprint was made in this checkout, and not before a moment."""
    made = making_of(key.provenance)
    if made is None or made["fingerprint"] != wanted:
        return False
    # a checkpoint may come from another machine, by a folder that both see
    if any(it != made["machine"] for it in machines_of(made)):
        return False
    return since is None or datetime.fromisoformat(made["started"]) >= since


def set_others_aside(dataset: str, keys: Collection[RunKey]) -> None:
    """Leave only the given runs in the folder of a dataset, so that it holds nothing but what params.yaml asks for."""
    wanted = {key.folder for key in keys}
    for folder in sorted((RUNS / dataset).glob("*/*")):
        if folder.is_dir():
            tidy(folder)
    for folder in sorted((RUNS / dataset).glob("*/*/*")):
        if folder not in wanted and (key := _key_of(folder)):
            set_aside(key)
    for folder in sorted((RUNS / dataset).glob("**/"), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _key_of(folder: Path) -> RunKey | None:
    """Return the run whose place a folder is; None where it is nobody's."""
    dataset, protocol, implementation, seed = folder.parts[-4:]
    architecture, _, framework = implementation.rpartition("-")
    number = seed.removeprefix("seed-")
    if not number.isdecimal() or not architecture or not folder.is_dir():
        return None
    key = RunKey(dataset, protocol, Implementation(architecture, framework), int(number))
    return key if key.folder == folder else None


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
        By protocol, architecture and framework in the order of study and params.yaml, then by seed.
    """
    report = settings.report
    return [
        RunKey(dataset, of_protocol, Implementation(of_architecture, of_framework), seed)
        for of_protocol in ([protocol] if protocol else report.protocols)
        for of_architecture in ([architecture] if architecture else report.architectures)
        for of_framework in ([framework] if framework else report.frameworks)
        for seed in settings.report.seeds
    ]
