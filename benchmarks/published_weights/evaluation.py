"""What a study's own weights answer on a dataset, in every framework, and whether the frameworks agree."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import provenance
from benchmarks.datasets.manifest import Manifest
from benchmarks.datasets.tracks import tracks_of
from benchmarks.errors import GenrebenchError
from benchmarks.execution.run import THREADS
from benchmarks.features.cache import open_features
from benchmarks.files import file_digest, read_json
from benchmarks.parity import SAME_PROBABILITIES
from benchmarks.paths import features_folder, manifest_path
from benchmarks.processes import arithmetic
from benchmarks.processes.isolation import in_each_framework
from benchmarks.published_weights.files import find_file, read_test_labels, read_weights, sizes_of
from benchmarks.published_weights.labels import compare_test_labels
from benchmarks.scoring.intervals import wilson
from benchmarks.scoring.metrics import score
from benchmarks.settings import Settings
from benchmarks.studies.study import TrainedModel
from implementations.architectures import Architecture, Floats, Weights
from implementations.interface import Inputs
from implementations.registry import frameworks, implementation

FILE = "published-weights.json"
_KEYS = ("dataset", "kind", "tracks", "rows", "differences", "test_labels", "inputs", "versions")

# by architecture and variant of the features
Answers = dict[tuple[str, str], Floats]


@dataclass(frozen=True)
class _Work:
    """What a framework's process is sent for one model: weights, and where the features lie."""

    model: TrainedModel
    architecture: Architecture
    genres: tuple[str, ...]
    weights: Weights
    manifest: Manifest

    @property
    def name(self) -> str:
        return self.architecture.name

    @property
    def trained_on(self) -> str:
        """The feature set that the model was trained on."""
        return next(iter(self.model.features.values()))

    def features(self, feature_set: str) -> Inputs:
        return open_features(features_folder(self.manifest.dataset), feature_set, self.manifest)


def evaluate(settings: Settings, folder: Path | None) -> dict[str, Any]:
    """Let a study's models predict the genres of a dataset, in every framework that has their architectures.

    Parameters
    ----------
    settings : Settings
        A report's: its study's models are asked about its dataset, whose features are made and whose genres are the
        study's, or some of them.
    folder : Path, optional
        A folder that holds the study's files; they are downloaded where it is None.

    Returns
    -------
    dict
        The content of ``published-weights.json``: a row for each model, framework and variant, the differences
        between frameworks, the check of the test labels, and what all this was made from and with.

    Raises
    ------
    GenrebenchError
        If the study published no weights, the dataset has other genres, its manifest or features are missing, or a
        file of the study cannot be had or is damaged.
    """
    study = settings.original
    published = study.weights
    if published is None:
        raise GenrebenchError(f"{study.title}: its authors published no weights; nothing to ask")
    manifest = tracks_of(settings, settings.name)
    labels = _labels(manifest, published.genres)
    described = (*published.models, published.test_labels)
    files = {file.path: find_file(file, published.address, folder) for file in described}
    work = [_work(model, files[model.path].path, published.genres, manifest) for model in published.models]
    for one in work:
        _check_features(one)
    test_labels = read_test_labels(files[published.test_labels.path].path, published.test_labels)
    names = sorted({framework for one in work for framework in frameworks(one.name)})
    answers = in_each_framework(names, partial(_answers, work=work))
    return {
        "study": study.name,
        "dataset": settings.name,
        "origin": manifest.origin,
        "kind": manifest.kind,
        "tracks": len(labels),
        "rows": [row for one in work for row in _rows(one, labels, answers)],
        "differences": [it for one in work for it in _differences(one, answers)],
        "test_labels": compare_test_labels(study, published, test_labels),
        "files": {file.name: file.sha256 for file in described},
        "inputs": _inputs(settings, work),
        "versions": dict(sorted((provenance.versions(*names) | {it: version(it) for it in ("h5py", "scipy")}).items())),
        "arithmetic": arithmetic.in_effect(),
    }


def read_answers(path: Path) -> dict[str, Any]:
    """Read a ``published-weights.json``.

    Raises
    ------
    GenrebenchError
        If it is damaged.
    """
    remedy = f"restore it with git, or make it again: python -m benchmarks published --dataset {path.parent.name}"
    return read_json(path, _KEYS, remedy)


def _work(model: TrainedModel, path: Path, genres: tuple[str, ...], manifest: Manifest) -> _Work:
    architecture = sizes_of(model)
    return _Work(model, architecture, genres, read_weights(path, architecture, len(genres)), manifest)


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


def _labels(manifest: Manifest, genres: tuple[str, ...]) -> NDArray[np.int64]:
    """Return the class of every used track, a position in the study's genres."""
    if unknown := [genre for genre in manifest.genres if genre not in genres]:
        raise GenrebenchError(
            f"dataset {manifest.dataset}: the study's weights do not know {', '.join(map(repr, unknown))}; legal "
            f"genres: {', '.join(genres)}; name the folders so, or take another dataset"
        )
    return np.array([genres.index(track.genre) for track in manifest.used], dtype=np.int64)


def _check_features(work: _Work) -> None:
    for feature_set in work.model.features.values():
        shape = work.features(feature_set).shape[1:]
        if shape == work.architecture.input_shape:
            continue
        path = features_folder(work.manifest.dataset) / f"{feature_set}.npy"
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
        classifier = class_(len(one.genres), 0, architecture=one.architecture)
        classifier.set_weights(one.weights)
        for variant, feature_set in one.model.features.items():
            answers[one.name, variant] = classifier.predict(one.features(feature_set))
    return answers


def _rows(work: _Work, labels: NDArray[np.int64], answers: dict[str, Answers]) -> Iterator[dict[str, Any]]:
    for features in work.model.features:
        for order, answering in work.model.labels.items():
            columns = [work.genres.index(genre) for genre in answering]
            for framework in frameworks(work.name):
                probabilities = answers[framework][work.name, features][:, columns]
                names = {"architecture": work.name, "model": work.architecture.title, "framework": framework}
                yield {**names, "features": features, "labels": order, **_score(labels, probabilities)}


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


def _differences(work: _Work, answers: dict[str, Answers]) -> Iterator[dict[str, Any]]:
    """Compare the probabilities of all frameworks, every two of them; nothing where there is one."""
    names = frameworks(work.name)
    if len(names) < 2:
        return
    for variant in work.model.features:
        probabilities = np.stack([answers[name][work.name, variant] for name in names], dtype=np.float64)
        yield {
            "architecture": work.name,
            "model": work.architecture.title,
            "features": variant,
            "frameworks": names,
            "largest": float(np.ptp(probabilities, axis=0).max()),
            "limit": SAME_PROBABILITIES,
        }


def _inputs(settings: Settings, work: list[_Work]) -> dict[str, Any]:
    names = [one.trained_on for one in work]
    features = features_folder(settings.name)
    return {
        "manifest_sha256": file_digest(manifest_path(settings.report.dataset)),
        "features_sha256": {name: file_digest(features / f"{name}.npy") for name in names},
    }
