"""What a person watches while runs are trained, and the line of JSON in which a run tells where it is."""

import json
import sys
from dataclasses import asdict

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from benchmarks.execution.run import Progress as EpochProgress
from benchmarks.runs import RunKey


def read_progress(line: str) -> EpochProgress | None:
    """Read what `print_progress` wrote; None for a line that a library printed past Python's standard output."""
    try:
        return EpochProgress(**json.loads(line))
    except (ValueError, TypeError):
        return None


class Board:
    """What a person watches: a row a run with its epoch, losses and time left; plain lines where there is no screen."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._names: dict[TaskID, str] = {}
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("epoch {task.completed}/{task.total}  {task.fields[losses]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> "Board":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def add(self, key: RunKey, epochs: int) -> TaskID:
        """Add a row for a run that starts now."""
        row = self._progress.add_task(str(key), total=epochs, losses="starting")
        self._names[row] = str(key)
        return row

    def show(self, row: TaskID, at: EpochProgress) -> None:
        """Show that a run finished an epoch."""
        losses = f"loss {at.train_loss:.3f}, on {at.watched} tracks {at.watched_loss:.3f}"
        self._progress.update(row, completed=at.epoch, losses=losses)
        if not self._console.is_terminal and (at.epoch == at.epochs or at.epoch % max(at.epochs // 4, 1) == 0):
            self._console.print(f"{self._names[row]}: epoch {at.epoch}/{at.epochs}, {losses}", soft_wrap=True)


def print_progress(at: EpochProgress) -> None:
    """Tell the parent process where this run is: one line of JSON."""
    print(json.dumps(asdict(at)), file=sys.__stdout__, flush=True)
