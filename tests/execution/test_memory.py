"""Runs wait for memory."""

import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.execution import gpu_memory, memory
from benchmarks.execution.gpu_memory import GpuShare, free_gpu_memory
from benchmarks.execution.memory import Room, free_memory

GIB = 2**30
PATIENCE_SECONDS = 20


class Machine:
    """Processes that take what they are told to, of a memory that holds so much."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.taken: dict[int, int] = {}

    def available(self) -> int:
        return self.size - sum(self.taken.values())

    def process(self, number: int) -> SimpleNamespace:
        return SimpleNamespace(memory_info=lambda: SimpleNamespace(rss=self.taken[number]))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine(7 * GIB)
    monkeypatch.setattr(memory, "free_memory", found.available)
    monkeypatch.setattr(memory.psutil, "Process", found.process)
    monkeypatch.setattr(memory, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(gpu_memory, "_LOOK_SECONDS", 0.01)
    return found


class Run:
    """One that takes memory when it is told to, and ends when it is told to."""

    def __init__(self, room: Room, machine: Machine, number: int, pool: ThreadPoolExecutor) -> None:
        self.begun, self._grow, self.grown, self._end = (threading.Event() for _ in range(4))
        self._room, self._machine, self._number = room, machine, number
        self._size = 0
        self.done: Future[None] = pool.submit(self._work)

    def grow(self, size: int) -> None:
        self._size = size
        self._grow.set()
        assert self.grown.wait(PATIENCE_SECONDS)

    def end(self) -> None:
        self._grow.set()
        self._end.set()

    def _work(self) -> None:
        with self._room.place() as measure:
            self._machine.taken[self._number] = 0
            self.begun.set()
            self._grow.wait(PATIENCE_SECONDS)
            self._machine.taken[self._number] = self._size
            measure(self._number)
            self.grown.set()
            self._end.wait(PATIENCE_SECONDS)
            del self._machine.taken[self._number]


def begun(runs: list[Run], number: int) -> bool:
    """Return whether so many have begun, and no further one does."""
    end = time.monotonic() + PATIENCE_SECONDS
    while sum(run.begun.is_set() for run in runs) < number and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.1)
    return sum(run.begun.is_set() for run in runs) == number


def test_no_more_runs_begin_than_memory_has_room_for(machine: Machine) -> None:
    room = Room()
    with ThreadPoolExecutor(5) as pool:
        first = Run(room, machine, 0, pool)
        assert begun([first], 1)
        others = [Run(room, machine, number, pool) for number in range(1, 5)]
        # nothing is known: the first one is alone
        assert begun(others, 0)
        first.grow(2 * GIB)
        # of 7 GiB each takes 2, those that have not grown yet, too
        assert begun(others, 2)
        first.end()
        assert begun(others, 3)
        for run in others:
            run.end()
    for run in (first, *others):
        run.done.result()


def test_a_run_that_fits_nowhere_begins_alone(machine: Machine) -> None:
    room = Room()
    with ThreadPoolExecutor(2) as pool:
        first, second = (Run(room, machine, number, pool) for number in range(2))
        assert begun([first, second], 1)
        first.grow(7 * GIB)
        assert begun([first, second], 1)
        first.end()
        assert begun([first, second], 2)
        second.end()


@pytest.mark.parametrize(("limit", "limited"), [("max", False), (str(GIB), True)])
def test_the_limit_of_a_container_counts(
    limit: str, limited: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    (tmp_path / "memory.current").write_text(f"{GIB // 4}\n")
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: SimpleNamespace(available=3 * GIB))
    assert free_memory() == (GIB - GIB // 4 if limited else 3 * GIB)


class Gpu:
    """A program that tells how much of a GPU's memory is free."""

    def __init__(self, folder: Path) -> None:
        self._free = folder / "free"
        program = folder / "nvidia-smi"
        program.write_text(f'#!/bin/sh\necho "$@" >> "{folder}/asked"\ncat "{self._free}"\n')
        program.chmod(0o755)
        self.leave(7000)

    def leave(self, mebibytes: int | str) -> None:
        # at once: a file that is empty for a moment is a GPU that tells nothing
        draft = self._free.with_suffix(".draft")
        draft.write_text(f"{mebibytes}\n")
        draft.replace(self._free)


@pytest.fixture
def gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gpu:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return Gpu(tmp_path)


def test_no_more_runs_begin_than_a_gpu_has_room_for(gpu: Gpu, machine: Machine) -> None:
    machine.size = 99 * GIB
    room = Room()
    with ThreadPoolExecutor(4) as pool:
        first = Run(room, machine, 0, pool)
        assert begun([first], 1)
        gpu.leave(5000)
        first.grow(GIB)
        others = [Run(room, machine, number, pool) for number in range(1, 4)]
        # 2000 MiB a run, those that have not taken theirs yet, too
        assert begun(others, 2)
        gpu.leave(1000)
        for run in others:
            if run.begun.is_set():
                run.grow(GIB)
        assert begun(others, 2)
        gpu.leave(3000)
        first.end()
        assert begun(others, 3)
        for run in others:
            run.end()


@pytest.mark.parametrize("said", ["[N/A]", "", "No devices were found"])
def test_a_gpu_that_tells_nothing_holds_nobody_back(said: str, gpu: Gpu) -> None:
    gpu.leave(said)
    assert free_gpu_memory() is None
    share = GpuShare()
    share.measure(1)
    assert share.has_room(100)


def test_of_several_gpus_the_fullest_counts(gpu: Gpu) -> None:
    gpu.leave("7000\n300")
    assert free_gpu_memory() == 300 * 2**20


def test_what_a_process_takes_is_known() -> None:
    with Room().place() as measure:
        measure(os.getpid())
