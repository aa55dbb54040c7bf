"""Processes of this project: what is heard of them, and that none outlives the process that started it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.processes.child import Child
from benchmarks.processes.environment import WORKER_ENVIRONMENT
from benchmarks.processes.parallel_map import parallel_map
from tests.builders import REPOSITORY

ENVIRONMENT = {**os.environ, **WORKER_ENVIRONMENT}
BUSY = (
    "import os, time; from benchmarks.processes.lifeline import *; print(os.getpid(), flush=True); {}; time.sleep(90)"
)
# a child that is told nothing, and one that waits for what it is told
WAYS = {"command": BUSY.format("end_with_parent()"), "listener": BUSY.format("list(messages())")}
# one that something starts which waits for it: it writes its number to a file
STAGE = WAYS["command"].replace("os.getpid()", "os.getpid(), file=open('process', 'w')")
STARTS = [("start_child", "command"), ("start_child", "listener"), ("start_workers", "")]


def say_and_sleep(file: Path) -> None:
    with file.open("a") as told:
        print(os.getpid(), file=told)
    time.sleep(90)


def start_child(way: str, file: Path) -> None:
    with Child([sys.executable, "-c", WAYS[way]], ENVIRONMENT) as child:
        file.write_text(child.hear())
        child.wait()


def start_workers(_: str, file: Path) -> None:
    list(parallel_map(say_and_sleep, [file], "sleeping"))


def lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    # one that ended and is not waited for yet has an entry, too
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until(happened: Callable[[], object], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not (found := bool(happened())) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def ends_with_its_parent(command: list[str], folder: Path, file: Path, number: int) -> bool:
    """Send a signal to a process when another that it started has written its number to a file; do both end?"""
    # a session of its own: the signal is for this process alone, as no terminal sends it to all
    parent = subprocess.Popen(
        command,
        cwd=folder,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # where a shell started the tests in the background, they ignore it
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    try:
        assert wait_until(lambda: file.exists() and file.read_text().strip())
        process = int(file.read_text())
        assert lives(process)
        parent.send_signal(number)
        assert parent.wait(60) != 0
        return wait_until(lambda: not lives(process), 10)
    finally:
        parent.kill()
        parent.wait()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(("start", "way"), STARTS)
def test_no_process_outlives_the_one_that_started_it(start: str, way: str, number: int, tmp_path: Path) -> None:
    file = tmp_path / "process"
    code = f"from pathlib import Path; from tests.processes.test_child import *; {start}({way!r}, Path({str(file)!r}))"
    assert ends_with_its_parent([sys.executable, "-c", code], REPOSITORY, file, number)


# one that takes the place of its last command, and one that waits for it
SHELLS = {"sh": 'exec sh "$@"', "waits": 'sh "$@"; status=$?; exit $status'}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_stage_outlives_dvc(number: int, shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / shell).write_text(f"#!/bin/sh\n{SHELLS[shell]}\n")
    (tmp_path / shell).chmod(0o755)
    monkeypatch.setenv("SHELL", str(tmp_path / shell))
    (tmp_path / "stage.py").write_text(STAGE)
    (tmp_path / "dvc.yaml").write_text(f"stages: {{stage: {{cmd: {sys.executable} stage.py}}}}\n")
    dvc = [sys.executable, "-m", "dvc"]
    subprocess.run([*dvc, "init", "--no-scm", "--quiet"], cwd=tmp_path, check=True)
    assert ends_with_its_parent([*dvc, "repro", "--quiet"], tmp_path, tmp_path / "process", number)


def test_what_a_child_prints_is_heard_line_by_line_and_its_errors_at_its_end() -> None:
    code = "import sys; print('one'); print('two'); sys.exit('error: out of luck')"
    with Child([sys.executable, "-c", code], ENVIRONMENT) as child:
        assert child.hear() == "one\n"
        assert list(child.lines()) == ["two\n"]
        assert child.wait() == 1
        assert child.last_words() == "out of luck"


def test_much_that_nobody_reads_blocks_no_child() -> None:
    code = "import sys; sys.stderr.write('x' * 10**6); print('done')"
    with Child([sys.executable, "-c", code], ENVIRONMENT) as child:
        assert list(child.lines()) == ["done\n"]


def test_an_error_ends_a_child_at_once() -> None:
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt), Child([sys.executable, "-c", "import time; time.sleep(90)"], ENVIRONMENT):
        raise KeyboardInterrupt
    assert time.monotonic() - started < 20


@pytest.mark.skipif(not hasattr(os, "forkpty"), reason="needs a terminal")
def test_a_command_whose_terminal_is_closed_ends(tmp_path: Path) -> None:
    code = (
        "import time; from benchmarks.__main__ import _end_as_told; _end_as_told(); "
        f"open({str(tmp_path / 'started')!r}, 'w').close(); time.sleep(60)"
    )
    process, terminal = os.forkpty()
    if not process:
        # a test run under nohup ignores it, and so would what it starts
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        os.execv(sys.executable, [sys.executable, "-c", code])  # noqa: S606
    assert wait_until((tmp_path / "started").exists)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 128 + signal.SIGHUP
