"""Runs, trained in parallel: one process a run, one thread a process."""

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, nullcontext

from rich.console import Console

from benchmarks.errors import GenrebenchError, StaleError
from benchmarks.execution.first_look import FirstLook
from benchmarks.execution.forecast import forecast
from benchmarks.execution.plan import Plan, make_plan
from benchmarks.execution.progress_board import Board, read_progress
from benchmarks.processes.child import Child
from benchmarks.processes.environment import WORKER_ENVIRONMENT
from benchmarks.processes.workers import worker_count
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
    with Board(console) as board, FirstLook(keys[0].dataset, awaited, console) if early else nullcontext() as look:
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


def _run_all(plans: Sequence[Plan], board: Board, look: FirstLook | None) -> None:
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
        self._children: set[Child] = set()
        self._stopped = False

    def run(self, plan: Plan, board: Board) -> None:
        """Make one run in a process of its own and show where it is."""
        key = plan.key
        command = [sys.executable, "-m", "benchmarks", "run", "--dataset", key.dataset, "--protocol", key.protocol]
        command += ["--architecture", key.implementation.architecture, "--framework", key.implementation.framework]
        command += ["--seed", str(key.seed), "--fingerprint", plan.fingerprint]
        row = board.add(key, plan.protocol.schedule.epochs)
        with self._started(command) as child:
            for line in child.lines():
                if at := read_progress(line):
                    board.show(row, at)
            if status := child.wait():
                if status == StaleError.status:
                    raise StaleError(child.last_words())
                raise GenrebenchError(f"run {key} failed: {child.last_words()}")

    def stop(self) -> None:
        """Kill every process and let no further one start."""
        with self._lock:
            self._stopped = True
            for child in self._children:
                child.kill()

    @contextmanager
    def _started(self, command: Sequence[str]) -> Iterator[Child]:
        with self._lock:
            if self._stopped:
                raise GenrebenchError("stopped")
            child = Child(command, {**os.environ, **WORKER_ENVIRONMENT})
            self._children.add(child)
        try:
            with child:
                yield child
        finally:
            with self._lock:
                self._children.discard(child)
