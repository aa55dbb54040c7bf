"""How many runs memory has room for at a time, by what those at work take."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psutil

from benchmarks.execution.gpu_memory import GpuShare

# of a container, or of a job of a cluster
_CGROUP: Final = Path("/sys/fs/cgroup")
_LOOK_SECONDS: Final = 1.0


class Room:
    """The memory of this machine and of its GPU, which runs share: one more begins where what the largest took is free.

    The first one begins alone. What it takes is known after its first epoch, so that nothing need be guessed.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken: dict[object, int] = {}
        self._largest = 0
        self._gpu = GpuShare()

    @contextmanager
    def place(self) -> Iterator[Callable[[int], None]]:
        """Wait until there is room for one more run, which has it until the block ends.

        Yields
        ------
        callable
            To be given the number of its process, whenever what it takes may have changed.
        """
        mine = object()
        self._wait_for_room(mine)

        def measure(process: int) -> None:
            self._gpu.look(now=not self._taken[mine])
            with self._changed, suppress(psutil.Error):
                self._taken[mine] = psutil.Process(process).memory_info().rss
                self._largest = max(self._largest, self._taken[mine])
                if not self._beginning():
                    self._gpu.measure(len(self._taken))
                self._changed.notify_all()

        try:
            yield measure
        finally:
            with self._changed:
                del self._taken[mine]
                self._changed.notify_all()

    def _wait_for_room(self, mine: object) -> None:
        while True:
            self._gpu.look()
            with self._changed:
                if not self._taken or self._has_room():
                    self._taken[mine] = 0
                    return
                self._changed.wait(_LOOK_SECONDS)

    def _has_room(self) -> bool:
        if not self._largest:
            return False
        # those that began just now take the rest later
        to_come = sum(max(self._largest - taken, 0) for taken in self._taken.values())
        return free_memory() - to_come >= self._largest and self._gpu.has_room(self._beginning())

    def _beginning(self) -> int:
        """Count the runs of which nothing is known yet."""
        return sum(not taken for taken in self._taken.values())


def free_memory() -> int:
    """Return how many bytes this machine, or the container or job that this is, has left for processes."""
    free: int = psutil.virtual_memory().available
    # neither file is there, or `memory.max` holds the word max, where there is no limit
    with suppress(OSError, ValueError):
        limit = int((_CGROUP / "memory.max").read_text())
        free = min(free, limit - int((_CGROUP / "memory.current").read_text()))
    return free
