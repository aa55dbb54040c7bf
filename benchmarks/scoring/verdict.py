"""The verdict on a study's claim, which only runs of its own protocol on the claim's dataset can give."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.datasets.kinds import KINDS, title_of
from benchmarks.datasets.manifest import DatasetKind
from benchmarks.runs import FinishedRun, Implementation
from benchmarks.scoring.intervals import FRACTION, LOSS, Interval, Values, prediction_interval
from benchmarks.scoring.units import count_answers
from benchmarks.studies.study import Claim, PrintedResult, Study, Unit


@dataclass(frozen=True)
class Verdict:
    """One claimed number against what one more run of ours would give.

    Attributes
    ----------
    implementation : Implementation
        What was trained.
    metric : {"accuracy", "loss"}
        What is claimed.
    unit : {"track", "vote", "window"}
        What it counts, see `benchmarks.scoring.units`.
    claimed : float
        The published number, of one run.
    predicted : Interval
        Where a single further run of ours lies in 95 of 100 cases: another seed, as many other test tracks as the study
        had. See `benchmarks.scoring.intervals.prediction_interval`.
    """

    implementation: Implementation
    metric: str
    unit: Unit
    claimed: float
    predicted: Interval

    @property
    def inside(self) -> bool:
        """Whether the claimed number lies inside the interval, ends included."""
        return self.predicted.low <= self.claimed <= self.predicted.high


def about_claim(claim: Claim, dataset: str, tracks: int) -> bool:
    """Return whether a dataset is the claim's, all tracks of it.

    Parameters
    ----------
    claim : Claim
        Of a study.
    dataset : str
        Where the tracks come from, see `Manifest.origin`.
    tracks : int
        Number of tracks used.
    """
    return dataset == claim.dataset and tracks == claim.tracks


def of_claimed_dataset(claim: Claim, kind: DatasetKind, dataset: str) -> bool:
    """Return whether tracks are some of the claim's dataset.

    Parameters
    ----------
    claim : Claim
        Of a study.
    kind : {"gtzan", "gtzan-mini", "synthetic", "folder"}
        Where the audio comes from.
    dataset : str
        As in `about_claim`.
    """
    return (KINDS[kind].whole or dataset) == claim.dataset


def why_not(study: Study, dataset: str, tracks: int, runs: Sequence[FinishedRun]) -> str:
    """Say why the claim does not apply to these runs; empty where it does.

    Parameters
    ----------
    study : Study
        Whose claim.
    dataset, tracks
        As in `about_claim`.
    runs : sequence of FinishedRun
        All runs of the dataset.
    """
    claim = study.claim
    group = [run for run in runs if run.protocol == claim.protocol and claim.selection in run.probabilities]
    if not about_claim(claim, dataset, tracks):
        return f"it is about all {claim.tracks} tracks of {title_of(claim.dataset)}"
    if not group:
        return f"no run follows the study's protocol, `{claim.protocol}`, to its epoch `{claim.selection}`"
    if any(study.deviations(run.decided_by["protocol"]) for run in group):
        return f"protocol `{claim.protocol}` was changed, so no run does what the study did"
    if len({run.seed for run in group}) < 2:
        return "one seed does not show how far runs differ"
    return ""


def verdicts(study: Study, dataset: str, tracks: int, runs: Sequence[FinishedRun]) -> list[Verdict]:
    """Set every claimed number against the prediction interval of a single run of ours.

    Parameters
    ----------
    study, dataset, tracks, runs
        As in `why_not`.

    Returns
    -------
    list of Verdict
        Empty where the claim does not apply. Implementations keep the order of the runs; the accuracy comes first.
    """
    if why_not(study, dataset, tracks, runs):
        return []
    claim = study.claim
    groups: dict[Implementation, list[FinishedRun]] = {}
    for run in runs:
        if run.protocol == claim.protocol:
            groups.setdefault(run.implementation, []).append(run)
    return [
        verdict
        for made, group in groups.items()
        for claimed in claim.results
        if claimed.architecture == made.architecture
        for verdict in _of(claim, claimed, group)
    ]


def _of(claim: Claim, claimed: PrintedResult, runs: Sequence[FinishedRun]) -> list[Verdict]:
    made = runs[0].implementation
    counted = count_answers(runs, claim.selection, claimed.unit)
    # as many other tracks as the study had, whatever is counted
    accuracy = prediction_interval(counted.accuracy, claim.test_tracks, FRACTION)
    found = [Verdict(made, "accuracy", claimed.unit, claimed.accuracy, accuracy)]
    if claimed.loss is not None and counted.loss is not None:
        losses = counted.loss + (_penalties(runs, claim.selection) if claimed.penalised else 0)
        loss = prediction_interval(losses, claim.test_tracks, LOSS)
        found.append(Verdict(made, "loss", claimed.unit, claimed.loss, loss))
    return found


def _penalties(runs: Sequence[FinishedRun], selection: str) -> Values:
    """Return the penalties of the weights that were scored, shape (n_seeds, 1)."""
    found = []
    for run in runs:
        at = run.history["epoch"] == run.epochs[selection]
        found.append(run.history.loc[at, "penalty"].to_numpy() if "penalty" in run.history else np.zeros(1))
    return np.stack(found)
