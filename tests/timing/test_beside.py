"""Rows that pytest-benchmark times itself, and what takes its turn between their rounds."""

import json
import subprocess
import sys

import pytest

from benchmarks.timing.measuring import children
from benchmarks.timing.measuring.beside import Task

SUITE = """
import time

import pytest

from benchmarks.timing.measuring.beside import Companion, Task, measure

happened = []


class Child:
    def time(self, name, calls=1):
        for _ in range(calls):
            work()
        return 0.06


def work():
    happened.append("ours")
    time.sleep(0.05)


def turn():
    happened.append("stock")
    return 0.25


@pytest.mark.benchmark(group="a group")
def test_row(benchmark):
    beside = {"stock": Companion(turn, {"variant": "stock"})}
    measure(benchmark, work, 3, {"tracks": 3}, beside, rates=lambda: 100.0)
    assert happened == ["ours", "stock"] * 3


@pytest.mark.benchmark(group="a group")
def test_row_of_several_calls(benchmark):
    happened.clear()
    task = Task(Child(), "work")
    measure(benchmark, task, 2, {"tracks": 3}, {"stock": Companion(turn)})
    # after the rounds pytest-benchmark calls once more, and nothing takes its turn beside that
    assert (task.calls, happened.count("stock")) == (4, 0 if benchmark.disabled else 2)
"""


def run(folder, *options):
    """Run the suite, as anybody runs benchmarks."""
    (folder / "suite.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(folder / "suite.py"), *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_a_row_is_timed_and_what_it_is_compared_with_takes_turns_between_its_rounds(tmp_path):
    run(tmp_path, f"--benchmark-json={tmp_path / 'file.json'}")
    one, several = json.loads((tmp_path / "file.json").read_text())["benchmarks"]
    assert [len(it["stats"]["data"]) for it in (one, several)] == [3, 2]
    for row in (one, several):
        # of one call, by the clock of pytest-benchmark
        assert min(row["stats"]["data"]) >= 0.05
        assert row["options"]["timer"] == "perf_counter"
        assert row["extra_info"].keys() >= {"tracks", "cpu", "commit"}
    # four calls a round, the time of one
    assert min(several["stats"]["data"]) < 4 * 0.05
    assert one["extra_info"]["beside"] == {"stock": {"variant": "stock", "seconds": [0.25] * 3}}
    assert one["extra_info"]["matrix_product_gflops"] == [100.0] * 3
    assert several["extra_info"]["beside"] == {"stock": {"seconds": [0.25] * 2}}
    assert "matrix_product_gflops" not in several["extra_info"]


def test_the_options_of_pytest_benchmark_do_what_they_do_elsewhere(tmp_path):
    run(tmp_path, "--benchmark-save=before")
    said = run(tmp_path, "--benchmark-compare=0001", "--benchmark-compare-fail=median:500%")
    assert "test_row (0001_before)" in said
    assert "Rounds" in run(tmp_path, "-k", "several")
    assert "Rounds" not in run(tmp_path, "--benchmark-disable", "-k", "several")


class FakeChild:
    """Takes so many seconds a call, after a first one that takes more."""

    def __init__(self, first: float, seconds: float) -> None:
        self.asked = []
        self._times = [first]
        self._seconds = seconds

    def time(self, name, calls=1):
        self.asked.append(calls)
        return self._times.pop() if self._times else self._seconds


@pytest.mark.parametrize(
    ("first", "seconds", "warm_up", "calls"),
    [(1.0, 0.06, [1, 1, 4], 4), (0.5, 0.5, [1, 1], 1), (20.0, 0.1, [1, 1, 2], 2)],
)
def test_a_short_task_is_done_several_times_a_round_by_one_message(monkeypatch, first, seconds, warm_up, calls):
    monkeypatch.setattr(children, "ROUND_SECONDS", 0.2)
    child = FakeChild(first, seconds)
    task = Task(child, "a task")
    assert (child.asked, task.calls) == (warm_up, calls)
    for _ in range(2 * calls):
        task()
    assert child.asked == [*warm_up, calls, calls]
    assert task.turn() == seconds
