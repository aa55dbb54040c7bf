"""Runs on a cluster, through Dask: in the place of this machine's cores, those of all workers that its scheduler has.

What a worker gives back is looked at as if a stranger had sent it: a run's files have to be those of the fingerprint
that was asked for, byte by byte as their record says, before they take their place.
"""

import asyncio
import logging
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console

from benchmarks.configuration import from_environment
from benchmarks.errors import GenrebenchError, StaleError
from benchmarks.execution.cluster_worker import STUDIES, TOPIC, Made, Order, make_run
from benchmarks.execution.plan import Plan
from benchmarks.execution.progress_board import Board, read_progress
from benchmarks.files import file_digest, replacing, stamp, write_json
from benchmarks.processes.workers import worker_count
from benchmarks.provenance import git_state
from benchmarks.runs import read_making, run_of, state_of

if TYPE_CHECKING:
    from distributed import Client, Future

VARIABLE: Final = "GENREBENCH_SCHEDULER"
_INSTALL: Final = "python -m pip install -c constraints.txt distributed dask-jobqueue"
# a run's inputs are sent anew as often when the workers that held them are lost
_ATTEMPTS: Final = 5
_FILE_NAME: Final = re.compile(r"[a-z_]+\.(json|csv|npy|safetensors)")
# what no worker sends is unpickled: a pickle is a program
_DATA_ONLY: Final = ["msgpack", "error"]


def scheduler() -> str | None:
    """Return what GENREBENCH_SCHEDULER asks for: an address, ``local`` or ``slurm``; None for this machine's cores."""
    return from_environment(VARIABLE)


@contextmanager
def cluster_workers(where: str, console: Console) -> Iterator["ClusterWorkers"]:
    """Connect to a scheduler, or start one.

    Parameters
    ----------
    where : str
        Its address, such as ``tcp://10.0.0.1:8786`` or ``tls://...``; ``local``: workers on this machine; ``slurm``:
        jobs of SLURM, as Dask's own configuration says (``~/.config/dask/jobqueue.yaml``).
    console : Console
        Where it says how many workers there are.

    Raises
    ------
    GenrebenchError
        If Dask is not installed, or nothing answers at the address.
    """
    try:
        from distributed import Client
    except ImportError:
        raise GenrebenchError(f"{VARIABLE}={where}: Dask is not installed; install it with: {_INSTALL}") from None
    # it logs, with where in its code, what is told here in a line
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with _started(where) as place:
        client = Client(place, set_as_default=False, deserializers=_DATA_ONLY)
        try:
            there = len(client.scheduler_info(n_workers=-1)["workers"])
            words = f"{there} worker{'s' if there != 1 else ''} at {where}"
            console.print(words + ("" if there else ": waiting for the first one"), soft_wrap=True)
            yield ClusterWorkers(client, where)
        finally:
            client.close()


@contextmanager
def _started(where: str) -> Iterator[Any]:
    """Start the scheduler and the workers that are asked for; an address is one of others."""
    if where not in {"local", "slurm"}:
        _expect_answer(where)
        yield where
        return
    remedy = "; describe a job as docs/cluster.md says" if where == "slurm" else ""
    try:
        cluster = _local() if where == "local" else _slurm()
    except (ImportError, ValueError, OSError, RuntimeError) as error:
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


def _local() -> Any:
    from distributed import LocalCluster

    return LocalCluster(n_workers=worker_count(), threads_per_worker=1, dashboard_address=None)


def _slurm() -> Any:
    from dask_jobqueue import SLURMCluster

    cluster = SLURMCluster()
    # a job that ends, at its time limit for instance, is followed by another one
    cluster.adapt(minimum_jobs=worker_count(), maximum_jobs=worker_count())
    return cluster


class ClusterWorkers:
    """The workers of a scheduler, which make runs in the place of processes of this machine.

    Parameters
    ----------
    client : Client
        Connected to the scheduler.
    where : str
        What a person calls that.
    """

    def __init__(self, client: "Client", where: str) -> None:
        self._client = client
        self._where = where
        self._git = git_state()
        self._lock = threading.Lock()
        self._stopped = False
        self._sent: dict[str, Future] = {}
        self._asked: set[Future] = set()
        self._plans: dict[str, tuple[Plan, Board]] = {}
        self._rows: dict[str, Any] = {}
        client.subscribe_topic(TOPIC, self._heard)

    def run(self, plan: Plan, board: Board) -> None:
        """Let a worker make a run, and put it into its place.

        Raises
        ------
        GenrebenchError
            If the run failed, a worker has other code or versions, or gave back something else.
        """
        order = make_order(plan)
        with self._lock:
            self._plans[order["name"]] = plan, board
        contents: dict[str, Future] = {}
        for _ in range(_ATTEMPTS):
            made = self._ask(order, contents)
            if made and not made["missing"]:
                return _take(plan, made, self._git)
            # the next worker to be asked may be another one
            contents = self._send(order["seen"])
        raise GenrebenchError(f"run {plan.key} failed: the workers that held its inputs were lost {_ATTEMPTS} times")

    def stop(self) -> None:
        """Ask for nothing any more: workers end what they are at."""
        with self._lock:
            self._stopped = True
            self._client.cancel(list(self._asked), force=True)

    def _ask(self, order: Order, contents: Mapping[str, "Future"]) -> Made | None:
        """Wait for what a worker gives back; None where inputs were lost with the workers that held them."""
        from distributed import CancelledError, KilledWorker

        with self._lock:
            if self._stopped:
                raise GenrebenchError("stopped")
            future = self._client.submit(make_run, order, dict(contents), pure=False)
            self._asked.add(future)
        try:
            made: Made = future.result()
        except CancelledError:
            if self._stopped:
                raise GenrebenchError("stopped") from None
            if self._client.status != "running":
                raise GenrebenchError(f"{self._where}: the scheduler has gone; finished runs are kept") from None
            return None
        except KilledWorker as error:
            raise GenrebenchError(f"run {order['name']} failed: every worker that had it was lost ({error})") from None
        except Exception as error:  # noqa: BLE001 -- whatever a worker that cannot even begin makes of it
            raise GenrebenchError(
                f"run {order['name']} failed: a worker could not begin, or gave back what is no data "
                f"({_first(error)}); start scheduler and workers in a checkout of this commit: "
                "python -m dask worker ADDRESS"
            ) from None
        finally:
            with self._lock:
                self._asked.discard(future)
        return made

    def _send(self, seen: Mapping[str, str]) -> dict[str, "Future"]:
        """Send every file once, whoever needs it, and again where it was lost."""
        with self._lock:
            for digest, path in seen.items():
                if digest not in self._sent or self._sent[digest].status != "finished":
                    self._sent[digest] = self._client.scatter(Path(path).read_bytes(), hash=False)
            return {digest: self._sent[digest] for digest in seen}

    def _heard(self, event: tuple[float, Mapping[str, Any]]) -> None:
        """Show where a run is; one that was begun anew goes on in its row."""
        _, told = event
        name, at = told["name"], read_progress(told["line"])
        if at is None or name not in self._plans:
            return
        plan, board = self._plans[name]
        if name not in self._rows:
            self._rows[name] = board.add(plan.key, plan.protocol.schedule.epochs)
        board.show(self._rows[name], at)


def _first(error: Exception) -> str:
    """Return the first line of what an error of Dask says, behind which it may have another machine's traceback."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def make_order(plan: Plan) -> Order:
    """Say what a worker needs to know, and to have, to make a run."""
    inputs = plan.inputs(STUDIES)
    files = {place: _digest(path, stamp(path)) for place, path in inputs.items()}
    return Order(
        name=str(plan.key),
        command=plan.command,
        folder=str(plan.key.folder),
        provenance=str(plan.key.provenance),
        files=files,
        seen={files[place]: str(path.resolve()) for place, path in inputs.items()},
    )


@lru_cache(maxsize=256)
def _digest(path: Path, _: tuple[int, int]) -> str:
    return file_digest(path)


def _take(plan: Plan, made: Made, git: Mapping[str, Any]) -> None:
    """Put the files of a run into its place, if they are those of the run that was asked for.

    Its commit is this checkout's: the fingerprint says that the worker's code is the same.
    """
    key, worker = plan.key, made["worker"]
    if made["status"] == StaleError.status:
        raise GenrebenchError(
            f"worker {worker} would make another run of {key} than this machine: its code, versions or arithmetic are "
            "others; give it a checkout of the same commit, with the environment of constraints.txt"
        )
    if made["status"]:
        raise GenrebenchError(f"run {key} failed on worker {worker}: {made['words']}")
    making = read_making(made["provenance"])
    if making is None:
        raise _refused(plan, worker, "nothing is known of its making")
    with replacing(key.folder) as temporary:
        temporary.mkdir()
        for name, content in made["files"].items():
            if not _FILE_NAME.fullmatch(name):
                raise _refused(plan, worker, f"a file is called {name!r}")
            (temporary / name).write_bytes(content)
        state = state_of(temporary, plan.fingerprint, plan.facts)
        if state.kind != "finished":
            raise _refused(plan, worker, state.reason or "it is another run")
        try:
            run_of(temporary, state.facts)
        except GenrebenchError as error:
            raise _refused(plan, worker, str(error)) from None
    write_json(key.provenance, making | {"git": dict(git)})


def _refused(plan: Plan, worker: str, reason: str) -> GenrebenchError:
    return GenrebenchError(f"run {plan.key}: what worker {worker} gave back is refused: {reason}")
