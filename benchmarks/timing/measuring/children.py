"""Starting timed processes, telling them what to do, ending them: the other end of `child`."""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.errors import GenrebenchError
from benchmarks.processes.child import Child

# a round repeats what is shorter until this much time has passed
ROUND_SECONDS = 0.2


class UnableError(Exception):
    """A subject cannot do a task, and says why."""


class TimedChild(Child):
    """A child that computes only when it is told to.

    Parameters
    ----------
    name : str
        What it is called in messages of errors.
    environment : mapping of str to str
        All of it.
    """

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        super().__init__([sys.executable, "-m", "benchmarks.timing.measuring.child"], environment)
        self._name = name

    def prepare(self, task: str, make: str, **arguments: object) -> dict[str, Any]:
        """Let the child set a task up; returns what the maker has to tell.

        Parameters
        ----------
        task : str
            The name under which it is timed.
        make : str
            ``"module:name"`` of the maker.
        **arguments : object
            The maker's, as JSON knows them.

        Raises
        ------
        UnableError
            If the subject cannot do it.
        GenrebenchError
            If the child ends; the message holds what it said last.
        """
        self._tell(do="prepare", task=task, make=make, arguments=arguments)
        answer = self._answer()
        if "unable" in answer:
            raise UnableError(answer["unable"])
        facts: dict[str, Any] = answer["facts"]
        return facts

    def time(self, task: str, calls: int = 1) -> float:
        """Let the child do a task, so many times; returns the mean seconds of a call."""
        self.begin(task, calls)
        return self.finish()

    def begin(self, task: str, calls: int = 1) -> None:
        """Let the child begin a task, and do not wait."""
        self._tell(do="time", task=task, calls=calls)

    def finish(self) -> float:
        """Wait for a task that was begun; returns the seconds of one call."""
        return float(self._answer()["seconds"])

    def peak_memory(self) -> float:
        """Return the most memory that the child had resident so far, in MiB."""
        self._tell(do="peak")
        return float(self._answer()["mib"])

    def _tell(self, **message: object) -> None:
        try:
            self.tell(json.dumps(message))
        except BrokenPipeError:
            self._fail()

    def _answer(self) -> dict[str, Any]:
        line = self.hear()
        if not line:
            self._fail()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _fail(self) -> None:
        raise GenrebenchError(f"the process that times {self._name} ended: {self.last_words()}")


def together(children: Sequence[TimedChild], task: str) -> float:
    """Let children do a task at the same time; returns the seconds until the last one has finished."""
    started = time.perf_counter()
    for child in children:
        child.begin(task)
    for child in children:
        child.finish()
    return time.perf_counter() - started
