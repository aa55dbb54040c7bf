"""What the parity page says."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from benchmarks.__main__ import main
from benchmarks.errors import GenrebenchError
from benchmarks.parity import results
from benchmarks.reporting.index import update_index
from benchmarks.reporting.parity_page import parity_figure, write_parity
from benchmarks.studies.study import Study
from benchmarks.style import figure_style
from tests.builders import STUDY, plain_params


def row(
    check: str, precision: str, difference: float | None, bound: float, architecture: str = "cnn2d"
) -> dict[str, Any]:
    found = {
        "architecture": architecture,
        "first": "pytorch",
        "second": "tensorflow",
        "precision": precision,
        "check": check,
        "difference": difference,
        "bound": bound,
        "within": difference is not None and (bound is None or difference <= bound),
        "group": "conv1",
    }
    return found | ({"rounding": {"pytorch": 3e-5, "tensorflow": 4e-5}} if precision == "float32" else {})


def record(*rows: dict[str, Any]) -> dict[str, Any]:
    return {
        "rows": list(rows),
        "values": [
            {"architecture": "cnn_lstm", "framework": "pytorch", "trained": 233962, "running": 192, "fixed": 1024}
        ],
        "setting": {
            "input_shapes": {"cnn2d": [128, 128, 3]},
            "classes": 10,
            "tracks": 197,
            "batch_size": 8,
            "steps": 25,
            "sgd": {"learning_rate": 0.001},
            "adam": {"learning_rate": 0.00025, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
        },
        "versions": {"torch": "2.13.0"},
        "arithmetic": "portable",
    }


GOOD = record(
    row("evaluation", "float32", 2.2e-7, 1e-5),
    row("evaluation", "float64", 7.3e-16, 1e-8),
    row("adam_weights", "float32", 0.25, None),
    row("adam_weights", "float64", 4.4e-11, 1e-8),
)
BAD = record(row("gradients", "float64", 0.03, 1e-8), row("adam_loss", "float64", None, 1e-8, "cnn_lstm"))


def page_of(reports: Path, content: dict[str, Any]) -> str:
    (reports / "parity.json").write_text(json.dumps(content))
    write_parity(reports)
    return (reports / "parity.md").read_text(encoding="utf-8")


def test_agreement_is_said_with_the_worst_difference(tmp_path: Path) -> None:
    page = page_of(tmp_path, GOOD)
    first = page.split("\n\n")[1]
    assert first.startswith("**In float64, PyTorch and TensorFlow train the same model:**")
    assert "In float32, 1 comparisons are within their bounds, and 1, after training" in first
    assert "4.4e-11" in first
    assert "25 steps of Adam (bound 1e-8)" in first
    cells = [cell.strip() for cell in next(line for line in page.splitlines() if "evaluation mode" in line).split("|")]
    assert cells[1:-1] == ["2", "probabilities, evaluation mode", "7.3e-16", "1e-8", "2.2e-7", "1e-5"]
    assert "| 2 | probabilities, evaluation mode | 3e-5 | 4e-5 |" in page.split("## Why the bounds")[1]
    assert "](parity.png)" in page
    assert (tmp_path / "parity.png").is_file()
    assert "1,024" in page
    moved = next(line for line in page.splitlines() if "Adam: change of the weights" in line)
    assert [cell.strip() for cell in moved.split("|")][5:7] == ["2.5e-1", "\N{EN DASH}"]
    assert "**Not bounded**: " in page


def test_disagreement_is_said_first_and_where_it_is(tmp_path: Path) -> None:
    page = page_of(tmp_path, BAD)
    first = page.split("\n\n")[1]
    assert first.startswith("**Not proven: 2 of 2 comparisons")
    assert "2D CNN, check 3 (gradients of a batch, by layer), float64" in first
    assert "train the same model" not in page
    assert "**3e-2, beyond** (`conv1`)" in page
    assert "**not a number, beyond**" in page


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    pages = [(page_of(tmp_path, GOOD), (tmp_path / "parity.png").read_bytes()) for _ in range(2)]
    assert pages[0] == pages[1]


def test_the_figure_shows_every_difference_with_its_bound() -> None:
    equal = row("inputs", "float64", 0.0, 0.0)
    with figure_style():
        figure = parity_figure([equal, *GOOD["rows"]])
    (axes,) = figure.axes
    found = {marker: [line.get_xdata()[0] for line in axes.lines if line.get_marker() == marker] for marker in "o|<"}
    assert found["o"] == [2.2e-7, 7.3e-16, 0.25, 4.4e-11]
    # what is not bounded has no mark, and what is equal in every bit has a place of its own
    assert found["|"] == [1e-5, 1e-8, 1e-8]
    assert len(found["<"]) == 1


def test_without_results_the_command_is_named(tmp_path: Path) -> None:
    with pytest.raises(GenrebenchError, match="nox -s parity"):
        write_parity(tmp_path)
    update_index([STUDY], tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("content", "status"), [(GOOD, 0), (BAD, 1)])
def test_the_command_writes_the_page_and_fails_beyond_a_bound(
    content: dict[str, Any],
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run_checks(folder: Path, _: Study) -> dict[str, Any]:
        folder.mkdir()
        (folder / "parity.json").write_text(json.dumps(content))
        return content

    monkeypatch.setattr(results, "run_checks", run_checks)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "parity"])
    monkeypatch.chdir(tmp_path)
    YAML().dump(plain_params(), tmp_path / "params.yaml")
    assert main() == status
    assert (tmp_path / "reports" / "parity.md").is_file()
    assert ("check 3 (gradients" in capsys.readouterr().err) == bool(status)
