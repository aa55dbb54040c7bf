"""Work inside frameworks: one framework to a process, each in a fresh process of its own."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from typing import TypeVar

from benchmarks.environment import WORKER_ENVIRONMENT
from benchmarks.errors import GenrebenchError

Result = TypeVar("Result")


def in_each_framework(frameworks: Sequence[str], function: Callable[[str], Result]) -> dict[str, Result]:
    """Call a function once a framework, at the same time, each call in a fresh process of its own.

    Parameters
    ----------
    frameworks : sequence of str
        Names from the registry.
    function : callable
        Takes the name of a framework. A module-level function, or a `functools.partial` of one: it travels to the
        processes, as its result travels back.

    Returns
    -------
    dict of str to object
        The result for each framework.

    Raises
    ------
    GenrebenchError
        If a process was killed. Exceptions of the function are raised as they are.
    """
    with ExitStack() as stack:
        calls = {}
        with _worker_environment():
            for framework in frameworks:
                pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_silence)
                calls[framework] = stack.enter_context(pool).submit(function, framework)
        try:
            return {framework: call.result() for framework, call in calls.items()}
        except BrokenProcessPool:
            raise GenrebenchError("a process was killed, perhaps for lack of memory") from None


def _silence() -> None:
    """Drop what libraries write to standard error, TensorFlow's greetings first of all; exceptions travel back."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


@contextmanager
def _worker_environment() -> Iterator[None]:
    """Let processes that start inside the block have the environment of a run from their first instruction on."""
    before = dict(os.environ)
    os.environ.update(WORKER_ENVIRONMENT)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
