"""The page that says where and when the runs of a dataset were made."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import provenance
from benchmarks.files import write_json
from benchmarks.reporting.provenance import LADDER, WINDOWS_SPLIT, note_parity, write_provenance
from benchmarks.runs import RunKey, fingerprint
from tests.builders import fake_making, fake_manifest, fake_runs
from tests.reporting.test_pages import table_rows

MANIFEST = fake_manifest("gtzan-mini")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def made_here(run, **facts):
    key = RunKey(run.dataset, run.protocol, run.implementation, run.seed)
    write_json(key.provenance, {**fake_making(run), **facts})


def page_of(runs):
    beside = {LADDER: ["log_mel"], WINDOWS_SPLIT: ["published-windows-split"]}
    write_provenance("gtzan-mini", runs, beside, Path("reports/gtzan-mini"))
    return Path("reports/gtzan-mini/provenance.md").read_text(encoding="utf-8")


def test_every_distinct_fact_of_the_runs_is_listed():
    runs = fake_runs(MANIFEST, seeds=(0, 1))
    machine = {**fake_making(runs[0])["machine"], "cpu": "Another CPU"}
    made_here(runs[0], git={"commit": "f" * 40, "dirty": True}, threads=4, device="cuda", machine=machine)
    made_here(runs[1], git={"commit": None, "dirty": None})
    for run in runs[2:]:
        made_here(run)
    page = page_of(runs)
    assert "8 of the 8 runs" in page
    assert "Git commit `0123456789ab`, without uncommitted changes." in page
    assert "Git commit `ffffffffffff`, with changes that were not committed." in page
    assert "The git commit is not recorded." in page
    assert "Another CPU, 2 cores" in page
    assert "A CPU @ 2.0 GHz, 2 cores, 23.5 GiB memory, Linux 6.1 x86" in page
    assert "Python 3.11.7" in page
    assert "Device: cuda and cpu. Threads a run: 4 and 1. Arithmetic: portable." in page
    assert "First run started 2026-11-22T11:00:00Z, last run 2026-11-22T11:01:00Z" in page


def test_training_time_is_the_median():
    runs = fake_runs(MANIFEST, seeds=(0, 1, 9))
    for run in runs:
        made_here(run)
    rows = table_rows(page_of(runs), "of the 12 runs")
    assert rows[1] == ["2D CNN", "PyTorch", "published", "246,298", "13.3", "3"]


def test_runs_from_elsewhere_leave_the_page_as_it_is():
    runs = fake_runs(MANIFEST, seeds=(0, 1))
    for run in runs:
        made_here(run)
    before = page_of(runs)
    # the same names, other inputs: what is kept here is of other runs
    others = [replace(run, decided_by={**run.decided_by, "arithmetic": "native"}) for run in runs]
    assert fingerprint(others[0].decided_by) != fingerprint(runs[0].decided_by)
    assert page_of(others) == before
    # a damaged file says nothing of its run: what was known of all is not taken away
    RunKey("gtzan-mini", "published", runs[0].implementation, 0).provenance.write_text("{")
    assert page_of(runs) == before
    Path("reports/gtzan-mini/provenance.md").unlink()
    assert "7 of the 8 runs" in page_of(runs)


def test_the_steps_of_the_ladder_have_a_section_of_their_own():
    runs = fake_runs(MANIFEST, seeds=(0,))
    for run in runs:
        made_here(run)
    step = replace(runs[0], protocol="log_mel", decided_by={**runs[0].decided_by, "run": [0, "log_mel"]})
    made_here(step, wall_time_s=77)
    page = page_of(runs)
    study, steps = page.split("## The steps of the ladder of flaws")
    assert "77.0" not in study
    # it stays where no step was made here, as after a clone
    RunKey("gtzan-mini", "log_mel", runs[0].implementation, 0).provenance.unlink()
    assert page_of(runs) == page
    # a protocol that is no step of the ladder has no place there
    made_here(replace(step, protocol="old"), wall_time_s=88)
    assert "88.0" not in page_of(runs)
    assert table_rows(steps, "First run started")[1][2:] == ["log_mel", "246,298", "77.0", "1"]


def test_runs_with_windows_split_have_a_section_that_stays_beside_the_ladder_s():
    runs = fake_runs(MANIFEST, seeds=(0,))
    for run in runs:
        made_here(run)
    for protocol, seconds in (("log_mel", 77), ("published-windows-split", 88)):
        other = replace(runs[0], protocol=protocol, decided_by={**runs[0].decided_by, "run": [0, protocol]})
        made_here(other, wall_time_s=seconds)
    page = page_of(runs)
    ladder, split = page.split("## The steps of the ladder of flaws")[1].split("## The runs with windows split")
    assert "77.0" in ladder
    assert "88.0" not in ladder
    assert "88.0" in split
    for protocol in ("log_mel", "published-windows-split"):
        RunKey("gtzan-mini", protocol, runs[0].implementation, 0).provenance.unlink()
    assert page_of(runs) == page


def test_parts_of_the_parity_page_are_noted_one_by_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        provenance, "machine", lambda: {"cpu": "A CPU", "cores": 2, "memory_gib": 1.0, "system": "Linux"}
    )
    note_parity("The checks", Path("reports"))
    note_parity("Weights", Path("reports"))
    page = Path("reports/parity-provenance.md").read_text(encoding="utf-8")
    assert page.count("A CPU, 2 cores") == 2
    assert "- The checks: finished 20" in page
