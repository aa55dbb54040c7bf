import dataclasses
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks import __main__, provenance
from benchmarks.errors import GenrebenchError, StaleError
from benchmarks.execution import checkpoints, code
from benchmarks.execution.examples import examples_of
from benchmarks.execution.plan import differences, load_runs, make_plan, read_planned
from benchmarks.execution.run import Progress, execute
from benchmarks.files import json_digest
from benchmarks.runs import CHECKPOINTS, Implementation, RunKey, read_run
from benchmarks.settings import Settings, load_settings
from tests import fake_project
from tests.builders import folder_bytes
from tests.softmax_regression import SoftmaxRegression

KEY = RunKey("synthetic", "published", Implementation(fake_project.NAME, "numpy"), 0)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    fake_project.register_alone(monkeypatch)
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
    assert plan.state().kind == "finished"
    run = read_run(KEY.folder)
    assert (len(run.train_tracks), len(run.test_tracks)) == (11, 4)
    assert [run.genres[label] for label in run.test_labels] == [track.split(".")[0] for track in run.test_tracks]
    assert list(run.history["epoch"]) == [1, 2, 3]
    assert run.epochs == {
        "last_epoch": 3,
        "lowest_test_loss": int(run.history["test_loss"].to_numpy().argmin()) + 1,
    }
    for selection, epoch in run.epochs.items():
        chosen = run.probabilities[selection][np.arange(4), run.test_labels]
        assert -np.log(chosen).mean() == pytest.approx(run.history["test_loss"][epoch - 1], rel=1e-5)
        assert (KEY.folder / f"{selection}.safetensors").exists()
    assert run.decided_by == plan.decided_by
    assert run.decided_by["versions"].keys() >= {"librosa", "numpy"}
    assert run.decided_by["protocol"]["schedule"]["batch_size"] == 4
    facts = json.loads(KEY.provenance.read_text())
    assert (facts["threads"], facts["device"], facts["tracks"], facts["epochs"]) == (1, "cpu", [11, 4], 3)
    assert facts["fingerprint"] == plan.fingerprint
    assert facts["wall_time_s"] > 0
    assert facts["machine"]["cores"] >= 1


def test_a_run_s_folder_holds_nothing_of_when_and_where(project: Settings) -> None:
    execute(make_plan(project, KEY), lambda _: None)
    before = folder_bytes(KEY.folder)
    shutil.rmtree(KEY.folder)
    execute(make_plan(project, KEY), lambda _: None)
    assert folder_bytes(KEY.folder) == before
    record = (KEY.folder / "run.json").read_text()
    facts = json.loads(KEY.provenance.read_text())
    for told in (facts["started"], str(facts["wall_time_s"]), facts["machine"]["system"], facts["git"]["commit"]):
        assert told is None or told not in record


def stopped_at(epoch: int) -> Callable[[Progress], None]:
    def report(at: Progress) -> None:
        if at.epoch == epoch:
            raise KeyboardInterrupt

    return report


@pytest.mark.parametrize("protocol", ["published", "corrected"])
@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_a_run_that_was_stopped_goes_on_and_leaves_the_same_bytes(
    epoch: int, protocol: str, project: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = dataclasses.replace(KEY, protocol=protocol)
    plan = make_plan(project, key)
    execute(plan, lambda _: None)
    before = folder_bytes(key.folder)
    assert not CHECKPOINTS.exists()
    shutil.rmtree(key.folder)
    monkeypatch.setattr(checkpoints, "SECONDS", 0)
    with pytest.raises(KeyboardInterrupt):
        execute(plan, stopped_at(epoch))
    seen: list[int] = []
    execute(plan, lambda at: seen.append(at.epoch))
    # what was being reported when it was stopped was not kept yet
    assert seen == list(range(epoch, 4))
    assert folder_bytes(key.folder) == before
    assert list(CHECKPOINTS.iterdir()) == []


@pytest.mark.parametrize("damage", ["record", "arrays", "gone", "cut"])
def test_a_kept_training_that_is_damaged_is_begun_anew(
    damage: str, project: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = make_plan(project, KEY)
    monkeypatch.setattr(checkpoints, "SECONDS", 0)
    with pytest.raises(KeyboardInterrupt):
        execute(plan, stopped_at(3))
    (folder,) = CHECKPOINTS.iterdir()
    record, arrays = folder / "checkpoint.json", folder / "arrays.safetensors"
    if damage == "record":
        record.write_text(record.read_text().replace('"epoch": 1', '"epoch": 7'))
    elif damage == "arrays":
        arrays.write_bytes(arrays.read_bytes()[:-1] + b"\xff")
    elif damage == "gone":
        arrays.unlink()
    else:
        record.write_bytes(record.read_bytes()[:100])
    seen: list[int] = []
    execute(plan, lambda at: seen.append(at.epoch))
    assert seen == [1, 2, 3]


def test_another_run_does_not_go_on_from_a_kept_training(
    project: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "SECONDS", 0)
    with pytest.raises(KeyboardInterrupt):
        execute(make_plan(project, KEY), stopped_at(3))
    plan = make_plan(project, KEY)
    fake_project.write_features(tmp_path, plan.manifest, seed=1)
    seen: list[int] = []
    execute(make_plan(project, KEY), lambda at: seen.append(at.epoch))
    assert seen == [1, 2, 3]


def test_a_training_may_be_kept_in_another_folder(
    project: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(checkpoints.VARIABLE, str(tmp_path / "shared"))
    monkeypatch.setattr(checkpoints, "SECONDS", 0)
    plan = make_plan(project, KEY)
    with pytest.raises(KeyboardInterrupt):
        execute(plan, stopped_at(3))
    assert [path.name for path in (tmp_path / "shared").iterdir()] == [plan.fingerprint]
    assert not CHECKPOINTS.exists()


def test_a_run_that_selects_on_validation_scores_the_test_tracks_once(
    project: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = dataclasses.replace(KEY, protocol="corrected")
    plan = make_plan(project, key)
    asked: list[int] = []
    predict = SoftmaxRegression.predict

    def counted(self: SoftmaxRegression, inputs: NDArray) -> NDArray:
        asked.append(len(inputs))
        return predict(self, inputs)

    monkeypatch.setattr(SoftmaxRegression, "predict", counted)
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
    assert run.decided_by["split"]["kept_together"] == "duplicates"


def test_a_run_that_standardises_learns_from_the_training_tracks_only(project: Settings) -> None:
    plan = make_plan(project, dataclasses.replace(KEY, protocol="corrected"))
    parts = examples_of(plan.protocol, plan.split, plan.open_features(), plan.labels)
    train = parts["train"].source
    np.testing.assert_allclose(train.mean(axis=(0, 1)), 0, atol=1e-5)
    np.testing.assert_allclose(train.std(axis=(0, 1)), 1, atol=1e-5)
    features = plan.open_features()
    moved = features[plan.split.test] - features[plan.split.train].mean(axis=(0, 1))
    np.testing.assert_allclose(
        parts["test"].source, moved / features[plan.split.train].std(axis=(0, 1)), rtol=1e-4, atol=1e-4
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
    layer = tmp_path / "layer.py"
    layer.write_text("rate = 0.25\n")
    monkeypatch.setattr(code, "source_files", lambda *_: [layer])
    before = make_plan(project, KEY).fingerprint
    layer.write_text("rate = 0.25  # a quarter\n")
    assert make_plan(project, KEY).fingerprint == before
    layer.write_text("rate = 0.5\n")
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
    assert json.loads(KEY.provenance.read_text())["device"] == "cpu"


def test_a_device_that_the_framework_does_not_have_is_one_error_that_names_the_setting(project: Settings) -> None:
    plan = make_plan(with_device(project, "cuda"), KEY)
    with pytest.raises(GenrebenchError, match=r"study\.device in params\.yaml: 'cuda' is asked for, but numpy sees no"):
        execute(plan, lambda _: None)
    assert not KEY.folder.exists()


def test_a_step_of_the_ladder_is_run_by_its_name_into_the_store_of_the_steps(
    project: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(__main__, "_prepare", lambda **_: None)
    made = ["--architecture", KEY.implementation.architecture, "--framework", KEY.implementation.framework]
    words = ["run", "--dataset", KEY.dataset, "--protocol", "standardised", *made, "--seed", "1"]
    monkeypatch.setattr(sys, "argv", ["benchmarks", *words])
    assert __main__.main() == 0
    run = read_run(Path("runs/ablation/synthetic/standardised/cnn_lstm-numpy/seed-1"))
    assert run.decided_by["protocol"]["scaling"] == "standardise"
    assert run.decided_by["features"]["name"] == "mfcc_15s"
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


def changed(settings: Settings, **values: object) -> Settings:
    """The settings with other values in the schedule of the protocol."""
    protocol = settings.protocols[KEY.protocol]
    schedule = protocol.schedule.model_copy(update=values)
    protocols = {**settings.protocols, KEY.protocol: protocol.model_copy(update={"schedule": schedule})}
    return settings.model_copy(update={"protocols": protocols})


def numpy_only(settings: Settings, *seeds: int) -> Settings:
    """The settings with the one implementation and protocol of `KEY`."""
    asked = {"protocols": (KEY.protocol,), "frameworks": ("numpy",)}
    report = settings.reports[settings.name].model_copy(update=asked)
    study = settings.study.model_copy(update={"seeds": seeds})
    return settings.model_copy(update={"reports": {settings.name: report}, "study": study})


def test_scores_refuse_runs_that_are_not_those_asked_for(project: Settings) -> None:
    settings = numpy_only(project, 0)
    with pytest.raises(GenrebenchError, match=r"seed 0 is missing; make it with: dvc repro report@synthetic"):
        load_runs(settings, "synthetic")
    execute(make_plan(project, KEY), lambda _: None)
    assert len(load_runs(settings, "synthetic")) == 1
    # other epochs
    with pytest.raises(GenrebenchError, match=r"ask for now: protocol schedule.epochs: 3 then, 2 now; make it"):
        load_runs(changed(settings, epochs=2), "synthetic")
    # another seed's run in its place
    other = dataclasses.replace(KEY, seed=1)
    shutil.copytree(KEY.folder, other.folder)
    with pytest.raises(GenrebenchError, match=r"seed-1: not the run that params.yaml, data and code ask for now: run"):
        load_runs(numpy_only(project, 0, 1), "synthetic")


def test_scores_refuse_a_run_with_other_labels_in_a_record_made_to_fit(project: Settings) -> None:
    plan = make_plan(project, KEY)
    execute(plan, lambda _: None)
    path = KEY.folder / "run.json"
    facts = json.loads(path.read_text())
    facts["test_labels"] = [0] * len(facts["test_labels"])
    facts["sha256"] = json_digest({name: it for name, it in facts.items() if name != "sha256"})
    path.write_text(json.dumps(facts))
    # so the train stage makes it again, and nothing scores it until then
    assert plan.state().kind == "damaged"
    with pytest.raises(GenrebenchError, match=r"test_labels were changed after the run\); make it with: dvc repro"):
        read_planned([plan])


def test_differences_are_named_from_what_comes_first(project: Settings) -> None:
    before = make_plan(project, KEY).decided_by
    assert differences(before, before) == []
    after = make_plan(changed(project, learning_rate=0.5), KEY).decided_by
    assert differences(before, after) == ["protocol schedule.learning_rate: 0.0005 then, 0.5 now"]
    after = {
        **after,
        "arithmetic": "native",
        "held_by": {**before["held_by"], "MKL_CBWR": "AUTO"},
        "versions": {**before["versions"], "numpy": "0"},
        "code": {**before["code"], "implementations/interface.py": "0" * 64},
        "initial_weights": "0" * 64,
    }
    assert [words.partition(":")[0] for words in differences(before, after)] == [
        "code implementations/interface.py",
        "versions numpy",
        "arithmetic",
        "arithmetic MKL_CBWR",
        "protocol schedule.learning_rate",
        "initial weights",
    ]


def test_a_worker_refuses_another_plan_than_it_was_given(
    project: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(__main__, "_prepare", lambda **_: None)
    made = ["--architecture", KEY.implementation.architecture, "--framework", KEY.implementation.framework]
    words = ["run", "--dataset", KEY.dataset, "--protocol", KEY.protocol, *made, "--seed", "0"]
    monkeypatch.setattr(sys, "argv", ["benchmarks", *words, "--fingerprint", "0" * 64])
    assert __main__.main() == StaleError.status
    assert "changed after the study was started" in capsys.readouterr().err
    assert not KEY.folder.exists()
    monkeypatch.setattr(sys, "argv", ["benchmarks", *words, "--fingerprint", make_plan(project, KEY).fingerprint])
    assert __main__.main() == 0
    assert KEY.folder.exists()


def test_an_edit_while_the_code_loads_is_noticed_before_the_first_epoch_counts(
    project: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(__main__, "_prepare", lambda **_: None)
    start_training = SoftmaxRegression.start_training
    params = Path("params.yaml")

    def edited_meanwhile(self: SoftmaxRegression, *arguments: object) -> object:
        params.write_text(params.read_text().replace("learning_rate: 0.0005", "learning_rate: 0.5"))
        return start_training(self, *arguments)

    monkeypatch.setattr(SoftmaxRegression, "start_training", edited_meanwhile)
    made = ["--architecture", KEY.implementation.architecture, "--framework", KEY.implementation.framework]
    words = ["run", "--dataset", KEY.dataset, "--protocol", KEY.protocol, *made, "--seed", "0"]
    monkeypatch.setattr(sys, "argv", ["benchmarks", *words])
    assert __main__.main() == StaleError.status
    assert not KEY.folder.exists()


def test_what_could_be_planned_and_cannot_any_more_was_changed(
    project: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("params.yaml").write_text("study: [")
    made = ["--architecture", KEY.implementation.architecture, "--framework", KEY.implementation.framework]
    words = ["run", "--dataset", KEY.dataset, "--protocol", KEY.protocol, *made, "--seed", "0"]
    monkeypatch.setattr(sys, "argv", ["benchmarks", *words, "--fingerprint", "0" * 64])
    assert __main__.main() == StaleError.status
    assert "changed after the study was started (params.yaml: not YAML" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["benchmarks", *words])
    assert __main__.main() == 1
