"""Work spread over processes, with a progress bar."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from benchmarks.configuration import from_environment
from benchmarks.errors import GenrebenchError
from benchmarks.execution.environment import WORKER_ENVIRONMENT

WORKERS_VARIABLE = "GENREBENCH_WORKERS"

Item = TypeVar("Item")
Result = TypeVar("Result")


def worker_count() -> int:
    """Return how many processes work at the same time: GENREBENCH_WORKERS, or the cores this process may use.

    Raises
    ------
    GenrebenchError
        If the variable is set to anything but a positive whole number.
    """
    asked = from_environment(WORKERS_VARIABLE)
    if asked is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not asked.isdecimal() or int(asked) < 1:
        raise GenrebenchError(f"{WORKERS_VARIABLE}={asked!r} is not a number of processes; give a whole number from 1")
    return int(asked)


def parallel_map(function: Callable[[Item], Result], items: Sequence[Item], description: str) -> Iterator[Result]:
    """Apply a function to every item in worker processes and yield the results in the order of the items.

    Each call computes on one thread, so that results do not depend on the number of processes: matrix products
    round differently on another number of threads. Workers keep the memory that a call frees for the next one.

    Parameters
    ----------
    function : callable
        A module-level function (or a `functools.partial` of one): it travels to the workers.
    items : sequence
        What to work on, one call an item.
    description : str
        What the progress bar says is going on.

    Yields
    ------
    object
        The result for each item. The first exception of a worker is raised here and ends the work.
    """
    # imported when work starts, so that the command line answers --help at once
    from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
    from multiprocessing import get_context

    from rich.console import Console
    from rich.progress import track

    workers = max(1, min(worker_count(), len(items)))
    # fresh processes: a forked one inherits locks that threads of this one may hold, and libraries with their threads
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        # submitting starts the workers
        with worker_environment():
            results = pool.map(function, items)
        yield from track(results, description, total=len(items), console=Console(stderr=True))
    except BrokenProcessPool:
        raise GenrebenchError(
            f"{description}: a worker process was killed, perhaps for lack of memory; try {WORKERS_VARIABLE}=1"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def worker_environment() -> Iterator[None]:
    """Let processes that start inside the block have the environment of a run from their first instruction on."""
    before = {name: os.environ.get(name) for name in WORKER_ENVIRONMENT}
    os.environ.update(WORKER_ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
