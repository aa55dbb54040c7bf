"""What the engine of a cluster costs: many runs on many workers, all of which sleep as long as a run takes.

``python -m tests.cluster.load WORKERS RUNS SECONDS`` prints JSON. Workers are the threads of processes, eight in each.
Each process is sent its inputs, tells of 100 epochs a run, and gives back the files of a run that was finished before.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
import pytest
from rich.console import Console

from benchmarks.cluster.connection import cluster_workers
from benchmarks.cluster.workers import AT_ONCE
from benchmarks.execution.cluster_runs import ClusterRuns
from benchmarks.execution.plan import Plan, make_plan
from benchmarks.execution.progress_board import Board
from benchmarks.execution.run import Progress, execute
from benchmarks.execution.training_runs import run_all
from benchmarks.runs import study_keys
from benchmarks.settings import load_settings
from tests import fake_project
from tests.cluster.dask_cluster import DaskCluster
from tests.faults.project import make_code

_EPOCHS = 100
# workers are the threads of as many, as a node of a cluster has them
_A_PROCESS = 8
_SLEEPS = """

def _made_in(place, home, order, worker):
    import time
    for line in {lines!r}:
        time.sleep({seconds} / len({lines!r}))
        worker.log_event(order["client"], {{"name": order["name"], "line": line}})
    done = Path({folder!r})
    files = {{it.name: it.read_bytes() for it in (done / order["folder"]).iterdir()}}
    return Made(worker.address, files=files, provenance=(done / order["provenance"]).read_bytes())
"""


def measure(workers: int, runs: int, seconds: float, folder: Path) -> dict[str, Any]:
    """Make runs on workers that sleep.

    Parameters
    ----------
    workers, runs : int
        How many.
    seconds : float
        How long a run takes.
    folder : Path
        An empty one.

    Returns
    -------
    dict
        What was asked for; ``wall_s``, ``least_s``: how long it took, and takes without an engine; ``client_cpu_s``,
        ``scheduler_cpu_s``, ``workers_cpu_s``: seconds of a processor, a run.
    """
    plans = _finished(runs, folder)
    make_code(folder / "code")
    with (folder / "code" / "benchmarks" / "cluster" / "worker.py").open("a", encoding="utf-8") as file:
        lines = [json.dumps(asdict(Progress(epoch, _EPOCHS, 1.0, "test", 1.0))) for epoch in range(1, _EPOCHS + 1)]
        file.write(_SLEEPS.format(seconds=seconds, folder=str(folder / "made"), lines=lines))
    cluster = DaskCluster(folder, folder / "code")
    try:
        for first in range(0, workers, _A_PROCESS):
            cluster.add_worker(min(_A_PROCESS, workers - first))
        console = Console(file=sys.stderr)
        with cluster_workers(cluster.address, console) as clustered, Board(console) as board:
            clustered._client.wait_for_workers(len(cluster.workers))
            before = _taken(cluster)
            run_all(plans, ClusterRuns(clustered), min(runs, AT_ONCE), board, None)
            after = _taken(cluster)
    finally:
        cluster.close()
    wall, client, scheduler, of_workers = (then - first for first, then in zip(before, after, strict=True))
    return {
        "workers": workers,
        "runs": runs,
        "bytes_a_run": sum(path.stat().st_size for path in (folder / "made").rglob("*") if path.is_file()) // runs,
        "seconds_a_run": seconds,
        "wall_s": round(wall, 2),
        "least_s": -(-runs // workers) * seconds,
        "client_cpu_s": round(client / runs, 4),
        "scheduler_cpu_s": round(scheduler / runs, 4),
        "workers_cpu_s": round(of_workers / runs, 4),
    }


def _taken(cluster: DaskCluster) -> tuple[float, float, float, float]:
    """Return the time, and what the client, the scheduler and the workers have taken of the processors."""
    scheduler, *workers = (_with_children(it.pid) for it in (cluster.scheduler, *cluster.workers))
    return time.monotonic(), time.process_time(), scheduler, sum(workers)


def _with_children(number: int) -> float:
    process = psutil.Process(number)
    times = [it.cpu_times() for it in (process, *process.children(recursive=True))]
    return float(sum(it.user + it.system for it in times))


def _finished(runs: int, folder: Path) -> list[Plan]:
    """Make runs here, and put them where the workers find them."""
    fake_project.write_project(folder, seeds=tuple(range(runs)), protocols=("published",))
    os.chdir(folder)
    settings = load_settings(report="synthetic")
    plans = [make_plan(settings, key) for key in study_keys(settings, "synthetic", framework="numpy")]
    for plan in plans:
        execute(plan, lambda _: None)
    (folder / "made").mkdir()
    shutil.move(folder / "runs", folder / "made" / "runs")
    return plans


if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as place:
        fake_project.register_alone(patch)
        print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), Path(place))))
