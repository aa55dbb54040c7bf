"""Metrics of one run, computed once, from the saved probabilities, outside every framework."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss, recall_score

from benchmarks.errors import GenrebenchError
from benchmarks.runs import FinishedRun

# float32 softmax over 30 classes errs by about 1e-6; a model that returns no probabilities errs by far more.
_SUM_TOLERANCE = 1e-4


@dataclass(frozen=True, eq=False)
class Scores:
    """What the probabilities of one run are worth on its test tracks.

    Attributes
    ----------
    loss : float
        Cross-entropy, natural logarithm, mean over tracks (never a mean of batch means).
    accuracy : float
        Fraction of the tracks whose most probable genre is the true one.
    macro_f1 : float
        Mean of the F1 scores of the genres that occur among the true or the predicted ones, each weighing the same.
        A genre that occurs in neither is left out, as scikit-learn does.
    recall : ndarray of float64, shape (n_genres,)
        For each genre the fraction of its tracks that were recognised; NaN where the test set holds none.
    confusion : ndarray of int64, shape (n_genres, n_genres)
        Number of tracks; row: true genre, column: predicted genre.
    """

    loss: float
    accuracy: float
    macro_f1: float
    recall: NDArray[np.float64]
    confusion: NDArray[np.int64]


def score(labels: NDArray[np.int64], probabilities: NDArray[np.floating]) -> Scores:
    """Compute every metric of one set of predictions.

    Parameters
    ----------
    labels : ndarray of int, shape (n_test,)
        The true class of each track.
    probabilities : ndarray of float, shape (n_test, n_genres)
        Non-negative, each row summing to 1. Rows are normalised in float64, which removes the rounding of float32.

    Returns
    -------
    Scores
        The predicted genre is the most probable one, the first of them where several tie. The loss takes a
        probability below 2.2e-16 (the float64 epsilon) for that value, so one track adds 36.0 at most.

    Raises
    ------
    GenrebenchError
        If the arrays do not have these shapes, types and values.

    See Also
    --------
    sklearn.metrics.log_loss, sklearn.metrics.f1_score : what computes loss and macro-F1.
    """
    _check(labels, probabilities)
    exact = probabilities.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    predicted = exact.argmax(axis=1)
    classes = np.arange(exact.shape[1])
    return Scores(
        loss=float(log_loss(labels, exact, labels=classes)),
        accuracy=float(accuracy_score(labels, predicted)),
        macro_f1=float(f1_score(labels, predicted, average="macro")),
        recall=recall_score(labels, predicted, labels=classes, average=None, zero_division=np.nan),
        confusion=confusion_matrix(labels, predicted, labels=classes),
    )


def score_run(run: FinishedRun, selection: str) -> Scores:
    """Compute every metric of a finished run at one selected epoch, on its test tracks.

    Raises
    ------
    GenrebenchError
        If the run's arrays are not legal; the message names the run.
    """
    probabilities = run.track_probabilities(selection)
    try:
        if probabilities.ndim == 2 and probabilities.shape[1] != len(run.genres):
            raise GenrebenchError(f"{probabilities.shape[1]} columns of probabilities for {len(run.genres)} genres")
        return score(run.test_labels, probabilities)
    except GenrebenchError as error:
        where = f"{run.dataset}/{run.protocol}/{run.implementation}/seed-{run.seed}"
        raise GenrebenchError(f"run {where}, {selection}: {error}; delete the run's folder and train again") from None


def _check(labels: NDArray[np.int64], probabilities: NDArray[np.floating]) -> None:
    """Refuse arrays that no metric is defined for."""
    if probabilities.ndim != 2 or probabilities.shape[0] < 1 or probabilities.shape[1] < 2:
        raise GenrebenchError(
            f"probabilities have shape {probabilities.shape}; legal: (tracks, genres), at least 1 track and 2 genres"
        )
    if labels.shape != probabilities.shape[:1]:
        raise GenrebenchError(f"labels have shape {labels.shape}; legal: {probabilities.shape[:1]}, one a track")
    if not np.issubdtype(labels.dtype, np.integer):
        raise GenrebenchError(f"labels are {labels.dtype}; legal: integers")
    if labels.min() < 0 or labels.max() >= probabilities.shape[1]:
        raise GenrebenchError(
            f"labels lie in {labels.min()} to {labels.max()}; legal: 0 to {probabilities.shape[1] - 1}"
        )
    if not np.isfinite(probabilities).all():
        row = int(np.flatnonzero(~np.isfinite(probabilities).all(axis=1))[0])
        raise GenrebenchError(f"row {row} of the probabilities holds a value that is not finite")
    if probabilities.min() < 0:
        raise GenrebenchError(f"probabilities go down to {probabilities.min():g}; legal: 0 to 1")
    sums = probabilities.sum(axis=1, dtype=np.float64)
    row = int(np.abs(sums - 1).argmax())
    if abs(sums[row] - 1) > _SUM_TOLERANCE:
        raise GenrebenchError(f"row {row} of the probabilities sums to {sums[row]:.6g}; legal: 1")
