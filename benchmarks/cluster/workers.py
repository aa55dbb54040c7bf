"""The workers of a Dask scheduler: asked for work, with no more of it at a time than they can be at.

Dask's own messages are trusted, as it trusts them; what a worker gives back is not (`benchmarks.cluster.answers`).
"""

import hashlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console

from benchmarks.cluster.answers import read_answer
from benchmarks.cluster.worker import Made, Order, follow
from benchmarks.errors import GenrebenchError
from benchmarks.files import file_digest, stamp

if TYPE_CHECKING:
    from distributed import Client, Future

AT_ONCE: Final = 256
"""As many pieces of work one command asks for at a time at most: each is waited for by a thread."""

_LOOK_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 60.0
# as often are inputs lost with the workers that were sent them
_LOSSES: Final = 5

Changed = Callable[[], GenrebenchError]
"""Makes the error for inputs that are no longer what was ordered."""


class ClusterWorkers:
    """The workers of a scheduler, which work in the place of processes of this machine.

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
        self._room = _Threads(client, where, console)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._sending = threading.Lock()
        self._sent: dict[str, Future] = {}
        self._asked: set[Future] = set()

    @property
    def client(self) -> str:
        """The name under which workers tell this client where they are."""
        return str(self._client.id)

    def listen(self, heard: Callable[[tuple[float, Any]], None]) -> None:
        """Call a function with the time and content of all that workers tell this client."""
        self._client.subscribe_topic(self._client.id, heard)

    def make(self, order: Order, changed: Changed) -> Made:
        """Let a worker follow an order, and others where it is lost.

        Parameters
        ----------
        order : Order
            What to make.
        changed : callable
            Returns the error where a file that was ordered is not the same any more.

        Returns
        -------
        Made
            What came back, with an exit status that may be that of a failure.

        Raises
        ------
        GenrebenchError
            If workers or scheduler are lost, or a worker gave back no answer.
        """
        for _ in range(_LOSSES):
            with self._room.one(self._stopped):
                made = self._ask(order, {})
                if made and made.missing:
                    # another worker may be the next to be asked: what this one lacks that one is sent, too
                    made = self._ask(order, self._contents(order, made.missing, changed))
            if made and not made.missing:
                return made
        raise GenrebenchError(
            f"{order['name']} failed: the workers that were sent its inputs were lost {_LOSSES} times; start the same "
            "command again when they stay"
        )

    def stop(self) -> None:
        """Ask for nothing any more: workers end what they are at."""
        self._stopped.set()
        with self._lock, self._connected():
            self._client.cancel(list(self._asked), force=True)

    def _ask(self, order: Order, contents: Mapping[str, "Future"]) -> Made | None:
        """Wait for what a worker gives back; None where inputs were lost with the workers that held them."""
        from distributed import CancelledError, KilledWorker

        with self._lock, self._connected():
            self._end_if_stopped()
            future = self._client.submit(follow, order, dict(contents), pure=False)
            self._asked.add(future)
        try:
            return read_answer(order, future.result())
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
                f"{order['name']} failed: each of the workers that were given it was lost; look at their logs, for "
                "memory perhaps, and start the same command again: finished runs are kept"
            ) from None
        except Exception as error:  # noqa: BLE001 -- whatever a worker that cannot even begin makes of it
            raise GenrebenchError(
                f"{order['name']} failed: a worker could not begin, or gave back what is no data "
                f"({_first_line(error)}); start scheduler and workers in a checkout of this commit: "
                "python -m dask worker ADDRESS"
            ) from None
        finally:
            with self._lock:
                self._asked.discard(future)

    def _contents(self, order: Order, digests: Sequence[str], changed: Changed) -> Mapping[str, "Future"]:
        """Return files by their content: what is kept is sent once, whoever needs it; none where there is no worker."""
        if not order["kept"]:
            with self._connected():
                # forgotten with the order
                return {it: self._client.scatter(_content(order, it, changed), hash=False) for it in digests}
        with self._sending:
            for digest in digests:
                self._end_if_stopped()
                # again where it was lost
                if digest in self._sent and self._sent[digest].status == "finished":
                    continue
                content = _content(order, digest, changed)
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
    """How much workers can be at: no more is asked for at a time, so that none waits on a worker that is lost.

    Who came first is the next.
    """

    def __init__(self, client: "Client", where: str, console: Console) -> None:
        self._client, self._where, self._console = client, where, console
        self._changed = threading.Condition()
        self._at_work = 0
        self._waiting: deque[object] = deque()
        self._count, self._looked, self._told = 0, -_LOOK_SECONDS, time.monotonic()

    @contextmanager
    def one(self, stopped: threading.Event) -> Iterator[None]:
        mine = object()
        with self._changed:
            self._waiting.append(mine)
            while not stopped.is_set() and (self._waiting[0] is not mine or self._at_work >= self._threads()):
                self._changed.wait(_LOOK_SECONDS)
            self._waiting.remove(mine)
            self._at_work += 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._at_work -= 1
                self._changed.notify_all()

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


def threads_of(client: "Client") -> int:
    """Return how much the workers of a client can be at; 0 where its scheduler does not answer."""
    try:
        return int(client.scheduler_info(n_workers=0)["total_threads"])
    except Exception:  # noqa: BLE001 -- whoever asks it for something tells what is wrong
        return 0


def described(files: Mapping[str, Path]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what an order says of its files: the sha256 by their places, and where this machine sees each sha256.

    Parameters
    ----------
    files : mapping of str to Path
        Each file by its place in the working folder of whoever follows the order.

    Returns
    -------
    tuple of dict of str to str
    """
    digests = {place: _digest(path, stamp(path)) for place, path in files.items()}
    return digests, {digests[place]: str(path.resolve()) for place, path in files.items()}


@lru_cache(maxsize=256)
def _digest(path: Path, _: tuple[int, int]) -> str:
    return file_digest(path)


def _content(order: Order, digest: str, changed: Changed) -> bytes:
    try:
        content = Path(order["seen"][digest]).read_bytes()
    except OSError:
        raise changed() from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise changed()
    return content


def _first_line(error: Exception) -> str:
    """Return the first line of what an error of Dask says, behind which it may have another machine's traceback."""
    return next(iter(str(error).splitlines()), type(error).__name__)
