"""The order in which things take their turns, and what is kept of them."""

from contextlib import ExitStack
from itertools import count

from benchmarks.timing.measuring import children
from benchmarks.timing.measuring.rounds import start_product, take_rounds


def test_all_take_their_turn_in_every_round():
    happened = []
    clock = count(1)

    def turn(name):
        def take():
            happened.append(name)
            return float(next(clock))

        return take

    taken = take_rounds({"a": turn("a"), "b": turn("b"), "c": turn("c")}, 3, happened.append)
    # warm-up, then rounds that begin with another one each
    assert happened == [
        "warm-up", *"abc", "round 1 of 3", *"abc", "round 2 of 3", *"bca", "round 3 of 3", *"cab"
    ]  # fmt: skip
    assert taken == {"a": (4.0, 9.0, 11.0), "b": (5.0, 7.0, 12.0), "c": (6.0, 8.0, 10.0)}


def test_the_turn_of_the_product_is_a_speed(monkeypatch):
    told = []

    class Fake:
        def __init__(self, name, environment): ...
        def __enter__(self):
            return self

        def __exit__(self, *_): ...
        def prepare(self, task, make):
            return {"gflop": 54.0}

        def begin(self, task, at_least):
            told.append(at_least)

        def finish(self):
            return 0.5

    monkeypatch.setattr(children, "TimedChild", Fake)
    with ExitStack() as stack:
        assert start_product(stack, 2)() == 108.0
    assert told == [5 * children.ROUND_SECONDS]
