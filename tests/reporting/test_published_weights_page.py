"""What the pages say of the study's own weights."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from benchmarks.reporting import published_weights_page
from benchmarks.reporting.published_weights_page import published_weights_table, write_published_weights
from tests.builders import STUDY


def row(model, framework, features, labels, accuracy, low, high):
    architecture = {"2D CNN": "cnn2d", "1D CNN - LSTM": "cnn_lstm"}[model]
    names = {"architecture": architecture, "model": model, "framework": framework}
    scores = {"n": 100, "loss": 0.70454857, "accuracy": accuracy, "accuracy_low": low, "accuracy_high": high}
    return {**names, "features": features, "labels": labels, **scores}


def fake_record(kind="gtzan-mini"):
    results = (
        ("2D CNN", "as printed", "as saved", 0.01, 0.0018, 0.054),
        ("2D CNN", "as printed", "moved", 0.87, 0.79, 0.9224),
        ("1D CNN - LSTM", "as printed", "as saved", 0.65, 0.5525, 0.7364),
        ("1D CNN - LSTM", "forwards", "as saved", 0.1, 0.055, 0.174),
    )
    frameworks = ["pytorch", "tensorflow"]
    counts = {"blues": 150, "classical": 100}
    return {
        "dataset": "mine" if kind == "folder" else kind,
        "kind": kind,
        "tracks": 100,
        "rows": [row(it[0], framework, *it[1:]) for it in results for framework in frameworks],
        "differences": [
            {
                "model": "2D CNN",
                "features": "as printed",
                "frameworks": frameworks,
                "largest": 4.7683e-07,
                "limit": 1e-5,
            },
        ],
        "inputs": {"features_sha256": {"mel_in_colour_5s": "ab" * 32}},
        "versions": {"torch": "2.13.0", "keras": "3.15.1", "h5py": "3.14.0"},
        "test_labels": {"tracks": 250, "equal": 250, "counts": counts, "split": counts, "agrees": True},
    }


def section(*records):
    """The page of these records, on one line a paragraph."""
    with TemporaryDirectory() as folder:
        for record in records:
            path = Path(folder) / record["dataset"] / "published-weights.json"
            path.parent.mkdir()
            path.write_text(json.dumps(record))
        write_published_weights(STUDY, Path(folder))
        return (Path(folder) / STUDY.weights.page).read_text(encoding="utf-8")


def test_table_shows_every_row_with_digits_that_mean_something():
    lines = published_weights_table(fake_record()).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert len(cells) == 10
    assert cells[4] == ["2D CNN", "PyTorch", "as printed", "moved", "0.70", "87.0 [79.0, 92.2]"]


def test_synthetic_data_are_labelled_with_the_table_and_not_read_as_evidence():
    page = section(fake_record("synthetic"))
    assert "## SYNTHETIC: the study's weights on synthetic, 100 tracks" in page
    assert "say nothing about the study" in page
    assert "are shifted" not in page
    assert "backwards" not in page


def test_a_difference_that_is_too_large_stands_out():
    assert "between frameworks, below 1e-05: 2D CNN, features as printed: 4.8e-07." in section(fake_record())
    record = fake_record()
    record["differences"][0]["largest"] = 2e-5
    assert "**2.0e-05, too far**" in section(record)


def test_the_section_says_with_what_it_was_made_and_where_the_numbers_are():
    page = section(fake_record())
    assert "Made with torch 2.13.0, keras 3.15.1 and h5py 3.14.0. All numbers" in page
    assert "[gtzan-mini/published-weights.json](gtzan-mini/published-weights.json)" in page


def test_section_names_both_mistakes_and_what_the_numbers_do_not_show():
    page = section(fake_record())
    assert page.startswith("# The study's own weights\n")
    assert "| The made-up 2D CNN: its labels are shifted | as saved 1% [0, 5], moved 87% [79, 92] |" in page
    assert (
        "forwards 10% [6, 17], backwards 65% [55, 74] | "
        "[gtzan-mini, n=100 **](#the-studys-weights-on-gtzan-mini-100-tracks) |" in page
    )
    assert "## The study's weights on gtzan-mini, 100 tracks" in page
    assert "labels of the 2D CNN are shifted by one: 87.0% of its answers are right when moved, 1.0% as saved" in page
    assert "learned backwards: it is right for 65.0% of the tracks so" in page
    assert "for 10.0% forwards" in page
    assert "trained on 750 of the 1000 tracks of GTZAN, so most of the tracks here were in its training set" in page
    assert "2D CNN, features as printed: 4.8e-07" in page
    assert "150, classical 100" in page
    assert "the same labels in the same order" in page


@pytest.mark.parametrize(("labels", "features"), [("moved", "as printed"), ("as saved", "as printed")])
def test_a_mistake_that_the_numbers_do_not_show_is_not_named(labels, features):
    record = fake_record()
    architecture = "cnn2d" if labels == "moved" else "cnn_lstm"
    # one framework is no better than the other variant
    next(
        it
        for it in record["rows"]
        if (it["architecture"], it["labels"], it["features"]) == (architecture, labels, features)
    )["accuracy_low"] = 0.0
    page = section(record)
    assert ("shifted" in page) == (architecture != "cnn2d")
    assert ("backwards" in page) == (architecture != "cnn_lstm")


def test_frameworks_that_differ_are_both_shown():
    record = fake_record()
    record["rows"][3]["accuracy"] = 0.88
    assert "87.0% and 88.0% of its answers" in section(record)


def test_a_folder_is_called_what_it_is():
    page = section(fake_record("folder"))
    assert "a folder of the user's own, which the study did not use" in page
    assert "training set" not in page


def test_another_split_is_said_loudly():
    record = fake_record()
    found = {"tracks": 250, "equal": 150, "counts": {"blues": 250}, "split": {"pop": 250}, "agrees": False}
    record["test_labels"] = found
    page = section(record)
    assert "**The split differs from the study's.**" in page
    assert "blues 250" in page
    assert "pop 250; 150 labels are equal" in page


def test_several_datasets_share_what_is_the_same():
    page = section(fake_record(), fake_record("synthetic"))
    assert page.count("The study's 250 test labels") == 1
    assert page.index("weights on gtzan-mini") < page.index("## SYNTHETIC: the study's weights on synthetic")


def test_no_record_no_page(tmp_path):
    write_published_weights(STUDY, tmp_path)
    assert not list(tmp_path.iterdir())


def test_weights_that_saw_other_features_than_the_report_s_are_marked(monkeypatch):
    record = fake_record()
    older = "**Of older features.** The weights were asked about other features of gtzan-mini"
    for features, marked in (
        ({"mel_in_colour_5s": "ab" * 8}, False),
        ({"mel_in_colour_5s": "cd" * 8}, True),
        ({}, False),
    ):
        now = {"gtzan-mini": features}
        monkeypatch.setattr(published_weights_page, "_features_now", lambda _, now=now: now)
        assert (older in section(record)) is marked
