"""The runs of a checkout: all are listed, damage is named, and what nothing asks for can be deleted."""

import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.runs import KEPT, RunKey, set_aside, write_run
from tests.builders import fake_manifest, fake_runs
from tests.test_settings import plain_file

REPORT = "synthetic"


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Five runs: two in their places, one set aside, one of a ladder, one of a report that is gone."""
    monkeypatch.chdir(tmp_path)
    plain_file(tmp_path)
    runs = fake_runs(fake_manifest(), seeds=(0, 1, 2))[:3]
    keys = [RunKey(REPORT, run.protocol, run.implementation, run.seed) for run in runs]
    places = [key.folder for key in keys]
    places.append(Path("runs/ablation", *places[0].parts[1:]))
    places.append(Path("runs/gone", *places[0].parts[2:]))
    for place, run in zip(places, [*runs, *runs[:2]], strict=True):
        write_run(place, run, {selection: {} for selection in run.probabilities})
    set_aside(keys[2])
    return [*places[:2], *places[3:]]


def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *flags: str) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "runs", *flags])
    status = main()
    said = capsys.readouterr()
    return status, said.out + said.err


def test_all_runs_are_listed_by_where_they_lie(
    folders: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = say(monkeypatch, capsys)
    assert status == 0
    assert [line.split()[:2] for line in said.splitlines()[1:]] == [
        ["runs/gone", "1"],
        [f"runs/{REPORT}", "2"],
        [f"runs/ablation/{REPORT}", "1"],
        ["runs/kept", "1"],
    ]
    assert "a report that params.yaml does not have" in said


def test_damage_is_named_with_what_mends_it(
    folders: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert say(monkeypatch, capsys, "--verify")[0] == 0
    (folders[0] / "history.csv").write_text("")
    status, said = say(monkeypatch, capsys, "--verify")
    assert status == 1
    assert f"error: 1 of 5 runs is damaged:\n  {folders[0]}: not a finished run (history.csv is not what" in said
    assert f"made again, or deleted, by: dvc repro report@{REPORT}\n" in said


def test_what_nothing_asks_for_is_deleted(
    folders: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = say(monkeypatch, capsys, "--prune")
    assert status == 0
    assert "deleted 2 runs" in said
    assert [folder.exists() for folder in folders] == [True, True, True, False]
    assert not KEPT.exists()
    assert "deleted 0 runs" in say(monkeypatch, capsys, "--prune")[1]


def test_what_was_damaged_and_made_again_stands_apart_and_is_no_error(
    folders: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folders[0] / "history.csv").write_text("")
    run = next(it for it in fake_runs(fake_manifest(), seeds=(0, 1, 2)) if f"seed-{it.seed}" == folders[0].name)
    set_aside(RunKey(REPORT, run.protocol, run.implementation, run.seed))
    status, said = say(monkeypatch, capsys, "--verify")
    assert status == 0
    assert [line.split()[:2] for line in said.splitlines()[-2:]] == [["runs/kept", "1"], ["runs/kept/damaged", "1"]]
    assert "deleted 3 runs" in say(monkeypatch, capsys, "--prune")[1]


def test_a_damaged_step_of_a_ladder_is_made_again_by_the_ladder(
    folders: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folders[2] / "history.csv").write_text("")
    assert f"by: python -m nox -s ablation -- --dataset {REPORT}" in say(monkeypatch, capsys, "--verify")[1]
