"""What the engine of a cluster costs: many runs on many workers, all of which sleep as long as a run takes.

``python -m tests.execution.cluster_load WORKERS RUNS SECONDS`` prints JSON. All else is real: orders, inputs that are
sent, scheduler, the files of finished runs, and the look at them before they take their place.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from rich.console import Console

from benchmarks.execution.cluster_connection import cluster_workers
from benchmarks.execution.plan import Plan, make_plan
from benchmarks.execution.progress_board import Board
from benchmarks.execution.run import execute
from benchmarks.execution.training_runs import run_all
from benchmarks.runs import study_keys
from benchmarks.settings import load_settings
from tests import fake_project
from tests.execution.dask_cluster import DaskCluster
from tests.faults.project import make_code

_SLEEPS = """

def _made_in(place, home, order, made, worker):
    import time
    time.sleep({seconds})
    made["files"] = {{it.name: it.read_bytes() for it in (Path({folder!r}) / order["folder"]).iterdir()}}
    made["provenance"] = (Path({folder!r}) / order["provenance"]).read_bytes()
    return made
"""


def measure(workers: int, runs: int, seconds: float, folder: Path) -> dict[str, Any]:
    """Make runs on workers that sleep.

    Returns
    -------
    dict
        What was asked for; ``wall_s``, ``least_s``: how long it took, and takes without an engine; ``client_cpu_s``,
        ``scheduler_cpu_s``: seconds of a processor, a run.
    """
    plans = _finished(runs, folder)
    make_code(folder / "code")
    with (folder / "code" / "benchmarks" / "execution" / "cluster_worker.py").open("a", encoding="utf-8") as file:
        file.write(_SLEEPS.format(seconds=seconds, folder=str(folder / "made")))
    cluster = DaskCluster(folder, folder / "code")
    try:
        cluster.add_worker(workers)
        console = Console(file=sys.stderr)
        with cluster_workers(cluster.address, console) as clustered, Board(console) as board:
            clustered._client.wait_for_workers(1)
            scheduler = psutil.Process(cluster.scheduler.pid)
            before = time.monotonic(), time.process_time(), sum(scheduler.cpu_times()[:2])
            run_all(plans, clustered, runs, board, None)
            after = time.monotonic(), time.process_time(), sum(scheduler.cpu_times()[:2])
    finally:
        cluster.close()
    wall, client, of_scheduler = (then - first for first, then in zip(before, after, strict=True))
    return {
        "workers": workers,
        "runs": runs,
        "seconds_a_run": seconds,
        "wall_s": round(wall, 2),
        "least_s": -(-runs // workers) * seconds,
        "client_cpu_s": round(client / runs, 4),
        "scheduler_cpu_s": round(of_scheduler / runs, 4),
    }


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
