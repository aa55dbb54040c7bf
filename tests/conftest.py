"""What all tests share: the order of the files, and one process a framework: two never share one, in tests neither."""

import errno
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from benchmarks.processes import arithmetic
from benchmarks.studies.study import FOLDER_VARIABLE

# before NumPy is imported: tests compute as results are computed
arithmetic.prepare("portable")
# what the harness does is tested with a study that is none of the project's, here and in the processes that tests start
os.environ[FOLDER_VARIABLE] = str(Path(__file__).parent / "studies")

from tests.frameworks import FRAMEWORKS, InFramework, take_over, what_is_known  # noqa: E402


def pytest_configure() -> None:
    # tests start pytest themselves, and that is no worker of the pytest they belong to
    os.environ.pop("PYTEST_XDIST_WORKER", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the files that hold slow tests, so that none is left over when other processes have nothing to do."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture
def forbid(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Return a function that takes away the permission to read a file or a folder, from root, too."""
    forbidden: set[Path] = set()
    may, really_open = os.access, Path.open

    def access(path: Path, mode: int) -> bool:
        return Path(path) not in forbidden and may(path, mode)

    def opened(path: Path, *how: Any, **more: Any) -> Any:
        if path in forbidden:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return really_open(path, *how, **more)

    monkeypatch.setattr(os, "access", access)
    monkeypatch.setattr(Path, "open", opened)
    return forbidden.add


@pytest.fixture(scope="session")
def processes() -> Iterator[dict[str, ProcessPoolExecutor]]:
    spawn = multiprocessing.get_context("spawn")
    pools = {
        framework: ProcessPoolExecutor(1, mp_context=spawn, initializer=take_over, initargs=(what_is_known(),))
        for framework in FRAMEWORKS
    }
    yield pools
    for pool in pools.values():
        pool.shutdown()


@pytest.fixture
def in_framework(processes: dict[str, ProcessPoolExecutor]) -> InFramework:
    """Call a module's function in the process of a framework: ``in_framework(framework, function, *arguments)``."""

    def call(framework: str, function: Callable[..., Any], *arguments: Any) -> Any:
        return processes[framework].submit(function, *arguments).result(timeout=300)

    return call
