"""Which benchmarks the suites hold, and what a collection leaves behind when it succeeds and when it fails."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.errors import GenrebenchError
from benchmarks.features.sets import FEATURE_SETS
from benchmarks.timing import collect as collecting
from benchmarks.timing.collect import Suite, collect, suites
from implementations import registry
from tests.builders import folder_bytes

ROOT = Path(__file__).parents[2]
HOST, USER = "a-host-of-mine", "a-user-of-mine"


def collected(command):
    """The exit status and the names of what a command of pytest would run."""
    done = subprocess.run([*command, "--collect-only"], capture_output=True, text=True, check=False)
    return done.returncode, re.findall(r"<Function (.+)>", done.stdout)


def expected(suite):
    if suite.name == "features":
        return [f"test_{timed}[{name}]" for timed in ("reading", "features") for name in FEATURE_SETS]
    mine = [architecture for architecture, framework in registry.registered() if framework == suite.name]
    batches = [f"test_inference[{architecture}-{size}]" for architecture in mine for size in (1, 32)]
    return [*(f"test_training_epoch[{architecture}]" for architecture in mine), *batches]


@pytest.mark.parametrize("suite", suites(3), ids=lambda suite: suite.name)
def test_every_feature_set_and_implementation_is_timed(suite):
    status, names = collected(suite.command())
    assert status == 0
    assert sorted(names) == sorted(expected(suite))


def test_every_framework_has_a_suite_of_its_own(monkeypatch):
    monkeypatch.setitem(registry._CLASSES, ("cnn2d", "another"), "package.module:Class")
    assert [suite.name for suite in suites(3)] == ["features", "another", "pytorch", "tensorflow"]


def test_a_plain_pytest_times_nothing():
    assert collected([sys.executable, "-m", "pytest", str(ROOT / "benchmarks")]) == (
        pytest.ExitCode.NO_TESTS_COLLECTED,
        [],
    )


@pytest.fixture
def with_suite(monkeypatch):
    """Let a collection run one suite only."""
    return lambda suite: monkeypatch.setattr(collecting, "suites", lambda _: [suite])


def test_a_new_framework_is_timed_and_leaves_no_name_of_machine_or_user(with_suite, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("FAKE_HOST", HOST)
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(variable, USER)
    options = ("-p", "tests.timing.fake_framework", "--framework", "fake", "--tracks", "3", "--benchmark-min-rounds=2")
    with_suite(Suite("fake", ROOT / "benchmarks" / "timing" / "suite_implementations.py", options))
    collect(tmp_path / "timing")

    text = (tmp_path / "timing" / "fake.json").read_text(encoding="utf-8")
    for private in (HOST, USER, str(ROOT), str(tmp_path)):
        assert private not in text
    content = json.loads(text)
    assert set(content["machine_info"]) == {"cpu", "cores", "memory_gib", "system"}
    found = {it["name"]: it for it in content["benchmarks"]}
    assert set(found) == {"test_training_epoch[cnn_lstm]", "test_inference[cnn_lstm-1]", "test_inference[cnn_lstm-32]"}
    training = found["test_training_epoch[cnn_lstm]"]
    assert training["fullname"].startswith("benchmarks/timing/suite_implementations.py::")
    versions = training["extra_info"].pop("versions")
    assert {"python", "genrebench", "numpy"} <= versions.keys()
    assert training["extra_info"] == {
        "timed": "training epoch",
        "architecture": "cnn_lstm",
        "framework": "fake",
        "tracks": 3,
        "batch_size": 32,
        "threads": 1,
    }
    assert training["stats"]["rounds"] == 2
    assert found["test_inference[cnn_lstm-32]"]["stats"]["rounds"] == 20

    page = (tmp_path / "timing" / "README.md").read_text(encoding="utf-8")
    assert "| 1D CNN - LSTM | fake " in page
    assert [path.name for path in tmp_path.iterdir()] == ["timing"]


@pytest.mark.parametrize(
    ("body", "status"), [("assert False", 1), ("pass", 0)], ids=["a benchmark fails", "nothing is measured"]
)
def test_a_failed_suite_leaves_the_former_report(with_suite, tmp_path, body, status):
    file = tmp_path / "suite_broken.py"
    file.write_text(f"def test_broken():\n    {body}\n")
    folder = tmp_path / "reports" / "timing"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("former")
    with_suite(Suite("broken", file))
    with pytest.raises(GenrebenchError, match=rf"timing suite broken failed \(pytest's exit status {status}\)"):
        collect(folder)
    assert folder_bytes(folder.parent) == {"timing/README.md": b"former"}


def test_an_epoch_without_tracks_is_refused(tmp_path):
    with pytest.raises(GenrebenchError, match="--tracks 0: a training epoch needs at least 1 track"):
        collect(tmp_path / "timing", 0)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("suite", suites(2), ids=lambda suite: suite.name)
def test_suites_run(with_suite, tmp_path, suite):
    with_suite(replace(suite, options=(*suite.options, "--benchmark-min-rounds=1")))
    collect(tmp_path / "timing", 2)
    content = json.loads((tmp_path / "timing" / f"{suite.name}.json").read_text(encoding="utf-8"))
    assert sorted(it["name"] for it in content["benchmarks"]) == sorted(expected(suite))
    assert (tmp_path / "timing" / "README.md").is_file()
