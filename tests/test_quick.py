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
from tests.builders import REPOSITORY, folder_bytes, plain_params


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(REPOSITORY)
    make_workplace(load_settings(report="synthetic"), tmp_path / "quick")
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
    assert set(load_settings(folder / "params.yaml").features) == {"mel_picture_5s", "mfcc_reshaped_15s", "mfcc_15s"}


def test_it_can_be_prepared_again_and_its_runs_stay(folder: Path) -> None:
    (folder / "runs").mkdir()
    (folder / "runs" / "a run").touch()
    before = folder_bytes(folder)
    make_workplace(load_settings(report="synthetic"), folder)
    assert folder_bytes(folder) == before


def test_git_sees_nothing_of_it() -> None:
    ignored = (REPOSITORY / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/quick/", "/first-look/"} <= set(ignored)


def test_another_dataset_can_be_tried_with_other_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    settings = load_settings(report="gtzan-mini").model_copy(update={"folders": {"mine": "music"}})
    assert make_workplace(settings, tmp_path / "quick", seeds=2, epochs=5) == "gtzan-mini"
    small = load_settings(tmp_path / "quick" / "params.yaml")
    assert (list(small.reports), small.study.seeds) == (["gtzan-mini"], (0, 1))
    assert small.protocols["published"].schedule.epochs == 5
    # an archive is downloaded once, and a folder is found from there, too
    assert (tmp_path / "quick" / "data" / "downloads").resolve() == (REPOSITORY / "data" / "downloads").resolve()
    assert small.folders == {"mine": str(REPOSITORY / "music")}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"audio": Path("nowhere")}, "--audio-dir nowhere: no such folder"),
        ({"seeds": 0}, "study.seeds: needs at least one value"),
        ({"epochs": 0}, "protocols.published.schedule.epochs: .*greater than or equal to 1"),
    ],
)
def test_what_cannot_be_tried_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any], message: str
) -> None:
    monkeypatch.chdir(REPOSITORY)
    with pytest.raises(GenrebenchError, match=message):
        make_workplace(load_settings(), tmp_path / "quick", **asked)


def test_a_folder_is_tried_without_an_entry_in_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    YAML().dump(plain_params(), tmp_path / "params.yaml")
    before = (tmp_path / "params.yaml").read_bytes()
    (tmp_path / "docs").mkdir()
    (tmp_path / "music").mkdir()
    monkeypatch.setattr(sys, "argv", ["benchmarks", "quick", "--audio-dir", "music", "--epochs", "5"])
    assert main() == 0
    assert capsys.readouterr().out == "music\n"
    assert (tmp_path / "params.yaml").read_bytes() == before
    small = load_settings(tmp_path / "quick" / "params.yaml")
    assert small.folders == {"music": str(tmp_path / "music")}
    assert (list(small.reports), small.report.protocols) == (["music"], ("published",))
