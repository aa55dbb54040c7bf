"""Baselines of small data whose answers are known."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from benchmarks.datasets.manifest import Manifest
from benchmarks.errors import GenrebenchError
from benchmarks.runs import FinishedRun, Implementation
from benchmarks.scoring.baselines import (
    FILE,
    LINEAR,
    MAJORITY,
    measure_baselines,
    read_baselines,
    write_baselines,
)
from benchmarks.scoring.intervals import DIFFERENCE, mean_interval, wilson
from benchmarks.settings import BASELINE_FEATURES
from tests import fake_project
from tests.builders import fake_decisions, fake_manifest, fake_run, fake_runs, folder_bytes, windowed

MANIFEST = fake_manifest(genres=("a", "b", "c"), per_genre=10)
IDS = [track.id for track in MANIFEST.used]
GENRE_OF = {track.id: MANIFEST.genres.index(track.genre) for track in MANIFEST.used}


def run_on(train: list[str], test: list[str], protocol: str = "published") -> FinishedRun:
    run = fake_run(MANIFEST, Implementation("cnn2d", "pytorch"), protocol=protocol)
    labels = np.array([GENRE_OF[track] for track in test])
    probabilities = {"last_epoch": np.eye(3, dtype=np.float32)[labels]}
    return replace(
        run, train_tracks=tuple(train), test_tracks=tuple(test), test_labels=labels, probabilities=probabilities
    )


def of(genre: str, *numbers: int) -> list[str]:
    return [f"{genre}.{number:05}" for number in numbers]


@pytest.fixture
def features(tmp_path: Path) -> Path:
    """MFCC of noise around a level that is the genre."""
    (tmp_path / "data" / "synthetic").mkdir(parents=True)
    fake_project.write_features(tmp_path, MANIFEST, names=(BASELINE_FEATURES,))
    return tmp_path / "data" / "synthetic" / "features"


def windows_split_decisions() -> dict[str, Any]:
    """What decided a run whose windows were split."""
    asked = windowed()
    flawed = asked.changed({"split": {"kind": "windows", "tracks": asked.split.model_dump()}})
    decisions = fake_decisions(Implementation("cnn2d", "pytorch"), 0)
    return {**decisions, "protocol": flawed.model_dump(mode="json")}


def scores(runs: list[FinishedRun], manifest: Manifest, features: Path) -> pd.DataFrame:
    return measure_baselines(runs, manifest, features).scores


def row(table, baseline, protocol="published"):
    (found,) = table[(table["protocol"] == protocol) & (table["baseline"] == baseline)].to_dict("records")
    return found


def test_the_majority_is_that_of_the_training_tracks(features: Path):
    # b is the most frequent genre of the training tracks, c of the test tracks
    train = [*of("a", 0), *of("b", 0, 1, 2, 3), *of("c", 0)]
    test = [*of("a", 1), *of("b", 4), *of("c", 1, 2, 3)]
    found = row(scores([run_on(train, test)], MANIFEST, features), MAJORITY)
    assert (found["n_train"], found["n_test"], found["accuracy"]) == (6, 5, 0.2)
    assert (found["accuracy_low"], found["accuracy_high"]) == wilson(1, 5)
    # the probabilities are the shares of the genres: 1/6, 4/6, 1/6
    assert found["loss"] == pytest.approx((4 * np.log(6) + np.log(6 / 4)) / 5)


def test_a_genre_that_does_not_train_has_no_probability(features: Path):
    found = row(scores([run_on(of("b", 0, 1) + of("c", 0), of("a", 1, 2))], MANIFEST, features), MAJORITY)
    assert found["accuracy"] == 0
    assert found["loss"] == pytest.approx(-np.log(np.finfo(np.float64).eps))


def test_the_regression_sees_mean_and_deviation_over_time_standardised_by_the_training_tracks(features: Path):
    rng = np.random.default_rng(1)
    train, test = np.split(rng.permutation(IDS), [18])
    found = row(scores([run_on(list(train), list(test))], MANIFEST, features), LINEAR)
    mfcc = np.load(features / f"{BASELINE_FEATURES}.npy").astype(np.float64)
    summary = np.hstack([mfcc.mean(axis=1), mfcc.std(axis=1)])
    rows = {track: place for place, track in enumerate(IDS)}
    parts = {"train": train, "test": test}
    x = {name: summary[[rows[track] for track in part]] for name, part in parts.items()}
    moved = {name: (values - x["train"].mean(axis=0)) / x["train"].std(axis=0) for name, values in x.items()}
    y = {name: [GENRE_OF[track] for track in part] for name, part in parts.items()}
    expected = LogisticRegression(max_iter=1000).fit(moved["train"], y["train"]).predict_proba(moved["test"])
    assert found["accuracy"] == (expected.argmax(axis=1) == y["test"]).mean()
    assert found["loss"] == pytest.approx(-np.log(expected[np.arange(12), y["test"]]).mean(), rel=1e-4)


def test_the_regression_learns_from_the_training_tracks_alone(features: Path):
    """Levels of the test tracks are those of other genres: whoever saw their labels would answer with them."""
    path = features / f"{BASELINE_FEATURES}.npy"
    mfcc = np.load(path)
    train = [*of("a", *range(8)), *of("b", *range(8)), *of("c", *range(8))]
    test = [track for track in IDS if track not in train]
    for track in test:
        # a sounds like b, b like c, c like a
        mfcc[IDS.index(track)] += 1 if GENRE_OF[track] < 2 else -2
    np.save(path, mfcc)
    assert row(scores([run_on(train, test)], MANIFEST, features), LINEAR)["accuracy"] == 0
    assert row(scores([run_on(train, train)], MANIFEST, features), LINEAR)["accuracy"] == 1


def test_every_protocol_has_both_on_the_tracks_of_its_own_runs(features: Path):
    first = run_on(IDS[::2], IDS[1::2])
    other = run_on(IDS[::3], IDS[1::3], "corrected")
    table = scores([first, replace(first, seed=1), other], MANIFEST, features)
    assert [tuple(it) for it in table[["protocol", "baseline", "n_train", "n_test"]].to_numpy()] == [
        ("published", MAJORITY, 15, 15),
        ("published", LINEAR, 15, 15),
        ("corrected", MAJORITY, 10, 10),
        ("corrected", LINEAR, 10, 10),
    ]


def test_no_baseline_sees_whole_tracks_where_their_windows_are_on_both_sides(features: Path):
    decisions = windows_split_decisions()
    runs = [replace(run_on(IDS, IDS), decided_by=decisions), run_on(IDS[::2], IDS[1::2], "corrected")]
    found = measure_baselines(runs, MANIFEST, features)
    for table in (found.scores, found.differences):
        named = set(zip(table["protocol"], table["baseline"], strict=True))
        assert named == {("published", MAJORITY), ("corrected", MAJORITY), ("corrected", LINEAR)}


def test_the_same_runs_give_the_same_bytes_that_are_read_again(features: Path, tmp_path: Path):
    runs = fake_runs(MANIFEST, seeds=(0,), protocols=("null",))
    for name in ("one", "two"):
        write_baselines(measure_baselines(runs, MANIFEST, features), tmp_path / name)
    assert folder_bytes(tmp_path / "one") == folder_bytes(tmp_path / "two")
    found, expected = read_baselines(tmp_path / "one"), measure_baselines(runs, MANIFEST, features)
    assert list(found.scores["protocol"]) == ["null", "null"]
    np.testing.assert_allclose(found.scores["accuracy_low"], expected.scores["accuracy_low"], rtol=1e-5)
    assert list(found.differences.columns) == list(expected.differences.columns)
    np.testing.assert_allclose(found.differences["accuracy_high"], expected.differences["accuracy_high"], rtol=1e-5)


def test_networks_are_set_against_a_baseline_on_the_same_tracks(features: Path):
    # tested on what it was trained on, the regression is right everywhere
    run = run_on(IDS, IDS[1::2])
    rights = np.array([[1] * 12 + [0] * 3, [1] * 9 + [0] * 6])
    answered = [np.where(right, run.test_labels, (run.test_labels + 1) % 3) for right in rights]
    runs = [
        replace(run, seed=seed, probabilities={"last_epoch": np.eye(3, dtype=np.float32)[answers]})
        for seed, answers in enumerate(answered)
    ]
    found = measure_baselines(runs, MANIFEST, features)
    difference = row(found.differences, LINEAR)
    assert row(found.scores, LINEAR)["accuracy"] == 1
    assert difference["accuracy_difference"] == pytest.approx(21 / 30 - 1)
    expected = mean_interval(rights - 1.0, DIFFERENCE)
    assert (difference["accuracy_low"], difference["accuracy_high"]) == expected


def test_runs_of_other_tracks_are_refused(features: Path):
    run = run_on(["z.00000", *IDS[:5]], IDS[5:])
    with pytest.raises(GenrebenchError, match=r"used track z\.00000, which the manifest of synthetic does not hold"):
        measure_baselines([run], MANIFEST, features)


def test_missing_features_say_how_to_make_them(tmp_path: Path):
    with pytest.raises(GenrebenchError, match="python -m benchmarks features --dataset synthetic"):
        measure_baselines([run_on(IDS[:9], IDS[9:])], MANIFEST, tmp_path)


@pytest.mark.parametrize(
    "content", [None, "", "protocol,baseline\np,majority\n", "protocol,baseline,loss,accuracy\np,majority,a,b\n"]
)
def test_a_table_that_cannot_be_read_is_one_error(tmp_path: Path, content: str | None):
    if content is not None:
        (tmp_path / FILE).write_text(content)
    with pytest.raises(GenrebenchError, match=rf"{FILE} or .* cannot be read .*python -m benchmarks score --dataset"):
        read_baselines(tmp_path)
