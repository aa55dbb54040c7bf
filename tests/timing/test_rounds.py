"""The order in which things take their turns, and what is kept of them."""

from itertools import count

from benchmarks.timing.measuring.rounds import take_rounds


def test_all_take_their_turn_in_every_round_with_a_reading_between():
    happened = []
    clock = count(1)

    def turn(name):
        def take():
            happened.append(name)
            return float(next(clock))

        return take

    def reference():
        happened.append("|")
        return 100.0

    taken = take_rounds({"a": turn("a"), "b": turn("b"), "c": turn("c")}, reference, 3, happened.append)
    said = ["warm-up", "round 1 of 3", "round 2 of 3", "round 3 of 3"]
    assert [it for it in happened if it in said] == said
    # warm-up, then rounds that begin with another one each
    assert "".join(it for it in happened if it not in said) == "abc|abc|bca|cab|"
    assert taken.seconds == {"a": (4.0, 9.0, 11.0), "b": (5.0, 7.0, 12.0), "c": (6.0, 8.0, 10.0)}
    assert taken.rates == (100.0,) * 4
