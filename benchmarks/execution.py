"""One run in this process: from cached features to a folder in the store of finished runs."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks import provenance
from benchmarks.datasets.manifest import Manifest
from benchmarks.errors import GenrebenchError
from benchmarks.features.cache import open_features
from benchmarks.files import file_digest, json_digest
from benchmarks.paths import features_folder, manifest_path
from benchmarks.protocols import Split, check_disjoint, features_of, make_split
from benchmarks.runs import FinishedRun, RunKey, write_run
from benchmarks.scoring.metrics import score
from benchmarks.settings import Protocol, Settings
from implementations.architectures import ARCHITECTURES, Floats, Weights, parameter_count, weights_digest
from implementations.interface import Adam, Classifier, EpochScore, Schedule
from implementations.registry import implementation

THREADS = 1
# raise it when `benchmarks.runs.write_run` writes something else, so that no finished run stays in the old form
_FORMAT = 1


@dataclass(frozen=True)
class Progress:
    """Where a training is: number of the epoch, its training loss, and the loss on the test tracks after it."""

    epoch: int
    epochs: int
    train_loss: float
    test_loss: float


@dataclass(frozen=True)
class Plan:
    """All that goes into a run, known before any framework is loaded.

    Attributes
    ----------
    key : RunKey
        Which run.
    protocol : Protocol
        Its choices.
    manifest : Manifest
        The dataset's tracks.
    split : Split
        Which of them train and which test.
    inputs : dict
        Digests of the manifest and of the features, for the provenance.
    fingerprint : str
        Digest of everything that the result depends on except the machine: tracks and labels on either side,
        features, protocol, implementation, seed, source code and versions.
    """

    key: RunKey
    protocol: Protocol
    manifest: Manifest
    split: Split
    inputs: dict[str, str]
    fingerprint: str

    @property
    def labels(self) -> NDArray[np.int64]:
        """The class of every used track, shape (used tracks,)."""
        return np.array([self.manifest.genres.index(track.genre) for track in self.manifest.used], dtype=np.int64)

    def open_features(self) -> NDArray[np.float32]:
        """Open the features of all used tracks, memory-mapped."""
        return open_features(features_folder(self.key.dataset), self.inputs["features"], self.manifest)

    def tracks(self, rows: NDArray[np.int64]) -> tuple[str, ...]:
        """Return the ids of some rows."""
        return tuple(self.manifest.used[row].id for row in rows)


def make_plan(settings: Settings, key: RunKey) -> Plan:
    """Look up and digest all that goes into a run.

    Raises
    ------
    GenrebenchError
        If there is no such implementation or protocol, or manifest or features are missing or do not belong
        together.
    """
    made = key.implementation
    try:
        code = provenance.code_digests(made.architecture, made.framework)
    except ValueError as error:
        raise GenrebenchError(str(error)) from None
    if key.protocol not in settings.protocols:
        raise GenrebenchError(f"no protocol {key.protocol!r} in params.yaml; defined: {', '.join(settings.protocols)}")
    protocol = settings.protocols[key.protocol]
    manifest = Manifest.read(manifest_path(key.dataset))
    split = make_split(manifest, protocol.split)
    name = features_of(protocol, key.implementation.architecture)
    folder = features_folder(key.dataset)
    open_features(folder, name, manifest)
    inputs = {
        "manifest_sha256": file_digest(manifest_path(key.dataset)),
        "features": name,
        "features_sha256": file_digest(folder / f"{name}.npy"),
    }
    labelled = [[track.id, track.genre] for track in manifest.used]
    fingerprint = json_digest(
        {
            "format": _FORMAT,
            "train": [labelled[row] for row in split.train],
            "test": [labelled[row] for row in split.test],
            "features": [name, inputs["features_sha256"]],
            "schedule": protocol.schedule.model_dump(),
            "selections": protocol.selections,
            "run": [key.dataset, key.protocol, *asdict(key.implementation).values(), key.seed],
            # what architectures.py says of this one: an entry for another architecture changes no run
            "architecture": asdict(ARCHITECTURES[made.architecture]),
            "initial_weights": weights_digest(ARCHITECTURES[made.architecture], len(manifest.genres), key.seed),
            "code": code,
            "versions": provenance.versions(made.framework),
        }
    )
    return Plan(key, protocol, manifest, split, inputs, fingerprint)


class _Watch:
    """Follows a training: evaluates the test tracks after each epoch and keeps what the selections ask for."""

    def __init__(self, classifier: Classifier, plan: Plan, report: Callable[[Progress], None]) -> None:
        self.classifier = classifier
        self.test_inputs = plan.open_features()[plan.split.test]
        self.test_labels = plan.labels[plan.split.test]
        self.epochs_in_all = plan.protocol.schedule.epochs
        self.selections = plan.protocol.selections
        self.report = report
        self.rows: list[dict[str, float]] = []
        self.epochs: dict[str, int] = {}
        self.probabilities: dict[str, Floats] = {}
        self.weights: dict[str, Weights] = {}

    def after_epoch(self, epoch: int, training: EpochScore) -> None:
        probabilities = self.classifier.predict(self.test_inputs)
        test = score(self.test_labels, probabilities)
        best = min((row["test_loss"] for row in self.rows), default=float("inf"))
        self.rows.append(
            {
                "epoch": epoch,
                "train_loss": training.loss,
                "train_accuracy": training.accuracy,
                "test_loss": test.loss,
                "test_accuracy": test.accuracy,
            }
        )
        selected = {"last_epoch": epoch == self.epochs_in_all, "lowest_test_loss": test.loss < best}
        for selection in self.selections:
            if selected[selection]:
                self.epochs[selection] = epoch
                self.probabilities[selection] = probabilities
                self.weights[selection] = self.classifier.get_weights()
        self.report(Progress(epoch, self.epochs_in_all, training.loss, test.loss))


def execute(plan: Plan, report: Callable[[Progress], None]) -> None:
    """Train, follow the test tracks, and write the finished run.

    Parameters
    ----------
    plan : Plan
        What to run.
    report : callable
        Called after every epoch.

    Raises
    ------
    GenrebenchError
        If the split uses a track twice, or the network returned no probabilities.
    """
    started = datetime.now(UTC)
    clock = time.perf_counter()
    train_tracks, test_tracks = plan.tracks(plan.split.train), plan.tracks(plan.split.test)
    check_disjoint(train_tracks, test_tracks)
    made = plan.key.implementation
    classifier_class = implementation(made.architecture, made.framework)
    classifier_class.configure(THREADS)
    classifier = classifier_class(len(plan.manifest.genres), plan.key.seed)
    watch = _Watch(classifier, plan, report)
    schedule = _schedule(plan.protocol)
    inputs = plan.open_features()[plan.split.train]
    classifier.fit(inputs, plan.labels[plan.split.train], schedule, watch.after_epoch)
    run = FinishedRun(
        dataset=plan.key.dataset,
        protocol=plan.key.protocol,
        implementation=made,
        seed=plan.key.seed,
        genres=plan.manifest.genres,
        train_tracks=train_tracks,
        test_tracks=test_tracks,
        test_labels=watch.test_labels,
        epochs=watch.epochs,
        probabilities=watch.probabilities,
        history=pd.DataFrame(watch.rows),
        provenance=_provenance(plan, classifier, started, time.perf_counter() - clock),
    )
    write_run(plan.key.folder, run, watch.weights, plan.fingerprint)


def _schedule(protocol: Protocol) -> Schedule:
    given = protocol.schedule
    adam = Adam(given.learning_rate, given.beta_1, given.beta_2, given.epsilon)
    return Schedule(given.epochs, given.batch_size, adam)


def _provenance(plan: Plan, classifier: Classifier, started: datetime, seconds: float) -> dict[str, Any]:
    return {
        "started": started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "wall_time_s": round(seconds, 3),
        "git": provenance.git_state(),
        "versions": provenance.versions(plan.key.implementation.framework),
        "machine": provenance.machine(),
        "threads": THREADS,
        "parameters": plan.protocol.model_dump(),
        "inputs": plan.inputs,
        "parameter_count": parameter_count(classifier.architecture, classifier.n_classes),
    }
