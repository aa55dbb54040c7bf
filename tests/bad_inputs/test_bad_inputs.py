"""Every bad input of the corpus ends in one message with what, where and how to mend it; nothing changes on disk."""

import importlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.bad_inputs.case import Case
from tests.builders import REPOSITORY

GROUPS = sorted(
    path.stem
    for path in Path(__file__).parent.glob("*.py")
    if path.stem not in {"__init__", "case", "fuzz", "runner", Path(__file__).stem}
)
CASES = [
    pytest.param(group, case, id=f"{group}: {case.name}")
    for group in GROUPS
    for case in importlib.import_module(f"tests.bad_inputs.{group}").GROUP.cases
]


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, Any]]:
    """Return what came of all cases of a group, which are tried in one process."""

    @cache
    def of(group: str) -> dict[str, Any]:
        folder = tmp_path_factory.mktemp(group)
        target = folder.with_suffix(".json")
        command = [sys.executable, "-m", "tests.bad_inputs.runner", group, str(folder), str(target)]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, errors="replace", check=False)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(target.read_text())
        return found

    return of


@pytest.mark.slow
@pytest.mark.parametrize(("group", "case"), CASES)
def test_a_bad_input_is_one_message_and_changes_nothing(
    group: str, case: Case, results: Callable[[str], dict[str, Any]]
) -> None:
    found = results(group)[case.name]
    assert found["status"] == case.status
    errors = [line for line in found["said"].splitlines() if re.match(r"(python -m benchmarks.*: )?error: ", line)]
    assert len(errors) == 1
    message = found["said"][found["said"].index(errors[0]) :]
    assert re.search(case.words, message), message
    assert found["changed"] == []


def test_the_corpus_is_large_and_names_are_unique() -> None:
    assert len(CASES) >= 150
    assert len({case.id for case in CASES}) == len(CASES)


@pytest.mark.slow
def test_damaged_files_of_every_kind_are_taken_or_refused(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-m", "tests.bad_inputs.fuzz", "20", "0", str(log)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stderr + log.read_text()
    assert all(tried > 0 for tried in json.loads(log.read_text().splitlines()[-1])["inputs"].values())
