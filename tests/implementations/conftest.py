"""One process a framework: two frameworks never share one, in tests neither."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

from implementations.registry import registered

FRAMEWORKS = sorted({framework for _, framework in registered()})
ARCHITECTURES = sorted({architecture for architecture, _ in registered()})

InFramework = Callable[..., Any]


@pytest.fixture(scope="session")
def processes() -> Iterator[dict[str, ProcessPoolExecutor]]:
    spawn = multiprocessing.get_context("spawn")
    pools = {framework: ProcessPoolExecutor(1, mp_context=spawn) for framework in FRAMEWORKS}
    yield pools
    for pool in pools.values():
        pool.shutdown()


@pytest.fixture
def in_framework(processes: dict[str, ProcessPoolExecutor]) -> InFramework:
    """Call a function of `checks` in the process of a framework: ``in_framework(framework, function, *arguments)``."""

    def call(framework: str, function: Callable[..., Any], *arguments: Any) -> Any:
        return processes[framework].submit(function, *arguments).result(timeout=300)

    return call
