"""Reruns of a small project against its record: each verdict, and what differs first."""

import copy
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import provenance
from benchmarks.datasets.manifest import Manifest
from benchmarks.errors import GenrebenchError
from benchmarks.execution import code
from benchmarks.execution import plan as planning
from benchmarks.execution.plan import Plan, make_plans, read_planned
from benchmarks.execution.run import execute
from benchmarks.features.code import feature_versions
from benchmarks.paths import manifest_path
from benchmarks.processes import arithmetic
from benchmarks.runs import read_facts
from benchmarks.settings import Settings, load_settings
from benchmarks.verification import record as records
from benchmarks.verification.compare import Verification, verify
from benchmarks.verification.record import first_epoch_apart, make_record, parse_record
from implementations import registry
from tests import fake_project
from tests.builders import reseal

SEEDS = (0, 1)


@dataclass
class Project:
    """A folder with two finished runs and their record."""

    settings: Settings
    record: dict[str, Any]

    def plans(self) -> list[Plan]:
        return make_plans(self.settings, "synthetic")

    def again(self) -> Verification:
        """Make what is missing or other than asked for, and compare with the record."""
        for plan in self.plans():
            if plan.state().kind != "finished":
                execute(plan, lambda _: None)
        return self.compared()

    def compared(self) -> Verification:
        return verify(self.record, Manifest.read(manifest_path("synthetic")), self.plans())


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    fake_project.register_alone(monkeypatch)
    monkeypatch.setattr(provenance, "machine", lambda: {"cpu": "a CPU"})
    fake_project.write_project(tmp_path, seeds=SEEDS, per_genre=8, protocols=("published",))
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    study = settings.study.model_copy(update={"frameworks": ("numpy",)})
    found = Project(settings.model_copy(update={"study": study}), {})
    for plan in found.plans():
        execute(plan, lambda _: None)
    record = make_record(Manifest.read(manifest_path("synthetic")), read_planned(found.plans()))
    found.record = parse_record(json.dumps(record), "the record")
    return found


def with_schedule(project: Project, **values: object) -> None:
    protocol = project.settings.protocols["published"]
    changed = protocol.model_copy(update={"schedule": protocol.schedule.model_copy(update=values)})
    project.settings = project.settings.model_copy(update={"protocols": {"published": changed}})


def test_the_same_again_is_identical(project: Project) -> None:
    shutil.rmtree("runs")
    found = project.again()
    assert found.verdict == "identical"
    assert [(run.name, run.verdict, run.first) for run in found.runs] == [
        (f"published cnn_lstm-numpy seed {seed}", "identical", "") for seed in SEEDS
    ]
    assert all(run.accuracy[0] == run.accuracy[1] for run in found.runs)
    assert not found.new
    assert found.made_here == len(SEEDS)
    # as if pulled
    shutil.rmtree("runs/provenance")
    assert (project.compared().verdict, project.compared().made_here) == ("identical", 0)


def test_runs_that_params_yaml_no_longer_asks_for_are_not_compared(project: Project) -> None:
    with_schedule(project, learning_rate=0.5)
    found = project.compared()
    changed = "protocol schedule.learning_rate: 0.0005 then, 0.5 now"
    words = f"not the run that params.yaml, data and code ask for now: {changed}"
    assert [(run.verdict, run.first) for run in found.runs] == [("differs", words)] * len(SEEDS)


def test_a_relabelled_run_whose_digests_fit_is_named(project: Project) -> None:
    folder = project.plans()[0].key.folder
    reseal(folder, test_labels=[0] * len(read_facts(folder)["test_labels"]))
    found = project.compared()
    assert found.verdict == "differs"
    assert "test_labels were changed after the run" in found.runs[0].first


def test_an_edited_run_whose_digests_fit_is_told_from_an_honest_one(project: Project) -> None:
    folder = project.plans()[0].key.folder
    probabilities = np.load(folder / "last_epoch.npy")
    np.save(folder / "last_epoch.npy", np.roll(probabilities, 1, axis=1))
    reseal(folder)
    assert read_facts(folder)
    found = project.compared()
    assert found.verdict == "differs"
    assert found.runs[0].first == "last_epoch.npy: from the same history; was it edited?"
    assert found.runs[1].verdict == "identical"


def test_a_run_that_no_training_leaves_is_named_and_the_others_are_compared(project: Project) -> None:
    folder = project.plans()[0].key.folder
    np.save(folder / "last_epoch.npy", np.load(folder / "last_epoch.npy")[1:])
    reseal(folder)
    found = project.compared()
    assert found.runs[0].verdict == "differs"
    assert "last_epoch.npy needs finite float32 of shape" in found.runs[0].first
    assert found.runs[1].verdict == "identical"


def learning_rate(project: Project, _: pytest.MonkeyPatch) -> str:
    with_schedule(project, learning_rate=0.5, epochs=2)
    return "protocol schedule.epochs: 3 then, 2 now"


def replaced_track(project: Project, _: pytest.MonkeyPatch) -> str:
    path = manifest_path("synthetic")
    content = json.loads(path.read_text())
    content["tracks"][3]["pcm_md5"] = "f" * 32
    path.write_text(json.dumps(content))
    fake_project.write_features(Path(), Manifest.read(path), seed=1)
    return f"audio: {content['tracks'][3]['id']}"


def library(project: Project, monkeypatch: pytest.MonkeyPatch) -> str:
    versions = provenance.versions("numpy")
    monkeypatch.setattr(provenance, "versions", lambda *_: {**versions, "numpy": "9.9"})
    fake_project.write_features(Path(), Manifest.read(manifest_path("synthetic")), seed=1)
    return f"versions numpy: {versions['numpy']} then, 9.9 now"


def feature_library(project: Project, monkeypatch: pytest.MonkeyPatch) -> str:
    versions = feature_versions()
    monkeypatch.setattr(records, "feature_versions", lambda: {**versions, "soxr": "9.9"})
    fake_project.write_features(Path(), Manifest.read(manifest_path("synthetic")), seed=1)
    return f"versions soxr: {versions['soxr']} then, 9.9 now"


def source_code(project: Project, monkeypatch: pytest.MonkeyPatch) -> str:
    own = registry.source_files(fake_project.NAME, "numpy")
    Path("layer.py").write_text("rate = 0.5\n")
    monkeypatch.setattr(code, "source_files", lambda *_: [*own, Path("layer.py")])
    with_schedule(project, epochs=2)
    return "code implementations/numpy/layer.py"


def other_arithmetic(project: Project, monkeypatch: pytest.MonkeyPatch) -> str:
    was = arithmetic.in_effect()
    monkeypatch.setattr(arithmetic, "in_effect", lambda: "native" if was == "portable" else "portable")
    fake_project.write_features(Path(), Manifest.read(manifest_path("synthetic")), seed=1)
    return f"arithmetic: {was} then, {arithmetic.in_effect()} now"


def manifest(project: Project, _: pytest.MonkeyPatch) -> str:
    path = manifest_path("synthetic")
    content = json.loads(path.read_text())
    content["tracks"][0]["path"] = "elsewhere/0.wav"
    path.write_text(json.dumps(content))
    fake_project.write_features(Path(), Manifest.read(path), seed=1)
    return "manifest: other paths, genres or reasons to leave a track out"


def caps(project: Project, monkeypatch: pytest.MonkeyPatch) -> str:
    """What holds a library to portable arithmetic is another value, as in another version of this project."""
    if arithmetic.in_effect() != "portable":
        pytest.skip("no portable arithmetic here")
    held = {**arithmetic.PORTABLE, "MKL_CBWR": "AVX2,STRICT"}
    monkeypatch.setattr(arithmetic, "PORTABLE", held)
    monkeypatch.setattr(arithmetic, "in_effect", lambda: "portable")
    with_schedule(project, epochs=2)
    return "arithmetic MKL_CBWR: COMPATIBLE then, AVX2,STRICT now"


def split(project: Project, monkeypatch: pytest.MonkeyPatch) -> str:
    """The tracks are drawn from a list in another order."""
    other = project.settings.original.model_copy(update={"genre_order": ("classical", "blues")})
    monkeypatch.setattr(Settings, "original", other)
    return "split: other values"


def initial_weights(project: Project, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(planning, "weights_digest", lambda *_: "9" * 64)
    for run in project.record["runs"].values():
        # as if the other weights had led elsewhere
        run["files"] = dict.fromkeys(run["files"], "0" * 16)
    return "initial weights"


def features(project: Project, _: pytest.MonkeyPatch) -> str:
    fake_project.write_features(Path(), Manifest.read(manifest_path("synthetic")), seed=1)
    return "feature set: other values"


CHANGES = (
    *(learning_rate, replaced_track, manifest, library, feature_library, source_code, other_arithmetic, caps),
    *(features, split, initial_weights),
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_differs_first_is_named(
    project: Project, monkeypatch: pytest.MonkeyPatch, change: Callable[[Project, pytest.MonkeyPatch], str]
) -> None:
    expected = change(project, monkeypatch)
    found = project.again()
    assert {run.verdict for run in found.runs} <= {"consistent", "differs"}
    assert [run.first for run in found.runs] == [expected] * len(SEEDS)


def test_a_version_that_changes_no_bit_leaves_the_verdict_identical(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = provenance.versions("numpy")
    monkeypatch.setattr(provenance, "versions", lambda *_: {**versions, "numpy": "9.9"})
    assert project.again().verdict == "identical"


def test_a_training_that_goes_another_way_names_the_epoch(project: Project) -> None:
    folder = project.plans()[1].key.folder
    history = (folder / "history.csv").read_text().splitlines()
    history[2] = history[2].replace(",0.", ",0.0", 1).replace(",1.", ",1.0", 1)
    (folder / "history.csv").write_text("\n".join(history) + "\n")
    reseal(folder)
    found = project.compared()
    assert found.runs[1].first == "epoch 2: from the same inputs, training went another way"


def test_what_is_there_no_longer_or_damaged_is_named(project: Project) -> None:
    first, second = (plan.key.folder for plan in project.plans())
    shutil.rmtree(first)
    (second / "last_epoch.npy").write_bytes(b"")
    found = project.compared()
    assert [run.verdict for run in found.runs] == ["differs", "differs"]
    assert found.runs[0].first == "there is no such run"
    assert found.runs[1].first.startswith("damaged: ")
    assert "last_epoch.npy is not what the run wrote" in found.runs[1].first
    assert found.runs[0].accuracy[1] is None


def test_runs_that_one_side_alone_asks_for(project: Project) -> None:
    study = project.settings.study.model_copy(update={"seeds": (1, 2)})
    project.settings = project.settings.model_copy(update={"study": study})
    found = project.again()
    assert [(run.verdict, run.first) for run in found.runs] == [
        ("differs", "params.yaml does not ask for this run"),
        ("identical", ""),
    ]
    assert found.new == ("published cnn_lstm-numpy seed 2",)


@pytest.mark.parametrize(
    ("interval", "verdict"), [([0, 1], "consistent"), ([0.999999, 1], "differs"), ([None, None], "differs")]
)
def test_consistent_is_where_one_further_run_was_expected(project: Project, interval: list[Any], verdict: str) -> None:
    features(project, pytest.MonkeyPatch())
    record = copy.deepcopy(project.record)
    for expected in record["expected"].values():
        expected |= {"accuracy": interval, "loss": [0, 1e9]}
    project.record = record
    assert project.again().verdict == verdict


def test_one_seed_expects_nothing(project: Project) -> None:
    plans = project.plans()[:1]
    record = make_record(Manifest.read(manifest_path("synthetic")), read_planned(plans))
    assert set(map(json.dumps, record["expected"].values())) == {'{"accuracy": [null, null], "loss": [null, null]}'}


def test_a_record_without_runs_and_no_record_are_one_error_each(project: Project) -> None:
    manifest = Manifest.read(manifest_path("synthetic"))
    with pytest.raises(GenrebenchError, match="holds no run"):
        verify({**project.record, "runs": {}}, manifest, [])
    for text in ("", "[]", "{", '{"form": 1}', "null"):
        with pytest.raises(GenrebenchError, match="here: no record of digests"):
            parse_record(text, "here")
    with pytest.raises(GenrebenchError, match="a record of form 7, this version reads form 1"):
        parse_record(json.dumps({**project.record, "form": 7}), "here")


@pytest.mark.parametrize(
    ("before", "after", "epoch"),
    [("", "", None), ("aaaabbbb", "aaaabbbb", None), ("aaaabbbb", "aaaacccc", 2), ("aaaa", "aaaabbbb", 2)],
)
def test_the_first_epoch_apart(before: str, after: str, epoch: int | None) -> None:
    assert first_epoch_apart(before, after) == epoch
