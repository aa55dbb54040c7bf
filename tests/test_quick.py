"""The small study of a first visit, beside the one that params.yaml asks for."""

import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from benchmarks.__main__ import main
from benchmarks.errors import GenrebenchError
from benchmarks.quick import EPOCHS, TRACKS_PER_GENRE, make_workplace
from benchmarks.settings import load_settings
from tests.builders import REPOSITORY, STUDY, add_study, folder_bytes, plain_params


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a project of the made-up study."""
    folder = tmp_path / "project"
    (folder / "docs").mkdir(parents=True)
    YAML().dump(plain_params(), folder / "params.yaml")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def folder(project: Path, tmp_path: Path) -> Path:
    make_workplace(load_settings(), tmp_path / "quick", study=STUDY.name, dataset="synthetic")
    return tmp_path / "quick"


def test_it_has_every_implementation_and_little_of_all_else(folder: Path) -> None:
    whole, small = load_settings(), load_settings(folder / "params.yaml")
    assert small.report.architectures == whole.report.architectures
    for name in ("frameworks", "device", "arithmetic"):
        assert getattr(small.study, name) == getattr(whole.study, name)
    assert (list(small.reports), small.report.protocols, small.study.seeds) == (["synthetic"], ("published",), (0,))
    assert small.synthetic.tracks_per_genre == TRACKS_PER_GENRE < whole.synthetic.tracks_per_genre
    before, after = (it.protocols["published"] for it in (whole, small))
    assert after.schedule.epochs == EPOCHS < before.schedule.epochs
    # in all else it is the same protocol
    assert after == before.model_copy(update={"schedule": before.schedule.model_copy(update={"epochs": EPOCHS})})
    assert small.study.quick
    assert not whole.study.quick


def test_it_computes_no_feature_that_it_does_not_need(folder: Path) -> None:
    assert set(load_settings(folder / "params.yaml").features) == {"mel_in_colour_5s", "mfcc_backwards_15s", "mfcc_15s"}


def test_it_can_be_prepared_again_and_its_runs_stay(folder: Path) -> None:
    (folder / "runs").mkdir()
    (folder / "runs" / "a run").touch()
    before = folder_bytes(folder)
    make_workplace(load_settings(), folder, study=STUDY.name, dataset="synthetic")
    assert folder_bytes(folder) == before


def test_git_sees_nothing_of_it() -> None:
    ignored = (REPOSITORY / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/quick/", "/first-look/"} <= set(ignored)


def test_another_dataset_can_be_tried_with_other_numbers(project: Path, tmp_path: Path) -> None:
    settings = load_settings().model_copy(update={"folders": {"mine": "music"}})
    asked = {"study": STUDY.name, "dataset": "gtzan-mini", "seeds": 2, "epochs": 5}
    assert make_workplace(settings, tmp_path / "quick", **asked) == "gtzan-mini"
    small = load_settings(tmp_path / "quick" / "params.yaml")
    assert (list(small.reports), small.study.seeds) == (["gtzan-mini"], (0, 1))
    assert small.protocols["published"].schedule.epochs == 5
    # an archive is downloaded once, and a folder is found from there, too
    assert (tmp_path / "quick" / "data" / "downloads").resolve() == project / "data" / "downloads"
    assert small.folders == {"mine": str(project / "music")}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"dataset": "nowhere"}, "reports.nowhere.dataset: 'nowhere' is no dataset; legal: gtzan"),
        ({"study": "nothing"}, "no study 'nothing'; there are: "),
        ({"audio": Path("nowhere")}, "--audio-dir nowhere: no such folder"),
        ({"seeds": 0}, "study.seeds: needs at least one value"),
        ({"epochs": 0}, "protocols.published.schedule.epochs: .*greater than or equal to 1"),
    ],
)
def test_what_cannot_be_tried_is_one_error(project: Path, tmp_path: Path, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(GenrebenchError, match=message):
        make_workplace(load_settings(), tmp_path / "quick", **{"study": STUDY.name, "dataset": "synthetic", **asked})


def test_a_folder_is_tried_without_an_entry_in_the_project(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (project / "params.yaml").read_bytes()
    (project / "music").mkdir()
    monkeypatch.setattr(sys, "argv", ["benchmarks", "quick", "--audio-dir", "music", "--epochs", "5"])
    assert main() == 0
    assert capsys.readouterr().out == "music\n"
    assert (project / "params.yaml").read_bytes() == before
    small = load_settings(project / "quick" / "params.yaml")
    assert small.folders == {"music": str(project / "music")}
    assert (list(small.reports), small.report.protocols) == (["music"], ("published",))


def test_a_folder_is_tried_with_a_study_that_has_no_report(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = STUDY.model_dump(mode="json", exclude={"name"})
    other["claim"]["dataset"] = "mine"
    add_study(project / "studies", other, monkeypatch)
    (project / "music").mkdir()
    command = ["benchmarks", "quick", "--study", "small", "--audio-dir", "music", "--name", "mine"]
    monkeypatch.setattr(sys, "argv", command)
    assert main() == 0
    assert capsys.readouterr().out == "small-mine\n"
    small = load_settings(project / "quick" / "params.yaml")
    assert [(name, it.study, it.dataset) for name, it in small.reports.items()] == [("small-mine", "small", "mine")]
