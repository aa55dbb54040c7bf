"""Tables and files of scores against values computed by hand."""

import csv
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks.errors import GenrebenchError
from benchmarks.runs import Implementation
from benchmarks.scoring.intervals import FRACTION, LOSS, mean_interval, wilson
from benchmarks.scoring.results import headline_rows, score_tables, write_scores
from tests.builders import fake_manifest, fake_run, fake_runs, folder_bytes

CNN = Implementation("cnn2d", "pytorch")


@pytest.fixture
def pair():
    """Two seeds on four tracks, three genres, the last without a test track; 2 and 3 of 4 answers are right."""
    manifest = fake_manifest(genres=("a", "b", "c"))
    history = pd.DataFrame({"epoch": [1, 2]})
    for shift, column in enumerate(("train_loss", "train_accuracy", "test_loss", "test_accuracy")):
        history[column] = [0.5 + shift, 0.25 + shift]
    run = replace(
        fake_run(manifest, CNN),
        test_tracks=("a.1", "a.2", "b.1", "b.2"),
        test_labels=np.array([0, 0, 1, 1]),
        epochs={"last_epoch": 2},
        history=history,
    )
    right, wrong = [0.5, 0.25, 0.25], [0.25, 0.5, 0.25]
    first = np.array([right, wrong, wrong, right], dtype=np.float32)
    second = np.array([right, right, wrong, right], dtype=np.float32)
    return [
        replace(run, probabilities={"last_epoch": first}),
        replace(run, seed=1, probabilities={"last_epoch": second}, history=history.add([0, 1, 1, 1, 1], axis=1)),
    ]


def ends_of_the_pair():
    """The intervals of the losses and answers of `pair`, which are written out here."""
    right = np.array([[1.0, 0.0, 1.0, 0.0], [1.0, 1.0, 1.0, 0.0]])
    losses = np.where(right > 0, np.log(2), np.log(4))
    ends = {"loss": mean_interval(losses, LOSS), "accuracy": mean_interval(right, FRACTION)}
    return {f"{metric}_{end}": f"{getattr(it, end):.6g}" for metric, it in ends.items() for end in ("low", "high")}


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_results_equal_hand_computation(pair, tmp_path):
    write_scores(pair, tmp_path)
    (row,) = read(tmp_path / "results.csv")
    # losses: (2 ln 2 + 2 ln 4) / 4 = 1.5 ln 2 and 1.25 ln 2; F1: 1/2 each, then (4/5 + 2/3) / 2
    assert row == {
        "protocol": "published",
        "architecture": "cnn2d",
        "framework": "pytorch",
        "selection": "last_epoch",
        "n_train": str(len(pair[0].train_tracks)),
        "n_test": "4",
        "batches": "1",
        "seeds": "2",
        "loss_mean": "0.953077",
        "loss_std": "0.122532",
        "accuracy_mean": "0.625",
        "accuracy_std": "0.176777",
        "macro_f1_mean": "0.616667",
        "macro_f1_std": "0.164992",
        # always as sure as 1/2 and right for 1/2 and 3/4 of the tracks
        "ece_mean": "0.125",
        **ends_of_the_pair(),
    }


def test_runs_recall_and_curves_equal_hand_computation(pair, tmp_path):
    write_scores(pair, tmp_path)
    runs = read(tmp_path / "runs.csv")
    assert [(it["seed"], it["epoch"], it["accuracy"]) for it in runs] == [("0", "2", "0.5"), ("1", "2", "0.75")]
    assert [(it["accuracy_low"], it["accuracy_high"], it["ece"]) for it in runs] == [
        (*(f"{end:.6g}" for end in wilson(right, 4)), ece) for right, ece in ((2, "0"), (3, "0.25"))
    ]
    recall = read(tmp_path / "recall.csv")
    assert [(it["genre"], it["support"], it["seeds"], it["recall_mean"], it["recall_std"]) for it in recall] == [
        ("a", "2", "2", "0.75", "0.353553"),
        ("b", "2", "2", "0.5", "0"),
        ("c", "0", "2", "", ""),
    ]
    a = mean_interval(np.array([[1.0, 0.0], [1.0, 1.0]]), FRACTION)
    assert (recall[0]["recall_low"], recall[0]["recall_high"]) == (f"{a.low:.6g}", f"{a.high:.6g}")
    assert (recall[2]["recall_low"], recall[2]["recall_high"]) == ("", "")
    curves = read(tmp_path / "curves.csv")
    assert [(it["epoch"], it["seeds"], it["watched_loss"]) for it in curves] == [("1", "2", "3"), ("2", "2", "2.75")]
    assert (curves[0]["watched_loss_min"], curves[0]["watched_loss_max"]) == ("2.5", "3.5")


def test_metrics_are_the_means_of_the_selection_that_stands_first(pair, tmp_path):
    write_scores(pair, tmp_path)
    means = {"loss": 0.953077, "accuracy": 0.625, "macro_f1": 0.616667}
    assert json.loads((tmp_path / "metrics" / "published-cnn2d-pytorch.json").read_text()) == means

    # two selections, three implementations; what a former protocol left goes
    (tmp_path / "metrics" / "former-cnn2d-pytorch.json").touch()
    write_scores(fake_runs(fake_manifest(), protocols=("published", "other"))[:-3], tmp_path)
    rows = [row for row in read(tmp_path / "results.csv") if row["selection"] == "lowest_test_loss"]
    found = {path.stem: json.loads(path.read_text()) for path in (tmp_path / "metrics").iterdir()}
    assert {name: str(means["accuracy"]) for name, means in found.items()} == {
        f"{row['protocol']}-{row['architecture']}-{row['framework']}": str(float(row["accuracy_mean"])) for row in rows
    }
    of_other = [float(row["accuracy_mean"]) for row in rows if row["protocol"] == "other"]
    assert len(of_other) == 3
    (accuracy,) = json.loads((tmp_path / "accuracy.json").read_text()).values()
    assert accuracy["other"] == pytest.approx(sum(of_other) / 3, abs=1e-6)


def test_confusion_holds_one_row_a_test_track_and_run(pair, tmp_path):
    write_scores(pair, tmp_path)
    rows = [(it["seed"], it["actual"], it["predicted"]) for it in read(tmp_path / "confusion.csv")]
    first = [("0", "a", "a"), ("0", "a", "b"), ("0", "b", "a"), ("0", "b", "b")]
    assert rows == [*first, ("1", "a", "a"), ("1", "a", "a"), ("1", "b", "a"), ("1", "b", "b")]


def test_confusion_shows_the_epoch_of_the_headline_alone():
    tables = score_tables([fake_run(fake_manifest(), CNN)])
    assert set(tables.confusion["selection"]) == {"lowest_test_loss"} == set(headline_rows(tables.results)["selection"])
    assert len(tables.confusion) == tables.results["n_test"].iloc[0]


def test_batches_an_epoch_count_a_short_last_one():
    run = fake_run(fake_manifest(per_genre=20), CNN)
    assert len(run.train_tracks) == 42
    assert set(score_tables([run]).results["batches"]) == {2}


def test_one_seed_has_no_standard_deviation(tmp_path):
    write_scores([fake_run(fake_manifest(), CNN)], tmp_path)
    for row in read(tmp_path / "results.csv"):
        assert row["seeds"] == "1"
        assert (row["loss_std"], row["accuracy_std"], row["macro_f1_std"]) == ("", "", "")
        right = round(float(row["accuracy_mean"]) * int(row["n_test"]))
        assert (row["accuracy_low"], row["accuracy_high"]) == tuple(
            f"{end:.6g}" for end in wilson(right, int(row["n_test"]))
        )
        assert row["loss_low"] < row["loss_mean"] < row["loss_high"]


def test_every_implementation_and_selection_has_its_row(tmp_path):
    runs = fake_runs(fake_manifest(), seeds=(0, 3), protocols=("published", "other"))
    write_scores(runs, tmp_path)
    assert len(read(tmp_path / "results.csv")) == 2 * 4 * 2
    assert len(read(tmp_path / "runs.csv")) == len(runs) * 2
    assert len(read(tmp_path / "curves.csv")) == 2 * 4 * 5
    assert len(read(tmp_path / "comparisons.csv")) == 2 * 2 * 4


def test_genres_keep_the_order_of_the_classes():
    genres = ("10", "9", "Z", "a|b", "nan", "ж")
    run = fake_run(fake_manifest(genres=genres), CNN)
    table = score_tables([run]).recall
    assert table[table["selection"] == "last_epoch"]["genre"].tolist() == list(run.genres)


def test_tables_keep_the_order_of_the_runs():
    runs = fake_runs(fake_manifest(), frameworks=("tensorflow", "pytorch"), protocols=("published", "corrected"))
    tables = score_tables(runs)
    order = list(dict.fromkeys((run.protocol, str(run.implementation)) for run in runs))
    for table in (tables.results, tables.runs, tables.recall, tables.confusion, tables.curves):
        names = zip(table["protocol"], table["architecture"] + "-" + table["framework"], strict=True)
        assert list(dict.fromkeys(names)) == order


def test_same_runs_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        write_scores(fake_runs(fake_manifest()), tmp_path / name)
    assert folder_bytes(tmp_path / "one") == folder_bytes(tmp_path / "two")
    assert len(folder_bytes(tmp_path / "one")) == 6 + 1 + 4


def test_comparisons_equal_hand_computation(pair, tmp_path):
    # the same answers with the seeds exchanged, so every difference of one seed is the other's with its sign changed
    others = [
        replace(run, implementation=Implementation("cnn2d", "tensorflow"), probabilities=other.probabilities)
        for run, other in zip(pair, pair[::-1], strict=True)
    ]
    write_scores([*pair, *others], tmp_path)
    (row,) = read(tmp_path / "comparisons.csv")
    names = ("protocol", "selection", "kind", "within", "first", "second", "n_test", "seeds", "equivalent")
    assert tuple(row[name] for name in names) == (
        *("published", "last_epoch", "framework", "cnn2d", "pytorch", "tensorflow", "4", "2", "no"),
    )
    assert (row["accuracy_difference"], row["loss_difference"]) == ("0", "0")
    assert (row["mcnemar_p_lowest"], row["mcnemar_p_below_0.05"]) == ("1", "0")
    assert float(row["accuracy_low"]) < float(row["equivalence_low"]) < 0


def test_runs_of_unlike_seeds_are_not_compared():
    runs = fake_runs(fake_manifest(), architectures=("cnn2d",), seeds=(0, 1))
    with pytest.raises(GenrebenchError, match="not measured on the same seeds"):
        score_tables(runs[:-1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dataset": "other"}, "several datasets .* other, synthetic"),
        ({}, "synthetic/published/cnn2d-pytorch/seed-0 is there twice"),
        ({"seed": 1, "genres": ("x", "y", "z")}, "seed-1 differs from cnn2d-pytorch/seed-0"),
        ({"seed": 1, "test_tracks": ("other",)}, "seed-1 differs"),
        ({"seed": 1, "train_tracks": ("other",)}, "seed-1 differs"),
        ({"seed": 1, "test_labels": np.zeros(9, dtype=np.int64)}, "seed-1 differs"),
        ({"seed": 1, "probabilities": {}}, "seed-1 differs"),
    ],
)
def test_runs_that_cannot_stand_in_one_table_are_refused(change, message):
    run = fake_run(fake_manifest(), CNN)
    with pytest.raises(GenrebenchError, match=message):
        score_tables([run, replace(run, **change)])


def test_no_run_is_refused():
    with pytest.raises(GenrebenchError, match="no finished run"):
        score_tables([])
