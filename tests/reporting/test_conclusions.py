"""What pages say about the claim and about differences: no word without its interval, no "better" over a 0."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks.reporting.conclusions import comparison_words, verdict_words
from benchmarks.reporting.dataset_page import banner
from benchmarks.reporting.tables import comparisons_table
from benchmarks.scoring.verdict import verdicts
from tests.builders import GTZAN_GENRES, STUDY, fake_manifest, fake_runs

WHOLE = fake_manifest("gtzan", genres=GTZAN_GENRES, per_genre=100)


ROW = {
    "kind": "framework",
    "within": "cnn2d",
    "first": "pytorch",
    "second": "tensorflow",
    "n_test": 200,
    "seeds": 3,
    "accuracy_difference": 0.02,
    "accuracy_low": -0.01,
    "accuracy_high": 0.05,
    "loss_difference": -0.1,
    "loss_low": -0.2,
    "loss_high": 0.0,
    "mcnemar_p_lowest": 0.0001,
    "mcnemar_p_below_0.05": 1,
    "equivalence_low": -0.004,
    "equivalence_high": 0.044,
    "equivalent": "yes",
}


def words(**changes):
    results = pd.DataFrame(
        {
            "architecture": ["cnn2d", "cnn2d", "cnn_lstm"],
            "framework": ["pytorch", "tensorflow", "pytorch"],
            "ece_mean": [0.1, 0.25, 0.3],
        }
    )
    (line,) = comparison_words(pd.DataFrame([{**ROW, **changes}]), results)
    return line


def test_an_interval_that_holds_0_shows_no_difference():
    assert words() == (
        "2D CNN, TensorFlow minus PyTorch: +2.0 points of accuracy [-1.0, 5.0]. No difference shown: the interval "
        "holds 0. Equivalent within ±5 points: the 90% interval [-0.4, 4.4] lies inside."
    )


@pytest.mark.parametrize(("low", "high"), [(-0.01, 0.05), (0.0, 0.05), (-0.05, 0.0), (np.nan, np.nan)])
def test_no_name_is_called_higher_unless_the_interval_leaves_0_out(low, high):
    line = words(accuracy_low=low, accuracy_high=high)
    assert "No difference shown" in line
    assert not re.search("higher accuracy|better", line)


@pytest.mark.parametrize(
    ("difference", "low", "high", "name"), [(0.03, 0.01, 0.05, "TensorFlow"), (-0.03, -0.05, -0.01, "PyTorch")]
)
def test_a_shown_difference_names_the_higher_one_with_the_interval(difference, low, high, name):
    line = words(accuracy_difference=difference, accuracy_low=low, accuracy_high=high, loss_difference=-difference)
    assert f"[{100 * low:.1f}, {100 * high:.1f}]. {name} has the higher accuracy: the interval does not hold 0." in line
    assert "No difference" not in line


def test_equivalence_that_is_not_shown_gives_its_interval():
    line = words(equivalent="no", equivalence_low=-0.06, equivalence_high=0.02)
    assert line.endswith("Equivalence within ±5 points is not shown: the 90% interval [-6.0, 2.0] does not lie inside.")


def test_architectures_are_never_called_equivalent():
    line = words(kind="architecture", within="pytorch", first="cnn2d", second="cnn_lstm", equivalent=np.nan)
    assert line.startswith("PyTorch, 1D CNN - LSTM minus 2D CNN: ")
    assert "quivalen" not in line


SHOWN = {"accuracy_low": 0.01, "accuracy_high": 0.03, "loss_difference": 0.1, "loss_low": 0.05, "loss_high": 0.15}


def test_calibration_is_given_where_loss_and_accuracy_disagree():
    assert "alibration" not in words()
    line = words(**SHOWN)
    assert line.endswith("Expected calibration error: PyTorch 10.0 points, TensorFlow 25.0 points.")
    # the lower accuracy with the higher loss is no disagreement
    line = words(**{**SHOWN, "accuracy_difference": -0.1, "accuracy_low": -0.2, "accuracy_high": -0.05})
    assert "alibration" not in line


def test_a_disagreement_is_told_only_where_neither_interval_holds_0():
    assert "Loss and accuracy disagree:" in words(**SHOWN)
    for doubt in ({"accuracy_low": -0.01}, {"loss_low": -0.05}):
        assert "disagree" not in words(**{**SHOWN, **doubt})


def test_calibration_of_architectures_is_looked_up_by_their_names():
    line = words(
        **{**SHOWN, "kind": "architecture", "within": "pytorch", "first": "cnn2d", "second": "cnn_lstm"},
    )
    assert line.endswith("Expected calibration error: 2D CNN 10.0 points, 1D CNN - LSTM 30.0 points.")


def test_the_table_holds_difference_interval_and_corrected_tests():
    line = comparisons_table(pd.DataFrame([ROW])).splitlines()[-1]
    assert [cell.strip() for cell in line.split("|")[1:-1]] == [
        "TensorFlow minus PyTorch",
        "2D CNN",
        "+2.0 [-1.0, 5.0]",
        "-0.10 [-0.20, 0.00]",
        "1 of 3",
        "< 0.001",
        "200",
    ]


def test_every_verdict_stands_with_its_interval():
    runs = fake_runs(WHOLE)
    _, lines = verdict_words(STUDY, WHOLE, runs)
    found = verdicts(STUDY, "gtzan", 1000, runs)
    assert len(lines.splitlines()) == len(found) == 8
    for line, verdict in zip(lines.splitlines(), found, strict=True):
        scale, digits = (100, 1) if verdict.metric == "accuracy" else (1, 2)
        low, high = (f"{scale * end:.{digits}f}" for end in verdict.predicted)
        assert f"[{low}, {high}]" in line
        assert ("**inside**" in line) == verdict.inside
        assert ("**outside**" in line) == (not verdict.inside)


@pytest.mark.parametrize("kind", ["gtzan", "gtzan-mini", "synthetic", "folder"])
def test_another_dataset_has_no_verdict_and_says_that_the_claim_does_not_apply(kind):
    manifest = fake_manifest(kind, dataset="mine" if kind == "folder" else None)
    assert verdict_words(STUDY, manifest, fake_runs(manifest)) == []
    assert "does not apply" in " ".join(
        banner(STUDY.claim, kind, manifest.origin, len(manifest.used), len(manifest.genres)).split()
    )


def test_another_protocol_on_the_whole_dataset_says_why_there_is_no_verdict():
    runs = fake_runs(WHOLE, protocols=("corrected",), seeds=(0, 1))
    (line,) = verdict_words(STUDY, WHOLE, runs)
    assert "does not apply to these runs.** No run follows the study's protocol" in line
    assert "inside" not in line


def test_a_claim_outside_names_its_side(monkeypatch):
    from benchmarks.reporting import conclusions

    (first, *_) = verdicts(STUDY, "gtzan", 1000, fake_runs(WHOLE, seeds=(0, 1)))
    low, high = first.predicted
    shifted = [replace(first, claimed=low - 0.1), replace(first, claimed=high + 0.1)]
    monkeypatch.setattr(conclusions, "verdicts", lambda *_: shifted)
    below, above = verdict_words(STUDY, WHOLE, fake_runs(WHOLE, seeds=(0, 1)))[1].splitlines()
    assert "**outside**, below it" in below
    assert "**outside**, above it" in above
