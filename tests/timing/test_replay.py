"""pytest-benchmark's file holds the rounds as they were taken."""

import json
import subprocess
import sys

SUITE = """
from benchmarks.timing.measuring.children import UnableError
from benchmarks.timing.measuring.replay import Measured, benchmark_group, replay


@benchmark_group("a group")
def test_row(benchmark):
    replay(benchmark, Measured((3600.1, 0.1, 7200.3, 1e-7, 0.3), {"tracks": 3}))


@benchmark_group("a group")
def test_no_row(benchmark):
    replay(benchmark, UnableError("not on a batch of one"))
"""


def test_rounds_are_played_back_as_they_are(tmp_path):
    (tmp_path / "suite.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rs", str(tmp_path / "suite.py")]
    done = subprocess.run(
        [*command, f"--benchmark-json={tmp_path / 'file.json'}"], capture_output=True, text=True, check=True
    )
    assert "not on a batch of one" in done.stdout
    (row,) = json.loads((tmp_path / "file.json").read_text())["benchmarks"]
    assert row["stats"]["data"] == [3600.1, 0.1, 7200.3, 1e-7, 0.3]
    assert (row["stats"]["median"], row["stats"]["rounds"], row["group"]) == (0.3, 5, "a group")
    assert row["options"]["timer"] == "replayed_clock"
    assert row["extra_info"].keys() == {"tracks", "cpu", "commit"}
