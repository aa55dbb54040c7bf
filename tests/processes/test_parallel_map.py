import os
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from threadpoolctl import threadpool_info

from benchmarks.errors import GenrebenchError
from benchmarks.processes import arithmetic
from benchmarks.processes.environment import WORKER_ENVIRONMENT
from benchmarks.processes.parallel_map import parallel_map
from benchmarks.processes.workers import worker_count, worker_environment
from tests.builders import REPOSITORY


def square(number: int) -> int:
    return number * number


def refuse_three(number: int) -> int:
    if number == 3:
        raise GenrebenchError("three is not legal")
    return number


def die(_: int) -> None:
    os._exit(1)


def environment_at_start(_: int) -> list[str]:
    """What the system gave this process: what was set since is not in it."""
    return Path("/proc/self/environ").read_text().split("\0")


def blas_threads(_: int) -> int:
    import scipy.linalg  # noqa: F401 -- loads the libraries that are asked for their threads

    return max(library["num_threads"] for library in threadpool_info())


@pytest.mark.parametrize("workers", ["1", "2"])
def test_results_come_in_order(workers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENREBENCH_WORKERS", workers)
    assert list(parallel_map(square, range(20), "squares")) == [n * n for n in range(20)]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_error_in_a_worker_is_raised_here(workers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENREBENCH_WORKERS", workers)
    with pytest.raises(GenrebenchError, match="three is not legal"):
        list(parallel_map(refuse_three, range(6), "numbers"))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_each_call_has_one_thread(workers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another number of threads rounds matrix products differently."""
    monkeypatch.setenv("GENREBENCH_WORKERS", workers)
    assert set(parallel_map(blas_threads, range(4), "threads")) == {1}


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc, as Linux has it")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_workers_have_the_environment_of_a_run_from_their_start(workers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The allocator reads it then."""
    monkeypatch.setenv("GENREBENCH_WORKERS", workers)
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    expected = {f"{name}={value}" for name, value in WORKER_ENVIRONMENT.items()}
    assert all(expected <= set(found) for found in parallel_map(environment_at_start, range(4), "environments"))


def arithmetic_there(_: int) -> str:
    return arithmetic.in_effect()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_workers_compute_as_this_process_does(workers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENREBENCH_WORKERS", workers)
    assert set(parallel_map(arithmetic_there, range(2), "arithmetic")) == {arithmetic.in_effect()}


def test_this_process_keeps_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    before = dict(os.environ)
    list(parallel_map(square, range(2), "squares"))
    assert os.environ == before
    with pytest.raises(KeyError), worker_environment():
        raise KeyError
    assert os.environ == before


@pytest.mark.parametrize("asked", ["0", "-1", "two", "1.5"])
def test_a_wrong_number_of_workers_is_named(asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENREBENCH_WORKERS", asked)
    with pytest.raises(GenrebenchError, match=f"GENREBENCH_WORKERS='{asked}'.*whole number from 1"):
        worker_count()


def test_a_killed_worker_is_one_error() -> None:
    with pytest.raises(GenrebenchError, match="a worker process was killed"):
        list(parallel_map(die, range(3), "numbers"))


def test_nothing_to_do_is_fine() -> None:
    assert list(parallel_map(square, [], "nothing")) == []


def large(_: int) -> bytes:
    return bytes(20_000_000)


def die_in_the_middle(number: int) -> int:
    """The first one: after a part of its result is written. The others are at work for long."""
    if number:
        time.sleep(90)

    def half(self: Connection, content: bytes) -> None:
        os.write(self.fileno(), content[: len(content) // 2])
        os._exit(1)

    Connection._send = half
    return number


def run_with_two_workers(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, which is ended here if it waits for the rest of a result for ever."""
    (folder / "works.py").write_text(
        "from benchmarks.processes.parallel_map import parallel_map\n"
        "from tests.processes.test_parallel_map import *\n"
        f'if __name__ == "__main__":\n    {code}\n'
    )
    settings = {**os.environ, "PYTHONPATH": str(REPOSITORY), "GENREBENCH_WORKERS": "2"}
    command = [sys.executable, folder / "works.py"]
    return subprocess.run(command, env=settings, timeout=60, check=False, text=True, stderr=subprocess.PIPE)


def test_an_error_here_ends_workers_in_the_middle_of_their_results(tmp_path: Path) -> None:
    done = run_with_two_workers('for _ in parallel_map(large, range(9), "large"): raise SystemExit(7)', tmp_path)
    assert done.returncode == 7


def test_a_worker_killed_in_the_middle_of_its_result_ends_the_others(tmp_path: Path) -> None:
    done = run_with_two_workers('list(parallel_map(die_in_the_middle, range(3), "numbers"))', tmp_path)
    assert done.returncode == 1
    assert "a worker process was killed" in done.stderr
