"""The cost of a study, predicted: the features, then all runs in one pool."""

from collections.abc import Collection
from dataclasses import dataclass

from benchmarks.datasets.manifest import Manifest
from benchmarks.protocols import features_of, make_split
from benchmarks.runs import Implementation, study_keys
from benchmarks.settings import Settings
from benchmarks.timing.cost.rates import feature_rate, training_rate
from benchmarks.timing.growth.record import Growth


@dataclass(frozen=True)
class Part:
    """The predicted cost of all seeds of one implementation under one protocol.

    Attributes
    ----------
    protocol : str
        Its name.
    implementation : Implementation
        Which.
    tracks, watched : int
        Training tracks, and tracks that are predicted after every epoch.
    seeds : int
        How many runs.
    run_s : float
        One run alone.
    seconds : float
        All runs, with contention and the start of their processes, as if one after the other.
    memory_mib : float
        One run.
    """

    protocol: str
    implementation: Implementation
    tracks: int
    watched: int
    seeds: int
    run_s: float
    seconds: float
    memory_mib: float


@dataclass(frozen=True)
class Study:
    """The predicted cost of a dataset's study.

    Attributes
    ----------
    dataset : str
        Its name.
    tracks : int
        Used tracks.
    features_s, features_mib : float
        The features stage.
    parts : tuple of Part
        The runs.
    at_once : int
        How many runs work at the same time.
    """

    dataset: str
    tracks: int
    features_s: float
    features_mib: float
    parts: tuple[Part, ...]
    at_once: int

    @property
    def training_s(self) -> float:
        """Time of all runs, spread over the workers."""
        return sum(part.seconds for part in self.parts) / self.at_once

    @property
    def memory_mib(self) -> float:
        """Memory of the features, or of the largest runs that may meet."""
        runs = sorted((part.memory_mib for part in self.parts for _ in range(part.seeds)), reverse=True)
        return max(self.features_mib, sum(runs[: self.at_once]))


def predict_study(
    growth: Growth, settings: Settings, manifest: Manifest, duplicates: Collection[Collection[str]]
) -> Study:
    """Predict the cost of a study with the workers of the record.

    Parameters
    ----------
    growth : Growth
        Measured points.
    settings : Settings
        The content of params.yaml.
    manifest : Manifest
        The dataset's tracks.
    duplicates : collection of collections of str
        Groups of ids that a split keeps together.

    Raises
    ------
    GenrebenchError
        If the record lacks something that the study needs.
    """
    keys = study_keys(settings, manifest.dataset)
    seeds, at_once = len(settings.study.seeds), min(growth.workers, len(keys))
    parts = []
    for name, made in dict.fromkeys((key.protocol, key.implementation) for key in keys):
        protocol = settings.protocols[name]
        split = make_split(manifest, protocol.split, duplicates)
        tracks = len(split.train)
        watched = len(split.validation) + (len(split.test) if protocol.watches_test else 0)
        rate = training_rate(growth, made, features_of(protocol, made.architecture), at_once)
        run_s = rate.run_seconds(tracks, watched, protocol.schedule.epochs)
        seconds = seeds * (run_s * rate.contention + rate.process)
        parts.append(Part(name, made, tracks, watched, seeds, run_s, seconds, rate.memory.at(tracks)))
    features = feature_rate(growth, settings.study.features)
    count = len(manifest.used)
    features_s = features.seconds.at(count) + features.process
    return Study(manifest.dataset, count, features_s, features.memory, tuple(parts), at_once)
