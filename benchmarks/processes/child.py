"""A command in a process of its own: what it prints, what it said last, and its end."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Self

from benchmarks.processes.last_words import last_words
from benchmarks.processes.lifeline import VARIABLE

_PATIENCE_SECONDS = 30


class Child:
    """A process that is alive from here to its end, at the latest that of a ``with`` block.

    It is told that its standard input is a pipe that ends with this process (`benchmarks.processes.lifeline`).

    Parameters
    ----------
    command : sequence of str
        The program and its arguments.
    environment : mapping of str to str
        All of it.
    shown : bool
        Let it write where this process writes; else `lines` and `last_words` have it.
    folder : Path, optional
        Where it works; by default here.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        shown: bool = False,
        folder: Path | None = None,
    ) -> None:
        # a file, which never is full as a pipe is that nobody reads
        self._errors: IO[bytes] = TemporaryFile()  # noqa: SIM115 -- lives as long as the child
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=None if shown else subprocess.PIPE,
            stderr=None if shown else self._errors,
            env={**environment, VARIABLE: "1"},
            cwd=folder,
            encoding="utf-8",
            errors="replace",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the process: at once where an error ends the block."""
        if kind is not None:
            self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                # a child that died leaves a message unread; what is said of its death matters, not the pipe
                with suppress(BrokenPipeError):
                    pipe.close()
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        self._errors.close()

    @property
    def number(self) -> int:
        """The number that the system gave it."""
        return self._process.pid

    def tell(self, line: str) -> None:
        """Write a line to its standard input.

        Raises
        ------
        BrokenPipeError
            If it has ended.
        """
        print(line, file=self._process.stdin, flush=True)

    def hear(self) -> str:
        """Wait for the next line of its standard output; empty where it has ended, or closed it."""
        return self._process.stdout.readline() if self._process.stdout else ""

    def lines(self) -> Iterator[str]:
        """Return each line of its standard output when it has come, until there are no more."""
        return iter(self.hear, "")

    def wait(self) -> int:
        """Wait until it has ended; returns its exit status, minus the number of a signal where one ended it."""
        return self._process.wait()

    def last_words(self) -> str:
        """Return what it wrote to standard error last, after its end; of a silent one, what its silence may mean."""
        status = self.wait()
        self._errors.seek(0)
        return last_words(self._errors.read().decode(errors="replace"), status).removeprefix("error: ")

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
