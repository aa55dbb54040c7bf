"""What a child process is asked to time: makers that set a task up and return it with what it has to tell.

A maker's arguments come as JSON. What a maker does is not timed; one call of what it returns is.
"""

import math
import time
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.optimizer import KERAS_ADAM
from benchmarks.timing.measuring.subjects import Variant, stock_module
from benchmarks.timing.stock.features import stock_features
from implementations.architectures import ARCHITECTURES
from implementations.interface import Inputs, Labels, shuffled
from implementations.registry import implementation

Task = tuple[Callable[[], object], dict[str, Any]]

CLASSES = 10
SEED = 0
_SIZES = (1024, 2048, 3072)


def training(
    *, architecture: str, framework: str, variant: Variant, threads: int, tracks: int, batch_size: int
) -> Task:
    """Train one epoch: forward pass, backward pass and a step of Adam for every batch; data is in memory."""
    device = _configure(architecture, framework, variant, threads)
    inputs, labels = random_tracks(architecture, tracks)
    told = {"device": device}
    if variant == "stock":
        stock = import_module(stock_module(framework))
        epoch = stock.make_epoch(ARCHITECTURES[architecture], CLASSES, inputs, labels, batch_size)
        return _keeping(epoch, inputs), told
    classifier = implementation(architecture, framework)(CLASSES, SEED)
    # not `fit`, which would set up the optimiser, and compile TensorFlow's step, anew for every epoch
    started = classifier.start_training(KERAS_ADAM)
    return lambda: started.epoch(shuffled(inputs, labels, SEED, 1, batch_size)), told


def _keeping(task: Callable[[], object], inputs: Inputs) -> Callable[[], object]:
    """Let inputs stay in memory as long as the task, as whoever starts a run keeps them."""

    def work(_: Inputs = inputs) -> object:
        return task()

    return work


def inference(
    *, architecture: str, framework: str, variant: Variant, threads: int, tracks: int, batch_size: int
) -> Task:
    """Compute the probabilities of some tracks, from a NumPy array to a NumPy array."""
    device = _configure(architecture, framework, variant, threads)
    inputs, _ = random_tracks(architecture, tracks)
    if variant == "stock":
        stock = import_module(stock_module(framework))
        return stock.make_prediction(ARCHITECTURES[architecture], CLASSES, inputs, batch_size), {"device": device}
    classifier = implementation(architecture, framework)(CLASSES, SEED)
    return lambda: classifier.predict(inputs, batch_size), {"device": device}


def worker(*, architecture: str, framework: str, variant: Variant, threads: int, tracks: int, batch_size: int) -> Task:
    """Train one epoch and predict a fifth as many tracks, with all arrays still in memory, as a run has them."""
    given: dict[str, Any] = {
        "architecture": architecture,
        "framework": framework,
        "variant": variant,
        "threads": threads,
        "batch_size": batch_size,
    }
    epoch, told = training(**given, tracks=tracks)
    predict, _ = inference(**given, tracks=math.ceil(tracks / 5))
    return lambda: (epoch(), predict()), told


def features(feature_set: str, variant: Variant, path: str, tracks: int, threads: int | None) -> Task:
    """Compute the features of a track again and again.

    Parameters
    ----------
    feature_set : str
        Its name.
    variant : {"stock", "tuned"}
        By its stock code, or as the pipeline does.
    path : str
        The track.
    tracks : int
        How often.
    threads : int or None
        OpenCV's threads, which listen to no variable of the environment; None leaves them as they are.
    """
    if threads is not None:
        import cv2

        cv2.setNumThreads(threads)
    compute = stock_features()[feature_set] if variant == "stock" else _tuned_features(feature_set)

    def loop() -> None:
        for _ in range(tracks):
            compute(Path(path))

    return loop, {"device": "cpu"}


def _tuned_features(name: str) -> Callable[[Path], object]:
    from benchmarks.features.sets import feature_set

    return feature_set(name).of


def matrix_product() -> Task:
    """Multiply two float32 matrices with NumPy, of the size at which the machine is fastest; tells its GFLOP a call."""
    products = {size: _product(size) for size in _SIZES}
    size = max(products, key=lambda size: _rate(size, products[size]))
    return products[size], {"gflop": _gflop(size), "size": size}


def _product(size: int) -> Callable[[], object]:
    a = np.random.default_rng(SEED).standard_normal((size, size), dtype=np.float32)
    out = np.empty_like(a)
    return lambda: np.matmul(a, a, out=out)


def _rate(size: int, product: Callable[[], object]) -> float:
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        product()
        seconds.append(time.perf_counter() - started)
    return _gflop(size) / min(seconds)


def _gflop(size: int) -> float:
    return 2 * size**3 / 1e9


def random_tracks(architecture: str, tracks: int) -> tuple[Inputs, Labels]:
    """Return random inputs and labels: the networks do the same arithmetic whatever the values are."""
    rng = np.random.default_rng(SEED)
    inputs = rng.standard_normal((tracks, *ARCHITECTURES[architecture].input_shape), dtype=np.float32)
    return inputs, rng.integers(CLASSES, size=tracks)


@cache
def _configure(architecture: str, framework: str, variant: Variant, threads: int) -> str:
    """Set up the process, once, and return the device that computes."""
    if variant == "stock":
        import_module(stock_module(framework)).configure(threads)
        return "cpu"
    return implementation(architecture, framework).configure(threads)
