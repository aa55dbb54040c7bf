"""Metrics against values computed by hand, and what is refused."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.errors import GenrebenchError
from benchmarks.runs import Implementation
from benchmarks.scoring.metrics import score, score_run
from tests.builders import fake_manifest, fake_run

# Answers: 0 (right), 1 (wrong), 1 (right), 0 (wrong); the last genre of three has no test track.
LABELS = np.array([0, 0, 1, 1])
PROBABILITIES = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.1, 0.8, 0.1], [0.6, 0.2, 0.2]], dtype=np.float32)


def test_hand_computed_case():
    scores = score(LABELS, PROBABILITIES)
    assert scores.loss == pytest.approx(-(math.log(0.5) + math.log(0.25) + math.log(0.8) + math.log(0.2)) / 4, abs=1e-7)
    assert scores.accuracy == 0.5
    np.testing.assert_array_equal(scores.confusion, [[1, 1, 0], [1, 1, 0], [0, 0, 0]])
    np.testing.assert_array_equal(scores.recall, [0.5, 0.5, np.nan])
    # F1 is 0.5 for both genres that occur; the third one occurs neither as label nor as answer
    assert scores.macro_f1 == 0.5


def test_macro_f1_counts_a_genre_that_is_only_predicted():
    scores = score(np.array([0, 0]), np.array([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0]]))
    # genre 0: precision 1, recall 1/2, F1 2/3; genre 1: F1 0; genre 2: in neither
    assert scores.macro_f1 == pytest.approx((2 / 3 + 0) / 2)
    np.testing.assert_array_equal(scores.recall, [0.5, np.nan, np.nan])


def test_a_sure_and_wrong_answer_costs_a_finite_loss():
    scores = score(np.array([0]), np.array([[0.0, 1.0]], dtype=np.float32))
    assert scores.loss == pytest.approx(-math.log(np.finfo(np.float64).eps))


def test_float32_rounding_does_not_move_the_loss():
    exact = np.array([[1 / 3, 1 / 3, 1 / 3]])
    rounded = (exact * (1 + 3e-5)).astype(np.float32)
    assert score(np.array([0]), rounded).loss == pytest.approx(math.log(3), abs=1e-12)


def test_ties_go_to_the_first_genre():
    assert score(np.array([0, 1]), np.full((2, 4), 0.25)).confusion[:, 0].tolist() == [1, 1, 0, 0]


@st.composite
def predictions(draw):
    n_test, n_genres = draw(st.integers(1, 40)), draw(st.integers(2, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    powers = np.exp(draw(st.sampled_from([0.1, 3, 80])) * rng.normal(size=(n_test, n_genres)))
    labels = rng.integers(0, draw(st.integers(1, n_genres)), n_test)
    return labels, (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


@settings(deadline=None)
@given(predictions())
def test_metrics_hold_together(case):
    labels, probabilities = case
    scores = score(labels, probabilities)
    counts = np.bincount(labels, minlength=probabilities.shape[1])
    assert 0 <= scores.loss <= 37
    assert scores.accuracy == pytest.approx(np.trace(scores.confusion) / len(labels))
    np.testing.assert_array_equal(scores.confusion.sum(axis=1), counts)
    np.testing.assert_array_equal(np.isnan(scores.recall), counts == 0)
    assert scores.accuracy == pytest.approx(np.nansum(scores.recall * counts) / len(labels))
    assert 0 <= scores.macro_f1 <= 1


@settings(deadline=None)
@given(predictions())
def test_loss_is_the_mean_over_tracks_of_the_negative_log_probability(case):
    labels, probabilities = case
    exact = probabilities / probabilities.sum(axis=1, keepdims=True, dtype=np.float64)
    true = np.maximum(exact[np.arange(len(labels)), labels], np.finfo(np.float64).eps)
    assert score(labels, probabilities).loss == pytest.approx(-np.log(true).mean(), abs=1e-12)


def changed(row: int, values: list[float]) -> np.ndarray:
    probabilities = PROBABILITIES.copy()
    probabilities[row] = values
    return probabilities


@pytest.mark.parametrize(
    ("labels", "probabilities", "message"),
    [
        (LABELS, PROBABILITIES[0], r"shape \(3,\)"),
        (LABELS[:0], PROBABILITIES[:0], r"shape \(0, 3\)"),
        (LABELS, PROBABILITIES[:, :1], "2 genres"),
        (LABELS[:3], PROBABILITIES, r"labels have shape \(3,\); legal: \(4,\)"),
        (LABELS.astype(float), PROBABILITIES, "legal: integers"),
        (LABELS - 1, PROBABILITIES, "lie in -1 to 0; legal: 0 to 2"),
        (LABELS + 2, PROBABILITIES, "lie in 2 to 3; legal: 0 to 2"),
        (LABELS, changed(2, [np.nan, 0.5, 0.5]), "row 2 .* not finite"),
        (LABELS, changed(1, [np.inf, 0, 0]), "row 1 .* not finite"),
        (LABELS, changed(1, [1.5, -0.5, 0]), "go down to -0.5"),
        (LABELS, changed(3, [0.5, 0.25, 0.2]), "row 3 .* sums to 0.95; legal: 1"),
    ],
)
def test_illegal_arrays_are_refused(labels, probabilities, message):
    with pytest.raises(GenrebenchError, match=message):
        score(labels, probabilities)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda p: 2 * p, "sums to 2"),
        (lambda p: p[:, :2] / p[:, :2].sum(axis=1, keepdims=True), "2 columns .* 3 genres"),
    ],
)
def test_a_bad_run_is_named(damage, message):
    run = fake_run(fake_manifest(), Implementation("cnn2d", "pytorch"), seed=7)
    run = replace(run, probabilities={"last_epoch": damage(run.probabilities["last_epoch"])})
    with pytest.raises(GenrebenchError, match=f"synthetic/published/cnn2d-pytorch/seed-7, last_epoch: .*{message}"):
        score_run(run, "last_epoch")
