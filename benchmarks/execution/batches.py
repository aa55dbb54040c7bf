"""The batches of an epoch over windows: their order and their augmentation, made once for every framework."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.execution.examples import Examples
from benchmarks.studies.protocol import Augmentation, Protocol, Schedule
from implementations.interface import Batch, Inputs, batch_order, generator


def epoch_batches(examples: Examples, protocol: Protocol, seed: int, epoch: int) -> Iterator[Batch]:
    """Yield the batches that an epoch trains on, the same for every framework.

    Parameters
    ----------
    examples : Examples
        The training part.
    protocol : Protocol
        Says in which order, and how windows are augmented.
    seed : int
        The seed of the run.
    epoch : int
        Number of the epoch, from 1.
    """
    for place, numbers in enumerate(order_of(protocol.schedule, len(examples), seed, epoch)):
        inputs = examples.read(numbers)
        if protocol.augmentation is not None:
            augment(inputs, protocol.augmentation, generator(seed, f"augmentation/epoch {epoch}/batch {place}"))
        yield Batch(examples.scaled(inputs), examples.labels[numbers])


def watched_batches(examples: Examples, protocol: Protocol, seed: int, epoch: int) -> Iterator[Batch]:
    """Yield what steers the learning rate after an epoch: a part in its own order, augmented where that is asked for.

    Where the number of steps was reckoned for batches of another size, it is the beginning of the part alone.

    Parameters
    ----------
    examples : Examples
        The watched part.
    protocol, seed, epoch
        As in `epoch_batches`.
    """
    schedule = protocol.schedule
    steered = schedule.steering
    in_order = _cut(np.arange(len(examples)), schedule.batch_size)
    for place, numbers in enumerate(in_order[: schedule.steps(len(examples))]):
        inputs = examples.read(numbers)
        if steered is not None and steered.augmented and protocol.augmentation is not None:
            purpose = f"augmentation of what is watched/epoch {epoch}/batch {place}"
            augment(inputs, protocol.augmentation, generator(seed, purpose))
        yield Batch(examples.scaled(inputs), examples.labels[numbers])


def order_of(schedule: Schedule, n: int, seed: int, epoch: int) -> list[NDArray[np.int64]]:
    """Return the numbers of the examples of each batch of an epoch.

    Parameters
    ----------
    schedule : Schedule
        Without `steps_for` a permutation drawn for the epoch, cut into batches. With it, what ``fit_generator`` of
        TensorFlow 2.0 does with a ``Sequence`` and a number of steps [1]_: a batch always holds the same neighbours,
        one pass goes through all batches in an order drawn for it, and an epoch ends after its steps, wherever the
        pass is.
    n : int
        Number of examples.
    seed, epoch : int
        As in `epoch_batches`.

    References
    ----------
    .. [1] TensorFlow 2.0.0, ``tensorflow/python/keras/engine/training_generator.py``, `model_iteration`: one enqueuer
       for all epochs; ``keras/utils/data_utils.py``, `OrderedEnqueuer._run`: shuffles the numbers of the batches
       before every pass.
    """
    if schedule.steps_for is None:
        return _cut(batch_order(seed, epoch, n), schedule.batch_size)
    batches, steps = _cut(np.arange(n), schedule.batch_size), schedule.steps(n)
    first, end = (epoch - 1) * steps, epoch * steps
    passes = range(first // len(batches), (end - 1) // len(batches) + 1)
    walked = [generator(seed, f"order of batches/pass {it + 1}").permutation(len(batches)) for it in passes]
    before = first - passes.start * len(batches)
    return [batches[it] for it in np.concatenate(walked)[before : before + steps]]


def _cut(order: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    """Cut an order into batches; the last one holds what is left."""
    return [order[start : start + size] for start in range(0, len(order), size)]


def augment(inputs: Inputs, given: Augmentation, rng: np.random.Generator) -> Inputs:
    """Flip and mask spectrograms at random, each for itself, in their own memory; return them.

    Parameters
    ----------
    inputs : ndarray of float32, shape (n, bands, frames, channels)
        As the feature set has them, before they are scaled.
    given : Augmentation
        How probable each is.
    rng : numpy.random.Generator
        Draws.
    """
    _, bands, frames, _ = inputs.shape
    for window in inputs:
        if rng.random() < given.flip:
            window[:] = window[:, ::-1].copy()
        if rng.random() < given.mask:
            window[rng.integers(bands, size=given.bands)] = given.value
            window[:, rng.integers(given.frames_below or frames, size=given.frames)] = given.value
    return inputs
