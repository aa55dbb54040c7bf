"""Processes that work for this one: how many, what they are told, and their start."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from threading import Event, Thread

from benchmarks.configuration import from_environment
from benchmarks.errors import GenrebenchError
from benchmarks.processes.environment import WORKER_ENVIRONMENT
from benchmarks.processes.lifeline import end_with

WORKERS_VARIABLE = "GENREBENCH_WORKERS"
_SECONDS = 1


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


@contextmanager
def worker_pool(workers: int, errors: Path | None = None) -> Iterator[ProcessPoolExecutor]:
    """Start fresh processes that end with this one, and at once where an error ends the block.

    A forked process would inherit locks that threads of this one may hold, and libraries with their threads.

    Parameters
    ----------
    workers : int
        How many at most. They start when work is submitted: do that in a `worker_environment`.
    errors : Path, optional
        Where they write their standard error.
    """
    theirs, ours = Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin, initargs=(theirs, errors))
    done = Event()

    def give_up() -> None:
        # nobody waits for what they still work on
        ours.close()
        # the pool waits for ever for the rest of a result that one was in the middle of, as long as any process, this
        # one or another worker, could write it
        pool._result_queue._writer.close()  # type: ignore[attr-defined]

    Thread(target=_give_up_when_one_is_lost, args=(pool, done, give_up), daemon=True).start()
    try:
        yield pool
    except BaseException:
        give_up()
        raise
    finally:
        done.set()
        pool.shutdown(cancel_futures=True)
        ours.close()
        theirs.close()


def _give_up_when_one_is_lost(pool: ProcessPoolExecutor, done: Event, give_up: Callable[[], None]) -> None:
    """Look for workers that ended before all is done: killed, perhaps in the middle of a result."""
    while not done.wait(_SECONDS):
        ended = wait([it.sentinel for it in list((pool._processes or {}).values())], timeout=0)
        # they end in good order when all is done
        if ended and not done.is_set():
            give_up()
            return


def _begin(parent: Connection, errors: Path | None) -> None:
    end_with(parent)
    if errors:
        os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)


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
