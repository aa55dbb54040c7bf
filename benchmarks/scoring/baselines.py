"""What a network has to beat: the most frequent genre, and a linear classifier of what MFCC are like on average.

``baselines.csv``    one row for each protocol and baseline, on the tracks of the protocol's runs
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

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
from benchmarks.scoring.intervals import wilson
from benchmarks.scoring.metrics import score
from benchmarks.settings import BASELINE_FEATURES

FILE: Final = "baselines.csv"
MAJORITY: Final = "majority"
LINEAR: Final = "mfcc_logistic_regression"
_ITERATIONS: Final = 1000


def baselines_table(runs: Sequence[FinishedRun], manifest: Manifest, features: Path) -> pd.DataFrame:
    """Train and score the baselines of every protocol, on the training and test tracks of its runs.

    `MAJORITY` answers with the most frequent genre of the training tracks; its probabilities are the shares of the
    genres. `LINEAR` is scikit-learn's logistic regression with its default penalty, on the mean and the standard
    deviation over time of each of 20 MFCC of the first 15 s, standardised by the training tracks. Neither has a seed.

    Parameters
    ----------
    runs : sequence of FinishedRun
        Of one dataset.
    manifest : Manifest
        Of the same dataset.
    features : Path
        The folder of its cached features.

    Returns
    -------
    DataFrame
        protocol, baseline, n_train, n_test, loss, accuracy, accuracy_low and accuracy_high (Wilson's 95% interval).

    Raises
    ------
    GenrebenchError
        If the MFCC are missing or a run used a track that the manifest does not hold.
    """
    mfcc = open_features(features, BASELINE_FEATURES, manifest)
    summary = np.concatenate([mfcc.mean(axis=1), mfcc.std(axis=1)], axis=1, dtype=np.float64)
    row_of = {track.id: row for row, track in enumerate(manifest.used)}
    genres = np.array([manifest.genres.index(track.genre) for track in manifest.used])
    rows = []
    for protocol, run in {run.protocol: run for run in runs}.items():
        if unknown := {*run.train_tracks, *run.test_tracks} - row_of.keys():
            raise GenrebenchError(
                f"runs of {protocol} used track {min(unknown)}, which the manifest of {manifest.dataset} does not "
                "hold: train again with dvc repro"
            )
        train, test = (np.array([row_of[track] for track in part]) for part in (run.train_tracks, run.test_tracks))
        classifiers = {
            MAJORITY: DummyClassifier(strategy="prior"),
            LINEAR: make_pipeline(StandardScaler(), LogisticRegression(max_iter=_ITERATIONS)),
        }
        for name, classifier in classifiers.items():
            probabilities = _probabilities(classifier, summary[train], genres[train], summary[test], len(run.genres))
            found = score(genres[test], probabilities)
            interval = wilson(int(np.trace(found.confusion)), len(test))
            rows.append(
                {
                    "protocol": protocol,
                    "baseline": name,
                    "n_train": len(train),
                    "n_test": len(test),
                    "loss": found.loss,
                    "accuracy": found.accuracy,
                    "accuracy_low": interval.low,
                    "accuracy_high": interval.high,
                }
            )
    return pd.DataFrame(rows)


def write_baselines(table: pd.DataFrame, folder: Path) -> None:
    """Write ``baselines.csv`` into a dataset's report folder."""
    write_text(folder / FILE, table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def read_baselines(folder: Path) -> pd.DataFrame:
    """Read ``baselines.csv``.

    Raises
    ------
    GenrebenchError
        If it is missing or is no such table.
    """
    try:
        table = pd.read_csv(folder / FILE, keep_default_na=False)
        return table.astype({"protocol": str, "baseline": str, "loss": float, "accuracy": float})
    except (OSError, ValueError, KeyError) as error:
        raise GenrebenchError(
            f"{folder / FILE}: cannot be read ({error}); make it with: python -m benchmarks score --dataset "
            f"{folder.name}"
        ) from None


def _probabilities(
    classifier: ClassifierMixin,
    train: NDArray[np.float64],
    labels: NDArray[np.int64],
    test: NDArray[np.float64],
    n_genres: int,
) -> NDArray[np.float64]:
    """Return probabilities with a column for every genre, one that does not train included."""
    # the same last bits whatever the number of cores
    with threadpool_limits(1):
        classifier.fit(train, labels)
        found = np.zeros((len(test), n_genres))
        found[:, classifier.classes_] = classifier.predict_proba(test)
    return found
