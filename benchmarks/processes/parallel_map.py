"""Work spread over processes, with a progress bar."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from benchmarks.errors import GenrebenchError
from benchmarks.processes.workers import WORKERS_VARIABLE, worker_count, worker_environment, worker_pool

Item = TypeVar("Item")
Result = TypeVar("Result")


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
    from rich.console import Console
    from rich.progress import track

    workers = max(1, min(worker_count(), len(items)))
    try:
        with worker_pool(workers) as pool:
            # submitting starts the workers
            with worker_environment():
                results = pool.map(function, items)
            yield from track(results, description, total=len(items), console=Console(stderr=True))
    except BrokenProcessPool:
        raise GenrebenchError(
            f"{description}: a worker process was killed, perhaps for lack of memory; try {WORKERS_VARIABLE}=1"
        ) from None
