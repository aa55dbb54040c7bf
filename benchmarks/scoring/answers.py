"""What every run answered on every test track, as arrays that intervals and comparisons work on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.runs import FinishedRun, Implementation


@dataclass(frozen=True, eq=False)
class Answers:
    """All runs of one implementation under one protocol at one selected epoch.

    Attributes
    ----------
    protocol, selection : str
        Names, as in `FinishedRun`.
    implementation : Implementation
        What was trained.
    genres : tuple of str
        The classes.
    seeds : tuple of int
        The rows.
    tracks : tuple of str
        The columns: ids of the test tracks.
    labels : ndarray of int64, shape (n_test,)
        The true class of each track.
    right : ndarray of bool, shape (n_seeds, n_test)
        Whether the most probable genre is the true one.
    losses : ndarray of float64, shape (n_seeds, n_test)
        Cross-entropy of each track, natural logarithm. Its mean over a row is the loss of that run.
    """

    protocol: str
    selection: str
    implementation: Implementation
    genres: tuple[str, ...]
    seeds: tuple[int, ...]
    tracks: tuple[str, ...]
    labels: NDArray[np.int64]
    right: NDArray[np.bool_]
    losses: NDArray[np.float64]


def collect_answers(runs: Sequence[FinishedRun]) -> list[Answers]:
    """Gather the answers, by implementation and protocol in the order of the runs, then by selection.

    Parameters
    ----------
    runs : sequence of FinishedRun
        Legal for `benchmarks.scoring.results.score_tables`, which has checked them.
    """
    groups: dict[tuple[str, Implementation], list[FinishedRun]] = {}
    for run in runs:
        groups.setdefault((run.protocol, run.implementation), []).append(run)
    return [_answers(group, selection) for group in groups.values() for selection in sorted(group[0].probabilities)]


def _answers(runs: Sequence[FinishedRun], selection: str) -> Answers:
    first = runs[0]
    found = [right_and_losses(run.track_probabilities(selection), run.test_labels) for run in runs]
    right, losses = (np.stack(values) for values in zip(*found, strict=True))
    return Answers(
        protocol=first.protocol,
        selection=selection,
        implementation=first.implementation,
        genres=first.genres,
        seeds=tuple(run.seed for run in runs),
        tracks=first.test_tracks,
        labels=first.test_labels,
        right=right,
        losses=losses,
    )


def right_and_losses(
    probabilities: NDArray[np.floating], labels: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return whether each row's most probable class is the true one, and its cross-entropy, nats.

    Parameters
    ----------
    probabilities : ndarray of float, shape (n, n_classes)
        Of tracks, or of windows.
    labels : ndarray of int64, shape (n,)
        Their true classes.
    """
    exact = probabilities.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    true = exact[np.arange(len(labels)), labels]
    # the same floor as in benchmarks.scoring.metrics.score
    return exact.argmax(axis=1) == labels, -np.log(np.maximum(true, np.finfo(np.float64).eps))
