"""Runs in processes of their own, with the first registered implementation of the CNN-LSTM."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.errors import GenrebenchError
from benchmarks.execution.pool import train
from benchmarks.runs import Implementation, RunKey, read_run
from benchmarks.settings import load_settings
from implementations.registry import registered
from tests import fake_project

FRAMEWORKS = [framework for architecture, framework in registered() if architecture == fake_project.NAME]
pytestmark = pytest.mark.skipif(not FRAMEWORKS, reason=f"{fake_project.NAME} is not registered")


@pytest.fixture
def implementation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Implementation:
    fake_project.write_project(tmp_path, epochs=1)
    monkeypatch.chdir(tmp_path)
    return Implementation(fake_project.NAME, FRAMEWORKS[0])


def keys(implementation: Implementation, *seeds: int) -> list[RunKey]:
    return [RunKey("synthetic", "published", implementation, seed) for seed in seeds]


def folders(implementation: Implementation, *seeds: int) -> list[Path]:
    return [key.folder for key in keys(implementation, *seeds)]


def test_finished_seeds_are_kept_and_only_missing_ones_are_trained(
    implementation: Implementation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(load_settings(), keys(implementation, 0, 1), "some runs")
    first, second = folders(implementation, 0, 1)
    assert read_run(first).provenance["threads"] == 1
    assert "epoch 1/1, loss" in capsys.readouterr().err
    before = [(path, path.stat().st_mtime_ns) for folder in (first, second) for path in sorted(folder.iterdir())]

    fake_project.write_project(tmp_path, epochs=1, seeds=(0, 1, 2))
    train(load_settings(), keys(implementation, 0, 1, 2), "some runs")
    assert "some runs: 2 of 3 runs are finished and kept" in capsys.readouterr().err
    assert [(path, path.stat().st_mtime_ns) for path, _ in before] == before
    assert read_run(*folders(implementation, 2)).seed == 2


def test_a_failing_run_is_one_error_with_what_it_said(implementation: Implementation, tmp_path: Path) -> None:
    settings = load_settings()
    # the workers read params.yaml themselves: to them the dataset's protocol has gone
    content = (tmp_path / "params.yaml").read_text()
    (tmp_path / "params.yaml").write_text(content.replace("epochs: 1", "epochs: 0"))
    with pytest.raises(
        GenrebenchError, match=r"run synthetic published cnn_lstm-\w+ seed \d failed: params.yaml is not"
    ):
        train(settings, keys(implementation, 0, 1), "some runs")
    assert not any(folder.exists() for folder in folders(implementation, 0, 1))


def test_the_command_line_gives_one_message_and_a_status(implementation: Implementation) -> None:
    command = [sys.executable, "-m", "benchmarks", "train", "--dataset", "nowhere", "--protocol", "published"]
    command += ["--architecture", implementation.architecture, "--framework", implementation.framework]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "python -m benchmarks fetch" in done.stderr
    assert "Traceback" not in done.stderr
