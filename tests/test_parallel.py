import os

import pytest
from threadpoolctl import threadpool_info

from benchmarks.environment import WORKER_ENVIRONMENT
from benchmarks.errors import GenrebenchError
from benchmarks.parallel import parallel_map, worker_count


def square(number: int) -> int:
    return number * number


def refuse_three(number: int) -> int:
    if number == 3:
        raise GenrebenchError("three is not legal")
    return number


def die(_: int) -> None:
    os._exit(1)


def environment(_: int) -> dict[str, str]:
    return {name: os.environ[name] for name in WORKER_ENVIRONMENT}


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


@pytest.mark.parametrize("workers", ["1", "2"])
def test_workers_have_the_environment_of_a_run_from_their_start(workers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An allocator reads it then; this process keeps its own."""
    monkeypatch.setenv("GENREBENCH_WORKERS", workers)
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert all(found == WORKER_ENVIRONMENT for found in parallel_map(environment, range(4), "environments"))
    assert os.environ["OMP_NUM_THREADS"] == "7"


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
