"""Jobs of SLURM whose workers a command has for itself, as dask-jobqueue submits them."""

import asyncio
import shutil
import signal
from typing import TYPE_CHECKING, Any, Final

from benchmarks.cluster.self_observation import observation_variables
from benchmarks.configuration import from_environment
from benchmarks.processes.workers import WORKERS_VARIABLE, worker_count

if TYPE_CHECKING:
    from dask_jobqueue import SLURMCluster

# longer than Dask waits for a lost worker to come back, which it then sees to itself
_LOOK_SECONDS: Final = 30.0
_JOBS: Final = ("squeue", "--me", "--noheader", "--format=%A")


def slurm_cluster(**protection: Any) -> "SLURMCluster":
    """Start a scheduler here, and submit as many jobs as GENREBENCH_WORKERS says, each followed by another one.

    Parameters
    ----------
    **protection
        What lets the scheduler encrypt.

    Raises
    ------
    ImportError
        If dask-jobqueue is not installed.
    ValueError, OSError, TypeError
        If it is not said how many jobs there may be, or what one is, or they cannot be submitted here.
    """
    at_ctrl_c = signal.getsignal(signal.SIGINT)
    from dask_jobqueue import SLURMCluster
    from tornado.ioloop import PeriodicCallback

    # once imported it lets Ctrl-C end a program as if all were well
    signal.signal(signal.SIGINT, at_ctrl_c)
    if from_environment(WORKERS_VARIABLE) is None:
        raise ValueError(f"say how many jobs there may be: {WORKERS_VARIABLE}=10")
    if shutil.which("sbatch") is None:
        raise OSError("this machine has no sbatch; start the command where jobs are submitted")
    cluster = SLURMCluster(job_script_prologue=_prologue(), **protection)
    # a job that ends, at its time limit for instance, is followed by another one
    cluster.adapt(minimum_jobs=worker_count(), maximum_jobs=worker_count())
    looking = PeriodicCallback(_Jobs(cluster).look, _LOOK_SECONDS * 1000)
    cluster.periodic_callbacks["genrebench-jobs"] = looking
    cluster.loop.add_callback(looking.start)
    return cluster


def _prologue() -> list[str]:
    """Return what a job does before its worker starts: what Dask's configuration says comes last, and so decides."""
    import dask.config

    told = dask.config.get("jobqueue.slurm.job-script-prologue") or dask.config.get("jobqueue.slurm.env-extra") or []
    return [*(f"export {name}={value}" for name, value in observation_variables().items()), *told]


class _Jobs:
    """The jobs of a cluster, of which Dask misses those that end before their worker has told of itself.

    It waits for them for ever, and submits none in their place.
    """

    def __init__(self, cluster: Any) -> None:
        self._cluster = cluster
        self._ended: set[str] = set()

    async def look(self) -> None:
        """Let Dask submit others for those that were gone at the last look, too, and of which it knows no worker."""
        jobs = {str(job.job_id): name for name, job in self._cluster.workers.items() if not self._is_at_work(name)}
        queued = await _queued() if jobs else None
        if queued is None:
            return
        ended = jobs.keys() - queued
        for number in ended & self._ended:
            # what it has no more, but means to have, it submits
            self._cluster.workers.pop(jobs[number], None)
        self._ended = ended

    def _is_at_work(self, name: Any) -> bool:
        # a job may have several workers
        suffixes = self._cluster.worker_spec.get(name, {}).get("group", [""])
        return not self._cluster.observed.isdisjoint(f"{name}{suffix}" for suffix in suffixes)


async def _queued() -> set[str] | None:
    """Return the numbers of this user's jobs that have not ended; None where SLURM does not answer."""
    try:
        process = await asyncio.create_subprocess_exec(
            *_JOBS, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError:
        return None
    said, _ = await process.communicate()
    return None if process.returncode else set(said.decode(errors="replace").split())
