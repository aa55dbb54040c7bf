"""Finished runs to tables, and the tables to files.

``results.csv``    one row for each protocol, architecture, framework and selection: mean, deviation, interval
``runs.csv``       one row for each run and selection
``recall.csv``     one row for each genre of each implementation and selection
``confusion.csv``  one row for each test track of each run: what DVC's template ``confusion`` counts
``curves.csv``     one row for each epoch of each implementation, over the seeds
``comparisons.csv``  one row for each pair of architectures or frameworks
``accuracy.json``  one number for each protocol: the mean accuracy of its implementations, for ``dvc exp show``
``metrics/``       one file for each protocol and implementation: its means, a row each in ``dvc metrics show``

Means and standard deviations are over seeds (divisor: seeds - 1; no value for one seed). `_low` and `_high` are the
ends of 95% intervals (`benchmarks.scoring.intervals`). Files hold six significant digits and an empty field where there
is no value.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.errors import GenrebenchError
from benchmarks.files import replacing, write_json, write_text
from benchmarks.runs import FinishedRun
from benchmarks.scoring.answers import Answers, collect_answers
from benchmarks.scoring.calibration import expected_calibration_error
from benchmarks.scoring.comparisons import comparisons_table
from benchmarks.scoring.intervals import LOSS, accuracy_interval, mean_interval, wilson
from benchmarks.scoring.metrics import Scores, score_run
from benchmarks.studies.protocol import headline

IMPLEMENTATION = ["protocol", "architecture", "framework"]
METRICS = ["loss", "accuracy", "macro_f1"]
_CURVES = ["train_loss", "train_accuracy", "watched_loss", "watched_accuracy"]


@dataclass(frozen=True, eq=False)
class ScoreTables:
    """Everything that the runs of one dataset score, one table an attribute and a file.

    Attributes
    ----------
    results : DataFrame
        protocol, architecture, framework, selection, n_train, n_test, batches (an epoch), seeds, `_mean` and `_std` of
        loss, accuracy and macro_f1, ece_mean (expected calibration error), and `_low` and `_high` of loss and accuracy
        (two-level bootstrap; for the accuracy of one seed Wilson's interval).
    runs : DataFrame
        protocol, architecture, framework, selection, seed, epoch, loss, accuracy, macro_f1, accuracy_low, accuracy_high
        (Wilson's interval), ece.
    recall : DataFrame
        protocol, architecture, framework, selection, genre, support (test tracks of the genre), seeds, recall_mean,
        recall_std, recall_low, recall_high.
    confusion : DataFrame
        protocol, architecture, framework, selection, seed, actual, predicted; only the selection of
        `benchmarks.studies.protocol.headline`, so that each test track counts once a run.
    curves : DataFrame
        protocol, architecture, framework, epoch, seeds, watched (the tracks scored after each epoch: test where the
        protocol looks at them, else validation), and of train_loss, train_accuracy, watched_loss and watched_accuracy
        the mean over the seeds, and its `_min` and `_max`.
    comparisons : DataFrame
        protocol, selection, kind (architecture or framework), within (the framework or architecture that both share),
        first, second, n_test, seeds; the difference second - first of accuracy and loss with `_low` and `_high`;
        mcnemar_p (after Holm's correction, one a seed in the order of the runs, with semicolons between), its lowest,
        mcnemar_p_lowest, and mcnemar_p_below_0.05 (number of seeds); for
        frameworks equivalence_low, equivalence_high (90% interval of the difference of the accuracies) and equivalent
        (yes where it lies inside the margin, else no).
    """

    results: pd.DataFrame
    runs: pd.DataFrame
    recall: pd.DataFrame
    confusion: pd.DataFrame
    curves: pd.DataFrame
    comparisons: pd.DataFrame


@dataclass(frozen=True, eq=False)
class _Scored:
    run: FinishedRun
    selection: str
    scores: Scores

    @property
    def key(self) -> dict[str, Any]:
        return {**_key(self.run), "selection": self.selection, "seed": self.run.seed}


def score_tables(runs: Sequence[FinishedRun]) -> ScoreTables:
    """Score every run at every selected epoch.

    Parameters
    ----------
    runs : sequence of FinishedRun
        Of one dataset; the tables keep their order.

    Raises
    ------
    GenrebenchError
        If there is no run, the runs cannot stand in one table, or a run's arrays are not legal.
    """
    check_runs(runs)
    scored = [_Scored(run, name, score_run(run, name)) for run in runs for name in sorted(run.probabilities)]
    runs_table = _runs_table(scored)
    answers = collect_answers(runs)
    return ScoreTables(
        results=_results_table(runs_table, runs, answers),
        runs=runs_table,
        recall=_recall_table(scored, answers),
        confusion=_confusion_table(scored),
        curves=_curves_table(runs),
        comparisons=comparisons_table(answers),
    )


def write_scores(runs: Sequence[FinishedRun], folder: Path) -> None:
    """Write every table of `ScoreTables` as ``<name>.csv`` into a folder, and the means that DVC compares as JSON.

    Raises
    ------
    GenrebenchError
        As `score_tables`.
    """
    tables = score_tables(runs)
    for field in fields(tables):
        table: pd.DataFrame = getattr(tables, field.name)
        write_text(folder / f"{field.name}.csv", table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    _write_metrics(headline_rows(tables.results), runs[0].dataset, folder)


def watched_history(run: FinishedRun) -> pd.DataFrame:
    """Return a run's history with the columns of `ScoreTables.curves`, an epoch a row."""
    watched = "test" if "test_loss" in run.history else "validation"
    names = {f"{watched}_{metric}": f"watched_{metric}" for metric in ("loss", "accuracy")}
    return run.history.rename(columns=names).assign(**_key(run), watched=watched)


def headline_rows(results: pd.DataFrame) -> pd.DataFrame:
    """Return of every protocol the rows of the selection whose scores stand first (`studies.protocol.headline`).

    Parameters
    ----------
    results : DataFrame
        A table of `ScoreTables` with the columns protocol and selection; the index of the rows stays.
    """
    first = results.groupby("protocol", sort=False)["selection"].transform(headline)
    return results[results["selection"] == first]


def _key(run: FinishedRun) -> dict[str, str]:
    return {
        "protocol": run.protocol,
        "architecture": run.implementation.architecture,
        "framework": run.implementation.framework,
    }


def check_runs(runs: Sequence[FinishedRun]) -> None:
    """Refuse runs whose mean would mix datasets, splits or selections, and a run that would count twice.

    Raises
    ------
    GenrebenchError
        If there is such a run, or no run at all.
    """
    if not runs:
        raise GenrebenchError("no finished run to score; train first: python -m nox -s benchmark")
    if len(names := sorted({run.dataset for run in runs})) > 1:
        raise GenrebenchError(f"runs of several datasets cannot stand in one table: {', '.join(names)}")
    seen = set()
    first_of: dict[str, FinishedRun] = {}
    for run in runs:
        where = f"run {run.dataset}/{run.protocol}/{run.implementation}/seed-{run.seed}"
        if (name := (run.protocol, run.implementation, run.seed)) in seen:
            raise GenrebenchError(f"{where} is there twice")
        seen.add(name)
        first = first_of.setdefault(run.protocol, run)
        same = (
            run.genres == first.genres
            and run.train_tracks == first.train_tracks
            and run.validation_tracks == first.validation_tracks
            and run.test_tracks == first.test_tracks
            and np.array_equal(run.test_labels, first.test_labels)
            and run.test_windows == first.test_windows
            and run.probabilities.keys() == first.probabilities.keys()
        )
        if not same:
            raise GenrebenchError(
                f"{where} differs from {first.implementation}/seed-{first.seed} in its genres, tracks or selections; "
                f"all runs of a protocol share them: train again with dvc repro"
            )


def _runs_table(scored: Sequence[_Scored]) -> pd.DataFrame:
    rows = []
    for it in scored:
        right = int(np.trace(it.scores.confusion))
        interval = wilson(right, len(it.run.test_labels))
        rows.append(
            {
                **it.key,
                "epoch": it.run.epochs[it.selection],
                **{metric: getattr(it.scores, metric) for metric in METRICS},
                **interval.columns("accuracy"),
                "ece": expected_calibration_error(it.run.test_labels, it.run.track_probabilities(it.selection)),
            }
        )
    return pd.DataFrame(rows)


def _results_table(table: pd.DataFrame, runs: Sequence[FinishedRun], answers: Sequence[Answers]) -> pd.DataFrame:
    sizes = {run.protocol: (len(run.train_tracks), len(run.test_tracks), _batches(run)) for run in runs}
    moments = {f"{metric}_{moment}": (metric, moment) for metric in METRICS for moment in ("mean", "std")}
    groups = table.groupby([*IMPLEMENTATION, "selection"], sort=False)
    results = groups.agg(seeds=("seed", "size"), **moments, ece_mean=("ece", "mean")).reset_index()
    for place, name in enumerate(("n_train", "n_test", "batches")):
        results.insert(4 + place, name, [sizes[protocol][place] for protocol in results["protocol"]])
    intervals = pd.DataFrame(
        [
            {
                **_answers_key(it),
                **mean_interval(it.losses, LOSS).columns("loss"),
                **accuracy_interval(it.right).columns("accuracy"),
            }
            for it in answers
        ]
    )
    return results.merge(intervals, on=[*IMPLEMENTATION, "selection"], how="left", validate="one_to_one")


def _batches(run: FinishedRun) -> int:
    """Return how many batches an epoch of a run has; the last one may be short.

    Where windows are split, as many as all windows of its training tracks would make: which ones test is recorded,
    which validate is not.
    """
    protocol = run.decided_by["protocol"]
    schedule, windows = protocol["schedule"], protocol.get("windows", {"count": 1})
    size = schedule.get("steps_for", schedule["batch_size"])
    return math.ceil(len(run.train_tracks) * int(windows["count"]) / int(size))


def _recall_table(scored: Sequence[_Scored], answers: Sequence[Answers]) -> pd.DataFrame:
    rows = [
        {**it.key, "genre": genre, "support": tracks, "recall": recall}
        for it in scored
        for genre, tracks, recall in zip(it.run.genres, it.scores.confusion.sum(axis=1), it.scores.recall, strict=True)
    ]
    key = [*IMPLEMENTATION, "selection", "genre"]
    groups = pd.DataFrame(rows).groupby([*key, "support"], sort=False)["recall"]
    recall = groups.agg(seeds="size", recall_mean="mean", recall_std="std").reset_index()
    intervals = pd.DataFrame(
        [
            {
                **_answers_key(it),
                "genre": it.genres[label],
                **accuracy_interval(it.right[:, of_genre]).columns("recall"),
            }
            for it in answers
            for label in np.unique(it.labels)
            for of_genre in [it.labels == label]
        ]
    )
    return recall.merge(intervals, on=key, how="left", validate="one_to_one")


def _answers_key(answers: Answers) -> dict[str, str]:
    return {
        "protocol": answers.protocol,
        "architecture": answers.implementation.architecture,
        "framework": answers.implementation.framework,
        "selection": answers.selection,
    }


def _confusion_table(scored: Sequence[_Scored]) -> pd.DataFrame:
    pieces = []
    for it in scored:
        if it.selection != headline(it.run.probabilities):
            continue
        counts = it.scores.confusion
        genres = np.array(it.run.genres, dtype=object)
        actual, predicted = (np.repeat(index.ravel(), counts.ravel()) for index in np.indices(counts.shape))
        pieces.append(pd.DataFrame({**it.key, "actual": genres[actual], "predicted": genres[predicted]}))
    return pd.concat(pieces, ignore_index=True)


def _curves_table(runs: Sequence[FinishedRun]) -> pd.DataFrame:
    histories = pd.concat([watched_history(run) for run in runs])
    ranges = {f"{curve}_{end}": (curve, end) for curve in _CURVES for end in ("min", "max")}
    means = {curve: (curve, "mean") for curve in _CURVES}
    groups = histories.groupby([*IMPLEMENTATION, "watched", "epoch"], sort=False)
    return groups.agg(seeds=("train_loss", "size"), **means, **ranges).reset_index()


def _write_metrics(results: pd.DataFrame, dataset: str, folder: Path) -> None:
    """Write what DVC compares, of one selection a protocol, with as many digits as the tables."""
    means = results.groupby("protocol", sort=False)["accuracy_mean"].mean()
    # the dataset is in the name: `dvc exp show` writes the file's path before a name that is in two files
    write_json(folder / "accuracy.json", {dataset: {protocol: _rounded(mean) for protocol, mean in means.items()}})
    with replacing(folder / "metrics") as temporary:
        for row in results.to_dict("records"):
            name = "-".join(row[part] for part in IMPLEMENTATION)
            write_json(temporary / f"{name}.json", {metric: _rounded(row[f"{metric}_mean"]) for metric in METRICS})


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
