"""What is kept of a ladder, and which runs it belongs to."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.ablation.record import FACTS, TABLE, Ladder, belongs, read_ladder, write_ladder
from benchmarks.errors import GenrebenchError
from tests.builders import fake_ladder, fake_manifest, fake_runs, folder_bytes, plain_params, settings_of

RUNS = fake_runs(fake_manifest(), protocols=("published", "corrected"), seeds=(0, 1))
SETTINGS = settings_of(plain_params())


def test_a_ladder_is_read_as_it_was_written(tmp_path: Path):
    ladder = fake_ladder(RUNS)
    write_ladder(ladder, tmp_path)
    found = read_ladder(tmp_path, SETTINGS, RUNS)
    assert found is not None
    pd.testing.assert_frame_equal(found.table, ladder.table)
    assert found.facts == ladder.facts
    write_ladder(found, tmp_path / "again")
    assert folder_bytes(tmp_path / "again") == {
        name: content for name, content in folder_bytes(tmp_path).items() if "/" not in name
    }


def test_a_step_may_have_any_legal_name(tmp_path: Path):
    ladder = fake_ladder(RUNS)
    write_ladder(Ladder(ladder.table.replace({"rung": {"log_mel": "null"}}), ladder.facts), tmp_path)
    found = read_ladder(tmp_path, SETTINGS, RUNS)
    assert found is not None
    assert "null" in list(found.table["rung"])


def test_where_nobody_climbed_there_is_no_ladder(tmp_path: Path):
    assert read_ladder(tmp_path, SETTINGS, RUNS) is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (FACTS, "{"),
        (FACTS, "[]"),
        (FACTS, '{"ends_sha256": "", "rungs": []}'),
        (FACTS, '{"rungs": [{"name": "published"}]}'),
        (TABLE, ""),
        (TABLE, "a,b\n1,2\n"),
    ],
)
def test_damaged_files_are_one_error(tmp_path: Path, name: str, content: str):
    write_ladder(fake_ladder(RUNS), tmp_path)
    (tmp_path / name).write_text(content)
    with pytest.raises(GenrebenchError, match=rf"{FACTS} or {TABLE} .*delete both, then: python -m nox -s ablation"):
        read_ladder(tmp_path, SETTINGS, RUNS)


def test_a_missing_table_is_one_error(tmp_path: Path):
    write_ladder(fake_ladder(RUNS), tmp_path)
    (tmp_path / TABLE).unlink()
    with pytest.raises(GenrebenchError, match="cannot be read"):
        read_ladder(tmp_path, SETTINGS, RUNS)


def test_a_ladder_belongs_to_the_runs_of_its_ends_in_any_order():
    ladder = fake_ladder(RUNS)
    assert belongs(ladder.facts, RUNS)
    assert belongs(ladder.facts, RUNS[::-1])
    # runs of a protocol that is no end do not matter
    assert belongs(ladder.facts, [*RUNS, replace(RUNS[0], protocol="other")])


def answered_otherwise(run):
    return replace(run, probabilities={name: values[::-1] for name, values in run.probabilities.items()})


@pytest.mark.parametrize(
    "runs",
    [
        RUNS[1:],
        fake_runs(fake_manifest(), protocols=("published", "corrected"), seeds=(0, 1, 2)),
        [answered_otherwise(RUNS[0]), *RUNS[1:]],
        [*RUNS[:-1], answered_otherwise(RUNS[-1])],
        [replace(RUNS[0], epochs={**RUNS[0].epochs, "lowest_test_loss": 99}), *RUNS[1:]],
    ],
)
def test_a_ladder_does_not_belong_to_another_training(runs):
    assert not belongs(fake_ladder(RUNS).facts, runs)
