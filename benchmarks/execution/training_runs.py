"""Runs, trained in parallel: on this machine's cores, or on the workers of a cluster."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, nullcontext

from rich.console import Console

from benchmarks.cluster.connection import cluster_workers, scheduler
from benchmarks.cluster.workers import AT_ONCE
from benchmarks.errors import StaleError
from benchmarks.execution.cluster_runs import ClusterRuns
from benchmarks.execution.first_look import FirstLook
from benchmarks.execution.forecast import forecast
from benchmarks.execution.local_workers import LocalWorkers
from benchmarks.execution.plan import Plan, make_plan
from benchmarks.execution.progress_board import Board
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
    console.print(words + _expected(missing), soft_wrap=True)
    if not missing:
        return
    first = settings.report.seeds[0]
    missing.sort(key=lambda plan: plan.key.seed != first)
    awaited = [plan for plan in missing if plan.key.seed == first]
    early = first_look and len(awaited) < len(missing)
    if early and awaited:
        runs = f"{len(awaited)} run{'s' if len(awaited) > 1 else ''}"
        console.print(f"a first look at seed {first} after {runs}{_expected(awaited)}", soft_wrap=True)
    with (
        _workers(len(missing), console) as (workers, at_once),
        Board(console) as board,
        FirstLook(keys[0].dataset, awaited, console) if early else nullcontext() as look,
    ):
        run_all(missing, workers, at_once, board, look)


def _expected(plans: Sequence[Plan]) -> str:
    """Say how long runs will take, behind what they are; of the machines of a cluster nothing is known."""
    return f"; {forecast(plans)}" if plans and not scheduler() else ""


@contextmanager
def _workers(runs: int, console: Console) -> Iterator[tuple[LocalWorkers | ClusterRuns, int]]:
    """Give what makes runs, and how many it is asked for at once."""
    if where := scheduler():
        with cluster_workers(where, console) as workers:
            # how many it is at, it sees to itself
            yield ClusterRuns(workers), min(runs, AT_ONCE)
    else:
        yield LocalWorkers(), worker_count()


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


def run_all(
    plans: Sequence[Plan],
    workers: LocalWorkers | ClusterRuns,
    at_once: int,
    board: Board,
    look: FirstLook | None,
) -> None:
    """Make runs; the first failure ends the others.

    Parameters
    ----------
    plans : sequence of Plan
        Which.
    workers : LocalWorkers or ClusterRuns
        What makes them.
    at_once : int
        How many these are asked for at a time.
    board : Board
        Shows where each is.
    look : FirstLook, optional
        Is told of each that is finished.
    """
    with ThreadPoolExecutor(at_once) as pool:
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
