"""Functions in processes of their own."""

import os
import sys

import pytest

from benchmarks.errors import GenrebenchError
from benchmarks.processes import arithmetic
from benchmarks.processes.environment import WORKER_ENVIRONMENT
from benchmarks.processes.isolation import in_each_framework


def look_around(framework: str) -> tuple[str, int, dict[str, str], bool]:
    print("a greeting", file=sys.stderr, flush=True)
    return framework, os.getpid(), {name: os.environ[name] for name in WORKER_ENVIRONMENT}, "torch" in sys.modules


def fail(framework: str) -> None:
    raise ValueError(f"{framework} cannot do that")


def die(_: str) -> None:
    os.write(2, b"out of luck\n")
    os._exit(9)


def test_each_framework_has_a_fresh_quiet_process_with_the_environment_of_a_run(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    found = in_each_framework(["one", "two"], look_around)
    assert [found[name][0] for name in ("one", "two")] == ["one", "two"]
    assert len({os.getpid(), found["one"][1], found["two"][1]}) == 3
    for _, _, environment, loaded in found.values():
        assert environment == WORKER_ENVIRONMENT
        assert not loaded
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert not capfd.readouterr().err


def arithmetic_there(_: str) -> str:
    return arithmetic.in_effect()


def test_a_framework_s_process_computes_as_this_one_does() -> None:
    assert in_each_framework(["one"], arithmetic_there) == {"one": arithmetic.in_effect()}


def test_exceptions_come_back_and_a_killed_process_is_told() -> None:
    with pytest.raises(ValueError, match="one cannot do that"):
        in_each_framework(["one"], fail)
    with pytest.raises(GenrebenchError, match="the process of one was killed: out of luck"):
        in_each_framework(["one"], die)
