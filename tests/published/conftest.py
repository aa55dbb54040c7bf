"""A project folder in which small models stand in for the study's, and fakes for the frameworks."""

from pathlib import Path

import pytest

from benchmarks.datasets.download import Address, RemoteFile
from benchmarks.files import file_digest
from benchmarks.published import evaluation
from benchmarks.published.weights import TrainedModel
from implementations import registry
from tests.builders import GTZAN_GENRES, fake_manifest
from tests.published import fakes


def pin(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the present checksums of the files for the published ones."""

    def remote(name: str) -> RemoteFile:
        return RemoteFile(name, b"", (Address(f"http://127.0.0.1:1/{name}", file_digest(weights / name)),), ())

    models = (
        TrainedModel(fakes.PICTURE, remote("picture.h5")),
        TrainedModel(fakes.SEQUENCE, remote("sequence.h5")),
    )
    monkeypatch.setattr(evaluation, "MODELS", models)
    monkeypatch.setattr(evaluation, "TEST_LABELS", remote("labels.npy"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a dataset and two frameworks that run in this process; return the study's files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GENREBENCH_MIRROR", raising=False)
    monkeypatch.setattr(registry, "_CLASSES", fakes.REGISTRY)
    monkeypatch.setattr(registry, "_PACKAGES", {"alpha": ("pandas",), "beta": ("rich",)})
    monkeypatch.setattr(
        evaluation, "in_each_framework", lambda names, function: {name: function(name) for name in names}
    )
    fakes.write_dataset(fake_manifest("gtzan-mini", genres=GTZAN_GENRES, per_genre=2), evaluation.LABEL_COLUMNS)
    weights = tmp_path / "weights"
    fakes.write_study_files(weights)
    pin(weights, monkeypatch)
    return weights
