"""Processes that are timed: what they are told, what they answer, and what is said when one dies."""

import os
from time import sleep

import pytest

from benchmarks.errors import GenrebenchError
from benchmarks.timing.measuring.child import timed
from benchmarks.timing.measuring.children import TimedChild, UnableError, together
from benchmarks.timing.measuring.environments import as_a_run_is_told, environment, settings

MAKERS = "tests.timing.fake_tasks"


@pytest.fixture
def child():
    with TimedChild("a subject", {**os.environ, "FAKE": "told"}) as started:
        yield started


def test_a_child_tells_facts_and_seconds_whatever_libraries_print(child):
    assert child.prepare("task", f"{MAKERS}:quick", words="hello") == {"words": "hello", "fake": "told"}
    assert 0 < child.time("task", calls=100) < 0.2  # of one call
    assert together([child], "task") > 0
    assert child.peak_memory() > 1


def test_what_a_subject_cannot_do_ends_no_child(child):
    with pytest.raises(UnableError, match="not on a batch of one"):
        child.prepare("task", f"{MAKERS}:unable")
    child.prepare("task", f"{MAKERS}:quick", words="")


def test_an_error_is_told_in_the_child_s_own_words(child):
    with pytest.raises(GenrebenchError, match=r"(?s)process that times a subject ended: .*no such kernel"):
        child.prepare("task", f"{MAKERS}:broken")


def test_a_killed_child_is_told_of(child):
    child.prepare("task", f"{MAKERS}:killed")
    words = "a subject ended: it said nothing, exit status 3; perhaps there was not enough memory"
    with pytest.raises(GenrebenchError, match=words):
        child.time("task")


def test_a_child_that_is_dead_before_it_is_told_is_told_of():
    def work():
        with TimedChild("a subject", dict(os.environ)) as child:
            child._process.kill()
            child._process.wait()
            child.prepare("task", f"{MAKERS}:quick", words="hello")

    with pytest.raises(GenrebenchError, match="a subject ended: it said nothing"):
        work()


def test_a_task_is_called_as_often_as_asked_and_its_time_is_that_of_one_call():
    calls = []
    assert timed(lambda: (calls.append(1), sleep(0.01)), 3) >= 0.01
    assert len(calls) == 3


def test_stock_is_told_its_threads_and_has_the_allocator_as_it_is(monkeypatch):
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "1")
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    monkeypatch.setenv("LD_PRELOAD", "")
    monkeypatch.setenv("ONEDNN_VERBOSE", "1")
    told = environment("stock", 2)
    assert told["OMP_NUM_THREADS"] == "2"
    assert told["PATH"] == os.environ["PATH"]
    assert not [
        name
        for name in told
        if name.startswith("MALLOC") or name in {"OMP_WAIT_POLICY", "LD_PRELOAD", "ONEDNN_VERBOSE"}
    ]


def test_tuned_has_the_environment_of_a_run_on_its_threads():
    run = {**as_a_run_is_told(), "CUDA_VISIBLE_DEVICES": "-1"}  # all times are a processor's
    assert settings("tuned", 1) == run
    changed = {name for name, value in settings("tuned", 2).items() if run[name] != value}
    assert changed == {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}
