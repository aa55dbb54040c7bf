"""Runs in processes of their own, with the first registered implementation of the CNN-LSTM."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.errors import StaleError
from benchmarks.execution.progress_board import Board
from benchmarks.execution.training_runs import train
from benchmarks.processes.workers import WORKERS_VARIABLE
from benchmarks.runs import Implementation, RunKey, fingerprint, read_run
from benchmarks.settings import load_settings
from implementations.registry import registered
from tests import fake_project
from tests.builders import folder_bytes

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
    made = json.loads(keys(implementation, 0)[0].provenance.read_text())
    assert (made["threads"], made["fingerprint"]) == (1, fingerprint(read_run(first).decided_by))
    said = capsys.readouterr().err
    assert "some runs: 2 of 2 runs to make, 0 of 2 are finished and kept; " in said
    assert "epoch 1/1, loss" in said
    before = [(path, path.stat().st_mtime_ns) for folder in (first, second) for path in sorted(folder.iterdir())]

    fake_project.write_project(tmp_path, epochs=1, seeds=(0, 1, 2))
    train(load_settings(), keys(implementation, 0, 1, 2), "some runs")
    said = capsys.readouterr().err
    assert "some runs: 1 of 3 runs to make, 2 of 3 are finished and kept; about 1" in said
    assert "on 1 core (from runs made here)" in said
    assert [(path, path.stat().st_mtime_ns) for path, _ in before] == before
    assert read_run(*folders(implementation, 2)).seed == 2


def test_a_failing_run_is_one_error_with_what_it_said(implementation: Implementation, tmp_path: Path) -> None:
    settings = load_settings()
    # the workers read params.yaml themselves: to them the dataset's protocol has gone
    content = (tmp_path / "params.yaml").read_text()
    (tmp_path / "params.yaml").write_text(content.replace("epochs: 1", "epochs: 0"))
    with pytest.raises(
        StaleError, match=r"seed \d: params\.yaml, .* changed after the study .*params\.yaml is not valid"
    ):
        train(settings, keys(implementation, 0, 1), "some runs")
    assert not any(folder.exists() for folder in folders(implementation, 0, 1))


def test_the_command_line_gives_one_message_and_a_status(implementation: Implementation) -> None:
    command = [sys.executable, "-m", "benchmarks", "train", "--dataset", "nowhere", "--protocol", "published"]
    command += ["--architecture", implementation.architecture, "--framework", implementation.framework]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "is no dataset of params.yaml" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_edit_in_the_middle_ends_the_waiting_runs_with_one_error(
    implementation: Implementation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WORKERS_VARIABLE, "1")
    settings = load_settings()
    show = Board.show
    params = tmp_path / "params.yaml"

    def edit_once(board: Board, *arguments: Any) -> None:
        params.write_text(params.read_text().replace("learning_rate: 0.0005", "learning_rate: 0.5"))
        show(board, *arguments)

    # while the first run trains
    monkeypatch.setattr(Board, "show", edit_once)
    with pytest.raises(StaleError, match=r"seed 1: params.yaml, data, code or environment changed after the study"):
        train(settings, keys(implementation, 0, 1, 2), "some runs")
    # the run at work was planned before the edit and is finished; the others are not begun
    assert [folder.exists() for folder in folders(implementation, 0, 1, 2)] == [True, False, False]
    assert read_run(folders(implementation, 0)[0]).decided_by["protocol"]["schedule"]["learning_rate"] == 0.0005


def test_a_damaged_run_is_named_and_made_again(
    implementation: Implementation, capsys: pytest.CaptureFixture[str]
) -> None:
    train(load_settings(), keys(implementation, 0), "one run")
    (folder,) = folders(implementation, 0)
    before = folder_bytes(folder)
    (folder / "last_epoch.npy").write_bytes(b"")
    capsys.readouterr()
    train(load_settings(), keys(implementation, 0), "one run")
    said = capsys.readouterr().err
    assert "damaged, made again: runs/synthetic/published" in said
    assert "last_epoch.npy is not what the run wrote" in said
    # the same bits
    assert folder_bytes(folder) == before


def test_a_run_that_is_asked_for_again_is_taken_back(
    implementation: Implementation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(load_settings(), keys(implementation, 0), "one run")
    (folder,) = folders(implementation, 0)
    before = folder_bytes(folder)
    fake_project.write_project(tmp_path, epochs=2)
    train(load_settings(), keys(implementation, 0), "one run")
    assert folder_bytes(folder) != before
    fake_project.write_project(tmp_path, epochs=1)
    capsys.readouterr()
    train(load_settings(), keys(implementation, 0), "one run")
    assert "0 of 1 runs to make, 1 of 1 are finished and kept" in capsys.readouterr().err
    assert folder_bytes(folder) == before
