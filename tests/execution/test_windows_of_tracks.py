"""Runs over windows of tracks, with a classifier that needs no framework."""

import json
import math
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks.ablation.climb import climb, price_windows_split
from benchmarks.ablation.windows_split import read_windows_split
from benchmarks.errors import GenrebenchError
from benchmarks.execution import checkpoints
from benchmarks.execution import run as run_module
from benchmarks.execution.examples import examples_of
from benchmarks.execution.plan import load_runs, make_plan
from benchmarks.execution.run import Progress, execute
from benchmarks.features.sets import feature_set
from benchmarks.ladder import twins
from benchmarks.runs import Implementation, RunKey, read_run, read_weights
from benchmarks.scoring.metrics import score
from benchmarks.scoring.results import score_tables
from benchmarks.scoring.units import units_table
from benchmarks.settings import Settings, load_settings
from implementations.architectures import Floats
from implementations.interface import Batch, Inputs
from tests import fake_project
from tests.builders import folder_bytes, reseal
from tests.softmax_regression import RegressionOnThirds, SoftmaxRegression

KEY = RunKey("synthetic", "published", Implementation(fake_project.NAME, "numpy"), 0)
COUNT = 3
# as long as the feature set's 15 s
WINDOWS = {"samples": 330_750, "hop": 1000, "count": COUNT}
STEERING = {
    "watched": "test",
    "augmented": False,
    "factor": 0.5,
    "patience": 1,
    "cooldown": 0,
    "min_delta": 10.0,
    "lowest": 1e-9,
}
CHANGES = {
    "study.frameworks": ["numpy"],
    "protocols.published.windows": WINDOWS,
    "protocols.published.schedule.steps_for": 8,
    "protocols.published.schedule.steering": STEERING,
    "protocols.published.selections": ["last_epoch"],
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    def written(*, per_genre: int = 5, **changes: Any) -> Settings:
        fake_project.write_project(tmp_path, per_genre=per_genre, changes={**CHANGES, **changes})
        return load_settings()

    fake_project.register_alone(monkeypatch)
    monkeypatch.chdir(tmp_path)
    return written


def split_by_windows(test: float = 0.3, validation: float = 0.0) -> dict[str, object]:
    tracks = {"kind": "random", "test_share": test, "validation_share": validation, "random_state": 1}
    split = {"kind": "windows", "tracks": tracks}
    return {"protocols.published.split": split}


def test_a_run_saves_the_probabilities_of_every_window_of_its_test_tracks(project: Callable[..., Settings]) -> None:
    plan = make_plan(project(), KEY)
    assert plan.architecture.input_shape == feature_set(plan.protocol.features[fake_project.NAME]).shape
    execute(plan, lambda _: None)
    assert plan.state().kind == "finished"
    run = read_run(KEY.folder)
    assert run.test_windows == ((0, 1, 2),) * 4
    saved = run.probabilities["last_epoch"]
    assert saved.shape == (COUNT * 4, 3)
    features = np.load(f"data/synthetic/features/{plan.feature_set}.npy")
    rows = [next(row for row, it in enumerate(plan.manifest.used) if it.id == track) for track in run.test_tracks]
    # those of a track one after another
    classifier = SoftmaxRegression(3, 0, architecture=plan.architecture)
    classifier.set_weights(read_weights(KEY.folder, "last_epoch"))
    assert np.array_equal(saved, classifier.predict(features[rows].reshape(-1, 646, 20)))
    assert run.track_probabilities("last_epoch") == pytest.approx(saved.reshape(4, COUNT, 3).mean(axis=1))


def test_the_learning_rate_falls_by_what_is_watched_and_is_written_down(
    project: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: list[float] = []
    monkeypatch.setattr("tests.softmax_regression._Training.set_learning_rate", lambda _, rate: rates.append(rate))
    execute(make_plan(project(), KEY), lambda _: None)
    first = make_plan(load_settings(), KEY).protocol.schedule.learning_rate
    # the first epoch is always an improvement; none of the others is one of 10
    expected = [first, first, first / 2]
    history = read_run(KEY.folder).history
    assert history["learning_rate"].tolist() == pytest.approx(expected)
    assert rates == pytest.approx([*expected[1:], first / 4])


def test_what_is_noted_of_a_run_is_the_work_of_an_epoch(project: Callable[..., Settings]) -> None:
    # 11 tracks of 3 windows: as many steps as there are batches of 8, of 4 windows each; those of 4 tracks are watched
    execute(make_plan(project(), KEY), lambda _: None)
    noted = json.loads(KEY.provenance.read_text(encoding="utf-8"))
    assert noted["tracks"] == [5 * 4, 4 * COUNT]
    assert noted["features"] == f"{fake_project.FEATURES}_windows_330750_1000_{COUNT}"


def test_what_is_watched_is_in_memory_batch_by_batch(
    project: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[Batch] = []
    at_once: set[int] = set()
    made, predict = run_module.watched_batches, SoftmaxRegression.predict

    def watched(*given: Any) -> Iterator[Batch]:
        for batch in made(*given):
            waiting.append(batch)
            yield batch

    def predicted(self: SoftmaxRegression, inputs: Inputs) -> Floats:
        at_once.add(len(waiting))
        waiting.clear()
        return predict(self, inputs)

    monkeypatch.setattr(run_module, "watched_batches", watched)
    monkeypatch.setattr(SoftmaxRegression, "predict", predicted)
    execute(make_plan(project(), KEY), lambda _: None)
    # none is of the prediction with the weights of the last epoch
    assert at_once == {1, 0}


def test_a_resumed_run_goes_on_with_the_same_batches_and_learning_rate(
    project: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = project()
    execute(make_plan(settings, KEY), lambda _: None)
    whole = folder_bytes(KEY.folder)
    shutil.rmtree(KEY.folder)
    monkeypatch.setattr(checkpoints, "SECONDS", 0.0)

    def stop(at: Progress) -> None:
        if at.epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(make_plan(settings, KEY), stop)
    execute(make_plan(settings, KEY), lambda _: None)
    assert folder_bytes(KEY.folder) == whole


def test_where_windows_are_split_tracks_stand_on_both_sides_and_the_windows_are_recorded(
    project: Callable[..., Settings],
) -> None:
    plan = make_plan(project(**split_by_windows()), KEY)
    execute(plan, lambda _: None)
    run = read_run(KEY.folder)
    assert set(run.train_tracks) & set(run.test_tracks)
    assert sum(map(len, run.test_windows)) == len(run.probabilities["last_epoch"]) == math.ceil(0.3 * 15) * COUNT
    assert run.decided_by["split"]["kept_together"] == "windows"
    loss = score(np.repeat(run.test_labels, run.window_counts), run.probabilities["last_epoch"]).loss
    assert loss > 0
    assert run.track_probabilities("last_epoch").shape == (len(run.test_tracks), 3)


def test_scaling_learns_from_the_windows_that_train_alone(project: Callable[..., Settings]) -> None:
    plan = make_plan(project(**{**split_by_windows(), "protocols.published.scaling": "standardise"}), KEY)
    parts = examples_of(plan.protocol, plan.split, plan.open_features(), plan.labels)
    train = parts["train"][np.arange(len(parts["train"]))]
    assert train.mean(axis=(0, 1)) == pytest.approx(np.zeros(20), abs=1e-4)
    assert train.std(axis=(0, 1)) == pytest.approx(np.ones(20), abs=1e-3)
    other = parts["test"][np.arange(len(parts["test"]))]
    assert abs(other.mean(axis=(0, 1))).max() > 1e-3


def test_a_record_whose_windows_do_not_fit_its_probabilities_is_refused(project: Callable[..., Settings]) -> None:
    execute(make_plan(project(), KEY), lambda _: None)
    reseal(KEY.folder, test_windows=[[0, 1]] * 4)
    with pytest.raises(GenrebenchError, match=r"last_epoch.npy needs finite float32 of shape \(8, 3\)"):
        read_run(KEY.folder)
    reseal(KEY.folder, test_windows=[[0, 1, 2]] * 3 + [[]])
    with pytest.raises(GenrebenchError, match="at least one window of each test track"):
        read_run(KEY.folder)


def test_tables_count_tracks_and_windows(project: Callable[..., Settings]) -> None:
    settings = project(**{"reports.synthetic.protocols": ["published"]})
    for seed in (0, 1):
        execute(make_plan(settings, RunKey(KEY.dataset, KEY.protocol, KEY.implementation, seed)), lambda _: None)
    runs = load_runs(settings, "synthetic")
    [row] = score_tables(runs).results.to_dict("records")
    # 11 tracks of 3 windows, steps for batches of 8
    assert (row["n_train"], row["n_test"], row["batches"]) == (11, 4, 5)
    assert units_table(runs)["n"].tolist() == [12, 4, 4]


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Runs are made in this process; their protocols, in the order in which they were made."""
    made: list[str] = []
    fake_project.train_here(monkeypatch, lambda key: made.append(key.protocol))
    return made


@pytest.mark.usefixtures("trained")
def test_windows_on_both_sides_have_a_price(project: Callable[..., Settings]) -> None:
    published = fake_project.STUDY.protocols["published"].model_dump(mode="json")
    corrected = {
        "protocols.corrected": {**published, "scaling": "standardise"},
        **{name.replace("published", "corrected"): value for name, value in CHANGES.items()},
        **{f"protocols.{name}.schedule.epochs": 3 for name in ("published", "corrected")},
        **{f"protocols.{name}.schedule.batch_size": 4 for name in ("published", "corrected")},
        "ablation.steps": {},
        "ablation.windows_split": {"published": {}, "corrected": {}},
    }
    settings = project(**corrected)
    for protocol in ("published", "corrected"):
        for seed in (0, 1):
            key = RunKey("synthetic", protocol, KEY.implementation, seed)
            execute(make_plan(settings, key), lambda _: None)
    folder = Path("reports/synthetic")
    price_windows_split(settings, "synthetic", folder, "published")
    found = read_windows_split(folder, twins(settings), load_runs(settings, "synthetic"))
    assert found is not None
    assert found.older == ()
    assert found.table["unit"].tolist() == ["window", "vote", "track"]
    assert set(found.table["protocol"]) == {"published"}
    assert (found.table["seeds"] == 2).all()
    # the ladder has nothing to do with it
    assert not (folder / "ablation.csv").exists()
    written = (folder / "windows_split.csv").read_bytes()
    climb(settings, "synthetic", folder)
    assert (folder / "ablation.csv").exists()
    assert (folder / "windows_split.csv").read_bytes() == written
    # the other protocol joins it
    price_windows_split(settings, "synthetic", folder, "corrected")
    both = read_windows_split(folder, twins(settings), load_runs(settings, "synthetic"))
    assert both is not None
    assert both.table["protocol"].tolist() == ["published"] * 3 + ["corrected"] * 3
    pd.testing.assert_frame_equal(both.table[:3], found.table)
    with pytest.raises(GenrebenchError, match=r"'perfect' is not run with windows split; its protocols: published, c"):
        price_windows_split(settings, "synthetic", folder, "perfect")


@pytest.mark.usefixtures("trained")
def test_signatures_of_tracks_with_random_genres_are_chance_without_the_leak_and_known_with_it(
    project: Callable[..., Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_project.register_alone(monkeypatch, "RegressionOnThirds")
    # as many values as tracks: enough to know each of them by
    tracks, genres = RegressionOnThirds.values, 3
    schedule = fake_project.STUDY.protocols["published"].schedule.model_dump(mode="json")
    settings = project(
        per_genre=tracks // genres,
        **{
            "reports.synthetic.protocols": ["published"],
            "protocols.published.schedule": {**schedule, "epochs": 20, "batch_size": 16},
            "ablation.windows_split": {"published": {}},
        },
    )
    [name] = [it for it in settings.features if "_windows_" in it]
    random = np.random.default_rng(0)
    thirds = random.normal(size=(tracks, 1, 3, 20)) + 0.3 * random.normal(size=(tracks, COUNT, 3, 20))
    frames = np.array_split(np.arange(feature_set(name).shape[1]), 3)
    heard = np.concatenate([np.repeat(thirds[:, :, [it]], len(frames[it]), axis=2) for it in range(3)], axis=2)
    np.save(tmp_path / "data" / "synthetic" / "features" / f"{name}.npy", heard.astype(np.float32))
    for seed in (0, 1):
        key = RunKey("synthetic", "published", KEY.implementation, seed)
        execute(make_plan(settings, key), lambda _: None)
    folder = Path("reports/synthetic")
    price_windows_split(settings, "synthetic", folder)
    found = read_windows_split(folder, twins(settings), load_runs(settings, "synthetic"))
    assert found is not None
    for row in found.table.to_dict("records"):
        assert row["track_split_low"] < 1 / genres < row["track_split_high"]
        assert row["window_split"] > 0.8
        assert row["difference_low"] > 0


def test_a_protocol_that_cuts_no_windows_is_run_with_some_beside_those_that_are_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trained: list[str]
) -> None:
    fake_project.register_alone(monkeypatch)
    monkeypatch.chdir(tmp_path)
    changes = {
        "study.frameworks": ["numpy"],
        "reports.synthetic.protocols": ["published"],
        "ablation.windows_split": {"published": {"windows": WINDOWS}},
    }
    manifest = fake_project.write_project(tmp_path, changes=changes)
    settings = load_settings()
    [cut] = [it for it in settings.features if "_windows_" in it]
    fake_project.write_features(tmp_path, manifest, names=(cut,))
    for seed in (0, 1):
        execute(make_plan(settings, RunKey("synthetic", "published", KEY.implementation, seed)), lambda _: None)
    folder = Path("reports/synthetic")
    price_windows_split(settings, "synthetic", folder)
    assert sorted(trained) == ["published-windows"] * 2 + ["published-windows-split"] * 2
    found = read_windows_split(folder, twins(settings), load_runs(settings, "synthetic"))
    assert found is not None
    assert set(found.table["protocol"]) == {"published"}
    assert (found.table["windows"] == COUNT).all()
    # the runs are kept
    price_windows_split(settings, "synthetic", folder)
    assert len(trained) == 4


def test_windows_split_is_not_priced_where_no_protocol_asks_for_it(project: Callable[..., Settings]) -> None:
    settings = project(**{"reports.synthetic.protocols": ["corrected"]})
    with pytest.raises(
        GenrebenchError, match=r"^reports.synthetic: none of its protocols is run with windows split; its"
    ):
        price_windows_split(settings, "synthetic", Path("reports/synthetic"))


@pytest.mark.parametrize("below", [None, 700])
def test_only_spectrograms_are_augmented(project: Callable[..., Settings], below: int | None) -> None:
    given = {"flip": 0.5, "mask": 0.5, "bands": 1, "frames": 1, "value": 0.0, "frames_below": below}
    settings = project(**{"protocols.published.augmentation": given})
    with pytest.raises(GenrebenchError, match=r"augmentation is of spectrograms.*shape \(646, 20\)"):
        make_plan(settings, KEY)
