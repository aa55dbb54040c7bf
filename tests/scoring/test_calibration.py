"""The expected calibration error against values computed by hand and against its definition."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings

from benchmarks.scoring.calibration import BINS, expected_calibration_error
from tests.scoring.test_metrics import predictions


def test_hand_computed_case():
    # confidences 0.9 (right), 0.9 (wrong), 0.6 (right); the first two share a bin: |1/2 - 0.9| x 2/3 + |1 - 0.6| x 1/3
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6]])
    assert expected_calibration_error(np.array([0, 1, 1]), probabilities) == pytest.approx((0.8 + 0.4) / 3)


def test_as_right_as_sure():
    probabilities = np.tile([0.75, 0.25], (4, 1))
    assert expected_calibration_error(np.array([0, 0, 0, 1]), probabilities) == pytest.approx(0)


def test_an_edge_belongs_to_the_lower_bin():
    # 0.6 = 9/15 is an edge; 0.61 lies in the next bin. Apart: (0.6 + 0.39) / 2; together: |0.5 - 0.605|
    probabilities = np.array([[0.6, 0.4], [0.61, 0.39]])
    assert expected_calibration_error(np.array([1, 0]), probabilities) == pytest.approx((0.6 + 0.39) / 2)


def test_fifteen_bins():
    # an edge at 10/15 = 0.667 parts them, which none of ten bins would
    probabilities = np.array([[0.65, 0.35], [0.68, 0.32]])
    assert expected_calibration_error(np.array([1, 0]), probabilities) == pytest.approx((0.65 + 0.32) / 2)


@settings(deadline=None)
@given(predictions())
def test_it_is_the_mean_gap_of_the_bins(case):
    labels, probabilities = case
    exact = probabilities / probabilities.sum(axis=1, keepdims=True, dtype=np.float64)
    confidence, right = exact.max(axis=1), exact.argmax(axis=1) == labels
    expected = 0.0
    edges = np.linspace(0, 1, BINS + 1)
    for low, high in pairwise(edges):
        inside = (confidence > low) & ((confidence <= high) | (high == 1))
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    assert expected_calibration_error(labels, probabilities) == pytest.approx(expected, abs=1e-12)
