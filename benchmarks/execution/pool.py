"""Runs, trained in parallel: one process a run, one thread a process."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, nullcontext
from dataclasses import asdict

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from benchmarks.errors import GenrebenchError, StaleError
from benchmarks.execution.environment import WORKER_ENVIRONMENT
from benchmarks.execution.first_look import FirstLook
from benchmarks.execution.forecast import forecast
from benchmarks.execution.last_words import last_words
from benchmarks.execution.parallel import worker_count
from benchmarks.execution.plan import Plan, make_plan
from benchmarks.execution.run import Progress as EpochProgress
from benchmarks.runs import RunKey, set_aside, take_back
from benchmarks.settings import Settings


def train(settings: Settings, keys: Sequence[RunKey], what: str, *, first_look: bool = False) -> None:
    """Make runs, as many at a time as there are workers, those of the first seed first; finished runs are kept.

    Parameters
    ----------
    settings : Settings
        The content of params.yaml.
    keys : sequence of RunKey
        Which runs.
    what : str
        What they are together, for the person who watches.
    first_look : bool
        Write a report of the first seed as soon as its runs are finished; the keys are then all of a dataset.

    Raises
    ------
    GenrebenchError
        If an input is missing or a run fails; the message holds what the run said last. Runs that were finished
        before stay finished.
    """
    console = Console(stderr=True, highlight=False)
    plans = [make_plan(settings, key) for key in keys]
    missing = _missing(plans, console)
    kept = len(plans) - len(missing)
    words = f"{what}: {len(missing)} of {len(plans)} runs to make, {kept} of {len(plans)} are finished and kept"
    console.print(words + (f"; {forecast(missing)}" if missing else ""), soft_wrap=True)
    if not missing:
        return
    first = settings.study.seeds[0]
    missing.sort(key=lambda plan: plan.key.seed != first)
    awaited = [plan for plan in missing if plan.key.seed == first]
    early = first_look and len(awaited) < len(missing)
    if early and awaited:
        runs = f"{len(awaited)} run{'s' if len(awaited) > 1 else ''}"
        console.print(f"a first look at seed {first} after {runs}; {forecast(awaited)}", soft_wrap=True)
    with _Board(console) as board, FirstLook(keys[0].dataset, awaited, console) if early else nullcontext() as look:
        _run_all(missing, board, look)


def _missing(plans: Sequence[Plan], console: Console) -> list[Plan]:
    """Return the plans whose runs are to be made; a damaged run is named, another one in its place is set aside."""
    missing = []
    for plan in plans:
        state = plan.state()
        if state.kind == "finished":
            continue
        if state.kind == "damaged":
            console.print(f"damaged, made again: {state.reason}", soft_wrap=True)
        if state.kind != "missing":
            set_aside(plan.key)
        if not take_back(plan.key, plan.fingerprint):
            missing.append(plan)
    return missing


def _run_all(plans: Sequence[Plan], board: "_Board", look: FirstLook | None) -> None:
    workers = _Workers()
    with ThreadPoolExecutor(worker_count()) as pool:
        try:
            plan_of = {pool.submit(workers.run, plan, board): plan for plan in plans}
            for done in as_completed(plan_of):
                done.result()
                if look:
                    look.finished(plan_of[done])
        except StaleError:
            # what is at work has the right plan: it is finished, the others are not begun
            pool.shutdown(wait=True, cancel_futures=True)
            raise
        except BaseException:
            # the first failure, or Ctrl-C, ends the others too
            pool.shutdown(wait=False, cancel_futures=True)
            workers.stop()
            raise


class _Workers:
    """The processes at work, so that all of them can be stopped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: set[subprocess.Popen[str]] = set()
        self._stopped = False

    def run(self, plan: Plan, board: "_Board") -> None:
        """Make one run in a process of its own and show where it is."""
        key = plan.key
        command = [sys.executable, "-m", "benchmarks", "run", "--dataset", key.dataset, "--protocol", key.protocol]
        command += ["--architecture", key.implementation.architecture, "--framework", key.implementation.framework]
        command += ["--seed", str(key.seed), "--fingerprint", plan.fingerprint]
        row = board.add(key, plan.protocol.schedule.epochs)
        with self._process(command) as process:
            said: list[str] = []
            # read aside, so that a full pipe never blocks the worker
            listener = threading.Thread(target=lambda: said.extend(process.stderr or ()))
            listener.start()
            for line in process.stdout or ():
                if at := _progress(line):
                    board.show(row, at)
            listener.join()
            if status := process.wait():
                words = last_words("".join(said), status).removeprefix("error: ")
                if status == StaleError.status:
                    raise StaleError(words)
                raise GenrebenchError(f"run {key} failed: {words}")

    def stop(self) -> None:
        """Kill every process and let no further one start."""
        with self._lock:
            self._stopped = True
            for process in self._processes:
                process.kill()

    @contextmanager
    def _process(self, command: list[str]) -> Iterator[subprocess.Popen[str]]:
        with self._lock:
            if self._stopped:
                raise GenrebenchError("stopped")
            process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                env={**os.environ, **WORKER_ENVIRONMENT},
            )
            self._processes.add(process)
        try:
            with process:
                try:
                    yield process
                except BaseException:
                    process.kill()
                    raise
        finally:
            with self._lock:
                self._processes.discard(process)


def _progress(line: str) -> EpochProgress | None:
    """Read what `print_progress` wrote; None for a line that a library printed past Python's standard output."""
    try:
        return EpochProgress(**json.loads(line))
    except (ValueError, TypeError):
        return None


class _Board:
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

    def __enter__(self) -> "_Board":
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
