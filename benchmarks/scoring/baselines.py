"""What a network has to beat: the most frequent genre, and a linear classifier of what MFCC are like on average.

``baselines.csv``             one row for each protocol and baseline, on the tracks of the protocol's runs
``baseline_differences.csv``  one row for each network, scored epoch and baseline
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from benchmarks.datasets.manifest import Manifest
from benchmarks.errors import GenrebenchError
from benchmarks.features.cache import open_features
from benchmarks.files import write_text
from benchmarks.runs import FinishedRun
from benchmarks.scoring.answers import collect_answers
from benchmarks.scoring.intervals import DIFFERENCE, mean_interval, wilson
from benchmarks.scoring.metrics import score
from benchmarks.scoring.table import read_table
from benchmarks.settings import BASELINE_FEATURES

FILE: Final = "baselines.csv"
DIFFERENCES: Final = "baseline_differences.csv"
MAJORITY: Final = "majority"
LINEAR: Final = "mfcc_logistic_regression"
_ITERATIONS: Final = 1000


@dataclass(frozen=True, eq=False)
class Baselines:
    """What the baselines score, and how far the networks are from them.

    Attributes
    ----------
    scores : DataFrame
        protocol, baseline, n_train, n_test, loss, accuracy, accuracy_low and accuracy_high (Wilson's 95% interval).
    differences : DataFrame
        protocol, architecture, framework, selection, baseline, and the accuracy of the network minus that of the
        baseline: accuracy_difference, accuracy_low and accuracy_high (95% interval over tracks and seeds, paired on
        the same test tracks).
    """

    scores: pd.DataFrame
    differences: pd.DataFrame


def measure_baselines(runs: Sequence[FinishedRun], manifest: Manifest, features: Path) -> Baselines:
    """Train and score the baselines of every protocol, on the training and test tracks of its runs.

    `MAJORITY` answers with the most frequent genre of the training tracks; its probabilities are the shares of the
    genres. `LINEAR` is scikit-learn's logistic regression with its default penalty, on the mean and the standard
    deviation over time of each of 20 MFCC of the first 15 s, standardised by the training tracks. Neither has a seed.
    Where windows are split, there is no `LINEAR`: it sees tracks, and every track that tests would train it, too.

    Parameters
    ----------
    runs : sequence of FinishedRun
        Of one dataset, legal for `benchmarks.scoring.results.score_tables`.
    manifest : Manifest
        Of the same dataset.
    features : Path
        The folder of its cached features.

    Raises
    ------
    GenrebenchError
        If the MFCC are missing or a run used a track that the manifest does not hold.
    """
    mfcc = open_features(features, BASELINE_FEATURES, manifest)
    summary = np.concatenate([mfcc.mean(axis=1), mfcc.std(axis=1)], axis=1, dtype=np.float64)
    answers = collect_answers(runs)
    scores: list[dict[str, Any]] = []
    differences: list[dict[str, Any]] = []
    for protocol, run in {run.protocol: run for run in runs}.items():
        rows = _rows(run, manifest)
        genres = np.array([manifest.genres.index(track.genre) for track in manifest.used])
        train, test = (np.array([rows[track] for track in part]) for part in (run.train_tracks, run.test_tracks))
        classifiers = {MAJORITY: DummyClassifier(strategy="prior")}
        if run.decided_by["protocol"]["split"]["kind"] != "windows":
            classifiers[LINEAR] = linear_classifier()
        for name, classifier in classifiers.items():
            probabilities = probabilities_of(classifier, summary[train], genres[train], summary[test], len(run.genres))
            right = probabilities.argmax(axis=1) == genres[test]
            interval = wilson(int(right.sum()), len(test))
            scores.append(
                {
                    "protocol": protocol,
                    "baseline": name,
                    "n_train": len(train),
                    "n_test": len(test),
                    "loss": score(genres[test], probabilities).loss,
                    "accuracy": float(right.mean()),
                    **interval.columns("accuracy"),
                }
            )
            for network in (it for it in answers if it.protocol == protocol):
                ahead = network.right.astype(np.float64) - right
                differences.append(
                    {
                        "protocol": protocol,
                        "architecture": network.implementation.architecture,
                        "framework": network.implementation.framework,
                        "selection": network.selection,
                        "baseline": name,
                        "accuracy_difference": float(ahead.mean()),
                        **mean_interval(ahead, DIFFERENCE).columns("accuracy"),
                    }
                )
    return Baselines(pd.DataFrame(scores), pd.DataFrame(differences))


def write_baselines(found: Baselines, folder: Path) -> None:
    """Write ``baselines.csv`` and ``baseline_differences.csv`` into a dataset's report folder."""
    for name, table in ((FILE, found.scores), (DIFFERENCES, found.differences)):
        write_text(folder / name, table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def read_baselines(folder: Path) -> Baselines:
    """Read what `write_baselines` wrote.

    Raises
    ------
    GenrebenchError
        If a file is missing or is no such table.
    """
    try:
        scores, differences = (read_table(folder / name) for name in (FILE, DIFFERENCES))
        words = {"protocol": str, "baseline": str}
        return Baselines(
            scores.astype({**words, "loss": float, "accuracy": float}),
            differences.astype({**words, "selection": str, "accuracy_difference": float}),
        )
    except (OSError, ValueError, KeyError) as error:
        raise GenrebenchError(
            f"{folder / FILE} or {DIFFERENCES} beside it cannot be read ({error}); make them with: "
            f"python -m benchmarks score --dataset {folder.name}"
        ) from None


def _rows(run: FinishedRun, manifest: Manifest) -> dict[str, int]:
    """Return the row of every track in the features, after a look whether the run's are among them."""
    rows = {track.id: row for row, track in enumerate(manifest.used)}
    if unknown := {*run.train_tracks, *run.test_tracks} - rows.keys():
        raise GenrebenchError(
            f"runs of {run.protocol} used track {min(unknown)}, which the manifest of {manifest.dataset} does not "
            "hold: train again with dvc repro"
        )
    return rows


def linear_classifier() -> ClassifierMixin:
    """Return the classifier of the baseline `LINEAR`."""
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=_ITERATIONS))


def probabilities_of(
    classifier: ClassifierMixin,
    train: NDArray[np.float64],
    labels: NDArray[np.int64],
    test: NDArray[np.float64],
    n_genres: int,
) -> NDArray[np.float64]:
    """Train a classifier, and return probabilities with a column for every genre, one that does not train included.

    Parameters
    ----------
    classifier : scikit-learn classifier
        Is trained.
    train, test : ndarray of float64, shape (n, n_values)
        What it sees of each track.
    labels : ndarray of int64, shape (n_train,)
        Classes of the training tracks.
    n_genres : int
        Number of columns.

    Returns
    -------
    ndarray of float64, shape (n_test, n_genres)
    """
    # the same last bits whatever the number of cores
    with threadpool_limits(1):
        classifier.fit(train, labels)
        found = np.zeros((len(test), n_genres))
        found[:, classifier.classes_] = classifier.predict_proba(test)
    return found
