"""A report of one seed while the other seeds are trained. No result depends on it."""

import os
import sys
import threading
from collections.abc import Sequence

from rich.console import Console

from benchmarks.execution.plan import Plan
from benchmarks.processes.child import Child
from benchmarks.processes.environment import WORKER_ENVIRONMENT

COMMAND = (sys.executable, "-m", "benchmarks", "first-look")


class FirstLook:
    """Starts `COMMAND`, in a process of its own, when the last run of the seed is finished.

    Parameters
    ----------
    dataset : str
        The study's.
    awaited : sequence of Plan
        The runs of the seed that are still to be made.
    console : Console
        Where the command's last line is shown.
    """

    def __init__(self, dataset: str, awaited: Sequence[Plan], console: Console) -> None:
        self._dataset = dataset
        self._awaited = {plan.key for plan in awaited}
        self._console = console
        self._child: Child | None = None
        self._reader: threading.Thread | None = None

    def __enter__(self) -> "FirstLook":
        self._start_when_ready()
        return self

    def __exit__(self, *_: object) -> None:
        """End it: the report of all seeds comes next, or the study was stopped."""
        if self._child and self._reader:
            self._child.kill()
            self._reader.join()

    def finished(self, plan: Plan) -> None:
        """Note that a run is finished."""
        self._awaited.discard(plan.key)
        self._start_when_ready()

    def _start_when_ready(self) -> None:
        if self._awaited or self._child:
            return
        self._child = Child([*COMMAND, "--dataset", self._dataset], {**os.environ, **WORKER_ENVIRONMENT})
        self._reader = threading.Thread(target=self._tell, args=(self._child,))
        self._reader.start()

    def _tell(self, child: Child) -> None:
        with child:
            said = list(child.lines())
            status = child.wait()
            if status == 0:
                self._console.print(said[-1].rstrip(), soft_wrap=True)
            elif status > 0:  # below: it was ended
                self._console.print(f"no first look: {child.last_words()}", soft_wrap=True)
