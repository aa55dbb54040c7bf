"""A report of the first seed while the others are trained."""

import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from ruamel.yaml import YAML

from benchmarks.execution import first_look
from benchmarks.execution.first_look import FirstLook
from benchmarks.execution.training_runs import train
from benchmarks.runs import Implementation, RunKey, study_keys
from benchmarks.settings import load_settings
from implementations.registry import registered
from tests import fake_project

FRAMEWORKS = [framework for architecture, framework in registered() if architecture == fake_project.NAME]
# stands for the command that writes the report
PRINT = "import sys; print('a library speaks'); print('read', sys.argv[2])"


def plan(seed: int) -> Any:
    return SimpleNamespace(key=RunKey("synthetic", "published", Implementation("cnn2d", "pytorch"), seed))


class Screen(Console):
    """Keeps what it shows."""

    def __init__(self) -> None:
        self._kept = StringIO()
        super().__init__(file=self._kept)

    @property
    def words(self) -> str:
        return self._kept.getvalue()

    def shows(self, words: str) -> bool:
        """Wait for words."""
        end = time.monotonic() + 20
        while words not in self.words and time.monotonic() < end:
            time.sleep(0.05)
        return words in self.words


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    monkeypatch.setattr(first_look, "COMMAND", (sys.executable, "-c", PRINT))
    return Screen()


def test_it_is_written_once_when_the_last_run_of_the_seed_is_finished(screen: Screen) -> None:
    with FirstLook("synthetic", [plan(0), plan(3)], screen) as look:
        look.finished(plan(1))
        look.finished(plan(0))
        time.sleep(0.5)
        assert screen.words == ""
        look.finished(plan(3))
        assert screen.shows("read synthetic")
        look.finished(plan(2))
    assert screen.words == "read synthetic\n"


def test_it_is_written_at_once_where_the_runs_of_the_seed_are_kept(screen: Screen) -> None:
    with FirstLook("synthetic", [], screen):
        assert screen.shows("read synthetic")


def test_a_failure_is_told_and_ends_nothing(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_look, "COMMAND", (sys.executable, "-c", "raise SystemExit('error: no audit')"))
    with FirstLook("synthetic", [], screen):
        assert screen.shows("no first look: no audit")


def test_it_does_not_outlive_the_training(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_look, "COMMAND", (sys.executable, "-c", "import time; time.sleep(60)"))
    start = time.monotonic()
    with FirstLook("synthetic", [], screen):
        pass
    assert time.monotonic() - start < 20
    assert screen.words == ""


@pytest.mark.slow
@pytest.mark.skipif(not FRAMEWORKS, reason=f"{fake_project.NAME} is not registered")
def test_the_first_seed_is_made_first_and_its_report_is_marked_and_stands_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], screen: Screen
) -> None:
    fake_project.write_project(tmp_path, epochs=1, seeds=(1, 0))
    params = tmp_path / "params.yaml"
    content = YAML().load(params)
    content["study"]["frameworks"] = FRAMEWORKS[:1]
    YAML().dump(content, params)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GENREBENCH_WORKERS", "1")
    settings = load_settings()
    train(settings, study_keys(settings, "synthetic"), "some runs", first_look=True)
    said = capsys.readouterr().err
    assert "a first look at seed 1 after 2 runs; " in said
    made = [line.split(":")[0][-1] for line in said.splitlines() if "epoch 1/1" in line]
    assert made == ["1", "1", "0", "0"]

    command = [sys.executable, "-m", "benchmarks", "first-look", "--dataset", "synthetic"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "a first look, seed 1 alone: read first-look/synthetic/README.md\n"
    page = (tmp_path / "first-look" / "synthetic" / "README.md").read_text(encoding="utf-8")
    assert page.startswith("# PRELIMINARY, SYNTHETIC: ")
    assert "> **PRELIMINARY: one seed. " in page
    assert "- Seed: 1." in page
    assert not (tmp_path / "reports").exists()
