"""The verdict on the study's claim, which only runs of the study's own protocol on all of GTZAN can give."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.datasets.manifest import DatasetKind
from benchmarks.published import claim
from benchmarks.runs import FinishedRun, Implementation
from benchmarks.scoring.answers import Answers, collect_answers
from benchmarks.scoring.intervals import FRACTION, LOSS, Interval, prediction_interval

SELECTION: Final = "lowest_test_loss"  # the study's
WHOLE: Final = claim.TRAIN_TRACKS + claim.TEST_TRACKS


@dataclass(frozen=True)
class Verdict:
    """One claimed number against what one more run of ours would give.

    Attributes
    ----------
    implementation : Implementation
        What was trained.
    metric : {"accuracy", "loss"}
        What is claimed.
    claimed : float
        The published number, of one run.
    predicted : Interval
        Where a single further run of ours lies in 95 of 100 cases: another seed, as many other test tracks as the study
        had. See `benchmarks.scoring.intervals.prediction_interval`.
    """

    implementation: Implementation
    metric: str
    claimed: float
    predicted: Interval

    @property
    def inside(self) -> bool:
        """Whether the claimed number lies inside the interval, ends included."""
        return self.predicted.low <= self.claimed <= self.predicted.high


def about_claim(kind: DatasetKind, tracks: int) -> bool:
    """Return whether a dataset is the claim's: all 1000 tracks of GTZAN.

    Parameters
    ----------
    kind : {"gtzan", "gtzan-mini", "synthetic", "folder"}
        Where the audio comes from.
    tracks : int
        Number of tracks used.
    """
    return kind == claim.DATASET and tracks == WHOLE


def why_not(kind: DatasetKind, tracks: int, runs: Sequence[FinishedRun]) -> str:
    """Say why the claim does not apply to these runs; empty where it does.

    Parameters
    ----------
    kind, tracks
        As in `about_claim`.
    runs : sequence of FinishedRun
        All runs of the dataset.
    """
    group = [run for run in runs if run.protocol == claim.PROTOCOL and SELECTION in run.probabilities]
    if not about_claim(kind, tracks):
        return f"it is about all {WHOLE} tracks of GTZAN"
    if not group:
        return f"no run follows the study's protocol, `{claim.PROTOCOL}`, to its epoch of lowest test loss"
    if any(claim.deviations(run.decided_by["protocol"]) for run in group):
        return f"protocol `{claim.PROTOCOL}` was changed, so no run does what the study did"
    if len({run.seed for run in group}) < 2:
        return "one seed does not show how far runs differ"
    return ""


def verdicts(kind: DatasetKind, tracks: int, runs: Sequence[FinishedRun]) -> list[Verdict]:
    """Set every claimed number against the prediction interval of a single run of ours.

    Parameters
    ----------
    kind, tracks, runs
        As in `why_not`.

    Returns
    -------
    list of Verdict
        Empty where the claim does not apply. Implementations keep the order of the runs; the accuracy comes first.
    """
    if why_not(kind, tracks, runs):
        return []
    return [
        verdict
        for answers in collect_answers([run for run in runs if run.protocol == claim.PROTOCOL])
        if answers.selection == SELECTION and answers.implementation.architecture in claim.CLAIMS
        for verdict in _of(answers)
    ]


def _of(answers: Answers) -> list[Verdict]:
    claimed = claim.CLAIMS[answers.implementation.architecture]
    accuracy = prediction_interval(answers.right.astype(float), claim.TEST_TRACKS, FRACTION)
    loss = prediction_interval(answers.losses, claim.TEST_TRACKS, LOSS)
    return [
        Verdict(answers.implementation, "accuracy", claimed.accuracy, accuracy),
        Verdict(answers.implementation, "loss", claimed.loss, loss),
    ]
