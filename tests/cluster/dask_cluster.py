"""A Dask scheduler and its workers: processes of their own, each with a folder and code of its own."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from benchmarks.processes.lifeline import VARIABLE
from benchmarks.studies.study import FOLDER_VARIABLE
from tests.cluster.ports import free_ports
from tests.faults.harness import left_at_work
from tests.faults.project import environment

_WORKER: Final = ("--no-dashboard", "--nworkers", "1", "--local-directory", "dask")
_PATIENCE_SECONDS: Final = 60
# `python -m dask`, which ends when the tests are killed
_DASK: Final = (
    "from benchmarks.processes.lifeline import end_with_parent; end_with_parent(); "
    "from dask.__main__ import main; main()"
)
# workers on one machine see what those on several would have to be sent
_SEES_NOTHING: Final = """

def _seen(path):
    return b""
"""


class DaskCluster:
    """A scheduler, and workers that come and go.

    Parameters
    ----------
    folder : Path
        Where all of them work.
    code : Path
        What each gets a copy of.
    security : tuple of str
        Options of both.
    protocol : str
        Of their addresses.
    """

    def __init__(
        self,
        folder: Path,
        code: Path,
        security: tuple[str, ...] = (),
        protocol: str = "tcp",
    ) -> None:
        self._folder, self._code, self._security = folder, code, security
        port = str(*free_ports(1))
        self.address = f"{protocol}://127.0.0.1:{port}"
        named = ("--protocol", protocol, "--host", "127.0.0.1", "--port", port)
        self.scheduler = self._start("scheduler", *named, "--no-dashboard", *security)
        self.workers: list[subprocess.Popen[bytes]] = []

    def add_worker(self, threads: int = 1) -> Path:
        """Start another worker, which can be at so many runs at a time; returns the code that it has."""
        words = ("worker", self.address, *_WORKER, "--nthreads", str(threads), *self._security)
        self.workers.append(self._start(*words))
        return self._last / "code"

    def lose_worker(self) -> None:
        """End the oldest worker as a machine ends that loses power."""
        lost = self.workers.pop(0)
        lost.send_signal(signal.SIGKILL)
        _see_off(lost)

    def close(self) -> None:
        """End all, and demand that nothing is left of them."""
        processes = [*self.workers, self.scheduler]
        for process in processes:
            process.terminate()
        for process in processes:
            _see_off(process)

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        self._last = self._folder / f"dask-{time.monotonic_ns()}"
        shutil.copytree(self._code, self._last / "code")
        with (self._last / "code" / "benchmarks" / "cluster" / "worker.py").open("a") as file:
            file.write(_SEES_NOTHING)
        # nothing of the client's: no study, no folder
        told = {**environment(self._last / "code"), VARIABLE: "1"}
        del told[FOLDER_VARIABLE]
        with (self._last / "log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-c", _DASK, *words],
                cwd=self._last,
                env=told,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def _see_off(process: subprocess.Popen[bytes]) -> None:
    process.wait(_PATIENCE_SECONDS)
    if process.stdin:
        process.stdin.close()
    assert not left_at_work(process.pid)
