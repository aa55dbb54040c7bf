"""The learning rate that falls when a loss does not."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.execution.learning_rate import steered
from benchmarks.studies.protocol import Steering

STEERING = Steering(
    watched="validation", augmented=False, factor=0.95, patience=3, cooldown=2, min_delta=1e-4, lowest=1e-5
)


def rates(losses: list[float], steering: Steering = STEERING) -> list[float]:
    """The learning rate after each epoch."""
    return [steered(0.001, steering, losses[:epoch]) for epoch in range(1, len(losses) + 1)]


def test_it_does_not_fall_while_the_loss_does_nor_before_patience_is_out() -> None:
    assert set(rates([1.0, 0.9, 0.8, 0.7, 0.6])) == {0.001}
    assert rates([1.0, 1.0, 1.0, 1.0]) == [0.001, 0.001, 0.001, 0.001 * 0.95]


def test_an_improvement_of_less_than_min_delta_is_none() -> None:
    assert rates([1.0, 0.99995, 0.99991, 0.99990001])[-1] == 0.001 * 0.95
    assert rates([1.0, 0.9998, 0.9996, 0.9994])[-1] == 0.001


@given(st.lists(st.floats(0, 10), max_size=60))
def test_it_never_rises_nor_falls_below_the_lowest(losses: list[float]) -> None:
    lowest = STEERING.model_copy(update={"lowest": 0.0009})
    found = [0.001, *rates(losses, lowest)]
    assert all(first >= second for first, second in pairwise(found))
    assert min(found) >= 0.0009
