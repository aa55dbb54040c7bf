import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks import __main__, execution, provenance
from benchmarks.errors import GenrebenchError
from benchmarks.execution.run import Progress, execute, make_plan
from benchmarks.runs import Implementation, RunKey, has_run, read_run
from benchmarks.settings import Settings, load_settings
from implementations import registry
from tests import fake_project

KEY = RunKey("synthetic", "published", Implementation(fake_project.NAME, "numpy"), 0)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(registry, "_CLASSES", {})
    monkeypatch.setattr(registry, "_PACKAGES", {})
    registry.register(fake_project.NAME, "numpy", "tests.fake_project:SoftmaxRegression", ("numpy",))
    fake_project.write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return load_settings()


def with_device(settings: Settings, device: str) -> Settings:
    return settings.model_copy(update={"study": settings.study.model_copy(update={"device": device})})


def test_a_run_leaves_everything_behind(project: Settings) -> None:
    seen: list[Progress] = []
    plan = make_plan(project, KEY)
    execute(plan, seen.append)
    assert [at.epoch for at in seen] == [1, 2, 3]
    assert has_run(KEY.folder, plan.fingerprint)
    run = read_run(KEY.folder)
    assert (len(run.train_tracks), len(run.test_tracks)) == (12, 3)
    assert [run.genres[label] for label in run.test_labels] == [track.split(".")[0] for track in run.test_tracks]
    assert list(run.history["epoch"]) == [1, 2, 3]
    assert run.epochs == {
        "last_epoch": 3,
        "lowest_test_loss": int(run.history["test_loss"].to_numpy().argmin()) + 1,
    }
    for selection, epoch in run.epochs.items():
        chosen = run.probabilities[selection][np.arange(3), run.test_labels]
        assert -np.log(chosen).mean() == pytest.approx(run.history["test_loss"][epoch - 1], rel=1e-5)
        assert (KEY.folder / f"{selection}.safetensors").exists()
    facts = run.provenance
    assert (facts["threads"], facts["device"]) == (1, "cpu")
    assert facts["versions"].keys() >= {"python", "genrebench", "numpy"}
    assert facts["inputs"] == plan.inputs
    assert facts["parameters"]["schedule"]["batch_size"] == 4
    assert facts["wall_time_s"] > 0
    assert facts["machine"]["cores"] >= 1


def test_a_run_that_selects_on_validation_scores_the_test_tracks_once(
    project: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = dataclasses.replace(KEY, protocol="corrected")
    plan = make_plan(project, key)
    asked: list[int] = []
    predict = fake_project.SoftmaxRegression.predict

    def counted(self: fake_project.SoftmaxRegression, inputs: NDArray) -> NDArray:
        asked.append(len(inputs))
        return predict(self, inputs)

    monkeypatch.setattr(fake_project.SoftmaxRegression, "predict", counted)
    seen: list[Progress] = []
    execute(plan, seen.append)
    run = read_run(key.folder)
    parts = (run.train_tracks, run.validation_tracks, run.test_tracks)
    assert [len(part) for part in parts] == [9, 3, 3]
    assert not set(run.validation_tracks) & {*run.train_tracks, *run.test_tracks}
    # three epochs on the validation tracks, and once the test tracks
    assert asked == [3, 3, 3, 3]
    assert list(run.history) == ["epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy"]
    assert run.epochs == {"lowest_validation_loss": int(run.history["validation_loss"].to_numpy().argmin()) + 1}
    assert {at.watched for at in seen} == {"validation"}
    assert run.provenance["kept_together"] == "duplicates"


def test_a_run_that_standardises_learns_from_the_training_tracks_only(project: Settings) -> None:
    plan = make_plan(project, dataclasses.replace(KEY, protocol="corrected"))
    parts = execution._parts(plan)
    train = parts["train"].inputs
    np.testing.assert_allclose(train.mean(axis=(0, 1)), 0, atol=1e-5)
    np.testing.assert_allclose(train.std(axis=(0, 1)), 1, atol=1e-5)
    features = plan.open_features()
    moved = features[plan.split.test] - features[plan.split.train].mean(axis=(0, 1))
    np.testing.assert_allclose(
        parts["test"].inputs, moved / features[plan.split.train].std(axis=(0, 1)), rtol=1e-4, atol=1e-4
    )


def test_the_fingerprint_follows_all_that_goes_in(project: Settings, tmp_path: Path) -> None:
    base = make_plan(project, KEY).fingerprint
    assert make_plan(project, KEY).fingerprint == base
    found = {base, make_plan(project, RunKey(KEY.dataset, KEY.protocol, KEY.implementation, 1)).fingerprint}

    protocol = project.protocols["published"]
    schedule = protocol.schedule.model_copy(update={"learning_rate": 0.001})
    changed = protocol.model_copy(update={"schedule": schedule})
    found.add(make_plan(project.model_copy(update={"protocols": {"published": changed}}), KEY).fingerprint)
    scaled = protocol.model_copy(update={"scaling": "standardise"})
    found.add(make_plan(project.model_copy(update={"protocols": {"published": scaled}}), KEY).fingerprint)

    found.add(make_plan(with_device(project, "cuda"), KEY).fingerprint)

    manifest = make_plan(project, KEY).manifest
    fake_project.write_features(tmp_path, manifest, seed=1)
    found.add(make_plan(project, KEY).fingerprint)
    assert len(found) == 6


def test_the_fingerprint_follows_the_code(project: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = tmp_path / "layer.py"
    code.write_text("rate = 0.25\n")
    monkeypatch.setattr(provenance, "source_files", lambda *_: [code])
    before = make_plan(project, KEY).fingerprint
    code.write_text("rate = 0.5\n")
    assert make_plan(project, KEY).fingerprint != before


def test_unknown_implementations_and_protocols_list_the_known(project: Settings) -> None:
    other = RunKey(KEY.dataset, KEY.protocol, Implementation("cnn2d", "numpy"), 0)
    with pytest.raises(GenrebenchError, match="no implementation of cnn2d in numpy; there are: cnn_lstm in numpy"):
        make_plan(project, other)
    with pytest.raises(GenrebenchError, match=r"no protocol 'perfect' in params.yaml; defined: published"):
        make_plan(project, RunKey(KEY.dataset, "perfect", KEY.implementation, 0))


def test_what_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr(provenance, "_LIBRARIES", ("no-such-library",))
    with pytest.raises(GenrebenchError, match=r"no-such-library is not installed; .* -e '\.\[pytorch\]'"):
        provenance.versions("pytorch")
    with pytest.raises(GenrebenchError, match=r"no-such-library is not installed; .* -e '\.'"):
        provenance.versions()


def test_a_run_records_what_computed_it_not_what_was_asked_for(project: Settings) -> None:
    plan = make_plan(with_device(project, "auto"), KEY)
    assert plan.device == "auto"
    execute(plan, lambda _: None)
    assert read_run(KEY.folder).provenance["device"] == "cpu"


def test_a_device_that_the_framework_does_not_have_is_one_error_that_names_the_setting(project: Settings) -> None:
    plan = make_plan(with_device(project, "cuda"), KEY)
    with pytest.raises(GenrebenchError, match=r"study\.device in params\.yaml: 'cuda' is asked for, but numpy sees no"):
        execute(plan, lambda _: None)
    assert not KEY.folder.exists()


def test_a_step_of_the_ladder_is_run_by_its_name_into_the_store_of_the_steps(
    project: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(__main__, "WORKER_ENVIRONMENT", {})
    made = ["--architecture", KEY.implementation.architecture, "--framework", KEY.implementation.framework]
    words = ["run", "--dataset", KEY.dataset, "--protocol", "standardised", *made, "--seed", "1"]
    monkeypatch.setattr(sys, "argv", ["benchmarks", *words])
    assert __main__.main() == 0
    run = read_run(Path("runs/ablation/synthetic/standardised/cnn_lstm-numpy/seed-1"))
    assert run.provenance["parameters"]["scaling"] == "standardise"
    assert run.provenance["inputs"]["features"] == "mfcc_15s"
    assert not Path("runs/synthetic").exists()


def test_a_track_on_two_sides_is_caught_where_the_run_starts(project: Settings) -> None:
    plan = make_plan(project, KEY)
    both = dataclasses.replace(plan.split, test=plan.split.train[:2])
    leaking = dataclasses.replace(plan, split=both)
    with pytest.raises(GenrebenchError, match="uses a track twice"):
        execute(leaking, lambda _: None)
    assert not KEY.folder.exists()


def test_a_run_that_breaks_leaves_nothing(project: Settings) -> None:
    def fail(at: Progress) -> None:
        if at.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(make_plan(project, KEY), fail)
    assert not KEY.folder.exists()
