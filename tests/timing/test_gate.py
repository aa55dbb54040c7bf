"""What becomes slower than a baseline, and what a baseline is not."""

import re

import pytest

from benchmarks.errors import GenrebenchError
from benchmarks.timing import FORMAT
from benchmarks.timing.reporting.gate import check, read_baseline
from benchmarks.timing.reporting.results import Results
from tests.timing.results import MACHINE, epoch, results, row, written

MADE = ("cnn2d", "pytorch")
NAME = "test_training_epoch[cnn2d-pytorch]"


def gate(folder, new, old, tolerance=25.0, machine=MACHINE):
    before = written(folder / "before.json", old, machine)
    return check(results(folder, new), before, Results.read(before), tolerance)


def test_as_fast_as_before_or_faster_or_a_little_slower_passes(tmp_path):
    for seconds in (1.0, 2.0, 2.5):
        told = gate(tmp_path, [epoch(MADE, "tuned", [seconds] * 5)], [epoch(MADE, "tuned", [2.0] * 5)])
        assert told == f"no row of this project is more than 25% slower than in {tmp_path / 'before.json'}"


def test_a_slower_row_fails_with_its_name(tmp_path):
    new = [epoch(MADE, "tuned", [2.6] * 5), epoch(MADE, "stock", [9.0] * 5)]
    old = [epoch(MADE, "tuned", [2.0] * 5), epoch(MADE, "stock", [9.0] * 5)]
    with pytest.raises(
        GenrebenchError,
        match=rf"(?s)^1 row of this project more than 25% slower than in .*:\n  {re.escape(NAME)}: \+30%$",
    ):
        gate(tmp_path, new, old)
    gate(tmp_path, new, old, tolerance=31)


def test_a_row_whose_interval_overlaps_the_older_one_is_listed_and_does_not_fail(tmp_path):
    old = [epoch(MADE, "tuned", [2.0, 2.0, 2.0, 2.0, 3.0])]
    assert gate(tmp_path, [epoch(MADE, "tuned", [3.0, 4.0, 4.0, 4.0, 4.0])], old).endswith(
        f"\n  {NAME}: +100% (the intervals overlap)"
    )
    with pytest.raises(GenrebenchError, match=r"\+100%$"):
        gate(tmp_path, [epoch(MADE, "tuned", [3.1, 4.0, 4.0, 4.0, 4.0])], old)


def test_a_stock_row_is_listed_and_does_not_fail(tmp_path):
    told = gate(tmp_path, [epoch(MADE, "stock", [4.0] * 5)], [epoch(MADE, "stock", [2.0] * 5)])
    assert told.endswith("\n  test_training_epoch[cnn2d-pytorch] stock: +100% (stock)")


def test_a_row_of_one_round_is_not_judged(tmp_path):
    gate(tmp_path, [row("memory", "test_peak_memory[x]", [9.0])], [row("memory", "test_peak_memory[x]", [1.0])])


def test_another_machine_is_said(tmp_path):
    rows = [epoch(MADE, "tuned", [2.0] * 5)]
    assert "the baseline is of another machine" in gate(tmp_path, rows, rows, machine={**MACHINE, "cpu": "old"})


@pytest.mark.parametrize(
    "old", [[epoch(("cnn2d", "other"), "tuned", [1.0])], [epoch(MADE, "tuned", [1.0] * 5, tracks=3)]]
)
def test_nothing_to_compare_is_an_error(tmp_path, old):
    with pytest.raises(GenrebenchError, match="no benchmark is in both files with the same number of tracks"):
        gate(tmp_path, [epoch(MADE, "tuned", [2.0] * 5)], old)


@pytest.mark.parametrize("text", ["not JSON", "[]", "{}", '{"benchmarks": [{"name": "x", "stats": {}}]}', "\udcff"])
def test_a_file_that_is_something_else_is_an_error(tmp_path, text):
    path = tmp_path / "old.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(GenrebenchError, match=r"old\.json: not a file of pytest-benchmark"):
        Results.read(path)


def test_a_file_of_another_format_is_an_error(tmp_path):
    path = written(tmp_path / "old.json", [epoch(MADE, "tuned", [2.0] * 5)])
    path.write_text(path.read_text().replace(f'"format": {FORMAT}', '"format": 1'))
    with pytest.raises(GenrebenchError, match=r"old\.json: its format is 1, .* reads 3; time again with: "):
        read_baseline(path, 25)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(GenrebenchError, match=r"old\.json: cannot be read \(No such file or directory\)"):
        Results.read(tmp_path / "old.json")


@pytest.mark.parametrize("tolerance", [-1, float("nan"), float("inf")])
def test_a_tolerance_that_would_let_all_or_nothing_pass_is_refused(tmp_path, tolerance):
    with pytest.raises(GenrebenchError, match=f"--tolerance {tolerance:g}: give 0 or more percent"):
        read_baseline(tmp_path / "old.json", tolerance)
