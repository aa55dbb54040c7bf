"""Which benchmarks there are, and what they leave behind with a framework that is quick."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.features.sets import feature_sets
from benchmarks.timing import FORMAT
from benchmarks.timing import collect as collecting
from benchmarks.timing.collect import collect, command
from implementations import registry
from tests.builders import plain_params, settings_of

ROOT = Path(__file__).parents[2]
HOST, USER = "a-host-of-mine", "a-user-of-mine"


def collected(arguments):
    """The exit status and the names of what a command of pytest would run."""
    done = subprocess.run([*arguments, "--collect-only"], capture_output=True, text=True, check=False)
    return done.returncode, re.findall(r"<Function (.+)>", done.stdout)


def test_every_implementation_is_in_every_suite():
    status, names = collected(command(3))
    assert status == 0
    assert len(names) == len(set(names))
    for made in map("-".join, registry.registered()):
        for test in ("training_epoch", "jobs", "peak_memory", "cold_start"):
            assert f"test_{test}[{made}]" in names
        assert {f"test_inference[{made}-{size}]" for size in (1, 32, 256)} <= set(names)
        assert {f"test_training_by_batch_size[{made}-{size}]" for size in (1, 256)} <= set(names)
    for name in feature_sets():
        assert f"test_features[{name}]" in names


def test_a_plain_pytest_times_nothing():
    arguments = [sys.executable, "-m", "pytest", str(ROOT / "benchmarks")]
    assert collected(arguments) == (pytest.ExitCode.NO_TESTS_COLLECTED, [])


@pytest.fixture
def fake_framework(tmp_path, monkeypatch):
    """Let every process that starts know one framework only, the tests' own."""
    (tmp_path / "sitecustomize.py").write_text("import tests.timing.fake_framework\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path), str(ROOT))))
    monkeypatch.setenv("FAKE_HOST", HOST)
    monkeypatch.setenv("GENREBENCH_WORKERS", "2")
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(variable, USER)


@pytest.mark.slow
def test_a_new_framework_is_timed_and_leaves_no_name_of_machine_or_user(fake_framework, tmp_path):
    suites = [it for it in command(3, rounds=1) if not it.endswith("features.py")]
    path = tmp_path / "file.json"
    subprocess.run([*suites, f"--benchmark-json={path}"], capture_output=True, check=True)
    text = path.read_text(encoding="utf-8")
    for private in (HOST, USER, str(ROOT), str(tmp_path)):
        assert private not in text
    content = json.loads(text)
    assert content["format"] == FORMAT
    assert set(content["machine_info"]) == {"cpu", "cores", "memory_gib", "system", "python"}
    found = {it["name"]: it for it in content["benchmarks"]}
    assert len(found) == (1 + 2 + 3) + 1 + 1 + 1

    wide = found["test_training_epoch[cnn_lstm-fake]"]
    assert wide["fullname"].startswith("benchmarks/timing/suites/training.py::")
    assert len(wide["stats"]["data"]) == 1
    info = wide["extra_info"]
    assert {"librosa", "numpy", "scikit-learn"} <= info["versions"].keys()
    assert info["environment"]["OMP_NUM_THREADS"] == "2"
    assert len(info["matrix_product_gflops"]) == 1
    assert info["gflop"] > 0
    facts = {"architecture": "cnn_lstm", "framework": "fake", "variant": "tuned", "threads": 2, "tracks": 3}
    assert {**facts, "batch_size": 32, "device": "cpu"}.items() <= info.items()
    assert info.keys() >= {"cpu", "commit"}

    assert found["test_peak_memory[cnn_lstm-fake]"]["extra_info"]["peak_mib"] > 10
    cold = found["test_cold_start[cnn_lstm-fake]"]
    assert sum(told["seconds"][0] for told in cold["extra_info"]["beside"].values()) <= cold["stats"]["data"][0]
    assert found["test_jobs[cnn_lstm-fake]"]["extra_info"]["jobs"] == 2


def quick(tracks):
    """Every suite but that of the batch sizes, which trains on 256 tracks and which the fake framework goes through.

    Of one implementation, and of one feature set that there is stock code for: each row starts processes of its own,
    and the others go the same ways.
    """
    suites = [it for it in command(tracks, rounds=1) if not it.endswith("batch_sizes.py")]
    return [*suites, "-k", "cnn_lstm-pytorch or mfcc_reshaped_15s"]


@pytest.mark.slow
def test_suites_run(tmp_path, monkeypatch):
    monkeypatch.setattr(collecting, "command", quick)
    collect(tmp_path / "timing", settings_of(plain_params()), 2)
    content = json.loads((tmp_path / "timing" / "timing.json").read_text(encoding="utf-8"))
    assert {it["name"] for it in content["benchmarks"]} == set(collected(quick(2))[1])
    assert (tmp_path / "timing" / "README.md").is_file()
