"""Weights of a finished run in another framework."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from benchmarks.errors import GenrebenchError
from benchmarks.execution.training_runs import train
from benchmarks.parity import SAME_PROBABILITIES
from benchmarks.runs import Implementation, RunKey, read_run
from benchmarks.settings import load_settings
from benchmarks.transfer import require_agreement, transfer
from tests import fake_project
from tests.builders import REPOSITORY, STUDY, reseal

KEY = RunKey("synthetic", "published", Implementation(fake_project.NAME, "pytorch"), 0)
FEATURES = Path(f"data/synthetic/features/{fake_project.FEATURES}.npy")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("trained")
    fake_project.write_project(project, epochs=2, seeds=(0,))
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(project)
        train(load_settings(), [KEY], "one run")
    return project


@pytest.fixture
def project(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy, free to be damaged, with one finished run."""
    copy = tmp_path / "project"
    shutil.copytree(trained, copy)
    monkeypatch.chdir(copy)
    return copy


def command(*, to: str) -> subprocess.CompletedProcess[str]:
    made = KEY.implementation
    words = [sys.executable, "-m", "benchmarks", "transfer", "--dataset", KEY.dataset, "--protocol", KEY.protocol]
    words += ["--architecture", made.architecture, "--framework", made.framework, "--seed", str(KEY.seed), "--to", to]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_run_predicts_the_same_in_the_other_framework(project: Path) -> None:
    done = command(to="tensorflow")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines] == list(read_run(KEY.folder).epochs)
    assert all("4 test tracks" in line and "(bound 1e-05)" in line for line in lines)


@pytest.mark.slow
def test_the_guide_s_lines_load_a_run_by_hand(project: Path) -> None:
    guide = (REPOSITORY / "docs" / "portable-weights.md").read_text(encoding="utf-8")
    [code] = re.findall(r"^```python\n(.*?)^```$", guide, re.DOTALL | re.MULTILINE)
    # the guide's features are those of the study that is here
    own = STUDY.protocols["published"].features["cnn_lstm"]
    assert code.count("mfcc_reshaped_15s") == 1
    code = code.replace("mfcc_reshaped_15s", own)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shape, _, difference = done.stdout.rpartition(" ")
    assert shape == "(4, 3)"
    assert float(difference) <= SAME_PROBABILITIES


@pytest.mark.slow
def test_the_weights_decide_what_the_other_framework_predicts(project: Path) -> None:
    path = KEY.folder / "last_epoch.safetensors"
    weights = load_file(path)
    weights["dense2/bias"] += np.array([0, 1, 0], dtype=np.float32)
    save_file(weights, path)
    reseal(KEY.folder)
    found = {one.selection: one for one in transfer(load_settings(report=KEY.dataset), KEY, "tensorflow")}
    assert found["lowest_test_loss"].agrees
    assert found["last_epoch"].difference > 0.01
    assert found["last_epoch"].n == 4
    with pytest.raises(GenrebenchError, match="tensorflow predicts other probabilities than were saved: last_epoch; "):
        require_agreement(list(found.values()), "tensorflow")


@pytest.mark.slow
def test_a_difference_above_the_bound_is_shown_and_refused(project: Path) -> None:
    path = KEY.folder / "last_epoch.npy"
    np.save(path, np.roll(np.load(path), 1, axis=1))
    reseal(KEY.folder)
    done = command(to="pytorch")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 2
    assert done.stderr.startswith("error: pytorch predicts other probabilities than were saved: last_epoch; ")
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_weights_of_another_network_are_refused(project: Path) -> None:
    path = KEY.folder / "last_epoch.safetensors"
    weights = load_file(path)
    del weights["dense2/bias"]
    save_file(weights, path)
    reseal(KEY.folder)
    with pytest.raises(GenrebenchError, match=r"last_epoch.safetensors: not the weights of cnn_lstm .* dense2/bias"):
        transfer(load_settings(report=KEY.dataset), KEY, "pytorch")


def test_an_unknown_framework_lists_the_known(project: Path) -> None:
    with pytest.raises(GenrebenchError, match="no implementation of cnn_lstm in jax; there is one in: pytorch, "):
        transfer(load_settings(report=KEY.dataset), KEY, "jax")


def test_a_run_that_is_not_there_is_named(project: Path) -> None:
    shutil.rmtree(KEY.folder)
    with pytest.raises(GenrebenchError, match="cnn_lstm-pytorch/seed-0: no such run; "):
        transfer(load_settings(report=KEY.dataset), KEY, "tensorflow")


@pytest.mark.parametrize("how", ["missing", "cut", "not weights"])
def test_damaged_weights_are_one_error(project: Path, how: str) -> None:
    path = KEY.folder / "lowest_test_loss.safetensors"
    content = path.read_bytes()
    path.unlink()
    if how != "missing":
        path.write_bytes(content[:-20] if how == "cut" else b"a page that says: not found")
    with pytest.raises(GenrebenchError, match="seed-0: not a finished run"):
        transfer(load_settings(report=KEY.dataset), KEY, "tensorflow")


def test_missing_features_say_how_to_make_them(project: Path) -> None:
    FEATURES.unlink()
    with pytest.raises(GenrebenchError, match="python -m benchmarks features --dataset synthetic"):
        transfer(load_settings(report=KEY.dataset), KEY, "tensorflow")


def test_other_features_than_the_run_s_are_refused(project: Path) -> None:
    features = np.load(FEATURES)
    features[0, 0, 0] += 1
    np.save(FEATURES, features)
    with pytest.raises(GenrebenchError, match="not the features that synthetic published cnn_lstm-pytorch seed 0 was"):
        transfer(load_settings(report=KEY.dataset), KEY, "tensorflow")


def test_a_manifest_that_lacks_the_run_s_tracks_is_refused(project: Path) -> None:
    lost = read_run(KEY.folder).test_tracks[0]
    for path in (Path("data/synthetic/manifest.json"), FEATURES.with_name("tracks.json")):
        # still the last of its genre, in case the order counts
        path.write_text(path.read_text().replace(lost, f"{lost}x"))
    with pytest.raises(GenrebenchError, match=f"the manifest of synthetic lacks tracks that .* has: {lost}"):
        transfer(load_settings(report=KEY.dataset), KEY, "tensorflow")
