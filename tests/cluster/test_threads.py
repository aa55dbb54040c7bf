"""How much is asked for of workers at a time, without a cluster."""

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from benchmarks.cluster import workers

PATIENCE_SECONDS = 20


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Room for nothing at first, then for one at a time."""
    monkeypatch.setattr(workers, "_LOOK_SECONDS", 0.01)
    client = SimpleNamespace(threads=0, scheduler_info=lambda **_: {"total_threads": client.threads})
    return SimpleNamespace(client=client, threads=workers._Threads(client, "there", Console()))


def test_who_came_first_is_the_next(gate: Any) -> None:
    began: list[int] = []
    stopped = threading.Event()

    def work(number: int) -> None:
        with gate.threads.one(stopped):
            began.append(number)

    waiting = []
    for number in range(12):
        waiting.append(threading.Thread(target=work, args=(number,)))
        waiting[-1].start()
        end = time.monotonic() + PATIENCE_SECONDS
        while len(gate.threads._waiting) <= number and time.monotonic() < end:
            time.sleep(0.001)
    gate.client.threads = 1
    for thread in waiting:
        thread.join(PATIENCE_SECONDS)
    assert began == list(range(12))


def test_nobody_waits_any_more_when_all_is_stopped(gate: Any) -> None:
    stopped = threading.Event()
    waiting = threading.Thread(target=lambda: gate.threads.one(stopped).__enter__())
    waiting.start()
    stopped.set()
    waiting.join(PATIENCE_SECONDS)
    assert not waiting.is_alive()
