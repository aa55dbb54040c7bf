"""The end of a process with that of the process that started it, whatever ended that one.

Nobody else can do it: a process that is killed with SIGKILL, or for lack of memory, ends no child of its own. The
system, though, closes its end of a pipe.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from psutil import Error, NoSuchProcess, Process

# set by `benchmarks.processes.child.Child`: standard input is a pipe from a parent that lives
VARIABLE = "GENREBENCH_LIFELINE"
# set by DVC for the command of a stage
_OF_DVC = "DVC_STAGE"
# set by noxfile.py for all that a session runs: the number of nox's own process, which ends no child when it is ended
_OF_NOX = "GENREBENCH_NOX"
_SECONDS = 1
# what DVC starts a command with may wait for it, and live on without DVC
_SHELLS = frozenset({"ash", "bash", "busybox", "csh", "dash", "fish", "ksh", "ksh93", "mksh", "sh", "tcsh", "zsh"})


def end_with_parent() -> None:
    """Let this process end, in the middle of its work, as soon as its parent, the harness, DVC or nox, has ended.

    A process that a person started, or another program, lives on.
    """
    if os.environ.pop(VARIABLE, None):
        Thread(target=_wait_for_end_of_input, daemon=True).start()
        return
    watched = [_dvc()] if _OF_DVC in os.environ else []
    if number := os.environ.get(_OF_NOX):
        watched.append(_process(int(number)))
    for process in watched:
        Thread(target=_wait_for_end_of_process, args=(process,), daemon=True).start()


def end_with(parent: Connection) -> None:
    """Let this process end, in the middle of its work, when the other end of a silent pipe is closed."""
    Thread(target=_wait_for_end, args=(parent,), daemon=True).start()


def messages() -> Iterator[str]:
    """Yield the lines that the parent writes to standard input; when it ends, or the parent, this process ends."""
    lines = SimpleQueue[str]()
    Thread(target=_listen, args=(lines,), daemon=True).start()
    while True:
        yield lines.get()


def _wait_for_end_of_input() -> None:
    # past sys.stdin: a thread that waits inside it is a fatal error when the interpreter ends
    while os.read(0, 4096):
        pass
    os._exit(1)


def _dvc() -> Process | None:
    """Return the process that started this one, perhaps through a shell; None where it has ended already."""
    for process in Process().parents():
        with suppress(Error):
            if Path(process.exe()).stem not in _SHELLS:
                # the system's first process takes in what has lost its own
                return process if process.pid != 1 else None
    return None


def _process(number: int) -> Process | None:
    """Return a process by its number; None where it has ended already."""
    try:
        return Process(number)
    except NoSuchProcess:
        return None


def _wait_for_end_of_process(process: Process | None) -> None:
    while process and process.is_running():
        time.sleep(_SECONDS)
    # as it would have been obeyed itself: with what this process cleans up, and its children end with it
    os.kill(os.getpid(), signal.SIGTERM)


def _wait_for_end(parent: Connection) -> None:
    parent.poll(None)
    os._exit(1)


def _listen(lines: "SimpleQueue[str]") -> None:
    with os.fdopen(os.dup(0), encoding="utf-8") as told:
        for line in told:
            lines.put(line)
    os._exit(0)
