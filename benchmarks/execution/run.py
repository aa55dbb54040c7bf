"""One run in this process: from cached features to a folder in the store of finished runs."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import provenance
from benchmarks.errors import GenrebenchError
from benchmarks.execution.batches import epoch_batches, watched_batches
from benchmarks.execution.checkpoints import Checkpoint, CheckpointFolder
from benchmarks.execution.code import exact_code_digest
from benchmarks.execution.examples import Examples, examples_of, predict
from benchmarks.execution.learning_rate import steered
from benchmarks.execution.plan import Plan
from benchmarks.files import write_json
from benchmarks.protocols import check_parts, work_of
from benchmarks.runs import FinishedRun, write_run
from benchmarks.scoring.metrics import Scores, score
from implementations.architectures import Floats, Weights, parameter_count, penalty
from implementations.interface import Adam, Batch, Classifier, EpochScore, Training, shuffled
from implementations.registry import implementation

THREADS = 1


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


class _Watch:
    """Follows a training: scores what it may watch after each epoch and keeps what the selections ask for.

    Parameters
    ----------
    classifier : Classifier
        What is trained.
    plan : Plan
        Which run it is.
    parts : dict of str to Examples
        Every part of the split.
    checkpoints : CheckpointFolder
        Where it may have been begun, and is saved from time to time.
    report : callable
        Called after every epoch.
    """

    def __init__(
        self,
        classifier: Classifier,
        plan: Plan,
        parts: dict[str, Examples],
        checkpoints: CheckpointFolder,
        report: Report,
    ) -> None:
        self.classifier = classifier
        self.protocol = plan.protocol
        watched = {"validation": len(plan.split.validation) > 0, "test": plan.protocol.watches_test}
        self.train_part = parts["train"]
        self.parts = {name: parts[name] for name, wanted in watched.items() if wanted}
        self.report = report
        self.rows: list[dict[str, float]] = []
        self.epochs: dict[str, int] = {}
        self.weights: dict[str, Weights] = {}
        self.started = time.perf_counter()
        self.checkpoints = checkpoints
        # the processes that trained
        self.made_by = [{"started": _now(), "machine": provenance.machine()}]

    def train(self) -> None:
        """Train from the first epoch, or resume where a process that was ended left a checkpoint."""
        given = self.protocol.schedule
        training = self.classifier.start_training(Adam(given.learning_rate, given.beta_1, given.beta_2, given.epsilon))
        if found := self.checkpoints.load():
            self.rows, self.epochs, self.weights = found.rows, found.epochs, found.chosen
            self.made_by = [*found.parts, *self.made_by]
            self.started -= found.seconds
            self.classifier.set_weights(found.weights)
            training.set_state(found.state)
            self._steer(training)
        left = range(len(self.rows) + 1, given.epochs + 1)

        def after_epoch(epoch: int, scored: EpochScore) -> None:
            self.after_epoch(epoch, scored)
            self._steer(training)
            if epoch < left.stop - 1 and self.checkpoints.is_due:
                self._save(training)

        self.classifier.train_epochs(training, self._batches, left, after_epoch)

    def _batches(self, epoch: int) -> Iterator[Batch]:
        part, seed = self.train_part, self.classifier.seed
        if self.protocol.windows is None:
            return shuffled(part.source, part.labels, seed, epoch, self.protocol.schedule.batch_size)
        return epoch_batches(part, self.protocol, seed, epoch)

    @property
    def _learning_rate(self) -> float:
        """Of the epoch that comes next."""
        first, steering = self.protocol.schedule.learning_rate, self.protocol.schedule.steering
        if steering is None:
            return first
        watched = f"{steering.watched}_loss"
        return steered(first, steering, [row[watched] + row.get("penalty", 0.0) for row in self.rows])

    def _steer(self, training: Training) -> None:
        if self.protocol.schedule.steering is not None:
            training.set_learning_rate(self._learning_rate)

    @property
    def seconds(self) -> float:
        """How long the training has taken, that of a process that was ended included."""
        return time.perf_counter() - self.started

    def _save(self, training: Training) -> None:
        state = training.get_state()
        if state is not None:
            weights = self.classifier.get_weights()
            at = Checkpoint(self.rows, self.epochs, self.weights, weights, state, self.seconds, self.made_by)
            self.checkpoints.save(at)

    def after_epoch(self, epoch: int, training: EpochScore) -> None:
        row = {"epoch": epoch, "train_loss": training.loss, "train_accuracy": training.accuracy}
        for name, part in self.parts.items():
            found = self._score(name, part, epoch)
            row |= {f"{name}_loss": found.loss, f"{name}_accuracy": found.accuracy}
        if self.protocol.schedule.steering is not None:
            row["learning_rate"] = self._learning_rate
        architecture = self.classifier.architecture
        if any(weight.penalty for weight in architecture.weights(self.classifier.n_classes)):
            row["penalty"] = penalty(architecture, self.classifier.get_weights(), self.classifier.n_classes)
        for selection in self.protocol.selections:
            if self._selected(selection, row):
                self.epochs[selection] = epoch
                self.weights[selection] = self.classifier.get_weights()
        self.rows.append(row)
        epochs, watched = self.protocol.schedule.epochs, next(iter(self.parts))
        self.report(Progress(epoch, epochs, training.loss, watched, row[f"{watched}_loss"]))

    def _score(self, name: str, part: Examples, epoch: int) -> Scores:
        """Score a part after an epoch; the one that steers the learning rate as it steers it."""
        steering = self.protocol.schedule.steering
        if steering is None or steering.watched != name:
            return score(part.labels, predict(self.classifier, part))
        # one batch in memory at a time
        batches = watched_batches(part, self.protocol, self.classifier.seed, epoch)
        labels, probabilities = zip(*((it.labels, self.classifier.predict(it.inputs)) for it in batches), strict=True)
        return score(np.concatenate(labels), np.concatenate(probabilities))

    def _selected(self, selection: str, row: dict[str, float]) -> bool:
        if selection == "last_epoch":
            return row["epoch"] == self.protocol.schedule.epochs
        loss = selection.removeprefix("lowest_")
        return row[loss] < min((before[loss] for before in self.rows), default=float("inf"))


def execute(plan: Plan, report: Report) -> None:
    """Train, select epochs, predict the test tracks with their weights, and write the finished run.

    A training that was ended before is resumed from its last checkpoint.

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
    tracks = {name: plan.tracks(rows) for name, rows in plan.split.parts.items()}
    check_parts(plan.manifest, plan.split, plan.protocol.windows_of_track)
    made = plan.key.implementation
    classifier_class = implementation(made.architecture, made.framework)
    try:
        device = classifier_class.configure(THREADS, plan.device)
    except ValueError as error:
        raise GenrebenchError(f"study.device in params.yaml: {error}") from None
    classifier = classifier_class(len(plan.manifest.genres), plan.key.seed, architecture=plan.architecture)
    parts = examples_of(plan.protocol, plan.split, plan.open_features(), plan.labels)
    code = exact_code_digest(made.architecture, made.framework)
    watch = _Watch(classifier, plan, parts, CheckpointFolder(plan.fingerprint, code, device), report)
    watch.train()
    run = FinishedRun(
        dataset=plan.key.dataset,
        protocol=plan.key.protocol,
        implementation=made,
        seed=plan.key.seed,
        genres=plan.manifest.genres,
        train_tracks=tracks["train"],
        validation_tracks=tracks["validation"],
        test_tracks=tracks["test"],
        test_labels=plan.labels[plan.split.test],
        epochs=watch.epochs,
        probabilities=_predictions(classifier, watch.weights, parts["test"]),
        history=pd.DataFrame(watch.rows),
        decided_by=plan.decided_by,
        test_windows=plan.test_windows,
    )
    write_run(plan.key.folder, run, watch.weights)
    write_json(plan.key.provenance, _provenance(plan, classifier, device, watch))
    watch.checkpoints.remove()


def _predictions(classifier: Classifier, weights: dict[str, Weights], test: Examples) -> dict[str, Floats]:
    found = {}
    for selection, chosen in weights.items():
        classifier.set_weights(chosen)
        found[selection] = predict(classifier, test)
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _provenance(plan: Plan, classifier: Classifier, device: str, watch: _Watch) -> dict[str, Any]:
    """Return where and when the run was made: nothing that its result depends on."""
    epochs, trained, watched = work_of(plan.protocol, plan.split)
    return {
        "fingerprint": plan.fingerprint,
        "started": watch.made_by[0]["started"],
        "wall_time_s": round(watch.seconds, 3),
        "git": provenance.git_state(),
        "machine": watch.made_by[-1]["machine"],
        # of a run that was resumed, all of them
        **({"parts": watch.made_by} if len(watch.made_by) > 1 else {}),
        "threads": THREADS,
        "device": device,
        "arithmetic": plan.decided_by["arithmetic"],
        "epochs": epochs,
        # tracks or windows: how many an epoch trains on, and how many are predicted after it
        "tracks": [trained, watched],
        "features": plan.feature_set,
        "parameter_count": parameter_count(classifier.architecture, classifier.n_classes),
    }
