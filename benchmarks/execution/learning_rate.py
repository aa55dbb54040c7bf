"""A learning rate that falls when a loss does not: steered once, outside the frameworks."""

from collections.abc import Iterable

from benchmarks.studies.protocol import Steering


def steered(first: float, steering: Steering, losses: Iterable[float]) -> float:
    """Return the learning rate that follows a series of losses, one an epoch.

    It follows from the losses alone, so that a training that is resumed goes on with the same.

    Parameters
    ----------
    first : float
        Of the first epoch.
    steering : Steering
        How it falls.
    losses : iterable of float
        The watched loss after every epoch so far.

    Notes
    -----
    The algorithm is that of ``ReduceLROnPlateau`` in TensorFlow 2.0.0 (``tensorflow/python/keras/callbacks.py``,
    `on_epoch_end`): within the cooldown no epoch counts, but the one that ends it does; the lowest loss is kept when
    the rate falls. The reductions of the 150 losses that a study printed come out of it at their epochs (a test).
    """
    rate, lowest, waited, cooldown = first, float("inf"), 0, 0
    for loss in losses:
        if cooldown > 0:
            cooldown -= 1
            waited = 0
        if loss < lowest - steering.min_delta:
            lowest, waited = loss, 0
        elif cooldown <= 0:
            waited += 1
            if waited >= steering.patience and rate > steering.lowest:
                rate = max(rate * steering.factor, steering.lowest)
                cooldown, waited = steering.cooldown, 0
    return rate
