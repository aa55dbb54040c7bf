"""What the study's own weights answer on a dataset, in every framework, and whether the frameworks agree."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks import provenance
from benchmarks.datasets.manifest import Manifest
from benchmarks.errors import GenrebenchError
from benchmarks.execution import arithmetic
from benchmarks.execution.isolation import in_each_framework
from benchmarks.execution.run import THREADS
from benchmarks.features.cache import open_features
from benchmarks.features.mfcc import mfcc_in_time_order
from benchmarks.files import file_digest
from benchmarks.parity import SAME_PROBABILITIES
from benchmarks.paths import features_folder, manifest_path
from benchmarks.protocols import STUDY_GENRE_ORDER
from benchmarks.published.claim import PARAMETERS
from benchmarks.published.split import compare_test_labels
from benchmarks.published.weights import GENRES, MODELS, TEST_LABELS, find_file, read_test_labels, read_weights
from benchmarks.scoring.intervals import wilson
from benchmarks.scoring.metrics import score
from implementations.architectures import Architecture, Floats, Weights
from implementations.interface import Inputs
from implementations.registry import frameworks, implementation

FILE = "published-weights.json"

AS_PUBLISHED = "as published"
TRANSPOSED = "MFCC transposed"
AS_SAVED = "as saved"
MAPPED = "mapped"

# For each genre, the column that answers for it. Mapped: as if pictures listed by genre in alphabetical order had got
# the labels of the study's other list, so that true blues, the first genre, is called jazz, the first of that list.
LABEL_COLUMNS: Final[dict[str, tuple[int, ...]]] = {
    AS_SAVED: tuple(range(len(GENRES))),
    MAPPED: tuple(GENRES.index(genre) for genre in STUDY_GENRE_ORDER),
}
_INPUTS: Final[dict[str, Callable[[Inputs], Inputs]]] = {
    AS_PUBLISHED: lambda features: features,
    TRANSPOSED: mfcc_in_time_order,
}
# for each architecture: variants of the features, and of the order of the labels
_VARIANTS: Final = {
    "cnn2d": ((AS_PUBLISHED,), (AS_SAVED, MAPPED)),
    "cnn_lstm": ((AS_PUBLISHED, TRANSPOSED), (AS_SAVED,)),
}

# by architecture and variant of the features
Answers = dict[tuple[str, str], Floats]


@dataclass(frozen=True)
class _Work:
    """What a framework's process is sent for one model: weights, and where the features lie."""

    architecture: Architecture
    weights: Weights
    manifest: Manifest

    @property
    def name(self) -> str:
        return self.architecture.name

    def features(self) -> Inputs:
        return open_features(features_folder(self.manifest.dataset), _feature_set(self.name), self.manifest)


def evaluate(dataset: str, weights: Path | None) -> dict[str, Any]:
    """Let the study's models predict the genres of a dataset, in every framework that has their architectures.

    Parameters
    ----------
    dataset : str
        Name of a dataset whose features are made and whose genres are GTZAN's, or some of them.
    weights : Path, optional
        A folder that holds the study's files; they are downloaded where it is None.

    Returns
    -------
    dict
        The content of ``published-weights.json``: a row for each model, framework and variant, the differences
        between frameworks, the check of the test labels, and what all this was made from and with.

    Raises
    ------
    GenrebenchError
        If the dataset has other genres, its manifest or features are missing, or a file of the study cannot be had
        or is damaged.
    """
    manifest = Manifest.read(manifest_path(dataset))
    labels = _labels(manifest)
    files = {file.name: find_file(file, weights) for file in (*(model.file for model in MODELS), TEST_LABELS)}
    work = [
        _Work(model.architecture, read_weights(files[model.file.name].path, model.architecture), manifest)
        for model in MODELS
    ]
    for one in work:
        _check_features(one)
    test_labels = compare_test_labels(read_test_labels(files[TEST_LABELS.name].path))
    names = sorted({framework for one in work for framework in frameworks(one.name)})
    answers = in_each_framework(names, partial(_answers, work=work))
    return {
        "dataset": dataset,
        "kind": manifest.kind,
        "tracks": len(labels),
        "rows": [row for one in work for row in _rows(one.architecture, labels, answers)],
        "differences": [it for one in work for it in _differences(one.architecture, answers)],
        "test_labels": test_labels,
        "files": {name: file.sha256 for name, file in files.items()},
        "inputs": _inputs(dataset, work),
        "versions": dict(sorted((provenance.versions(*names) | {it: version(it) for it in ("h5py", "scipy")}).items())),
        "arithmetic": arithmetic.in_effect(),
    }


def require_agreement(record: dict[str, Any]) -> None:
    """Refuse a record in which frameworks differ, or this project's split is not the study's.

    Raises
    ------
    GenrebenchError
        If they do; the message says where.
    """
    wrong = [
        f"{it['model']}, features {it['features']}: probabilities differ by up to {it['largest']:.1e} "
        f"between {' and '.join(it['frameworks'])}; legal: below {it['limit']:.0e}"
        for it in record["differences"]
        if not it["largest"] < it["limit"]
    ]
    if not record["test_labels"]["agrees"]:
        wrong.append("the published split does not give the study's test labels")
    if wrong:
        raise GenrebenchError("\n  ".join([f"the study's weights on {record['dataset']}, see {FILE}:", *wrong]))


def _labels(manifest: Manifest) -> NDArray[np.int64]:
    """Return the class of every used track, a position in the study's ten genres."""
    if unknown := [genre for genre in manifest.genres if genre not in GENRES]:
        raise GenrebenchError(
            f"dataset {manifest.dataset}: the study's weights do not know {', '.join(map(repr, unknown))}; legal "
            f"genres: {', '.join(GENRES)}; name the folders so, or take another dataset"
        )
    return np.array([GENRES.index(track.genre) for track in manifest.used], dtype=np.int64)


def _feature_set(architecture: str) -> str:
    """Return the name of the feature set that a model of the study was trained on."""
    return str(PARAMETERS["features"][architecture])


def _check_features(work: _Work) -> None:
    shape = work.features().shape[1:]
    if shape != work.architecture.input_shape:
        path = features_folder(work.manifest.dataset) / f"{_feature_set(work.name)}.npy"
        raise GenrebenchError(
            f"{path}: a track has shape {shape}, {work.architecture.title} needs {work.architecture.input_shape}; "
            f"make it again with: python -m benchmarks features --dataset {work.manifest.dataset}"
        )


def _answers(framework: str, work: list[_Work]) -> Answers:
    """Return the probabilities of every model and variant of the features; runs in the framework's process."""
    answers: Answers = {}
    for one in work:
        if framework not in frameworks(one.name):
            continue
        class_ = implementation(one.name, framework)
        class_.configure(THREADS)
        classifier = class_(len(GENRES), 0, architecture=one.architecture)
        classifier.set_weights(one.weights)
        features = one.features()
        for variant in _VARIANTS[one.name][0]:
            answers[one.name, variant] = classifier.predict(_INPUTS[variant](features))
    return answers


def _rows(
    architecture: Architecture, labels: NDArray[np.int64], answers: dict[str, Answers]
) -> Iterator[dict[str, Any]]:
    features, orders = _VARIANTS[architecture.name]
    for variant in features:
        for order in orders:
            for framework in frameworks(architecture.name):
                probabilities = answers[framework][architecture.name, variant][:, LABEL_COLUMNS[order]]
                names = {"architecture": architecture.name, "model": architecture.title, "framework": framework}
                yield {**names, "features": variant, "labels": order, **_score(labels, probabilities)}


def _score(labels: NDArray[np.int64], probabilities: Floats) -> dict[str, float]:
    scores = score(labels, probabilities)
    interval = wilson(int(scores.confusion.trace()), len(labels))
    return {
        "n": len(labels),
        "loss": scores.loss,
        "accuracy": scores.accuracy,
        "accuracy_low": interval.low,
        "accuracy_high": interval.high,
    }


def _differences(architecture: Architecture, answers: dict[str, Answers]) -> Iterator[dict[str, Any]]:
    """Compare the probabilities of all frameworks, every two of them; nothing where there is one."""
    names = frameworks(architecture.name)
    if len(names) < 2:
        return
    for variant in _VARIANTS[architecture.name][0]:
        probabilities = np.stack([answers[name][architecture.name, variant] for name in names], dtype=np.float64)
        yield {
            "architecture": architecture.name,
            "model": architecture.title,
            "features": variant,
            "frameworks": names,
            "largest": float(np.ptp(probabilities, axis=0).max()),
            "limit": SAME_PROBABILITIES,
        }


def _inputs(dataset: str, work: list[_Work]) -> dict[str, Any]:
    names = [_feature_set(one.name) for one in work]
    return {
        "manifest_sha256": file_digest(manifest_path(dataset)),
        "features_sha256": {name: file_digest(features_folder(dataset) / f"{name}.npy") for name in names},
    }
