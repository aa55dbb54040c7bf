"""The scheduler that work is given to: one of others, or one that is started, with workers, for a command."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from rich.console import Console

from benchmarks.cluster.self_observation import observe_seldom
from benchmarks.cluster.slurm import slurm_cluster
from benchmarks.cluster.workers import ClusterWorkers, threads_of
from benchmarks.configuration import from_environment
from benchmarks.errors import GenrebenchError
from benchmarks.processes.workers import worker_count

VARIABLE: Final = "GENREBENCH_SCHEDULER"
_INSTALL: Final = "python -m pip install -c constraints.txt -e '.[cluster]'"
# what comes back is data, and no program
_DATA_ONLY: Final = ["msgpack", "error"]
# of Dask's configuration: a variable of the environment that a worker starts in
_LOG_OF_WORKERS: Final = "distributed.nanny.pre-spawn-environ.DASK_LOGGING__DISTRIBUTED"


def scheduler() -> str | None:
    """Return what GENREBENCH_SCHEDULER asks for: an address, ``local`` or ``slurm``; None for this machine's cores."""
    return from_environment(VARIABLE)


@contextmanager
def cluster_workers(where: str, console: Console) -> Iterator[ClusterWorkers]:
    """Connect to a scheduler, or start one that ends with the block.

    Parameters
    ----------
    where : str
        Its address, such as ``tcp://10.0.0.1:8786`` or ``tls://...``; ``local``: workers on this machine; ``slurm``:
        jobs of SLURM, as Dask's own configuration says (``~/.config/dask/jobqueue.yaml``).
    console : Console
        Where it says how much the workers can be at.

    Yields
    ------
    ClusterWorkers
        Its workers, those included that come later.

    Raises
    ------
    GenrebenchError
        If Dask is not installed, or nothing answers at the address.
    """
    try:
        from distributed import Client
    except ImportError:
        raise GenrebenchError(f"{VARIABLE}={where}: Dask is not installed; install it with: {_INSTALL}") from None
    with _started(where) as place:
        _keep_quiet()
        client = Client(place, set_as_default=False, deserializers=_DATA_ONLY)
        try:
            there = threads_of(client)
            words = f"workers at {where} have {there} thread{'s' if there != 1 else ''}"
            console.print(words if there else f"no worker at {where} yet: waiting for one", soft_wrap=True)
            yield ClusterWorkers(client, where, console)
        finally:
            client.close()


def _keep_quiet() -> None:
    """Let Dask log nothing but what starting workers meets: the rest is told in a line, without where in its code."""
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]:
        if not name.startswith("distributed.deploy"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


@contextmanager
def _started(where: str) -> Iterator[Any]:
    """Start the scheduler and the workers that are asked for; an address is one of others."""
    if where not in {"local", "slurm"}:
        _expect_answer(where)
        yield where
        return
    observe_seldom()
    remedy = "; describe a job as docs/cluster.md says" if where == "slurm" else ""
    try:
        cluster = _local() if where == "local" else slurm_cluster(**_protection())
    except (ImportError, ValueError, OSError, RuntimeError, TypeError) as error:
        raise GenrebenchError(f"{VARIABLE}={where}: cannot be started: {error}{remedy}") from None
    with cluster:
        yield cluster


def _expect_answer(address: str) -> None:
    """Connect and hang up: a client of Dask that nobody answers blocks for a minute when it is taken away."""
    from distributed import Security
    from distributed.comm import connect

    async def call() -> None:
        arguments = Security().get_connection_args("client")
        (await connect(address, **arguments)).abort()

    try:
        asyncio.run(call())
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise GenrebenchError(
            f"{VARIABLE}={address}: no scheduler answers ({error}); give the address that `dask scheduler` prints, "
            "local or slurm"
        ) from None


def _protection() -> dict[str, Any]:
    """Return what lets a scheduler encrypt, where Dask's configuration has certificates."""
    from distributed import Security

    security = Security()
    return {"security": security, "protocol": "tls://"} if security.tls_ca_file else {}


def _local() -> Any:
    import dask.config
    from distributed import LocalCluster

    # workers write to the terminal of the command: of one that beats while the scheduler closes, a traceback
    quiet = {} if "logging" in dask.config.config else {_LOG_OF_WORKERS: "critical"}
    with dask.config.set(quiet):
        return LocalCluster(n_workers=worker_count(), threads_per_worker=1, dashboard_address=None, **_protection())
