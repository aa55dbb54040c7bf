"""About how long runs will take."""

import json
from pathlib import Path

import pytest

from benchmarks.execution import forecast as module
from benchmarks.execution.forecast import TIMING, forecast
from benchmarks.execution.plan import make_plans
from benchmarks.files import write_json
from benchmarks.processes.workers import WORKERS_VARIABLE
from benchmarks.runs import RunKey
from benchmarks.settings import load_settings
from tests import fake_project


@pytest.fixture
def plans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs of 100 epochs on 11 tracks, with 4 that are predicted."""
    fake_project.write_project(tmp_path, epochs=100, protocols=("published",))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(WORKERS_VARIABLE, "2")
    settings = load_settings()
    study = settings.study.model_copy(update={"frameworks": ("pytorch",)})
    fake_project.write_features(tmp_path, make_plans(settings, "synthetic")[0].manifest)
    return make_plans(settings.model_copy(update={"study": study}), "synthetic")


def made_here(key: RunKey, seconds: float, **facts: object) -> None:
    given = {"wall_time_s": seconds, "epochs": 100, "tracks": [11, 4], "features": fake_project.FEATURES}
    write_json(key.provenance, given | facts)


def test_nothing_is_said_where_nothing_is_known(plans) -> None:
    assert forecast(plans) == "how long they take is not known yet"


def test_the_timing_report_serves_until_there_are_runs(plans) -> None:
    made = plans[0].key.implementation
    rounds = {
        f"test_jobs[{made}]": (320, 32.0),
        f"test_training_epoch[{made}]": (800, 48.0),
        f"test_inference[{made}-32]": (32, 0.64),
        f"test_cold_start[{made}]": (32, 10.0),
    }
    rows = [
        {"name": name, "stats": {"data": [seconds]}, "extra_info": {"tracks": tracks}}
        for name, (tracks, seconds) in rounds.items()
    ]
    write_json(TIMING, {"benchmarks": rows})
    # 100 epochs of 11 + 4/3 tracks at 0.1 s, and 10 s to start
    assert forecast(plans[:1]) == (
        "about 2 minutes on 1 core (from reports/timing/timing.json, maybe of another machine)"
    )
    made_here(plans[0].key, 10 + 1300 * 0.2)
    assert forecast(plans) == "about 4 minutes on 2 cores (from runs made here)"


def test_the_median_of_the_runs_made_here_counts_and_damaged_files_do_not(plans) -> None:
    for seed, seconds in enumerate((140.0, 10 + 1300 * 0.1, 9000.0)):
        made_here(RunKey("other", "published", plans[0].key.implementation, seed), seconds)
    # of something else than these networks see: windows, perhaps
    made_here(RunKey("other", "published", plans[0].key.implementation, 9), 9999.0, features="another")
    for name, content in {"seed-7.json": "{", "seed-8.json": "[]", "seed-9.json": json.dumps({"epochs": 1})}.items():
        (plans[0].key.provenance.parents[0]).mkdir(parents=True, exist_ok=True)
        (plans[0].key.provenance.parents[0] / name).write_text(content)
    assert forecast(plans).startswith("about 2 minutes on 2 cores")


@pytest.mark.parametrize(("seconds", "words"), [(3, "10 s"), (80, "80 s"), (600, "10 minutes"), (9000, "2.5 hours")])
def test_times_have_a_unit_that_suits_them(seconds: float, words: str) -> None:
    assert module._words(seconds) == words
