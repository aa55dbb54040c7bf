"""Starting timed processes, telling them what to do, ending them: the other end of `child`."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Any, Self

from benchmarks.errors import GenrebenchError
from benchmarks.execution.last_words import last_words

# a round repeats what is shorter until this much time has passed
ROUND_SECONDS = 0.2

_PATIENCE_SECONDS = 30


class UnableError(Exception):
    """A subject cannot do a task, and says why."""


class Child:
    """A process that is alive from here to the end of a ``with`` block, and computes only when it is told to.

    Parameters
    ----------
    name : str
        What it is called in messages of errors.
    environment : mapping of str to str
        All of it.
    """

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self._name = name
        self._errors: IO[bytes] = TemporaryFile()  # noqa: SIM115 -- lives as long as the child
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.timing.measuring.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=dict(environment),
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the process."""
        if kind is not None:
            self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                # a child that died leaves a message unread; what is said of its death matters, not the pipe
                with suppress(BrokenPipeError):
                    pipe.close()
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()

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

    def time(self, task: str) -> float:
        """Let the child do a task, a short one several times; returns the seconds of one call."""
        self.begin(task, at_least=ROUND_SECONDS)
        return self.finish()

    def begin(self, task: str, at_least: float = 0) -> None:
        """Let the child begin a task, and do not wait."""
        self._tell(do="time", task=task, at_least=at_least)

    def finish(self) -> float:
        """Wait for a task that was begun; returns the seconds of one call."""
        return float(self._answer()["seconds"])

    def peak_memory(self) -> float:
        """Return the most memory that the child had resident so far, in MiB."""
        self._tell(do="peak")
        return float(self._answer()["mib"])

    def _tell(self, **message: object) -> None:
        try:
            print(json.dumps(message), file=self._process.stdin, flush=True)
        except BrokenPipeError:
            self._fail()

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            self._fail()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _fail(self) -> None:
        status = self._process.wait()
        self._errors.seek(0)
        words = last_words(self._errors.read().decode(errors="replace"), status)
        raise GenrebenchError(f"the process that times {self._name} ended: {words}")


def together(children: Sequence[Child], task: str) -> float:
    """Let children do a task at the same time; returns the seconds until the last one has finished."""
    started = time.perf_counter()
    for child in children:
        child.begin(task)
    for child in children:
        child.finish()
    return time.perf_counter() - started
