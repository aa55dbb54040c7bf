"""What both suites share: their options, and what pytest-benchmark writes about machine and code."""

from typing import Any

import pytest

from benchmarks import provenance
from benchmarks.timing import DEFAULT_TRACKS
from implementations.registry import frameworks


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the suites."""
    group = parser.getgroup("timing")
    group.addoption(
        "--framework",
        choices=frameworks(),
        help="whose implementations to time",
    )
    group.addoption("--tracks", type=int, default=DEFAULT_TRACKS, help="tracks in a training epoch")


@pytest.fixture
def tracks(pytestconfig: pytest.Config) -> int:
    """Return the number of tracks in a training epoch."""
    number: int = pytestconfig.getoption("tracks")
    return number


@pytest.fixture
def long_rounds(pytestconfig: pytest.Config) -> int:
    """Return how often something that takes seconds is timed: pytest-benchmark's ``--benchmark-min-rounds``, or 5."""
    rounds: int = pytestconfig.getoption("benchmark_min_rounds")
    return rounds


@pytest.fixture
def short_rounds(long_rounds: int) -> int:
    """Return how often something that takes milliseconds is timed: more often, for a median as steady."""
    return 10 * long_rounds


def pytest_benchmark_generate_machine_info() -> dict[str, Any]:
    """Describe the machine as a run's provenance does; pytest-benchmark's own words hold the host's name."""
    return provenance.machine()


def pytest_benchmark_generate_commit_info() -> dict[str, Any]:
    """Name the commit as a run's provenance does, under pytest-benchmark's keys."""
    git = provenance.git_state()
    return {"id": git["commit"], "dirty": git["dirty"]}
