"""What the suites share: their options, and what pytest-benchmark writes about machine and code."""

from typing import Any

import pytest

from benchmarks import provenance
from benchmarks.processes.lifeline import end_with_parent
from benchmarks.timing import DEFAULT_ROUNDS, FORMAT
from implementations.registry import registered


def pytest_configure() -> None:
    """End with the command that started the suites."""
    end_with_parent()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the suites."""
    group = parser.getgroup("timing")
    group.addoption("--tracks", type=int, required=True, help="tracks in a training epoch")
    group.addoption("--rounds", type=int, default=DEFAULT_ROUNDS, help="rounds that count, after a warm-up")


@pytest.fixture(scope="module", params=registered(), ids="-".join)
def made(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Return an implementation: architecture and framework."""
    return tuple(request.param)


@pytest.fixture(scope="session")
def tracks(pytestconfig: pytest.Config) -> int:
    """Return the number of tracks in a training epoch."""
    number: int = pytestconfig.getoption("tracks")
    return number


@pytest.fixture(scope="session")
def rounds(pytestconfig: pytest.Config) -> int:
    """Return how many rounds count."""
    number: int = pytestconfig.getoption("rounds")
    return number


def pytest_benchmark_generate_machine_info() -> dict[str, Any]:
    """Describe the machine as a run's provenance does; pytest-benchmark's own words hold the host's name."""
    return provenance.machine()


def pytest_benchmark_generate_commit_info() -> dict[str, Any]:
    """Name the commit as a run's provenance does, under pytest-benchmark's keys."""
    git = provenance.git_state()
    return {"id": git["commit"], "dirty": git["dirty"]}


def pytest_benchmark_update_json(output_json: dict[str, Any]) -> None:
    """Say which format the rows have."""
    output_json["format"] = FORMAT
