"""A project folder in which small models stand in for the study's, and fakes for the frameworks."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from benchmarks.files import file_digest
from benchmarks.published_weights import evaluation
from benchmarks.studies.study import FILE, FOLDER_VARIABLE
from implementations import registry
from tests.builders import GTZAN_GENRES, STUDY, fake_manifest, plain_params
from tests.published_weights import fakes

STUDIES = Path("studies")


def pin(weights: Path) -> None:
    """Write a study whose published files are these, with their present checksums."""
    content = STUDY.model_dump(mode="json")
    published = content["weights"]
    described = (*published["models"], published["test_labels"])
    for one, name in zip(described, ("picture.h5", "sequence.h5", "labels.npy"), strict=True):
        one.update(path=name, sha256=file_digest(weights / name))
    published["address"] = "http://127.0.0.1:1"
    for model, sizes in zip(published["models"], (fakes.PICTURE_SIZES, fakes.SEQUENCE_SIZES), strict=True):
        model["sizes"] = sizes
    path = weights.parent / STUDIES / "small" / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    YAML().dump(content, path)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a dataset and two frameworks that run in this process; return the study's files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GENREBENCH_MIRROR", raising=False)
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / STUDIES))
    monkeypatch.setattr(registry, "_CLASSES", fakes.REGISTRY)
    monkeypatch.setattr(registry, "_PACKAGES", {"alpha": ("pandas",), "beta": ("rich",)})
    monkeypatch.setattr(
        evaluation, "in_each_framework", lambda names, function: {name: function(name) for name in names}
    )
    fakes.write_dataset(fake_manifest("gtzan-mini", genres=GTZAN_GENRES, per_genre=2))
    weights = tmp_path / "weights"
    fakes.write_study_files(weights)
    pin(weights)
    params = plain_params()
    params["folders"] = {"mine": "music"}
    params["reports"]["mine"] = {"dataset": "mine"}
    for report in params["reports"].values():
        report["study"] = "small"
    YAML().dump(params, tmp_path / "params.yaml")
    return weights
