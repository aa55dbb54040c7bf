"""Small examples of every kind of computation that ends in a result, as digests: the same on every processor.

``reference.json`` beside this file holds them as they are committed, one in the folder of a study those of its own
feature sets. The tests compare them on the machine at hand, and
``nox -s emulated`` on processors that are emulated. All of a part is computed in this process, without children.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.errors import GenrebenchError
from benchmarks.execution.run import THREADS
from benchmarks.optimizer import KERAS_ADAM
from benchmarks.studies.study import study_folders
from implementations.architectures import ARCHITECTURES, initial_weights
from implementations.interface import Inputs, Labels, Schedule
from implementations.registry import frameworks, implementation, registered

REFERENCE: Final = Path(__file__).with_name("reference.json")
# how it is made again, where that is meant
REMEDY: Final = "python -m benchmarks reference --part PART --write"

_SEED: Final = 2013
_CLASSES: Final = 10
# two whole batches and a short one, so three steps of Adam; few tracks, because an emulated processor takes minutes
_TRACKS, _BATCH_SIZE = 8, 3
# fewer where a track holds so many values
_LARGE, _LARGE_TRACKS, _LARGE_BATCH = 20_000, 5, 2

Digests = dict[str, str]


def part_names() -> list[str]:
    """Return the names of all parts: what is done in NumPy and its kin, one for a study, one for each framework."""
    recorded = [name for name in study_folders() if file_of(name).is_file()]
    return [*_PARTS, *recorded, *frameworks()]


def file_of(part: str) -> Path:
    """Return the file that holds the digests of a part."""
    folders = study_folders()
    return folders[part] / REFERENCE.name if part in folders else REFERENCE


def reference_digests(part: str) -> Digests:
    """Compute a part and return its digests by name.

    Raises
    ------
    GenrebenchError
        If there is no such part.
    """
    if part in _PARTS:
        return dict(_PARTS[part]())
    if part in study_folders():
        return dict(_study_features(part))
    if part in frameworks():
        return dict(_training(part))
    raise GenrebenchError(f"--part {part}: no such part; legal: {', '.join(part_names())}")


def compare(part: str, found: Mapping[str, str]) -> list[str]:
    """Name what differs from the committed digests of a part, or is in one of the two only."""
    expected = read_reference(file_of(part)).get(part, {})
    return [name for name in dict.fromkeys([*expected, *found]) if expected.get(name) != found.get(name)]


def read_reference(path: Path = REFERENCE) -> dict[str, Digests]:
    """Read the committed digests of one file, by part."""
    try:
        content: dict[str, Digests] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise GenrebenchError(f"{path}: cannot be read ({error}); restore it with git, or: {REMEDY}") from None
    return content


def _digest(*arrays: NDArray[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(repr((array.dtype.str, array.shape)).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _features() -> Iterator[tuple[str, str]]:
    """Digest two synthetic tracks, every feature set that is everybody's, and their fingerprints."""
    from benchmarks.audit.fingerprint import fingerprint
    from benchmarks.features.audio import load_audio
    from benchmarks.features.sets import SHARED

    for name, path in _tracks():
        yield f"{name}: audio", hashlib.sha256(path.read_bytes()).hexdigest()
        for feature_set in SHARED:
            yield f"{name}: {feature_set.name}", _digest(feature_set.of(path))
        yield f"{name}: fingerprint", _digest(fingerprint(load_audio(path, 30.0)))


def _study_features(study: str) -> Iterator[tuple[str, str]]:
    """Digest every feature set of a study's own of the same tracks."""
    from benchmarks.features.sets import sets_of_study

    for name, path in _tracks():
        for feature_set in sets_of_study(study_folders()[study]):
            yield f"{name}: {feature_set.name}", _digest(feature_set.of(path))


def _tracks() -> Iterator[tuple[str, Path]]:
    """Write two synthetic tracks, one after the other."""
    from benchmarks.datasets.synthetic import write_track

    with TemporaryDirectory() as folder:
        for job in ((0, 0), (5, 1)):
            name, _, where = write_track(Path(folder), _SEED, job)
            yield name, Path(folder) / where


def _weights() -> Iterator[tuple[str, str]]:
    for name, architecture in ARCHITECTURES.items():
        yield name, _digest(*initial_weights(architecture, _CLASSES, _SEED).values())


def _scores() -> Iterator[tuple[str, str]]:
    """Digest what is computed of answers: the linear baseline, intervals, a figure."""
    from matplotlib.figure import Figure

    from benchmarks import style
    from benchmarks.features.scaling import fit_scaler
    from benchmarks.scoring.baselines import linear_classifier, probabilities_of
    from benchmarks.scoring.intervals import FRACTION, mean_interval, prediction_interval

    rng = _generator("scores")
    train, test = rng.normal(size=(120, 40)), rng.normal(size=(30, 40))
    labels = rng.integers(_CLASSES, size=120)
    yield "logistic regression", _digest(probabilities_of(linear_classifier(), train, labels, test, _CLASSES))
    inputs = rng.normal(size=(12, 64, 20)).astype(np.float32)
    yield "scaling", _digest(fit_scaler("standardise", inputs)(inputs.copy()))
    right = (rng.random((3, 100)) < 0.6).astype(np.float64)
    ends = (mean_interval(right, FRACTION), prediction_interval(right, 100, FRACTION))
    yield "intervals", _digest(np.array(ends))
    with TemporaryDirectory() as folder, style.figure_style():
        figure = Figure(figsize=(4, 3))
        axes = figure.subplots()
        axes.plot(np.cumsum(rng.normal(size=200)), label="a line")
        axes.set_title("Accuracy (%)")
        axes.legend()
        path = Path(folder) / "figure.png"
        style.save(figure, path)
        yield "figure", hashlib.sha256(path.read_bytes()).hexdigest()


def _training(framework: str) -> Iterator[tuple[str, str]]:
    """Digest three steps of Adam of every architecture, dropout on: loss, weights, and probabilities after them."""
    for name in (architecture for architecture, has in registered() if has == framework):
        class_ = implementation(name, framework)
        class_.configure(THREADS)
        classifier = class_(_CLASSES, _SEED)
        large = math.prod(classifier.architecture.input_shape) > _LARGE
        tracks, batch_size = (_LARGE_TRACKS, _LARGE_BATCH) if large else (_TRACKS, _BATCH_SIZE)
        inputs, labels = _batch(name, tracks)
        yield f"{name}: probabilities before", _digest(classifier.predict(inputs))
        (score,) = classifier.fit(inputs, labels, Schedule(1, batch_size, KERAS_ADAM))
        yield f"{name}: loss", _digest(np.array([score.loss, score.accuracy]))
        yield f"{name}: weights", _digest(*classifier.get_weights().values())
        yield f"{name}: probabilities after", _digest(classifier.predict(inputs))


def _batch(architecture: str, tracks: int) -> tuple[Inputs, Labels]:
    rng = _generator(f"training/{architecture}")
    shape = (tracks, *ARCHITECTURES[architecture].input_shape)
    # random walks: unlike noise, they differ from track to track by more than pooling averages away
    walks = np.cumsum(rng.standard_normal(shape, dtype=np.float32), axis=1)
    return walks / np.float32(10), rng.integers(_CLASSES, size=tracks)


def _generator(purpose: str) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(_SEED, spawn_key=tuple(f"reference/{purpose}".encode())))


_PARTS: Final[dict[str, Callable[[], Iterator[tuple[str, str]]]]] = {
    "features": _features,
    "weights": _weights,
    "scores": _scores,
}
