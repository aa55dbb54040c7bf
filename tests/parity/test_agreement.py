"""The frameworks train the same model: every check, each comparison a test of its own; and every break is seen."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from benchmarks.optimizer import KERAS_ADAM
from benchmarks.parity.checks import checks_of
from benchmarks.parity.recording import PRECISIONS, arrays_path, record_arrays
from benchmarks.parity.results import adam_of, compared_rows, pairs
from implementations.architectures import ARCHITECTURES, CNN2D, CNNLSTM
from implementations.registry import registered
from tests.builders import STUDY
from tests.frameworks import FRAMEWORKS, InFramework
from tests.implementations.checks import small as small_inputs
from tests.parity.breaks import BREAKS, record_broken

Rows = dict[tuple[str, ...], dict[str, Any]]

# the study's architectures with few values: what is broken is broken in them, too
SMALL = {
    "cnn2d": CNN2D(input_shape=(30, 30, 3), filters=(4, 4, 4), dense_units=(6, 5)),
    "cnn_lstm": CNNLSTM(input_shape=(40, 5), filters=(4, 4, 4), lstm_units=(6, 6), dense_units=8),
}
BOTH = {(architecture, framework) for architecture in SMALL for framework in ("pytorch", "tensorflow")}


@pytest.fixture(scope="session")
def rows(processes: Any, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    folder = tmp_path_factory.mktemp("arrays")
    sizes = {name: small_inputs(name) for name in ARCHITECTURES}
    for recording in [
        processes[framework].submit(record_arrays, framework, folder, adam_of(STUDY), sizes) for framework in FRAMEWORKS
    ]:
        recording.result(timeout=500)
    keys = ("architecture", "first", "second", "precision", "check")
    return {tuple(row[key] for key in keys): row for row in compared_rows(folder, sizes)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "first", "second", "precision", "check"),
    [
        pytest.param(*pair, precision, check.key, id=f"{'-'.join(pair)}-{precision}-{check.number}-{check.key}")
        for pair in pairs()
        for precision in PRECISIONS
        for check in checks_of(ARCHITECTURES[pair[0]])
    ],
)
def test_frameworks_agree(architecture: str, first: str, second: str, precision: str, check: str, rows: Rows) -> None:
    row = rows[architecture, first, second, precision, check]
    assert row["within"], f"{row['difference']} is beyond {row['bound']}, most in {row['group']}"


@pytest.fixture(scope="session")
def small(processes: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The arrays of small networks of both frameworks, unbroken."""
    folder = tmp_path_factory.mktemp("small")
    for framework in ("pytorch", "tensorflow"):
        processes[framework].submit(record_arrays, framework, folder, KERAS_ADAM, SMALL).result(timeout=300)
    return folder


def beyond(folder: Path, architecture: str) -> set[str]:
    """The checks that fail in float64."""
    found = compared_rows(folder, {architecture: SMALL[architecture]})
    return {row["check"] for row in found if row["precision"] == "float64" and not row["within"]}


@pytest.mark.skipif(not set(registered()) >= BOTH, reason="needs both architectures in PyTorch and TensorFlow")
@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_alignment_fails_in_its_checks(
    name: str, small: Path, tmp_path: Path, in_framework: InFramework
) -> None:
    _, architecture, expected = BREAKS[name]
    assert beyond(small, architecture) == set()
    in_framework("pytorch", record_broken, name, tmp_path, SMALL)
    for precision in PRECISIONS:
        shutil.copy(arrays_path(small, architecture, "tensorflow", precision), tmp_path)
    failed = beyond(tmp_path, architecture)
    assert expected <= failed
    # no break is seen everywhere: what goes in is never touched
    assert "inputs" not in failed
