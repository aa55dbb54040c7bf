"""Medians, intervals and ratios of rounds."""

import numpy as np
import pytest

from benchmarks.timing.reporting.estimates import Estimate, coverage, rank, ratio


def test_one_bad_round_of_nine_moves_neither_median_nor_interval():
    calm = [1.0, 1.01, 1.02, 1.03, 1.04, 1.05, 1.06, 1.07]
    assert Estimate.of([*calm, 1.08]) == Estimate.of([*calm, 90.0]) == Estimate(1.04, 1.01, 1.07)


def test_noise_widens_the_interval():
    calm, rough = (Estimate.of([10 + spread * it for it in range(-4, 5)]) for spread in (0.1, 1.0))
    assert calm.middle == rough.middle
    assert rough.high - rough.low == pytest.approx(10 * (calm.high - calm.low))


@pytest.mark.parametrize(
    ("rounds", "place", "share"),
    # the table of Conover, Practical Nonparametric Statistics, for n = 9 and 15; 2 x 0.5^n is outside the whole range
    [(1, 1, 0), (5, 1, 0.9375), (6, 1, 0.96875), (8, 1, 0.9921875), (9, 2, 0.9609375), (15, 4, 0.96484375)],
)
def test_the_interval_is_the_narrowest_that_keeps_95_percent(rounds, place, share):
    assert rank(rounds) == place
    assert coverage(rounds, place) == share
    assert coverage(rounds, place + 1) < 0.95


def test_the_interval_holds_the_median_as_often_as_it_says():
    drawn = np.random.default_rng(0).lognormal(size=(4000, 9))
    held = [it.low <= 1 <= it.high for it in map(Estimate.of, drawn.tolist())]
    assert np.mean(held) == pytest.approx(coverage(9, rank(9)), abs=0.01)


def test_a_ratio_is_taken_within_each_round():
    # the machine is half as fast in the second half: ratios know nothing of it
    slow = (4.0, 4.0, 4.0, 8.0, 8.0, 8.0)
    assert ratio(slow, [it / 4 for it in slow]) == Estimate(4.0, 4.0, 4.0)
    with pytest.raises(ValueError, match="shorter"):
        ratio(slow, slow[:-1])
