"""What one framework computes on every rung of the ladder, saved as arrays.

Every framework starts from the same canonical weights, sees the same inputs in the same order, and trains without
dropout, whose masks are where frameworks differ on purpose. Nothing here compares: see `benchmarks.parity.rungs`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from benchmarks.execution import THREADS
from benchmarks.files import replacing
from implementations.architectures import ARCHITECTURES, Architecture, Floats, Weights, initial_weights
from implementations.interface import SGD, Adam, Classifier, Inputs, Labels, Precision, Schedule, batch_order
from implementations.registry import implementation, registered

PRECISIONS: tuple[Precision, ...] = get_args(Precision)
CLASSES = 10
BATCH_SIZE = 8
# 25 steps an epoch, as many as the study has; the last batch is short, as a dataset's last batch may be
TRACKS = 24 * BATCH_SIZE + 5
# a step that moves weights about as far as one of Adam does
SGD_STEP = SGD(learning_rate=0.01)
# the study's
ADAM_STEP = Adam(learning_rate=0.00025, beta_1=0.9, beta_2=0.999, epsilon=1e-7)
_SEED = 0

Arrays = dict[str, NDArray[np.generic]]


def arrays_path(folder: Path, architecture: str, framework: str, precision: Precision) -> Path:
    """Return where the arrays of one implementation in one precision lie."""
    return folder / f"{architecture}-{framework}-{precision}.safetensors"


def climb(framework: str, folder: Path) -> None:
    """Save the arrays of every rung, for every architecture of one framework in both precisions.

    Parameters
    ----------
    framework : str
        The framework of this process.
    folder : Path
        Where to write, one file an architecture and precision (see `arrays_path`). An array is called
        ``<rung>:<group>:<name>``; the arrays of a group are compared on one scale.
    """
    for architecture, of in registered():
        if of != framework:
            continue
        for precision in PRECISIONS:
            with replacing(arrays_path(folder, architecture, framework, precision)) as temporary:
                arrays = _Climber(architecture, framework, precision).arrays()
                # safetensors writes the bytes of a view in another order than the view's
                save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, temporary)


def shared_inputs(architecture: Architecture) -> tuple[Inputs, Labels]:
    """Draw the inputs and labels that every framework sees.

    The inputs are random walks along the first axis: like features of audio, and unlike noise, they differ from track
    to track by more than what pooling averages away.
    """
    rng = np.random.default_rng(_SEED)
    steps = rng.standard_normal((TRACKS, *architecture.input_shape), dtype=np.float32)
    return np.cumsum(steps, axis=1) / np.float32(10), rng.integers(CLASSES, size=TRACKS)


def shared_weights(architecture: Architecture) -> Weights:
    """Draw the weights that every framework starts from: the initial ones, with every vector stirred.

    Biases, shifts and running means start as zeros, scales and running variances as ones: a gate or a channel out of
    its place would not be seen.
    """
    rng = np.random.default_rng(_SEED)
    return {
        name: values + rng.uniform(-0.2, 0.2, values.shape).astype(np.float32) * (values.ndim == 1)
        for name, values in initial_weights(architecture, CLASSES, _SEED).items()
    }


class _Climber:
    """One implementation in one precision on its way up."""

    def __init__(self, architecture: str, framework: str, precision: Precision) -> None:
        self.sizes = ARCHITECTURES[architecture].without_dropout()
        self.class_ = implementation(architecture, framework)
        self.class_.configure(THREADS)
        self.precision = precision
        self.inputs, self.labels = shared_inputs(self.sizes)
        self.start = shared_weights(self.sizes)
        self.order = batch_order(_SEED, 1, TRACKS)
        self.first_batch = self.order[:BATCH_SIZE]

    def arrays(self) -> Arrays:
        """Climb every rung."""
        return {
            **self._what_goes_in(),
            **self._evaluation(),
            **self._training_pass(),
            **self._one_step(),
            **self._epoch("sgd", SGD_STEP),
            **self._epoch("adam", ADAM_STEP),
            **self._states(),
        }

    def _classifier(self) -> Classifier:
        found = self.class_(CLASSES, _SEED, architecture=self.sizes, precision=self.precision)
        found.set_weights(self.start)
        return found

    def _what_goes_in(self) -> Arrays:
        classifier = self._classifier()
        given = hashlib.sha256(b"".join(array.tobytes() for array in (self.inputs, self.labels, self.order))).digest()
        counts = asdict(classifier.count_values())
        return {
            "inputs::sha256": np.frombuffer(given, np.uint8),
            **{f"values:{name}:{name}": np.array([count]) for name, count in counts.items()},
            **{f"round_trip:{name}:{name}": back for name, back in classifier.get_weights().items()},
        }

    def _evaluation(self) -> Arrays:
        probabilities = self._classifier().predict(self.inputs[self.first_batch])
        return {"evaluation::probabilities": probabilities}

    def _training_pass(self) -> Arrays:
        found = self._classifier().training_pass(self.inputs[self.first_batch], self.labels[self.first_batch])
        return {
            "training_outputs::probabilities": found.probabilities,
            "training_loss::loss": np.array([found.loss]),
            **_by_layer("gradients", found.gradients),
        }

    def _one_step(self) -> Arrays:
        classifier = self._classifier()
        training = classifier.start_training(self.inputs, self.labels, Schedule(1, BATCH_SIZE, SGD_STEP))
        training.epoch(self.first_batch)
        return self._moved_statistics("statistics_step", classifier)

    def _epoch(self, rung: str, optimizer: Adam | SGD) -> Arrays:
        classifier = self._classifier()
        training = classifier.start_training(self.inputs, self.labels, Schedule(1, BATCH_SIZE, optimizer))
        score = training.epoch(self.order)
        moved = self._moved(classifier, trained=True)
        return {
            f"{rung}_loss::loss": np.array([score.loss]),
            **_by_layer(f"{rung}_weights", moved),
            f"{rung}_probabilities::probabilities": classifier.predict(self.inputs[self.first_batch]),
            **self._moved_statistics(f"statistics_{rung}", classifier),
        }

    def _states(self) -> Arrays:
        states = self._classifier().lstm_states(self.inputs[self.first_batch])
        return {
            f"{kind}:{layer}:{kind}": array
            for layer, found in states.items()
            for kind, array in (("hidden", found.hidden), ("cell", found.cell))
        }

    def _moved_statistics(self, rung: str, classifier: Classifier) -> Arrays:
        return {f"{rung}:{name}:{name}": moved for name, moved in self._moved(classifier, trained=False).items()}

    def _moved(self, classifier: Classifier, *, trained: bool) -> dict[str, Floats]:
        """Return how far weights have moved from the start: what training did, not where it began."""
        now = classifier.get_weights()
        names = [weight.name for weight in self.sizes.weights(CLASSES) if weight.trainable == trained]
        return {name: now[name].astype(np.float64) - self.start[name] for name in names}


def _by_layer(rung: str, arrays: Mapping[str, Floats]) -> Arrays:
    return {f"{rung}:{name.rpartition('/')[0]}:{name}": array for name, array in arrays.items()}
