"""The small study of a first visit, beside the one that params.yaml asks for."""

from pathlib import Path

import pytest

from benchmarks.quick import EPOCHS, TRACKS_PER_GENRE, make_workplace
from benchmarks.settings import load_settings
from tests.builders import REPOSITORY, folder_bytes


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(REPOSITORY)
    make_workplace(load_settings(), tmp_path / "quick")
    return tmp_path / "quick"


def test_it_has_every_implementation_and_little_of_all_else(folder: Path) -> None:
    whole, small = load_settings(), load_settings(folder / "params.yaml")
    for name in ("architectures", "frameworks", "device", "arithmetic"):
        assert getattr(small.study, name) == getattr(whole.study, name)
    assert (small.study.datasets, small.study.protocols, small.study.seeds) == (("synthetic",), ("published",), (0,))
    assert small.synthetic.tracks_per_genre == TRACKS_PER_GENRE < whole.synthetic.tracks_per_genre
    before, after = (it.protocols["published"] for it in (whole, small))
    assert after.schedule.epochs == EPOCHS < before.schedule.epochs
    # in all else it is the same protocol
    assert after == before.model_copy(update={"schedule": before.schedule.model_copy(update={"epochs": EPOCHS})})
    assert small.study.quick
    assert not whole.study.quick


def test_it_computes_no_feature_that_it_does_not_need(folder: Path) -> None:
    study = load_settings(folder / "params.yaml").study
    assert set(study.features) == {"mel_picture_5s", "mfcc_reshaped_15s", "mfcc_15s"}


def test_it_can_be_prepared_again_and_its_runs_stay(folder: Path) -> None:
    (folder / "runs").mkdir()
    (folder / "runs" / "a run").touch()
    before = folder_bytes(folder)
    make_workplace(load_settings(), folder)
    assert folder_bytes(folder) == before


def test_git_sees_nothing_of_it() -> None:
    ignored = (REPOSITORY / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/quick/", "/first-look/"} <= set(ignored)
