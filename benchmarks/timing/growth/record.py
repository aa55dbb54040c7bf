"""The record of one occasion: every point of time and memory that was measured."""

from pathlib import Path
from statistics import mean
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benchmarks.errors import GenrebenchError
from benchmarks.runs import Implementation
from benchmarks.settings import wrong_keys

RECORD: Final = "growth.json"
REMEDY: Final = "measure again with: python -m benchmarks growth"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Point(_Part):
    """What one fresh process measured.

    Attributes
    ----------
    tracks : int
        Number of tracks.
    repeats : int
        How often it was timed; medians count.
    seconds : float
        Time without the start-up.
    start_up_s : float
        What is taken out of the time: see the kinds of points.
    process_s : float
        Life of the process outside the timed parts: start of Python, imports, end.
    peak_mib : float
        Highest resident memory of the process.
    """

    tracks: int = Field(ge=1)
    repeats: int = Field(ge=1)
    seconds: float
    start_up_s: float = Field(ge=0)
    process_s: float = Field(ge=0)
    peak_mib: float = Field(gt=0)


class FeaturePoint(Point):
    """`benchmarks.features.cache.make_features` once; its start-up is the time for one track a worker, two at least.

    Attributes
    ----------
    worker_peak_mib : float
        Highest resident memory of the largest worker.
    """

    worker_peak_mib: float = Field(gt=0)


class TrainingPoint(Point):
    """One epoch of a network; its start-up is all that comes before: framework, network, data, compilation.

    It is measured to the end of a short first epoch and a prediction, less what these two take when all is warm.

    Attributes
    ----------
    architecture, framework, features : str
        The network and the feature set it sees.
    watched : int
        Tracks predicted after an epoch.
    predict_s : float
        Time of that.
    beside_s : tuple of float
        Time of an epoch of each of `Growth.at_once` such networks at work at once; empty where not measured.
    """

    architecture: str
    framework: str
    features: str
    watched: int = Field(ge=1)
    seconds: float = Field(gt=0)
    predict_s: float = Field(gt=0)
    beside_s: tuple[float, ...] = ()

    @property
    def implementation(self) -> Implementation:
        """What was trained."""
        return Implementation(self.architecture, self.framework)

    @property
    def contention(self) -> float:
        """How many times as long an epoch takes beside others as alone; NaN where not measured."""
        return mean(self.beside_s) / self.seconds if self.beside_s else float("nan")


class Growth(_Part):
    """All points of one occasion.

    Attributes
    ----------
    workers : int
        Processes that made features.
    at_once : int
        Networks that trained beside each other: as many as the study's runs and the workers allow.
    files : int
        Different audio files behind the tracks of the features.
    sets : tuple of str
        The feature sets, made together.
    features : tuple of FeaturePoint
        By tracks.
    training : tuple of TrainingPoint
        By network, then by tracks.
    provenance : dict
        When, commit, versions, machine, wall time.
    """

    workers: int = Field(ge=1)
    at_once: int = Field(ge=1)
    files: int = Field(ge=1)
    sets: tuple[str, ...] = Field(min_length=1)
    features: tuple[FeaturePoint, ...] = Field(min_length=1)
    training: tuple[TrainingPoint, ...] = Field(min_length=1)
    provenance: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read ``growth.json`` of a folder.

        Raises
        ------
        GenrebenchError
            If it is missing or is no such record.
        """
        path = folder / RECORD
        try:
            return cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise GenrebenchError(f"{path}: no record of the growth of time and memory; {REMEDY}") from None
        except ValidationError as error:
            raise GenrebenchError(f"{path}: not a valid record ({wrong_keys(error)[0]}); {REMEDY}") from None
