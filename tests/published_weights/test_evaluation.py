import json
import math
import re
import sys

import h5py
import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.errors import GenrebenchError
from benchmarks.published_weights import evaluation
from benchmarks.published_weights.evaluation import evaluate, require_agreement
from benchmarks.settings import load_settings
from tests.builders import GTZAN_GENRES, fake_manifest
from tests.published_weights import fakes
from tests.published_weights.conftest import pin

RIGHT = -math.log(fakes.CERTAINTY)
WRONG = -math.log((1 - fakes.CERTAINTY) / 9)


@pytest.fixture
def command(project, monkeypatch, capsys):
    def call(dataset="gtzan-mini", weights=project):
        monkeypatch.setattr(sys, "argv", ["benchmarks", "published", "--dataset", dataset, "--weights", str(weights)])
        return main(), *capsys.readouterr()

    return call


def saved(tmp_path, dataset="gtzan-mini"):
    return json.loads((tmp_path / "reports" / dataset / "published-weights.json").read_text())


def ask(weights, dataset="gtzan-mini"):
    return evaluate(load_settings(report=dataset), weights)


def test_a_row_a_model_variant_and_framework(project):
    rows = ask(project)["rows"]
    assert [(row["model"], row["framework"], row["features"], row["labels"]) for row in rows] == [
        ("2D CNN", "alpha", "as printed", "as saved"),
        ("2D CNN", "beta", "as printed", "as saved"),
        ("2D CNN", "alpha", "as printed", "moved"),
        ("2D CNN", "beta", "as printed", "moved"),
        ("1D CNN - LSTM", "alpha", "as printed", "as saved"),
        ("1D CNN - LSTM", "beta", "as printed", "as saved"),
        ("1D CNN - LSTM", "alpha", "forwards", "as saved"),
        ("1D CNN - LSTM", "beta", "forwards", "as saved"),
    ]
    assert [row["accuracy"] for row in rows] == [0, 0, 1, 1, 1, 1, 0, 0]
    # the fakes are as certain as the file says
    losses = [WRONG, WRONG, RIGHT, RIGHT, RIGHT, RIGHT, WRONG, WRONG]
    assert [row["loss"] for row in rows] == pytest.approx(losses, abs=1e-4)
    assert {row["n"] for row in rows} == {20}


def test_the_interval_is_wilson_s(project):
    row = ask(project)["rows"][0]
    # 0 of 20: from 0 to z² / (n + z²)
    assert row["accuracy_low"] == pytest.approx(0, abs=1e-12)
    assert row["accuracy_high"] == pytest.approx(1.959964**2 / (20 + 1.959964**2), rel=1e-5)


def test_differences_are_the_largest_of_each_model_and_variant(project):
    found = ask(project)["differences"]
    assert [(it["model"], it["features"], it["frameworks"]) for it in found] == [
        ("2D CNN", "as printed", ["alpha", "beta"]),
        ("1D CNN - LSTM", "as printed", ["alpha", "beta"]),
        ("1D CNN - LSTM", "forwards", ["alpha", "beta"]),
    ]
    assert [it["largest"] for it in found] == pytest.approx([1e-6] * 3, rel=0.1)
    assert {it["limit"] for it in found} == {1e-5}


def test_the_record_says_what_it_was_made_from_and_with(project):
    record = ask(project)
    assert (record["dataset"], record["kind"], record["tracks"]) == ("gtzan-mini", "gtzan-mini", 20)
    assert record["test_labels"]["agrees"] is True
    assert list(record["files"]) == ["picture.h5", "sequence.h5", "labels.npy"]
    assert list(record["inputs"]["features_sha256"]) == ["mel_in_colour_5s", "mfcc_backwards_15s"]
    assert {"h5py", "scipy", "pandas", "rich"} <= record["versions"].keys()
    assert record["arithmetic"] in {"portable", "native"}
    # where and when is kept apart
    assert not {"machine", "git"} & record.keys()
    assert json.dumps(ask(project)) == json.dumps(record)


def test_the_command_prints_and_saves(project, command, tmp_path):
    status, out, err = command()
    assert (status, err) == (0, "")
    assert "**The study's weights on gtzan-mini, 20 tracks**" in out
    assert out.count("| 2D CNN") == 4
    assert "1.0e-06" in out
    assert "in the same order" in out
    assert out.endswith("wrote reports/gtzan-mini/published-weights.json\n")
    assert saved(tmp_path) == ask(project)


def test_synthetic_data_are_labelled_where_the_table_is_printed(command, tmp_path):
    fakes.write_dataset(fake_manifest("synthetic", genres=GTZAN_GENRES))
    status, out, _ = command("synthetic")
    assert status == 0
    assert "**SYNTHETIC: the study's weights on synthetic, 100 tracks**" in out
    assert saved(tmp_path, "synthetic")["kind"] == "synthetic"


def test_some_of_the_genres_are_enough(project):
    manifest = fake_manifest("folder", genres=("rock", "jazz", "pop"), dataset="mine")
    fakes.write_dataset(manifest)
    assert [row["accuracy"] for row in ask(project, "mine")["rows"]] == [0, 0, 1, 1, 1, 1, 0, 0]


def test_other_genres_are_one_error_that_names_them_and_the_legal_ones(command):
    fakes.write_dataset(fake_manifest("folder", genres=GTZAN_GENRES, dataset="mine"))
    fake_manifest("folder", genres=("jazz", "zouk", "ambient"), dataset="mine").write(evaluation.manifest_path("mine"))
    status, _, err = command("mine")
    assert status == 1
    assert "dataset mine: the study's weights do not know 'ambient', 'zouk'; legal genres: blues, classical" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("architecture", ["Picture", "Sequence"])
def test_frameworks_that_differ_are_an_error_after_everything_is_written(command, tmp_path, monkeypatch, architecture):
    monkeypatch.setattr(getattr(fakes, f"Beta{architecture}"), "shift", 2e-5)
    status, out, err = command()
    assert status == 1
    model = {"Picture": "2D CNN", "Sequence": "1D CNN - LSTM"}[architecture]
    assert f"{model}, features as printed: probabilities differ by up to 2.0e-05 between alpha and beta" in err
    assert "legal: below 1e-05" in err
    assert "| 2D CNN" in out
    assert len(saved(tmp_path)["rows"]) == 8


def test_another_split_than_the_study_s_is_an_error(project):
    record = ask(project)
    require_agreement(record)
    record["test_labels"]["agrees"] = False
    with pytest.raises(GenrebenchError, match="does not give the study's test labels"):
        require_agreement(record)


def without_features(folder):
    (folder / "data" / "gtzan-mini" / "features" / "mel_in_colour_5s.npy").unlink()


def without_manifest(folder):
    (folder / "data" / "gtzan-mini" / "manifest.json").unlink()


def with_features_of_another_shape(folder):
    path = folder / "data" / "gtzan-mini" / "features" / "mfcc_backwards_15s.npy"
    np.save(path, np.load(path)[:, :5])


def without_a_file(folder):
    (folder / "weights" / "sequence.h5").unlink()


def with_a_changed_file(folder):
    path = folder / "weights" / "picture.h5"
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without_features, r"mel_in_colour_5s\.npy: cannot be opened .*; make it with: python -m benchmarks features"),
        (without_manifest, r"manifest\.json: no manifest; make it with: python -m benchmarks fetch --dataset "),
        (with_features_of_another_shape, r"shape \(5, 20\), 1D CNN - LSTM needs \(6, 20\); make it again with: python"),
        (without_a_file, r"weights/sequence\.h5: no such file; put the file there from http"),
        (with_a_changed_file, r"weights/picture\.h5: sha256 is \w{64}, expected \w{64}; put the file there"),
    ],
)
def test_what_is_missing_or_damaged_is_one_error_and_nothing_is_written(command, tmp_path, change, message):
    change(tmp_path)
    status, _, err = command()
    assert status == 1
    assert len(err.splitlines()) == 1
    assert re.search(message, err)
    assert not (tmp_path / "reports").exists()


def test_a_folder_of_weights_that_is_not_there_is_one_error(command, tmp_path):
    status, _, err = command(weights=tmp_path / "nowhere")
    assert status == 1
    assert "nowhere/picture.h5: no such file" in err


def test_a_file_with_the_right_checksum_and_other_weights_is_one_error(project, command):
    with h5py.File(project / "picture.h5", "a") as file:
        del file["model_weights"]
    pin(project)
    status, _, err = command()
    assert status == 1
    assert "picture.h5: not the study's weights of 2D CNN" in err
