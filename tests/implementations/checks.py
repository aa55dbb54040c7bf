"""What runs inside the process of a framework: plain functions over NumPy arrays."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from benchmarks.arrays import write_arrays
from implementations.architectures import ARCHITECTURES, Architecture, Floats, Weight, Weights, penalty
from implementations.inspection import LSTMStates, TrainingPass, ValueCount
from implementations.interface import (
    SGD,
    Adam,
    Batch,
    Classifier,
    EpochScore,
    Precision,
    Schedule,
    Training,
    shuffled,
)
from implementations.registry import implementation, inspector, registered
from tests.frameworks import configured

ADAM = Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7)
QUICK = Schedule(2, 16, ADAM)
# how far weights move for a difference of losses: further, and ReLUs switch on the way; less, and it is all rounding
STEP = 1e-6
# of inputs, at most; not the same, so that no axis stands for another
SIDES = (64, 96)
# of what is differentiated often: over more values, the largest of a square changes on the way
SIDE = 64


def small(architecture: str, sides: tuple[int, int] = SIDES) -> Architecture:
    """The architecture over smaller inputs than the study's, where it is all the same and takes a part of the time."""
    registered = ARCHITECTURES[architecture]
    *size, channels = registered.input_shape
    return replace(registered, input_shape=(*map(min, size, sides), channels))


def noise(architecture: str, n: int, seed: int = 0) -> Any:
    shape = small(architecture).input_shape
    return np.random.default_rng(seed).normal(size=(n, *shape)).astype(np.float32)


def separable(architecture: str, n: int, n_classes: int) -> tuple[Any, Any]:
    """Noise around a level that is the class; the levels lie around 0, so that one layer is enough to learn them."""
    labels = np.arange(n, dtype=np.int64) % n_classes
    levels = (labels - (n_classes - 1) / 2).reshape(-1, *[1] * len(small(architecture).input_shape))
    return noise(architecture, n) + 3 * levels.astype(np.float32), labels


def build(architecture: str, framework: str, n_classes: int = 3, seed: int = 0, /, **arguments: Any) -> Classifier:
    return configured(architecture, framework)(n_classes, seed, **{"architecture": small(architecture), **arguments})


def fresh_weights(architecture: str, framework: str, n_classes: int, seed: int) -> Weights:
    """Return the weights of the registered sizes."""
    return configured(architecture, framework)(n_classes, seed).get_weights()


def round_trip(architecture: str, framework: str, weights: Weights, n_classes: int) -> Weights:
    classifier = build(architecture, framework, n_classes, 99)
    classifier.set_weights(weights)
    return classifier.get_weights()


def predict(architecture: str, framework: str, weights: Weights, inputs: Any, n_classes: int, batch_size: int) -> Any:
    classifier = build(architecture, framework, n_classes)
    classifier.set_weights(weights)
    return classifier.predict(inputs, batch_size)


def train(
    architecture: str, framework: str, inputs: Any, labels: Any, schedule: Schedule, seed: int
) -> tuple[list[EpochScore], Weights, Any]:
    """Return the history, the weights and the probabilities of the training tracks."""
    classifier = build(architecture, framework, int(labels.max()) + 1, seed)
    history = classifier.fit(inputs, labels, schedule)
    return history, classifier.get_weights(), classifier.predict(inputs)


def used_inputs(architecture: str, framework: str) -> dict[str, tuple[Any, Any, Any, Any]]:
    """Use inputs that lie in memory in several orders.

    Returns for each order how they were, how they are afterwards, and the probabilities of both.
    """
    one = noise(architecture, 1)
    given = {
        "reversed": noise(architecture, 6)[::-1],
        "of other numbers": noise(architecture, 6).astype(np.float64),
        "every other": noise(architecture, 12)[::2],
        "read-only": np.broadcast_to(one, (6, *one.shape[1:])),
    }
    before = {order: inputs.copy() for order, inputs in given.items()}
    classifier, untrained = (build(architecture, framework) for _ in range(2))
    found = {order: classifier.predict(inputs) for order, inputs in given.items()}
    for inputs in given.values():
        classifier.fit(inputs, np.array([0, 1, 2, 0, 1, 2]), QUICK)
    return {
        order: (before[order], inputs, found[order], untrained.predict(before[order]))
        for order, inputs in given.items()
    }


def watched_epochs(architecture: str, framework: str) -> list[int]:
    """Return the epochs that a watcher is told of, while it looks at the classifier."""
    classifier = build(architecture, framework)
    seen = []

    def after_epoch(epoch: int, _: EpochScore) -> None:
        classifier.predict(noise(architecture, 2))
        seen.append(epoch)

    classifier.fit(noise(architecture, 6), np.array([0, 1, 2, 0, 1, 2]), QUICK, after_epoch)
    return seen


def refusals(architecture: str, framework: str) -> list[tuple[str, str]]:
    """Return how the refusal of each wrong array begins, and what the classifier says to it, '' where it takes it."""
    classifier = build(architecture, framework)
    inputs, labels = noise(architecture, 4), np.array([0, 1, 2, 0])
    weights = classifier.get_weights()
    name = next(iter(weights))

    def train_on(*batches: Batch) -> None:
        classifier.train_epochs(classifier.start_training(ADAM), lambda _: batches, range(1, 2))

    attempts: list[tuple[str, Callable[[], object]]] = [
        ("inputs have shape", lambda: classifier.predict(inputs[..., :-1])),
        ("inputs have shape", lambda: classifier.predict(inputs[:0])),
        ("labels must be", lambda: classifier.fit(inputs, labels[:3], QUICK)),
        ("labels must be", lambda: classifier.fit(inputs, labels + 1, QUICK)),
        ("labels must be", lambda: classifier.fit(inputs, labels.astype(np.float32), QUICK)),
        ("inputs have shape", lambda: train_on(Batch(inputs, labels), Batch(inputs[..., :-1], labels))),
        ("labels must be", lambda: train_on(Batch(inputs, labels), Batch(inputs, labels + 1))),
        ("an epoch needs at least one batch", train_on),
        ("threads is 0", lambda: type(classifier).configure(0)),
        ("device is 'gpu'; legal: auto, cpu, cuda", lambda: type(classifier).configure(1, "gpu")),
        ("not the weights of", lambda: classifier.set_weights({**weights, name: weights[name][..., :-1]})),
        ("not the weights of", lambda: classifier.set_weights({k: v for k, v in weights.items() if k != name})),
        ("not the weights of", lambda: classifier.set_weights({**weights, "extra/kernel": weights[name]})),
    ]
    return [(expected, what_it_says(attempt)) for expected, attempt in attempts]


class SeenBatches(Training):
    """Keeps the batches and trains nothing."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []

    def step(self, batch: Batch) -> tuple[float, int]:
        self.batches.append(batch)
        return float(len(self.batches)), 1

    def set_learning_rate(self, rate: float) -> None:
        raise NotImplementedError


def trained_batches(architecture: str, framework: str, seed: int) -> tuple[list[Batch], list[EpochScore]]:
    """Return the batches that a classifier trains on when it is told to fit, and the history: losses 1, 2, ..."""
    classifier = build(architecture, framework, 3, seed)
    training = SeenBatches()
    with mock.patch.object(classifier, "start_training", return_value=training):
        history = classifier.fit(*separable(architecture, 20, 3), QUICK)
    return training.batches, history


def at_rates(
    architecture: str, framework: str, optimizer: Adam | SGD, rates: list[float], last_again: Sequence[float] = ()
) -> tuple[list[Weights], list[Weights]]:
    """Train an epoch at each learning rate, in float64 without dropout; return how far weights have moved after each.

    And how far at the end where a second classifier takes the training up before the last epoch and goes on at another
    rate, each of `last_again`.
    """
    inputs, labels = separable(architecture, 10, 3)
    sizes = small(architecture).without_dropout()
    start: Weights = {}

    def begun() -> tuple[Classifier, Training]:
        classifier = build(architecture, framework, 3, 5, architecture=sizes, precision="float64")
        start.update(classifier.get_weights())
        return classifier, classifier.start_training(optimizer)

    def moved(classifier: Classifier, training: Training, epoch: int) -> Weights:
        training.epoch(shuffled(inputs, labels, 5, epoch, 4))
        return {name: values - start[name] for name, values in classifier.get_weights().items()}

    classifier, training = begun()
    found: list[Weights] = []
    weights, state = start, None
    for epoch, rate in enumerate(rates, start=1):
        if last_again and epoch == len(rates):
            weights, state = classifier.get_weights(), training.get_state()
            assert state is not None
            state = read_back(state)
        # who begins need not set the rate of the schedule, who takes a training up must
        if rate != optimizer.learning_rate:
            training.set_learning_rate(rate)
        found.append(moved(classifier, training, epoch))
    ends: list[Weights] = []
    if state is not None:
        classifier, training = begun()
        for rate in last_again:
            classifier.set_weights(weights)
            training.set_state(state)
            training.set_learning_rate(rate)
            ends.append(moved(classifier, training, len(rates)))
    return found, ends


def read_back(arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return arrays as they come from a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "arrays.safetensors")
        write_arrays(path, arrays)
        return {name: np.array(it) for name, it in load_file(path).items()}


def taken_up(architecture: str, framework: str, precision: Precision = "float32") -> list[Any]:
    """Return history, weights and probabilities of a training as it is, and of one that a second classifier goes on."""
    inputs, labels = separable(architecture, 21, 3)
    begun, resumed = (build(architecture, framework, 3, 5, precision=precision) for _ in range(2))

    def batches_of(epoch: int) -> Iterator[Batch]:
        return shuffled(inputs, labels, 5, epoch, 8)

    training = begun.start_training(ADAM)
    history = begun.train_epochs(training, batches_of, range(1, 3))
    state, weights = training.get_state(), begun.get_weights()
    assert state is not None
    state = read_back(state)
    # the first one goes on before the second takes up what was kept
    whole = begun.train_epochs(training, batches_of, range(3, 5))
    again = resumed.start_training(ADAM)
    resumed.set_weights(weights)
    again.set_state(state)
    rest = resumed.train_epochs(again, batches_of, range(3, 5))
    return [
        (history + epochs, classifier.get_weights(), classifier.predict(inputs))
        for classifier, epochs in ((begun, whole), (resumed, rest))
    ]


def what_it_says(attempt: Callable[[], object]) -> str:
    """Return the message of the ValueError, '' where there is none."""
    try:
        attempt()
    except ValueError as error:
        return str(error)
    return ""


@dataclass(frozen=True)
class OtherKind(Architecture):
    """An architecture that no implementation is built from."""

    name: str = "other"
    title: str = "Other"
    input_shape: tuple[int, ...] = (1,)

    def weights(self, n_classes: int) -> list[Weight]:
        return []


def build_refusals(architecture: str, framework: str) -> list[str]:
    """Return what the class says to another kind of architecture and to a precision that there is not."""
    attempts = [
        lambda: build(architecture, framework, architecture=OtherKind()),
        lambda: build(architecture, framework, precision="float16"),
    ]
    return [what_it_says(attempt) for attempt in attempts]


def other_sizes(architecture: str) -> Architecture:
    """The same kind with one channel more."""
    *size, channels = small(architecture).input_shape
    return replace(small(architecture), input_shape=(*size, channels + 1))


def with_other_sizes(architecture: str, framework: str) -> tuple[Weights, Any, str]:
    """Return weights and probabilities of other sizes, and what is said to inputs of the registered sizes."""
    sizes = other_sizes(architecture)
    classifier = build(architecture, framework, architecture=sizes)
    probabilities = classifier.predict(np.ones((2, *sizes.input_shape), np.float32))
    said = what_it_says(lambda: classifier.predict(noise(architecture, 2)))
    return classifier.get_weights(), probabilities, said


def in_precision(architecture: str, framework: str, precision: Precision) -> tuple[Weights, Any]:
    """Return the initial weights, and the probabilities of some noise."""
    classifier = build(architecture, framework, precision=precision)
    return classifier.get_weights(), classifier.predict(noise(architecture, 5))


@dataclass(frozen=True)
class Pass:
    """A training pass, what it did to the weights, and what central differences say its gradients should be.

    `slopes` holds for every weight the derivative of the loss along a random direction: from the gradient, and from
    two losses.
    """

    sizes: Architecture
    labels: Any
    found: TrainingPass
    before: Weights
    after: Weights
    slopes: dict[str, tuple[float, float]]


def training_pass(architecture: str, framework: str) -> Pass:
    """Run a training pass in float64, where differences of losses show gradients, without dropout."""
    sizes = small(architecture, (SIDE, SIDE)).without_dropout()
    classifier = build(architecture, framework, architecture=sizes, precision="float64")
    inputs = np.random.default_rng(0).normal(size=(4, *sizes.input_shape)).astype(np.float32)
    labels = np.array([0, 1, 2, 0])
    look = inspector(framework)(classifier)
    start = classifier.get_weights()
    found = look.training_pass(inputs, labels)
    after = classifier.get_weights()

    def loss_at(name: str, values: Floats) -> float:
        moved = {**start, name: values}
        classifier.set_weights(moved)
        return look.training_pass(inputs, labels).loss + penalty(sizes, moved, 3)

    rng = np.random.default_rng(5)
    slopes = {}
    for name, gradient in found.gradients.items():
        direction = rng.normal(size=gradient.shape)
        direction /= np.linalg.norm(direction)
        ahead, behind = (loss_at(name, start[name] + step * direction) for step in (STEP, -STEP))
        slopes[name] = (float((gradient * direction).sum()), (ahead - behind) / (2 * STEP))
    return Pass(sizes, labels, found, start, after, slopes)


def counted(architecture: str, framework: str) -> ValueCount:
    return inspector(framework)(configured(architecture, framework)(3, 0)).count_values()


def states(architecture: str, framework: str) -> dict[str, LSTMStates]:
    return inspector(framework)(build(architecture, framework)).lstm_states(noise(architecture, 2))


def dropped(framework: str, rate: float, shape: tuple[int, ...], seed: int, layer: str, count: int) -> list[Any]:
    """Return what the framework's dropout layer makes of ones, `count` times in a row, and once in evaluation."""
    configured(next(name for name, of in registered() if of == framework), framework)
    layers = import_module(f"implementations.{framework}.layers")
    dropout = layers.Dropout(rate, seed, layer)
    if framework == "pytorch":
        import torch

        outputs = [dropout(torch.ones(shape)).numpy() for _ in range(count)]
        return [*outputs, dropout.eval()(torch.ones(shape)).numpy()]
    return [
        *(np.array(dropout(np.ones(shape, np.float32), training=True)) for _ in range(count)),
        np.array(dropout(np.ones(shape, np.float32), training=False)),
    ]


def dropped_views(shape: tuple[int, ...]) -> list[Any]:
    """Return what PyTorch's layer makes of ones that lie in memory in unusual ways."""
    import torch

    from implementations.pytorch.layers import Dropout

    wide = torch.ones(*shape, 3)
    views = [wide[..., 1], torch.ones(1, *shape[1:]).expand(shape), torch.ones(shape[::-1]).permute(2, 1, 0)]
    return [Dropout(0.5, 0, "test")(view).numpy() for view in views]


def tuned_and_stock() -> list[tuple[Any, Any]]:
    """Return what PyTorch's tuned layers and its own give: outputs, then the gradients of inputs and parameters."""
    import torch

    from implementations.pytorch.layers import AvgPool1d, Conv2d

    torch.manual_seed(0)
    convolution = torch.nn.Conv2d(3, 4, 3).double()
    tuned = Conv2d(3, 4, 3).double()
    tuned.load_state_dict(convolution.state_dict())
    image, sequence = (torch.randn(shape, dtype=torch.float64) for shape in ((2, 3, 9, 8), (2, 3, 11)))
    found = []
    for layer, stock, x in ((tuned, convolution, image), (AvgPool1d(2), torch.nn.AvgPool1d(2), sequence)):
        x.requires_grad_()
        outputs = layer(x), stock(x)
        weights = torch.randn_like(outputs[0])
        wanted = ([x, *layer.parameters()], [x, *stock.parameters()])
        gradients = [torch.autograd.grad(y, of, weights) for y, of in zip(outputs, wanted, strict=True)]
        found += [(a.detach().numpy(), b.detach().numpy()) for a, b in (outputs, *zip(*gradients, strict=True))]
    return found


def block_and_layers(part: int) -> tuple[list[Any], list[Any]]:
    """Return what PyTorch's block of dropout, ReLU and pooling gives in parts of so many tracks, and what layers give.

    Each list holds the outputs and the gradients of the inputs.
    """
    import torch
    from torch.nn import functional

    from implementations.pytorch import layers

    torch.manual_seed(0)
    images = torch.randn((5, 3, 9, 8), dtype=torch.float64).to(memory_format=torch.channels_last).requires_grad_()
    block = layers.DropoutReLUPool2d(layers.Dropout(0.25, 0, "test"), 2)
    twin = layers.Dropout(0.25, 0, "test")
    masks = torch.cat([twin.factors(twin.draw(track), track) for track in images.split(part)])
    with mock.patch.object(layers, "_CACHE_VALUES", part * images[0].numel()):
        # the block writes over its input
        outputs = block(images.clone()), functional.avg_pool2d(functional.relu(images) * masks, 2)
        weights = torch.randn_like(outputs[0])
        found, expected = ([y.detach().numpy(), torch.autograd.grad(y, images, weights)[0].numpy()] for y in outputs)
    return found, expected


def devices() -> tuple[str, str, str]:
    """Return what PyTorch's set-up chooses by default and of itself, and what it says to CUDA, where there is none."""
    import torch

    from implementations.pytorch.training import PyTorchClassifier

    # as on a machine without it, whatever this one has
    torch.cuda.is_available = lambda: False
    chosen = PyTorchClassifier.configure(1), PyTorchClassifier.configure(1, "auto")
    return *chosen, what_it_says(lambda: PyTorchClassifier.configure(1, "cuda"))


def kernels_of_training(architecture: str) -> set[str]:
    """Return the names of all kernels that PyTorch calls to train and to predict."""
    from torch.utils._python_dispatch import TorchDispatchMode

    called = set()

    class Recorder(TorchDispatchMode):
        def __torch_dispatch__(self, kernel: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            called.add(kernel.overloadpacket.__name__)
            return kernel(*args, **(kwargs or {}))

    with Recorder():
        train(architecture, "pytorch", *separable(architecture, 6, 3), QUICK, 0)
    return called


def adam_steps(gradients: Any, adam: Adam) -> Any:
    """Return a parameter that starts at 0 after each step of PyTorch's aligned Adam."""
    import torch

    from implementations.pytorch.training import KerasAdam

    parameter = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = KerasAdam([parameter], adam)
    seen = []
    for gradient in gradients:
        parameter.grad = torch.tensor([gradient], dtype=torch.float64)
        optimizer.step()
        seen.append(float(parameter.detach()))
    return seen


def masked_pass(architecture: str, framework: str, weights: Weights, inputs: Any, labels: Any) -> tuple[Any, list[Any]]:
    """Run a training pass in float64 with masks that depend on nothing but the place of a dropout in the network.

    Returns
    -------
    TrainingPass
        What came out.
    list of (rate, seed, layer)
        What each dropout was built with, in the order of the network.
    """
    found = configured(architecture, framework)
    module = import_module(found.__module__)
    built: list[Any] = []

    def mask(place: int, rate: float, shape: tuple[int, ...]) -> Any:
        kept = np.random.default_rng(place).random(shape) >= rate
        return kept / (1 - rate)

    patches: list[Any] = []
    if framework == "pytorch":
        import torch

        # a batch in one part, which gets one mask
        patches += [mock.patch("implementations.pytorch.layers._CACHE_VALUES", 1 << 40)]

        class Masked(torch.nn.Module):
            def __init__(self, rate: float, seed: int, layer: str) -> None:
                super().__init__()
                self.place, self.rate = len(built), rate
                built.append((rate, seed, layer))

            def forward(self, x: Any) -> Any:
                return x * self.factors(self.draw(x), x)

            def draw(self, x: Any) -> Any:
                # drawn with channels last, as Keras has them
                drawn = mask(self.place, self.rate, tuple(x.movedim(1, -1).shape))
                return torch.from_numpy(drawn).movedim(-1, 1)

            def factors(self, drawn: Any, x: Any) -> Any:
                return drawn
    else:
        import keras

        class Masked(keras.layers.Layer):
            def __init__(self, rate: float, seed: int, name: str) -> None:
                super().__init__(name=name)
                self.place, self.rate = len(built), rate
                built.append((rate, seed, name))

            def call(self, x: Any, training: bool = False) -> Any:
                return x * mask(self.place, self.rate, tuple(x.shape)) if x.shape[0] else x

    with ExitStack() as stack:
        for patch in [*patches, mock.patch.object(module, "Dropout", Masked)]:
            stack.enter_context(patch)
        classifier = found(int(labels.max()) + 1, 7, architecture=small(architecture), precision="float64")
        classifier.set_weights(weights)
        return inspector(framework)(classifier).training_pass(inputs, labels), built


def seeded_pass(architecture: str, framework: str, weights: Weights, inputs: Any, labels: Any, seed: int) -> Any:
    """Run a training pass from given weights; only dropout is left to the seed."""
    classifier = build(architecture, framework, int(labels.max()) + 1, seed)
    classifier.set_weights(weights)
    return inspector(framework)(classifier).training_pass(inputs, labels).probabilities


def beside_keras(layer: str, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Run a tuned layer of TensorFlow and Keras's own forward and backward in training mode, with the same weights.

    Returns
    -------
    list of ndarray, list of ndarray
        Of the tuned layer and of Keras's: the output, the gradients of input and trained weights, both again compiled,
        all weights after.
    """
    configured("cnn2d", "tensorflow")
    import keras
    import tensorflow as tf

    from implementations.tensorflow import layers, lstm

    sizes = ARCHITECTURES["cnn2d"]
    momentum, epsilon = sizes.norm_momentum, sizes.norm_epsilon
    tuned, own = {
        "BatchNorm": (
            lambda: layers.BatchNorm(sizes, name="norm"),
            lambda: keras.layers.BatchNormalization(momentum=momentum, epsilon=epsilon),
        ),
        "Conv1D": (lambda: layers.Conv1D(5, 4, padding="same"), lambda: keras.layers.Conv1D(5, 4, padding="same")),
        "Conv2D": (lambda: layers.Conv2D(5, 3), lambda: keras.layers.Conv2D(5, 3)),
        "LSTM": (lambda: lstm.LSTM(5, return_sequences=False, name="lstm"), lambda: keras.layers.LSTM(5)),
        "LSTM of sequences": (
            lambda: lstm.LSTM(5, return_sequences=True, name="lstm"),
            lambda: keras.layers.LSTM(5, return_sequences=True),
        ),
    }[layer]
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(3, 2, shape).astype(np.float32))
    found = []
    for built in (tuned(), own()):
        built.build(shape)
        draws = np.random.default_rng(1)
        built.set_weights([draws.uniform(0.5, 1.5, weight.shape) for weight in built.weights])

        def differentiate(x: Any, built: Any = built) -> list[Any]:
            with tf.GradientTape() as tape:
                tape.watch(x)
                output = built(x, training=True) if layer == "BatchNorm" else built(x)
                loss = tf.reduce_sum(tf.sin(output))
            return [output, *tape.gradient(loss, [x, *built.trainable_variables])]

        # operation by operation, then compiled for batches of any size
        compiled = tf.function(differentiate, input_signature=[tf.TensorSpec([None, *shape[1:]])])
        results = [*differentiate(x), *compiled(x)]
        found.append([np.array(values) for values in (*results, *built.weights)])
    return found[0], found[1]


def alone_and_beside_a_copy(layer: str, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Return what a convolution makes of a single track, compiled for batches of any size, alone and in a pair."""
    configured("cnn2d", "tensorflow")
    import tensorflow as tf

    from implementations.tensorflow import layers

    built = layers.Conv1D(32, 4, padding="same") if layer == "Conv1D" else layers.Conv2D(32, 3)
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    compiled = tf.function(built, input_signature=[tf.TensorSpec([None, *shape[1:]])])
    return compiled(x).numpy(), compiled(np.concatenate([x, x])).numpy()[:1]


def tensorflow_without_cuda() -> tuple[list[str], str]:
    """Return what TensorFlow's `configure` chooses for the CPU, again and for "auto", and how it refuses CUDA."""
    import tensorflow as tf

    configure = implementation("cnn2d", "tensorflow").configure
    with mock.patch.object(tf.config, "list_physical_devices", return_value=[]):
        chosen = [configure(1), configure(1, "cpu"), configure(1, "auto")]
        try:
            configure(1, "cuda")
        except ValueError as error:
            return chosen, str(error)
    return chosen, "no refusal"
