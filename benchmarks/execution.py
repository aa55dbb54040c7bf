"""One run in this process: from cached features to a folder in the store of finished runs."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks import provenance
from benchmarks.ablation.ladder import find_protocol
from benchmarks.audit.record import Audit
from benchmarks.datasets.manifest import Manifest
from benchmarks.errors import GenrebenchError
from benchmarks.features.cache import open_features
from benchmarks.features.scaling import fit_scaler
from benchmarks.files import file_digest, json_digest
from benchmarks.paths import audit_path, features_folder, manifest_path
from benchmarks.protocols import Split, check_disjoint, features_of, make_split
from benchmarks.runs import FinishedRun, RunKey, write_run
from benchmarks.scoring.metrics import score
from benchmarks.settings import Protocol, Settings
from implementations.architectures import ARCHITECTURES, Architecture, Floats, Weights, parameter_count, weights_digest
from implementations.interface import Adam, Classifier, Device, EpochScore, Inputs, Labels, Schedule
from implementations.registry import implementation

THREADS = 1
# raise it when `benchmarks.runs.write_run` writes something else, so that no finished run stays in the old form
_FORMAT = 2


@dataclass(frozen=True)
class Progress:
    """Where a training is.

    Attributes
    ----------
    epoch, epochs : int
        Number of the epoch that has just ended, from 1, and of the last one.
    train_loss : float
        Of this epoch.
    watched : str
        Which part is predicted after every epoch: validation or test.
    watched_loss : float
        On that part.
    """

    epoch: int
    epochs: int
    train_loss: float
    watched: str
    watched_loss: float


Report = Callable[[Progress], None]


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
        Which of them train, validate and test.
    architecture : Architecture
        With the sizes that the features need.
    device : str
        What computes, as params.yaml asks for it.
    inputs : dict
        Digests of the manifest and of the features, for the provenance.
    fingerprint : str
        Digest of everything that the result depends on except the machine: tracks and labels of each part,
        features, protocol, implementation, seed, source code and versions.
    """

    key: RunKey
    protocol: Protocol
    manifest: Manifest
    split: Split
    architecture: Architecture
    device: Device
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
    code = provenance.code_digests(made.architecture, made.framework)
    protocol = find_protocol(settings, key.protocol)
    manifest = Manifest.read(manifest_path(key.dataset))
    split = make_split(manifest, protocol.split, _duplicates(manifest, protocol))
    name = features_of(protocol, made.architecture)
    folder = features_folder(key.dataset)
    shape = open_features(folder, name, manifest).shape[1:]
    architecture = replace(ARCHITECTURES[made.architecture], input_shape=shape)
    inputs = {
        "manifest_sha256": file_digest(manifest_path(key.dataset)),
        "features": name,
        "features_sha256": file_digest(folder / f"{name}.npy"),
    }
    labelled = [[track.id, track.genre] for track in manifest.used]
    fingerprint = json_digest(
        {
            "format": _FORMAT,
            **{part: [labelled[row] for row in rows] for part, rows in split.parts.items()},
            "features": [name, inputs["features_sha256"], protocol.scaling],
            "schedule": protocol.schedule.model_dump(),
            "selections": protocol.selections,
            "device": settings.study.device,
            "run": [key.dataset, key.protocol, *asdict(key.implementation).values(), key.seed],
            # what architectures.py says of this one: an entry for another architecture changes no run
            "architecture": asdict(architecture),
            "initial_weights": weights_digest(architecture, len(manifest.genres), key.seed),
            "code": code,
            "versions": provenance.versions(made.framework),
        }
    )
    return Plan(key, protocol, manifest, split, architecture, settings.study.device, inputs, fingerprint)


def _duplicates(manifest: Manifest, protocol: Protocol) -> list[tuple[str, ...]]:
    """Return the groups of copies that the audit found, for a split that keeps them together."""
    if protocol.split.kind == "random":
        return []
    return [group.tracks for group in Audit.read(audit_path(manifest.dataset), manifest).groups]


@dataclass(frozen=True)
class _Part:
    """Inputs and labels of one part of a split, ready for the network."""

    inputs: Inputs
    labels: Labels


class _Watch:
    """Follows a training: scores what it may watch after each epoch and keeps what the selections ask for."""

    def __init__(self, classifier: Classifier, plan: Plan, parts: dict[str, _Part], report: Report) -> None:
        self.classifier = classifier
        self.protocol = plan.protocol
        watched = {"validation": len(plan.split.validation) > 0, "test": plan.protocol.watches_test}
        self.parts = {name: parts[name] for name, wanted in watched.items() if wanted}
        self.report = report
        self.rows: list[dict[str, float]] = []
        self.epochs: dict[str, int] = {}
        self.weights: dict[str, Weights] = {}

    def after_epoch(self, epoch: int, training: EpochScore) -> None:
        row = {"epoch": epoch, "train_loss": training.loss, "train_accuracy": training.accuracy}
        for name, part in self.parts.items():
            found = score(part.labels, self.classifier.predict(part.inputs))
            row |= {f"{name}_loss": found.loss, f"{name}_accuracy": found.accuracy}
        for selection in self.protocol.selections:
            if self._selected(selection, row):
                self.epochs[selection] = epoch
                self.weights[selection] = self.classifier.get_weights()
        self.rows.append(row)
        epochs, watched = self.protocol.schedule.epochs, next(iter(self.parts))
        self.report(Progress(epoch, epochs, training.loss, watched, row[f"{watched}_loss"]))

    def _selected(self, selection: str, row: dict[str, float]) -> bool:
        if selection == "last_epoch":
            return row["epoch"] == self.protocol.schedule.epochs
        loss = selection.removeprefix("lowest_")
        return row[loss] < min((before[loss] for before in self.rows), default=float("inf"))


def execute(plan: Plan, report: Report) -> None:
    """Train, select epochs, predict the test tracks with their weights, and write the finished run.

    Parameters
    ----------
    plan : Plan
        What to run.
    report : callable
        Called after every epoch.

    Raises
    ------
    GenrebenchError
        If the split uses a track twice, the framework sees no such device, or the network returned no probabilities.
    """
    started = datetime.now(UTC)
    clock = time.perf_counter()
    tracks = {name: plan.tracks(rows) for name, rows in plan.split.parts.items()}
    check_disjoint(*tracks.values())
    made = plan.key.implementation
    classifier_class = implementation(made.architecture, made.framework)
    try:
        device = classifier_class.configure(THREADS, plan.device)
    except ValueError as error:
        raise GenrebenchError(f"study.device in params.yaml: {error}") from None
    classifier = classifier_class(len(plan.manifest.genres), plan.key.seed, architecture=plan.architecture)
    parts = _parts(plan)
    watch = _Watch(classifier, plan, parts, report)
    classifier.fit(parts["train"].inputs, parts["train"].labels, _schedule(plan.protocol), watch.after_epoch)
    run = FinishedRun(
        dataset=plan.key.dataset,
        protocol=plan.key.protocol,
        implementation=made,
        seed=plan.key.seed,
        genres=plan.manifest.genres,
        train_tracks=tracks["train"],
        validation_tracks=tracks["validation"],
        test_tracks=tracks["test"],
        test_labels=parts["test"].labels,
        epochs=watch.epochs,
        probabilities=_predictions(classifier, watch.weights, parts["test"].inputs),
        history=pd.DataFrame(watch.rows),
        provenance=_provenance(plan, classifier, device, started, time.perf_counter() - clock),
    )
    write_run(plan.key.folder, run, watch.weights, plan.fingerprint)


def _parts(plan: Plan) -> dict[str, _Part]:
    """Return every part of the split with its inputs scaled by what the training part gives."""
    features, labels = plan.open_features(), plan.labels
    parts = {name: _Part(features[rows], labels[rows]) for name, rows in plan.split.parts.items()}
    scale = fit_scaler(plan.protocol.scaling, parts["train"].inputs)
    for part in parts.values():
        scale(part.inputs)
    return parts


def _predictions(classifier: Classifier, weights: dict[str, Weights], inputs: Inputs) -> dict[str, Floats]:
    found = {}
    for selection, chosen in weights.items():
        classifier.set_weights(chosen)
        found[selection] = classifier.predict(inputs)
    return found


def _schedule(protocol: Protocol) -> Schedule:
    given = protocol.schedule
    adam = Adam(given.learning_rate, given.beta_1, given.beta_2, given.epsilon)
    return Schedule(given.epochs, given.batch_size, adam)


def _provenance(plan: Plan, classifier: Classifier, device: str, started: datetime, seconds: float) -> dict[str, Any]:
    return {
        "started": started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "wall_time_s": round(seconds, 3),
        "git": provenance.git_state(),
        "versions": provenance.versions(plan.key.implementation.framework),
        "machine": provenance.machine(),
        "threads": THREADS,
        "device": device,
        "parameters": plan.protocol.model_dump(),
        "kept_together": plan.split.kept,
        "inputs": plan.inputs,
        "parameter_count": parameter_count(classifier.architecture, classifier.n_classes),
    }
