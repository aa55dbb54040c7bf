"""Runs on a cluster, through Dask: in the place of this machine's cores, those of all workers that its scheduler has.

Dask's own messages are trusted, as it trusts them; what a worker gives back as a run is not
(`benchmarks.execution.cluster_answers`).
"""

import hashlib
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console

from benchmarks.errors import GenrebenchError, StaleError
from benchmarks.execution.cluster_answers import read_answer, take
from benchmarks.execution.cluster_worker import STUDIES, Made, Order, make_run
from benchmarks.execution.plan import Plan, make_plan
from benchmarks.execution.progress_board import Board, read_progress
from benchmarks.files import file_digest, stamp
from benchmarks.provenance import git_state
from benchmarks.settings import load_settings

if TYPE_CHECKING:
    from distributed import Client, Future

AT_ONCE: Final = 256
"""As many runs one command asks for at a time at most: each is waited for by a thread."""

_LOOK_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 60.0
# as often are a run's inputs lost with the workers that were sent them
_LOSSES: Final = 5


class ClusterWorkers:
    """The workers of a scheduler, which make runs in the place of processes of this machine.

    Parameters
    ----------
    client : Client
        Connected to the scheduler.
    where : str
        What a person calls that.
    console : Console
        Where it says what it waits for.
    """

    def __init__(self, client: "Client", where: str, console: Console) -> None:
        self._client = client
        self._where = where
        self._git = git_state()
        self._room = _Threads(client, where, console)
        self._shown = _Shown(client)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._sending = threading.Lock()
        self._sent: dict[str, Future] = {}
        self._asked: set[Future] = set()

    def run(self, plan: Plan, board: Board) -> None:
        """Let a worker make a run, and put it into its place.

        Parameters
        ----------
        plan : Plan
            Which run.
        board : Board
            Shows where it is.

        Raises
        ------
        GenrebenchError
            If the run failed, a worker has other code or versions, or gave back something else.
        StaleError
            If what the run needs was changed here since the study was started.
        """
        order = make_order(plan, self._client.id)
        self._shown.add(plan, board)
        for _ in range(_LOSSES):
            with self._room.one(self._stopped):
                made = self._ask(plan, order, {})
                if made and made.missing:
                    # another worker may be the next to be asked: what this one lacks that one is sent, too
                    made = self._ask(plan, order, self._send(plan, order, made.missing))
            if made and not made.missing:
                if made.status == StaleError.status and _has_changed_here(plan):
                    raise _changed_here(plan)
                return take(plan, made, self._git)
        raise GenrebenchError(
            f"run {plan.key} failed: the workers that were sent its inputs were lost {_LOSSES} times; start the same "
            "command again when they stay"
        )

    def stop(self) -> None:
        """Ask for nothing any more: workers end what they are at."""
        self._stopped.set()
        with self._lock, self._connected():
            self._client.cancel(list(self._asked), force=True)

    def _ask(self, plan: Plan, order: Order, contents: Mapping[str, "Future"]) -> Made | None:
        """Wait for what a worker gives back; None where inputs were lost with the workers that held them."""
        from distributed import CancelledError, KilledWorker

        with self._lock, self._connected():
            self._end_if_stopped()
            future = self._client.submit(make_run, order, dict(contents), pure=False)
            self._asked.add(future)
        try:
            return read_answer(plan, future.result())
        except GenrebenchError:
            raise
        except CancelledError:
            self._end_if_stopped()
            with self._connected():
                if self._client.status != "running":
                    raise OSError("it was closed") from None
            return None
        except KilledWorker:
            raise GenrebenchError(
                f"run {order['name']} failed: each of the workers that were given it was lost; look at their logs, for "
                "memory perhaps, and start the same command again: finished runs are kept"
            ) from None
        except Exception as error:  # noqa: BLE001 -- whatever a worker that cannot even begin makes of it
            raise GenrebenchError(
                f"run {order['name']} failed: a worker could not begin, or gave back what is no data "
                f"({_first_line(error)}); start scheduler and workers in a checkout of this commit: "
                "python -m dask worker ADDRESS"
            ) from None
        finally:
            with self._lock:
                self._asked.discard(future)

    def _send(self, plan: Plan, order: Order, digests: Sequence[str]) -> dict[str, "Future"]:
        """Send files once, whoever needs them, and again where they were lost; none where there is no worker."""
        with self._sending:
            for digest in digests:
                self._end_if_stopped()
                if digest in self._sent and self._sent[digest].status == "finished":
                    continue
                content = Path(order["seen"][digest]).read_bytes()
                if hashlib.sha256(content).hexdigest() != digest:
                    raise _changed_here(plan)
                try:
                    self._sent[digest] = self._client.scatter(content, hash=False)
                except OSError:  # the only worker was lost meanwhile
                    return {}
            return {digest: self._sent[digest] for digest in digests}

    def _end_if_stopped(self) -> None:
        if self._stopped.is_set():
            raise GenrebenchError("stopped")

    @contextmanager
    def _connected(self) -> Iterator[None]:
        """Tell a lost connection in a line."""
        try:
            yield
        except GenrebenchError:
            raise
        except Exception as error:  # noqa: BLE001 -- Dask's errors of this have no class in common
            raise GenrebenchError(
                f"{self._where}: the connection to the scheduler was lost ({_first_line(error)}); start the same "
                "command again when it is there: finished runs are kept"
            ) from None


class _Threads:
    """How many runs workers can be at: no more are asked for at a time, so that none waits on a worker that is lost."""

    def __init__(self, client: "Client", where: str, console: Console) -> None:
        self._client, self._where, self._console = client, where, console
        self._changed = threading.Condition()
        self._at_work = 0
        self._count, self._looked, self._told = 0, -_LOOK_SECONDS, time.monotonic()

    @contextmanager
    def one(self, stopped: threading.Event) -> Iterator[None]:
        with self._changed:
            while not stopped.is_set() and self._at_work >= self._threads():
                self._changed.wait(_LOOK_SECONDS)
            self._at_work += 1
        try:
            yield
        finally:
            with self._changed:
                self._at_work -= 1
                self._changed.notify()

    def _threads(self) -> int:
        now = time.monotonic()
        if now - self._looked >= _LOOK_SECONDS:
            self._count = threads_of(self._client)
            self._looked = now
        if self._count:
            self._told = now
        elif now - self._told > _PATIENCE_SECONDS:
            self._told = now
            self._console.print(f"no worker at {self._where} for a minute: still waiting for one", soft_wrap=True)
        return self._count


class _Shown:
    """The rows of a board, in which workers tell where runs are; one that is begun anew goes on in its row."""

    def __init__(self, client: "Client") -> None:
        self._plans: dict[str, tuple[Plan, Board]] = {}
        self._rows: dict[str, Any] = {}
        client.subscribe_topic(client.id, self._heard)

    def add(self, plan: Plan, board: Board) -> None:
        self._plans[str(plan.key)] = plan, board

    def _heard(self, event: tuple[float, Any]) -> None:
        try:
            name, line = event[1]["name"], event[1]["line"]
            plan, board = self._plans[name]
        except (TypeError, KeyError, IndexError):
            return
        if at := read_progress(line):
            if name not in self._rows:
                self._rows[name] = board.add(plan.key, plan.protocol.schedule.epochs)
            board.show(self._rows[name], at)


def threads_of(client: "Client") -> int:
    """Return how many runs the workers of a client can be at; 0 where its scheduler does not answer."""
    try:
        return int(client.scheduler_info(n_workers=0)["total_threads"])
    except Exception:  # noqa: BLE001 -- whoever asks it for something tells what is wrong
        return 0


def _first_line(error: Exception) -> str:
    """Return the first line of what an error of Dask says, behind which it may have another machine's traceback."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def make_order(plan: Plan, client: str) -> Order:
    """Say what a worker needs to know, and to have, to make a run.

    Parameters
    ----------
    plan : Plan
        Which run.
    client : str
        Who is told where it is.
    """
    inputs = plan.inputs(STUDIES)
    files = {place: _digest(path, stamp(path)) for place, path in inputs.items()}
    return Order(
        client=client,
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


def _has_changed_here(plan: Plan) -> bool:
    try:
        return make_plan(load_settings(report=plan.key.dataset), plan.key).fingerprint != plan.fingerprint
    except GenrebenchError:
        return True


def _changed_here(plan: Plan) -> StaleError:
    return StaleError(
        f"run {plan.key}: params.yaml or data changed after the study was started, so the runs that were waiting are "
        "not made; start the same command again: finished runs that still belong are kept"
    )
