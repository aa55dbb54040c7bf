"""Which rows are marked."""

import pytest

from benchmarks.timing.measuring.noise import doubts, spread

CALM = (1.0, 1.01, 1.02, 1.03, 1.04)
ROUGH = (1.0, 1.0, 1.2, 1.3, 1.3)


def test_spread_is_the_middle_half_as_a_share_of_the_median():
    assert spread((1.0, 2.0, 3.0, 4.0, 5.0)) == pytest.approx(2 / 3)


def test_one_bad_round_does_not_move_a_median():
    assert doubts((1.0, 1.0, 1.0, 1.0, 9.0), CALM) is None


@pytest.mark.parametrize(
    ("seconds", "rates", "words"),
    [
        (CALM, CALM, None),
        (ROUGH, CALM, "its rounds spread by 25%"),
        (CALM, ROUGH, "the machine's own speed changed by 25% meanwhile"),
        (ROUGH, ROUGH, "its rounds spread by 25% and the machine's own speed changed by 25% meanwhile"),
    ],
)
def test_rows_and_the_machine_are_doubted(seconds, rates, words):
    assert doubts(seconds, rates) == words
