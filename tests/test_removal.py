"""A folder of one's own audio is taken out again, and nothing else."""

import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from benchmarks.__main__ import main
from benchmarks.configuration import edited
from benchmarks.settings import add_folder, load_settings
from tests.builders import STUDY, add_study, plain_params

MADE = ("data", "runs", "runs/ablation", "runs/provenance", "reports", "first-look")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a folder `mine`, and what the pipeline makes of it and of another dataset."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "music" / "dub").mkdir(parents=True)
    YAML().dump(plain_params(), tmp_path / "params.yaml")
    add_folder(tmp_path / "music", "mine", tmp_path / "params.yaml")
    for dataset in ("mine", "synthetic"):
        for folder in MADE:
            (tmp_path / folder / dataset).mkdir(parents=True)
            (tmp_path / folder / dataset / "file").touch()
    stages = {f"{stage}@{name}": {"cmd": "x"} for stage in ("fetch-folder", "train") for name in ("mine", "synthetic")}
    YAML().dump({"schema": "2.0", "stages": stages}, tmp_path / "dvc.lock")
    return tmp_path


def remove(monkeypatch: pytest.MonkeyPatch, name: str) -> int:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "remove", "--dataset", name])
    return main()


def test_all_that_was_made_of_it_goes_and_the_audio_stays(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert remove(monkeypatch, "mine") == 0
    assert [folder for folder in MADE if (project / folder / "mine").exists()] == []
    assert [folder for folder in MADE if not (project / folder / "synthetic" / "file").exists()] == []
    assert (project / "music" / "dub").is_dir()
    settings = load_settings()
    assert "mine" not in settings.datasets
    assert "mine" not in settings.reports
    lock = YAML(typ="safe").load(project / "dvc.lock")
    assert list(lock["stages"]) == ["fetch-folder@synthetic", "train@synthetic"]


def test_a_folder_that_another_report_needs_stays(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = STUDY.model_dump(mode="json", exclude={"name"})
    other["claim"]["dataset"] = "mine"
    add_study(project / "studies", other, monkeypatch)
    with edited(project / "params.yaml") as content:
        # the claim is about the folder, the report on other tracks
        content["reports"]["small-synthetic"] = {"study": "small", "dataset": "synthetic"}
    before = (project / "params.yaml").read_bytes()
    assert remove(monkeypatch, "mine") == 1
    assert (project / "params.yaml").read_bytes() == before
    with edited(project / "params.yaml") as content:
        content["reports"]["small-mine"] = {"study": "small", "dataset": "mine"}
        del content["reports"]["small-synthetic"]
    page = project / "reports" / "small.md"
    page.touch()
    assert remove(monkeypatch, "mine") == 0
    assert not page.exists()


@pytest.mark.parametrize("name", ["synthetic", "theirs"])
def test_what_is_no_folder_of_one_s_own_is_left_alone(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    before = (project / "params.yaml").read_bytes(), (project / "dvc.lock").read_bytes()
    assert remove(monkeypatch, name) == 1
    assert f"{name!r} is no folder of your own in params.yaml; there are: mine" in capsys.readouterr().err
    assert ((project / "params.yaml").read_bytes(), (project / "dvc.lock").read_bytes()) == before
    assert (project / "data" / "mine").is_dir()


def test_the_last_dataset_stays(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = plain_params()
    content["folders"] = {"mine": str(project / "music")}
    content["reports"] = {"mine": {"study": STUDY.name, "dataset": "mine"}}
    YAML().dump(content, project / "params.yaml")
    assert remove(monkeypatch, "mine") == 1
    assert list(load_settings().reports) == ["mine"]
    assert (project / "data" / "mine").is_dir()
