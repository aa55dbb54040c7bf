"""Work inside frameworks: one framework to a process, each in a fresh process of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from benchmarks.errors import GenrebenchError
from benchmarks.processes.last_words import last_words
from benchmarks.processes.workers import worker_environment, worker_pool

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
        If a process was killed; the message holds what it said last. Exceptions of the function are raised as they are.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        calls = {}
        with worker_environment():
            for framework in frameworks:
                # libraries write out of sight: TensorFlow greets before any setting is read
                pool = stack.enter_context(worker_pool(1, errors=folder / framework))
                calls[framework] = pool.submit(function, framework)
        found = {}
        for framework, call in calls.items():
            try:
                found[framework] = call.result()
            except BrokenProcessPool:
                words = last_words((folder / framework).read_text(encoding="utf-8", errors="replace"))
                raise GenrebenchError(f"the process of {framework} was killed: {words}") from None
        return found
