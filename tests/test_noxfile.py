"""What the sessions find out before they install anything."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import REPOSITORY

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


def test_git_init_mends_it(unpacked: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=unpacked, check=True)
    pinned = b"".join((unpacked / name).read_bytes() for name in NEEDED[1:])
    (unpacked / ".venv").mkdir()
    # nothing is to be installed; then there is no program to start
    (unpacked / ".venv" / "genrebench-pinned.sha256").write_text(hashlib.sha256(pinned).hexdigest())
    done = session(unpacked, "types")
    assert "no git clone" not in done.stderr
    assert "mypy" in done.stderr
