"""What is counted: every window, or every track by its windows.

A track that is cut into windows gets many answers. They are scored as they are, and as one answer a track: that of the
most windows, or that of the highest mean of their probabilities. The windows of a track are not independent, so
whatever is counted, an interval is one over tracks.

``units.csv``  one row for each protocol, architecture, framework, selection and unit
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.files import write_text
from benchmarks.runs import FinishedRun, Implementation
from benchmarks.scoring.answers import right_and_losses
from benchmarks.scoring.intervals import FRACTION, LOSS, NO_INTERVAL, Values, mean_interval
from benchmarks.studies.study import Unit

FILE: Final = "units.csv"
_COLUMNS: Final = (
    *("protocol", "architecture", "framework", "selection", "unit", "n", "tracks", "seeds"),
    *(f"{name}{end}" for name in ("accuracy", "loss") for end in ("", "_low", "_high")),
)
UNITS: Final[tuple[Unit, ...]] = ("window", "vote", "track")


@dataclass(frozen=True, eq=False)
class Counted:
    """What the runs of one implementation under one protocol got right at one epoch, counted in one unit.

    Attributes
    ----------
    tracks : tuple of str
        The columns: ids of the test tracks.
    n : int
        How many units: tracks, or windows.
    accuracy : ndarray of float64, shape (n_seeds, n_tracks)
        What each track adds: the mean of a row is the accuracy of that run. For tracks 1 or 0. For windows the share
        of the track's windows that is right; where tracks have unlike numbers of windows, the terms of the linearised
        ratio of sums [1]_, so that intervals over tracks hold for the share of all windows.
    loss : ndarray of float64, shape (n_seeds, n_tracks), optional
        The same for the cross-entropy, nats; None for votes, which are no probabilities.

    References
    ----------
    .. [1] W. G. Cochran: Sampling Techniques, 3rd edition. Wiley, 1977, section 6.3.
    """

    tracks: tuple[str, ...]
    n: int
    accuracy: Values
    loss: Values | None


def count_answers(runs: Sequence[FinishedRun], selection: str, unit: Unit) -> Counted:
    """Count what runs got right.

    Parameters
    ----------
    runs : sequence of FinishedRun
        Of one implementation under one protocol, a run a seed.
    selection : str
        Which epoch.
    unit : {"window", "vote", "track"}
        vote: a track's answer is that of the most windows, the first of them where several tie. track: that of the
        highest mean of probabilities. Where tracks are seen as a whole, all three are the same.
    """
    first = runs[0]
    tracks, labels = first.test_tracks, first.test_labels
    if unit == "window":
        sums = [_window_sums(run, selection) for run in runs]
        counts = first.window_counts
        right, loss = (np.stack([_linearised(it, counts) for it in of]) for of in zip(*sums, strict=True))
        return Counted(tracks, int(counts.sum()), right, loss)
    if unit == "vote":
        votes = np.stack([_votes(run, selection) for run in runs])
        return Counted(tracks, len(tracks), (votes.argmax(axis=2) == labels).astype(np.float64), None)
    found = [right_and_losses(run.track_probabilities(selection), labels) for run in runs]
    right, losses = (np.stack(values).astype(np.float64) for values in zip(*found, strict=True))
    return Counted(tracks, len(tracks), right, losses)


def _window_sums(run: FinishedRun, selection: str) -> tuple[Values, Values]:
    """Return for each test track how many windows are right, and the sum of their losses."""
    labels = np.repeat(run.test_labels, run.window_counts)
    right, losses = right_and_losses(run.probabilities[selection], labels)
    return np.add.reduceat(right.astype(np.float64), run.first_rows), np.add.reduceat(losses, run.first_rows)


def _votes(run: FinishedRun, selection: str) -> NDArray[np.int64]:
    """Return how many windows of each test track answer each genre, shape (n_test, n_genres)."""
    answers = run.probabilities[selection].argmax(axis=1)
    return np.add.reduceat(np.eye(len(run.genres), dtype=np.int64)[answers], run.first_rows, axis=0)


def _linearised(sums: Values, counts: NDArray[np.int64]) -> Values:
    ratio = sums.sum() / counts.sum()
    terms: Values = ratio + (sums - ratio * counts) / counts.mean()
    return terms


def units_table(runs: Sequence[FinishedRun]) -> pd.DataFrame:
    """Score every run that saw windows, in every unit.

    Parameters
    ----------
    runs : sequence of FinishedRun
        Legal for `benchmarks.scoring.results.score_tables`.

    Returns
    -------
    DataFrame
        protocol, architecture, framework, selection, unit, n (units), tracks, seeds; accuracy and loss, means, with
        `_low` and `_high` (95% intervals over tracks and seeds). No row where no run saw windows.
    """
    groups: dict[tuple[str, Implementation], list[FinishedRun]] = {}
    for run in runs:
        if run.test_windows:
            groups.setdefault((run.protocol, run.implementation), []).append(run)
    rows: list[dict[str, Any]] = []
    for (protocol, made), group in groups.items():
        for selection in sorted(group[0].probabilities):
            for unit in UNITS:
                counted = count_answers(group, selection, unit)
                rows.append(
                    {
                        "protocol": protocol,
                        "architecture": made.architecture,
                        "framework": made.framework,
                        "selection": selection,
                        "unit": unit,
                        "n": counted.n,
                        "tracks": len(counted.tracks),
                        "seeds": len(group),
                        **_mean("accuracy", counted.accuracy, FRACTION),
                        **_mean("loss", counted.loss, LOSS),
                    }
                )
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _mean(name: str, values: Values | None, limits: tuple[float, float]) -> dict[str, float]:
    if values is None:
        return {name: float("nan"), **NO_INTERVAL.columns(name)}
    return {name: float(values.mean()), **mean_interval(values, limits).columns(name)}


def write_units(found: pd.DataFrame, folder: Path) -> None:
    """Write ``units.csv`` into a dataset's report folder."""
    write_text(folder / FILE, found.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
