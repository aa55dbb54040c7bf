"""A timed process: it sets tasks up, times them when told to, and answers through pipes, a line of JSON a message.

The clock of its answers is this process's own, read right before and right after the work: what the messages take is
not in it. What pytest-benchmark times, and what several processes do at the same time, is timed from outside.
"""

import json
import os
import resource
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.processes.lifeline import messages

_Tasks = dict[str, Callable[[], object]]


def main() -> None:
    """Obey every line of standard input, until it ends."""
    # standard output belongs to the answers: what libraries print goes where their errors go
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        tasks: _Tasks = {}
        for line in messages():
            print(json.dumps(_answer(json.loads(line), tasks)), file=answers, flush=True)


def _answer(message: dict[str, Any], tasks: _Tasks) -> dict[str, Any]:
    match message["do"]:
        case "prepare":
            return _prepare(message, tasks)
        case "time":
            return {"seconds": timed(tasks[message["task"]], message["calls"])}
        case _:
            return {"mib": peak_memory()}


def _prepare(message: dict[str, Any], tasks: _Tasks) -> dict[str, Any]:
    module, _, name = message["make"].partition(":")
    try:
        tasks[message["task"]], facts = getattr(import_module(module), name)(**message["arguments"])
    except NotImplementedError as error:
        return {"unable": str(error)}
    return {"facts": facts}


def timed(task: Callable[[], object], calls: int) -> float:
    """Call a task so many times; return the mean seconds of a call."""
    started = time.perf_counter()
    for _ in range(calls):
        task()
    return (time.perf_counter() - started) / calls


def peak_memory() -> float:
    """Return the most memory, in MiB, that was resident at any time in the life of this process."""
    status = Path("/proc/self/status")
    if status.exists():
        # not ru_maxrss, which on Linux begins with the peak of the process that started this one
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # macOS counts bytes


if __name__ == "__main__":
    main()
