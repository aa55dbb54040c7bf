"""What one framework computes for every check, saved as arrays.

Every framework starts from the same canonical weights, sees the same inputs in the same order, and trains without
dropout, whose masks are where frameworks differ on purpose. Nothing here compares: see `benchmarks.parity.checks`.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final, get_args

import numpy as np

from benchmarks.arrays import write_arrays
from benchmarks.execution.run import THREADS
from benchmarks.parity.checks import Arrays, array_name
from implementations.architectures import ARCHITECTURES, Architecture, Weight, Weights, initial_weights
from implementations.interface import SGD, Adam, Classifier, Inputs, Labels, Precision, shuffled
from implementations.registry import implementation, inspected, inspector

PRECISIONS: Final[tuple[Precision, ...]] = get_args(Precision)
CLASSES: Final = 10
BATCH_SIZE: Final = 8
# as many as an epoch of some hundred tracks has; the last batch is short, as a dataset's last batch may be
STEPS: Final = 25
TRACKS: Final = (STEPS - 1) * BATCH_SIZE + 5
SGD_STEP: Final = SGD(learning_rate=0.001)
_SEED: Final = 0


def arrays_path(folder: Path, architecture: str, framework: str, precision: Precision) -> Path:
    """Return where the arrays of one implementation in one precision lie."""
    return folder / f"{architecture}-{framework}-{precision}.safetensors"


def record_arrays(
    framework: str, folder: Path, adam: Adam, architectures: Mapping[str, Architecture] = ARCHITECTURES
) -> None:
    """Save the arrays of every check, for every architecture of one framework in both precisions.

    Parameters
    ----------
    framework : str
        The framework of this process.
    folder : Path
        Where to write, one file an architecture and precision (see `arrays_path`); the names of the arrays are those
        of `benchmarks.parity.checks.array_name`.
    adam : Adam
        The optimiser that is compared beside SGD.
    architectures : mapping of str to Architecture
        With the sizes to take.
    """
    for architecture, of in inspected():
        if of != framework or architecture not in architectures:
            continue
        for precision in PRECISIONS:
            print(f"{framework}: {architecture}, {precision}", flush=True)
            arrays = _Recorder(architectures[architecture], framework, precision, adam).arrays()
            write_arrays(arrays_path(folder, architecture, framework, precision), arrays)


def shared_inputs(architecture: Architecture) -> tuple[Inputs, Labels]:
    """Draw the inputs and labels that every framework sees.

    The inputs are random walks along the first axis: like features of audio, and unlike noise, they differ from track
    to track by more than what pooling averages away.

    Returns
    -------
    inputs : ndarray of float32, shape (TRACKS, *architecture.input_shape)
    labels : ndarray of int64, shape (TRACKS,)
    """
    steps = _generator("inputs").standard_normal((TRACKS, *architecture.input_shape), dtype=np.float32)
    return np.cumsum(steps, axis=1) / np.float32(10), _generator("labels").integers(CLASSES, size=TRACKS)


def shared_weights(architecture: Architecture) -> Weights:
    """Draw the weights that every framework starts from: the initial ones, with every vector stirred.

    Biases, shifts and running means start as zeros, scales and running variances as ones: a gate or a channel out of
    its place would not be seen. The last kernel is made larger, so that the probabilities of a track differ.
    """
    found = {}
    for name, values in initial_weights(architecture, CLASSES, _SEED).items():
        stirred = _generator(f"stirring/{name}").uniform(-0.2, 0.2, values.shape) * (values.ndim == 1)
        found[name] = values + stirred.astype(np.float32)
    last = [name for name in found if name.endswith("/kernel")][-1]
    found[last] = found[last] * np.float32(5)
    return found


def _generator(purpose: str) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(_SEED, spawn_key=tuple(f"parity/{purpose}".encode())))


class _Recorder:
    """Computes what is compared of one implementation in one precision."""

    def __init__(self, architecture: Architecture, framework: str, precision: Precision, adam: Adam) -> None:
        self.sizes = architecture.without_dropout()
        class_ = implementation(architecture.name, framework)
        class_.configure(THREADS)
        # built once: what a framework compiles for it takes most of the time
        self.built = class_(CLASSES, _SEED, architecture=self.sizes, precision=precision)
        self.inspector = inspector(framework)
        self.adam = adam
        self.start = shared_weights(self.sizes)
        self.batches = list(shuffled(*shared_inputs(self.sizes), _SEED, 1, BATCH_SIZE))
        self.batch = self.batches[0]

    def arrays(self) -> Arrays:
        """Compute what every check compares."""
        return {
            **self._what_goes_in(),
            array_name("evaluation", "probabilities"): self._classifier().predict(self.batch.inputs),
            **self._training_pass(),
            **self._one_step(),
            **self._epoch("sgd", SGD_STEP),
            **self._epoch("adam", self.adam),
            **self._states(),
        }

    def _classifier(self) -> Classifier:
        """Return the classifier at the start, with weights and running statistics that no training has changed yet."""
        self.built.set_weights(self.start)
        return self.built

    def _what_goes_in(self) -> Arrays:
        classifier = self._classifier()
        given = (*(array for batch in self.batches for array in batch), *self.start.values())
        digest = hashlib.sha256(b"".join(array.tobytes() for array in given)).digest()
        found: Arrays = {array_name("inputs", "sha256"): np.frombuffer(digest, np.uint8)}
        for name, count in asdict(self.inspector(classifier).count_values()).items():
            found[array_name("values", name)] = np.array([count])
        for name, moved in self._moved(classifier).items():
            found[array_name("round_trip", name)] = moved
        return found

    def _training_pass(self) -> Arrays:
        found = self.inspector(self._classifier()).training_pass(*self.batch)
        return {
            array_name("training_outputs", "probabilities"): found.probabilities,
            array_name("training_loss", "loss"): np.array([found.loss]),
            **self._by_layer("gradients", found.gradients, cancelled=True),
        }

    def _one_step(self) -> Arrays:
        classifier = self._classifier()
        classifier.start_training(SGD_STEP).step(self.batch)
        return self._statistics("step_statistics", self._moved(classifier))

    def _epoch(self, name: str, optimizer: Adam | SGD) -> Arrays:
        classifier = self._classifier()
        score = classifier.start_training(optimizer).epoch(self.batches)
        moved = self._moved(classifier)
        return {
            **self._statistics(f"{name}_statistics", moved),
            array_name(f"{name}_loss", "loss"): np.array([score.loss]),
            array_name(f"{name}_probabilities", "probabilities"): classifier.predict(self.batch.inputs),
            **self._by_layer(f"{name}_weights", moved),
            **{array_name(f"{name}_cancelled", w.name): moved[w.name] for w in self._weights() if w.cancelled},
        }

    def _states(self) -> Arrays:
        found: Arrays = {}
        for layer, states in self.inspector(self._classifier()).lstm_states(self.batch.inputs).items():
            found[array_name("hidden", layer)] = states.hidden
            found[array_name("cell", layer)] = states.cell
        return found

    def _moved(self, classifier: Classifier) -> Weights:
        """Return how far weights have moved from the start: what training did, not where it began."""
        return {name: now.astype(np.float64) - self.start[name] for name, now in classifier.get_weights().items()}

    def _statistics(self, check: str, moved: Weights) -> Arrays:
        return {array_name(check, w.name): moved[w.name] for w in self._weights() if not w.trainable}

    def _by_layer(self, check: str, arrays: Weights, *, cancelled: bool = False) -> Arrays:
        """Name what belongs to trained weights so that one layer is compared on one scale."""
        names = [w.name for w in self._weights() if w.trainable and (cancelled or not w.cancelled)]
        return {array_name(check, name, group=name.rpartition("/")[0]): arrays[name] for name in names}

    def _weights(self) -> Iterable[Weight]:
        return self.sizes.weights(CLASSES)
