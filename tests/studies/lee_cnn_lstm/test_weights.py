"""The study's own files, on real audio, in the real frameworks."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.datasets.fetch import audio_root, fetch
from benchmarks.features.cache import make_features
from benchmarks.paths import features_folder
from benchmarks.published_weights.evaluation import evaluate, require_agreement
from benchmarks.published_weights.files import find_file, read_test_labels, read_weights, sizes_of
from benchmarks.published_weights.labels import split_labels
from benchmarks.settings import load_settings
from benchmarks.studies.study import load_study
from tests.builders import GTZAN_GENRES, REPOSITORY

SHARED = REPOSITORY.parent / "shared"
STUDY = load_study("lee_cnn_lstm")
WEIGHTS = STUDY.weights


@pytest.fixture
def study() -> Path:
    """Return the folder with the study's files; they are never committed."""
    folder = SHARED / "published"
    if not folder.is_dir():
        pytest.skip("needs the study's files in ../shared/published")
    return folder


@pytest.mark.parametrize("model", WEIGHTS.models, ids=lambda model: model.architecture)
def test_the_weights_are_finite_and_trained(study, model):
    weights = read_weights(find_file(model, WEIGHTS.address, study).path, sizes_of(model), len(WEIGHTS.genres))
    assert all(np.isfinite(values).all() for values in weights.values())
    assert all(values.std() > 0 for values in weights.values())


def test_the_split_gives_the_study_s_test_labels_in_their_order(study):
    file = WEIGHTS.test_labels
    labels = read_test_labels(find_file(file, WEIGHTS.address, study).path, file)
    np.testing.assert_array_equal(labels, split_labels(STUDY, GTZAN_GENRES))


@pytest.mark.slow
def test_the_study_s_weights_on_gtzan_mini(study, tmp_path, monkeypatch):
    if not (SHARED / "gtzan").is_dir():
        pytest.skip("needs the GTZAN archives in ../shared/gtzan")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GENREBENCH_MIRROR", str(SHARED / "gtzan"))
    settings = load_settings(REPOSITORY / "params.yaml", report="gtzan-mini")
    manifest = fetch("gtzan-mini", settings)
    folder = features_folder("gtzan-mini")
    make_features(manifest, audio_root("gtzan-mini", settings), settings.features, folder)

    record = evaluate(settings, study)

    found = {
        (row["architecture"], row["features"], row["labels"], row["framework"]): (row["accuracy"], row["loss"])
        for row in record["rows"]
    }
    expected = {
        ("cnn2d", "as published", "as saved"): (0.01, 4.364),
        ("cnn2d", "as published", "mapped"): (0.87, 0.7045),
        ("cnn_lstm", "as published", "as saved"): (0.65, 1.042),
        ("cnn_lstm", "MFCC transposed", "as saved"): (0.10, 7.161),
    }
    assert found == {
        (*variant, framework): (pytest.approx(accuracy), pytest.approx(loss, abs=1e-3))
        for variant, (accuracy, loss) in expected.items()
        for framework in ("pytorch", "tensorflow")
    }
    assert [it["largest"] for it in record["differences"]] == [pytest.approx(0, abs=1e-5)] * 3
    require_agreement(record)
