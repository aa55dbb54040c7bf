"""Interleaved rounds: everything that is compared takes its turn in every round, with a reading of the machine between.

What the machine does meanwhile, a slower clock or a neighbour, then falls on all of them alike.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Generic, TypeVar

from benchmarks.timing.measuring.children import Child
from benchmarks.timing.measuring.environments import environment

Name = TypeVar("Name")
# does its work once and returns the seconds
Turn = Callable[[], float]

_REFERENCE = "matrix product"


@dataclass(frozen=True)
class Rounds(Generic[Name]):
    """What was taken together.

    Attributes
    ----------
    seconds : dict of object to tuple of float
        For everything that took part, its rounds in their order.
    rates : tuple of float
        GFLOP/s of a float32 matrix product on as many threads: before the first round, between rounds, after the last.
    """

    seconds: dict[Name, tuple[float, ...]]
    rates: tuple[float, ...]


def take_rounds(
    turns: Mapping[Name, Turn], reference: Callable[[], float], rounds: int, say: Callable[[str], None]
) -> Rounds[Name]:
    """Let everything take a turn in a round of warm-up, which is thrown away, and in every round after it.

    Parameters
    ----------
    turns : mapping of object to callable
        Every round begins with another one.
    reference : callable
        Returns how fast the machine is.
    rounds : int
        How many count.
    say : callable
        Takes a line about what goes on.
    """
    say("warm-up")
    for turn in turns.values():
        turn()
    names = list(turns)
    seconds: dict[Name, list[float]] = {name: [] for name in names}
    rates = [reference()]
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        first = number % len(names)
        for name in names[first:] + names[:first]:
            seconds[name].append(turns[name]())
        rates.append(reference())
    return Rounds({name: tuple(values) for name, values in seconds.items()}, tuple(rates))


def start_reference(stack: ExitStack, threads: int) -> Callable[[], float]:
    """Start a child that multiplies matrices; returns what gives its GFLOP/s, after a first product for warmth."""
    child = stack.enter_context(Child(_REFERENCE, environment("stock", threads)))
    gflop = child.prepare(_REFERENCE, "benchmarks.timing.measuring.tasks:matrix_product")["gflop"]
    child.time(_REFERENCE)
    return lambda: gflop / child.time(_REFERENCE)
