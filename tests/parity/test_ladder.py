"""The frameworks train the same model: every rung, each comparison a test of its own."""

from typing import Any

import pytest

from benchmarks.parity.ladder import CLASSES, PRECISIONS, climb
from benchmarks.parity.results import compared_rows, pairs
from benchmarks.parity.rungs import RUNGS, Rung
from implementations.architectures import ARCHITECTURES
from tests.frameworks import FRAMEWORKS

Rows = dict[tuple[str, ...], dict[str, Any]]


def rungs_of(architecture: str) -> list[Rung]:
    """The rungs on which an architecture has something to compare."""
    weights = ARCHITECTURES[architecture].weights(CLASSES)
    absent = {
        "statistics": all(weight.trainable for weight in weights),
        "cancelled": not any(weight.cancelled for weight in weights),
        "hidden": not any(weight.name.endswith("recurrent_kernel") for weight in weights),
    }
    absent["cell"] = absent["hidden"]
    return [rung for rung in RUNGS if not absent.get(rung.key.rpartition("_")[2])]


@pytest.fixture(scope="session")
def rows(processes: Any, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    folder = tmp_path_factory.mktemp("ladder")
    for climbing in [processes[framework].submit(climb, framework, folder) for framework in FRAMEWORKS]:
        climbing.result(timeout=500)
    keys = ("architecture", "first", "second", "precision", "rung")
    return {tuple(row[key] for key in keys): row for row in compared_rows(folder)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "first", "second", "precision", "rung"),
    [
        pytest.param(*pair, precision, rung.key, id=f"{'-'.join(pair)}-{precision}-{rung.number}-{rung.key}")
        for pair in pairs()
        for precision in PRECISIONS
        for rung in rungs_of(pair[0])
    ],
)
def test_frameworks_agree(architecture: str, first: str, second: str, precision: str, rung: str, rows: Rows) -> None:
    row = rows[architecture, first, second, precision, rung]
    assert row["within"], f"{row['difference']} is beyond {row['bound']}, most in {row['group']}"
