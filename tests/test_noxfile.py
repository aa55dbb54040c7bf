"""What the sessions find out before they install anything."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import REPOSITORY
from tests.processes.test_child import STAGE, ends_with_its_parent

NEEDED = ("noxfile.py", "pyproject.toml", "constraints.txt")


def session(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nox", "-s", name],
        cwd=folder,
        # where it is not found out, the installation fails at once
        env={**os.environ, "NO_COLOR": "1", "PIP_NO_INDEX": "1"},
        timeout=120,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """The zip that GitHub makes of the repository holds no .git."""
    for name in NEEDED:
        shutil.copy(REPOSITORY / name, tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["benchmark", "quick", "tests"])
def test_a_zip_instead_of_a_clone_is_found_out_before_the_installation(unpacked: Path, name: str) -> None:
    done = session(unpacked, name)
    assert done.returncode == 1
    assert "no git clone" in done.stderr
    assert "run `git init` here" in done.stderr
    assert not (unpacked / ".venv").exists()


@pytest.fixture
def installed(unpacked: Path) -> Path:
    """A clone where nothing is to be installed, for a stamp says so, and no program is there."""
    subprocess.run(["git", "init", "-q"], cwd=unpacked, check=True)
    pinned = b"".join((unpacked / name).read_bytes() for name in NEEDED[1:])
    (unpacked / ".venv" / "bin").mkdir(parents=True)
    (unpacked / ".venv" / "genrebench-pinned.sha256").write_text(hashlib.sha256(pinned).hexdigest())
    return unpacked


def test_git_init_mends_it(installed: Path) -> None:
    done = session(installed, "types")
    assert "no git clone" not in done.stderr
    assert "mypy" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="a program is a shell script here")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_what_a_session_runs_ends_with_nox(number: int, installed: Path) -> None:
    (installed / "stage.py").write_text(f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})\n{STAGE}")
    program = installed / ".venv" / "bin" / "mypy"
    # as DVC does, it waits for what it started
    program.write_text(f"#!/bin/sh\n{sys.executable} stage.py\nexit 1\n")
    program.chmod(0o755)
    nox = [sys.executable, "-m", "nox", "-s", "types"]
    assert ends_with_its_parent(nox, installed, installed / "process", number)
