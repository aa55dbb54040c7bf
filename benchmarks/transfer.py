"""A finished run's weights in another framework: whether they predict there what they predicted at home."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from benchmarks.datasets.tracks import tracks_of
from benchmarks.errors import GenrebenchError
from benchmarks.execution.examples import Examples, examples_of, predict
from benchmarks.execution.plan import make_plan
from benchmarks.execution.run import THREADS
from benchmarks.features.cache import open_features
from benchmarks.features.scaling import fit_scaler
from benchmarks.files import file_digest
from benchmarks.parity import SAME_PROBABILITIES
from benchmarks.paths import features_folder
from benchmarks.processes.isolation import in_each_framework
from benchmarks.runs import FinishedRun, RunKey, read_run, read_weights, weights_path
from benchmarks.scoring.metrics import score
from benchmarks.settings import Settings
from implementations.architectures import Floats, Weights
from implementations.registry import frameworks, implementation


@dataclass(frozen=True)
class Transfer:
    """What came of the weights of one selection.

    Attributes
    ----------
    selection : str
        How the epoch was chosen.
    n : int
        Number of test tracks, or of their windows.
    seen : {"tracks", "windows"}
        Which of them.
    difference : float
        Largest difference between a probability here and the saved one.
    accuracy_before, accuracy_after : float
        On these: of the saved probabilities, and of those in the other framework.
    """

    selection: str
    n: int
    seen: str
    difference: float
    accuracy_before: float
    accuracy_after: float

    @property
    def agrees(self) -> bool:
        """Whether the difference is below the bound; one that is not a number is not."""
        return self.difference < SAME_PROBABILITIES

    def __str__(self) -> str:
        return (
            f"{self.selection}: {self.n} test {self.seen}, largest difference of a probability {self.difference:.1e} "
            f"(bound {SAME_PROBABILITIES:.0e}), accuracy {self.accuracy_before:.4f} saved, "
            f"{self.accuracy_after:.4f} transferred"
        )


def transfer(settings: Settings, key: RunKey, other: str) -> list[Transfer]:
    """Let another framework predict the test tracks of a run with the run's weights.

    Parameters
    ----------
    settings : Settings
        The content of params.yaml.
    key : RunKey
        A finished run.
    other : str
        The framework to predict in.

    Returns
    -------
    list of Transfer
        One a selection.

    Raises
    ------
    GenrebenchError
        If there is no such run or framework, the features are not those of the run, or a file cannot be read.
    """
    architecture = key.implementation.architecture
    legal = frameworks(architecture)
    if other not in legal:
        raise GenrebenchError(f"no implementation of {architecture} in {other}; there is one in: {', '.join(legal)}")
    if not key.folder.is_dir():
        raise GenrebenchError(f"{key.folder}: no such run; make it with: python -m benchmarks train --help")
    run = read_run(key.folder)
    weights = {selection: read_weights(key.folder, selection) for selection in run.probabilities}
    predict = partial(
        _predict, key=key, n_classes=len(run.genres), inputs=_test_examples(settings, key, run), weights=weights
    )
    found = in_each_framework([other], predict)[other]
    return [_compare(run, selection, probabilities) for selection, probabilities in found.items()]


def require_agreement(found: list[Transfer], other: str) -> None:
    """Refuse weights that predict something else in the other framework.

    Raises
    ------
    GenrebenchError
        If a difference is above the bound.
    """
    if apart := [one.selection for one in found if not one.agrees]:
        raise GenrebenchError(
            f"{other} predicts other probabilities than were saved: {', '.join(apart)}; either the run's files are "
            "not of one run, then make it again, or the frameworks differ: see python -m benchmarks parity"
        )


def _test_examples(settings: Settings, key: RunKey, run: FinishedRun) -> Examples:
    """Return what the run was tested on, as it saw it, in the order of the saved probabilities."""
    manifest = tracks_of(settings, key.dataset)
    folder, name = features_folder(key.dataset), run.decided_by["features"]["name"]
    features = open_features(folder, name, manifest)
    path = folder / f"{name}.npy"
    if file_digest(path) != run.decided_by["features"]["sha256"]:
        raise GenrebenchError(
            f"{path}: not the features that {key} was made from (another sha256); make the run again, "
            "or get its features back"
        )
    rows = {track.id: row for row, track in enumerate(manifest.used)}
    if unknown := sorted({*run.train_tracks, *run.test_tracks} - rows.keys()):
        raise GenrebenchError(f"the manifest of {key.dataset} lacks tracks that {key} has: {', '.join(unknown)}")
    if run.test_windows:
        plan = make_plan(settings, key)
        if plan.decided_by["split"] != run.decided_by["split"]:
            raise GenrebenchError(f"{key} is of another split than params.yaml asks for now; make the run again")
        return examples_of(plan.protocol, plan.split, features, plan.labels)["test"]
    train, test = (features[[rows[track] for track in tracks]] for tracks in (run.train_tracks, run.test_tracks))
    scaled = fit_scaler(run.decided_by["protocol"]["scaling"], train)(test)
    return Examples(scaled, np.arange(len(scaled)), run.test_labels)


def _predict(
    framework: str, *, key: RunKey, n_classes: int, inputs: Examples, weights: Mapping[str, Weights]
) -> dict[str, Floats]:
    """Return the probabilities for each selection; runs in the framework's own process."""
    class_ = implementation(key.implementation.architecture, framework)
    class_.configure(THREADS)
    sizes = replace(class_.architecture, input_shape=inputs.shape[1:])
    classifier = class_(n_classes, key.seed, architecture=sizes)
    found = {}
    for selection, values in weights.items():
        try:
            classifier.set_weights(values)
        except ValueError as error:
            raise GenrebenchError(f"{weights_path(key.folder, selection)}: {error}") from None
        found[selection] = predict(classifier, inputs)
    return found


def _compare(run: FinishedRun, selection: str, probabilities: Floats) -> Transfer:
    saved, labels = run.probabilities[selection], np.repeat(run.test_labels, run.window_counts)
    return Transfer(
        selection=selection,
        n=len(saved),
        seen="windows" if run.test_windows else "tracks",
        difference=float(np.abs(probabilities.astype(np.float64) - saved).max()),
        accuracy_before=score(labels, saved).accuracy,
        accuracy_after=score(labels, probabilities).accuracy,
    )
