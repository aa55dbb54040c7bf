"""The same run twice, in fresh processes and beside another number of them, leaves the same bytes."""

from pathlib import Path

import pytest

from benchmarks.execution.training_runs import train
from benchmarks.paths import RUNS
from benchmarks.processes.workers import WORKERS_VARIABLE
from benchmarks.runs import Implementation, RunKey
from benchmarks.settings import load_settings
from implementations.architectures import ARCHITECTURES
from implementations.registry import registered
from tests import fake_project
from tests.builders import STUDY, folder_bytes

SEEDS = (0, 1)
# where and when is kept apart, in runs/provenance
RESULTS = (".npy", ".safetensors", ".csv", "run.json")


def train_afresh(project: Path, monkeypatch: pytest.MonkeyPatch, made: Implementation, *seeds: int) -> dict[str, bytes]:
    """Train seeds in a new project, all at once; return the files that hold results."""
    project.mkdir()
    fake_project.write_project(project, epochs=2, seeds=SEEDS, architectures=(made.architecture,), per_genre=4)
    monkeypatch.chdir(project)
    monkeypatch.setenv(WORKERS_VARIABLE, str(len(seeds)))
    train(load_settings(), [RunKey("synthetic", "published", made, seed) for seed in seeds], "some seeds")
    return {name: content for name, content in folder_bytes(project / RUNS).items() if name.endswith(RESULTS)}


@pytest.mark.slow
@pytest.mark.parametrize(("architecture", "framework"), [it for it in registered() if it[0] in STUDY.architectures])
def test_a_run_can_be_repeated_to_the_bit(
    architecture: str, framework: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Implementation(architecture, framework)
    alone = train_afresh(tmp_path / "alone", monkeypatch, made, SEEDS[0])
    beside = train_afresh(tmp_path / "beside", monkeypatch, made, *SEEDS)
    # for each seed the record, the history, and probabilities and weights of two selections
    assert (len(alone), len(beside)) == (6, len(SEEDS) * 6)
    assert [name for name, content in alone.items() if beside[name] != content] == []
    assert len({content for name, content in beside.items() if name.endswith("last_epoch.npy")}) == len(SEEDS)


def test_the_networks_of_the_study_draw_random_numbers_to_repeat() -> None:
    for architecture in STUDY.architectures:
        assert ARCHITECTURES[architecture] != ARCHITECTURES[architecture].without_dropout()
