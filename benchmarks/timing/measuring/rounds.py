"""Interleaved rounds: everything that is compared takes its turn in every round.

What the machine does meanwhile, a slower clock or a neighbour, then falls on all of them alike, so that ratios within a
round say what the code is worth.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Final, TypeVar

from benchmarks.timing.measuring import children
from benchmarks.timing.measuring.environments import environment

Name = TypeVar("Name")
# does its work once and returns what was measured, for most the seconds
Turn = Callable[[], float]

# the turn of `start_product`
PRODUCT: Final = "matrix product"


def take_rounds(turns: Mapping[Name, Turn], rounds: int, say: Callable[[str], None]) -> dict[Name, tuple[float, ...]]:
    """Let everything take a turn in a round of warm-up, which is thrown away, and in every round after it.

    Parameters
    ----------
    turns : mapping of object to callable
        Every round begins with another one.
    rounds : int
        How many count.
    say : callable
        Takes a line about what goes on.

    Returns
    -------
    dict of object to tuple of float
        For everything that took part, what its turns returned, a number a round.
    """
    say("warm-up")
    for turn in turns.values():
        turn()
    names = list(turns)
    taken: dict[Name, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        first = number % len(names)
        for name in names[first:] + names[:first]:
            taken[name].append(turns[name]())
    return {name: tuple(values) for name, values in taken.items()}


def start_product(stack: ExitStack, threads: int) -> Turn:
    """Start a child that multiplies large float32 matrices; its turn returns GFLOP/s."""
    child = stack.enter_context(children.TimedChild(PRODUCT, environment("stock", threads)))
    gflop = child.prepare(PRODUCT, "benchmarks.timing.measuring.tasks:matrix_product")["gflop"]

    def turn() -> float:
        # longer than others at the least: all ratios to the limit rest on it
        child.begin(PRODUCT, 5 * children.ROUND_SECONDS)
        return float(gflop / child.finish())

    return turn
