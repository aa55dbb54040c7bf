"""Rates: lines through the points of the growth record."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from benchmarks.errors import GenrebenchError
from benchmarks.features.sets import feature_set
from benchmarks.runs import Implementation
from benchmarks.timing.growth.record import REMEDY, Growth


@dataclass(frozen=True)
class Line:
    """A quantity that is a fixed part and a part for each track.

    Attributes
    ----------
    fixed, each : float
        Both in the quantity's unit, at least 0.
    """

    fixed: float
    each: float

    def at(self, tracks: int) -> float:
        """Return the quantity for a number of tracks."""
        return self.fixed + self.each * tracks


def fit_line(tracks: Sequence[int], values: Sequence[float]) -> Line:
    """Fit a line without negative parts, by least squares of the relative errors; values of 0 are left out.

    Relative, so that small datasets are predicted as well as large ones.
    """
    kept = [(count, value) for count, value in zip(tracks, values, strict=True) if value > 0]
    if not kept:
        return Line(0.0, 0.0)
    weighted = np.array([[1 / value, count / value] for count, value in kept])
    fixed, each = nnls(weighted, np.ones(len(kept)))[0]
    return Line(float(fixed), float(each))


@dataclass(frozen=True)
class TrainingRate:
    """The rates of one network.

    Attributes
    ----------
    epoch, predict, start_up : Line
        Seconds of a training epoch, of a prediction and of the start-up, by their tracks.
    memory : Line
        MiB by training tracks.
    process : float
        Seconds of a run's process outside the run's own clock.
    contention : float
        How many times as long a run takes with all workers at work.
    """

    epoch: Line
    predict: Line
    start_up: Line
    memory: Line
    process: float
    contention: float

    def run_seconds(self, tracks: int, watched: int, epochs: int) -> float:
        """Return the time of one run alone, as its provenance records it."""
        return self.start_up.at(tracks) + epochs * (self.epoch.at(tracks) + self.predict.at(watched))


def training_rate(growth: Growth, made: Implementation, features: str, at_once: int) -> TrainingRate:
    """Return the rates of an implementation on a feature set, with so many runs at work.

    Raises
    ------
    GenrebenchError
        If the record holds no point of it.
    """
    shape = feature_set(features).shape
    same = [it for it in growth.training if it.implementation == made]
    points = [it for it in same if feature_set(it.features).shape == shape]
    if not points:
        raise GenrebenchError(f"growth.json holds no training of {made} on {features}, which is asked for; {REMEDY}")
    tracks = [it.tracks for it in points]
    return TrainingRate(
        epoch=fit_line(tracks, [it.seconds for it in points]),
        predict=fit_line([it.watched for it in points], [it.predict_s for it in points]),
        start_up=fit_line(tracks, [it.start_up_s for it in points]),
        memory=fit_line(tracks, [it.peak_mib for it in points]),
        # the others also spend it on more random numbers, which a run reads instead
        process=min(points, key=lambda it: it.tracks).process_s,
        # measured for one of its input shapes
        contention=next((it.contention for it in same if it.beside_s and at_once > 1), 1.0),
    )


@dataclass(frozen=True)
class FeatureRate:
    """The rates of making the study's feature sets with `Growth.workers` workers.

    Attributes
    ----------
    seconds : Line
        Seconds by tracks.
    process : float
        Seconds of the stage's process outside that.
    memory : float
        MiB of all processes together, for any number of tracks.
    """

    seconds: Line
    process: float
    memory: float


def feature_rate(growth: Growth, sets: Collection[str]) -> FeatureRate:
    """Return the rate of some feature sets, made together.

    Raises
    ------
    GenrebenchError
        If the record holds other sets.
    """
    if set(growth.sets) != set(sets):
        raise GenrebenchError(f"growth.json holds other features than params.yaml's {', '.join(sets)}; {REMEDY}")
    points = growth.features
    return FeatureRate(
        fit_line([it.tracks for it in points], [it.start_up_s + it.seconds for it in points]),
        min(it.process_s for it in points),
        max(it.peak_mib + growth.workers * it.worker_peak_mib for it in points),
    )
