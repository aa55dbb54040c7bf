"""The ladder climbed in a small project, with a classifier that needs no framework."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from threadpoolctl import threadpool_limits

from benchmarks import provenance
from benchmarks.ablation.climb import climb
from benchmarks.ablation.record import read_ladder
from benchmarks.errors import GenrebenchError
from benchmarks.execution import training_runs
from benchmarks.execution.plan import load_runs
from benchmarks.runs import Implementation, RunKey, read_run
from benchmarks.settings import Settings, load_settings
from tests import fake_project

MADE = Implementation(fake_project.NAME, "numpy")
REPORT = Path("reports/synthetic")


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Runs are made in this process, one after the other; their folders, in the order in which they were made."""
    made: list[str] = []

    fake_project.train_here(monkeypatch, lambda key: made.append(str(key.folder)))
    monkeypatch.setattr(provenance, "machine", lambda: {"cpu": "a CPU"})
    with threadpool_limits(1):  # as in a process of a run; threads that wait for each other take far longer
        yield made


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    fake_project.register_alone(monkeypatch)
    fake_project.write_project(tmp_path)
    change(tmp_path, "study", frameworks=["numpy"])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def change(project: Path, section: str, **values: object) -> None:
    content = YAML(typ="safe").load(project / "params.yaml")
    content[section].update(values)
    YAML().dump(content, project / "params.yaml")


def train_ends(settings: Settings) -> None:
    keys = [
        RunKey("synthetic", name, MADE, seed) for name in settings.report.protocols for seed in settings.study.seeds
    ]
    training_runs.train(settings, keys, "ends")


def test_the_steps_alone_are_trained_and_the_second_time_nothing(
    project: Path, trained: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load_settings()
    train_ends(settings)
    trained.clear()
    climb(settings, "synthetic", REPORT)
    # of a CNN-LSTM; its other steps reuse these runs; the first seed of all comes first
    steps = ("forwards", "standardised", "validation_part")
    assert trained == [
        f"runs/ablation/synthetic/{step}/cnn_lstm-numpy/seed-{seed}" for seed in (0, 1) for step in steps
    ]
    ladder = read_ladder(REPORT, settings, load_runs(settings, "synthetic"))
    assert ladder is not None
    assert ladder.current
    kinds = dict(zip(ladder.table["rung"], ladder.table["kind"], strict=True))
    assert kinds == {
        "published": "",
        "forwards": "paired",
        "log_mel": "none",
        "more_seconds": "none",
        "standardised": "paired",
        "validation_part": "paired",
        "epoch_by_validation": "paired",
        "corrected": "unpaired",
        "all steps": "unpaired",
    }
    assert [it["name"] for it in ladder.facts["rungs"]] == list(kinds)[:-1]
    assert ladder.facts["rungs"][4]["protocol"]["scaling"] == "standardise"
    assert ladder.facts["runs"] == 6
    # what stands for a rung is what its runs answered, at its epoch
    accuracies = dict(zip(ladder.table["rung"], ladder.table["accuracy"], strict=True))
    right = [
        (run.probabilities["lowest_validation_loss"].argmax(axis=1) == run.test_labels).mean()
        for run in (read_run(Path(folder)) for folder in trained if "/validation_part/" in folder)
    ]
    assert accuracies["epoch_by_validation"] == pytest.approx(sum(right) / 2, rel=1e-5)

    before = (REPORT / "ablation.csv").read_bytes(), (REPORT / "ablation.json").read_bytes()
    trained.clear()
    capsys.readouterr()
    climb(settings, "synthetic", REPORT)
    assert not trained
    assert "synthetic ablation: 0 of 6 runs to make, 6 of 6 are finished and kept" in capsys.readouterr().err
    assert ((REPORT / "ablation.csv").read_bytes(), (REPORT / "ablation.json").read_bytes()) == before

    change(project, "ablation", steps={"scaled": {"scaling": "standardise"}})
    other = read_ladder(REPORT, load_settings(), load_runs(settings, "synthetic"))
    assert other is not None
    assert not other.current


def test_missing_ends_are_one_error_before_anything_is_trained(project: Path, trained: list[str]) -> None:
    with pytest.raises(GenrebenchError, match=r"beside runs of the study that are not there.* -- --dataset synthetic"):
        climb(load_settings(), "synthetic", REPORT)
    assert not trained
    assert not REPORT.exists()


def test_a_ladder_that_is_not_legal_ends_before_anything_is_trained(project: Path, trained: list[str]) -> None:
    change(project, "ablation", steps={"nothing": {}})
    with pytest.raises(GenrebenchError, match="from published to nothing 0 factors change"):
        climb(load_settings(), "synthetic", REPORT)
    assert not trained


def test_a_ladder_whose_end_an_earlier_run_stands_for_belongs_to_the_page_too(
    project: Path, trained: list[str]
) -> None:
    """The last step changes the 2D CNN's features alone, so the CNN-LSTM's runs of the step before stand for it."""
    content = YAML(typ="safe").load(project / "params.yaml")
    last = content["protocols"]["corrected"] = dict(content["protocols"]["published"])
    last["features"] = {"cnn2d": "log_mel_5s", "cnn_lstm": "mfcc_15s"}
    content["ablation"]["steps"] = {"forwards": {"features": {"cnn_lstm": "mfcc_15s"}}}
    YAML().dump(content, project / "params.yaml")
    settings = load_settings()
    train_ends(settings)
    climb(settings, "synthetic", REPORT)
    ladder = read_ladder(REPORT, settings, load_runs(settings, "synthetic"))
    assert ladder is not None
    assert ladder.current
    assert list(ladder.table["kind"]) == ["", "paired", "none", "paired"]
