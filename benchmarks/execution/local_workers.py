"""Runs on this machine: one process a run, one thread a process."""

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks.errors import GenrebenchError, StaleError
from benchmarks.execution.memory import Room
from benchmarks.execution.plan import Plan
from benchmarks.execution.progress_board import Board, read_progress
from benchmarks.processes.child import Child
from benchmarks.processes.environment import WORKER_ENVIRONMENT


class LocalWorkers:
    """The processes at work on this machine, one a run, so that all of them can be stopped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._children: set[Child] = set()
        self._stopped = False
        self._room = Room()

    def run(self, plan: Plan, board: Board) -> None:
        """Make one run in a process of its own and show where it is."""
        key = plan.key
        with (
            self._room.place() as measure,
            self._started([sys.executable, "-m", "benchmarks", *plan.command]) as child,
        ):
            row = board.add(key, plan.protocol.schedule.epochs)
            for line in child.lines():
                if at := read_progress(line):
                    measure(child.number)
                    board.show(row, at)
            if status := child.wait():
                if status == StaleError.status:
                    raise StaleError(child.last_words())
                raise GenrebenchError(f"run {key} failed: {child.last_words()}")

    def stop(self) -> None:
        """Kill every process and let no further one start."""
        with self._lock:
            self._stopped = True
            for child in self._children:
                child.kill()

    @contextmanager
    def _started(self, command: Sequence[str]) -> Iterator[Child]:
        with self._lock:
            if self._stopped:
                raise GenrebenchError("stopped")
            child = Child(command, {**os.environ, **WORKER_ENVIRONMENT})
            self._children.add(child)
        try:
            with child:
                yield child
        finally:
            with self._lock:
                self._children.discard(child)
