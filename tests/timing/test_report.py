"""What the timing report says."""

import json
import re

from benchmarks.reporting.index import write_index
from benchmarks.reporting.page import write_report as write_dataset_report
from benchmarks.scoring.results import write_scores
from benchmarks.timing.report import write_report
from tests.builders import fake_audit, fake_manifest, fake_runs

COMMIT = "0123456789abcdef0123456789abcdef01234567"
VERSIONS = {"python": "3.11.7", "numpy": "2.4.6"}


def features(name, timed, median, iqr):
    info = {"timed": timed, "feature_set": name, "audio_seconds": 5.0, "tracks": 1, "versions": VERSIONS}
    return entry("features", info, median, iqr)


def network(group, implementation, tracks, median, iqr):
    """A benchmark of an implementation; the batch is the study's where there are enough tracks."""
    architecture, framework = implementation
    info = {"architecture": architecture, "framework": framework, "tracks": tracks, "batch_size": min(tracks, 32)}
    return entry(group, {**info, "versions": {**VERSIONS, framework: "9.8"}}, median, iqr)


def entry(group, info, median, iqr):
    """As much of pytest-benchmark's JSON as a table may use; median and iqr in seconds."""
    stats = {"median": median, "iqr": iqr, "rounds": 5 if group == "training" else 50, "mean": 777.0, "min": 777.0}
    return {"group": group, "extra_info": {**info, "threads": 1}, "stats": stats}


def page_of(folder, suites, commits=None):
    """Write the report of some suites."""
    folder.mkdir(exist_ok=True)
    machine = {"cpu": "A CPU_1 @ 2.0 GHz", "cores": 2, "memory_gib": 23.5, "system": "Linux 6.1 x86_64"}
    for minute, (name, benchmarks) in enumerate(suites.items()):
        content = {
            "machine_info": machine,
            "commit_info": (commits or {}).get(name, {"id": COMMIT, "dirty": False}),
            "benchmarks": benchmarks,
            "datetime": f"2026-11-22T11:0{minute}:23.622043+00:00",
        }
        (folder / f"{name}.json").write_text(json.dumps(content))
    write_report(folder)
    return (folder / "README.md").read_text(encoding="utf-8")


def table(page, heading):
    """The cells of the first table under a heading, header first."""
    block = page.split(f"{heading}\n", 1)[1].split("\n|", 1)[1].split("\n\n", 1)[0]
    lines = [line for line in f"|{block}".splitlines() if not line.startswith("|:")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_features_are_shown_in_milliseconds(tmp_path):
    measured = [
        features("mel_picture_5s", "read and compute", 0.0125, 0.00125),
        features("mel_picture_5s", "read", 0.00025, 0.00003),
    ]
    header, *rows = table(page_of(tmp_path, {"features": measured}), "## Features")
    assert header[2:] == ["Median (ms)", "IQR (ms)", "Tracks per second", "Rounds", "Threads"]
    assert rows == [
        ["`mel_picture_5s`", "read, 5 s of audio", "0.250", "0.030", "4,000", "50", "1"],
        ["`mel_picture_5s`", "read and compute, 5 s of audio", "12.5", "1.2", "80.0", "50", "1"],
    ]


def test_training_is_shown_in_seconds_frameworks_side_by_side(tmp_path):
    suites = {
        "pytorch": [
            network("training", ("cnn_lstm", "pytorch"), 160, 0.4, 0.0123),
            network("training", ("cnn2d", "pytorch"), 160, 2.0, 0.25),
        ],
        "tensorflow": [
            network("training", ("cnn2d", "tensorflow"), 160, 128.0, 6.4),
        ],
    }
    header, *rows = table(page_of(tmp_path, suites), "## Training")
    assert header[2:] == ["Tracks", "Batch size", "Median (s)", "IQR (s)", "Tracks per second", "Rounds", "Threads"]
    assert rows == [
        ["2D CNN", "PyTorch", "160", "32", "2.00", "0.25", "80.0", "5", "1"],
        ["2D CNN", "TensorFlow", "160", "32", "128", "6", "1.25", "5", "1"],
        ["1D CNN - LSTM", "PyTorch", "160", "32", "0.400", "0.012", "400", "5", "1"],
    ]


def test_inference_is_shown_by_batch_size(tmp_path):
    names = ("cnn2d", "pytorch")
    measured = [network("inference", names, 32, 0.08, 0.01), network("inference", names, 1, 0.002, 0.0001)]
    header, *rows = table(page_of(tmp_path, {"pytorch": measured}), "## Inference")
    assert header[2:] == ["Batch size", "Median (ms)", "IQR (ms)", "Tracks per second", "Rounds", "Threads"]
    assert rows == [
        ["2D CNN", "PyTorch", "1", "2.00", "0.10", "500", "50", "1"],
        ["2D CNN", "PyTorch", "32", "80.0", "10.0", "400", "50", "1"],
    ]


def test_a_group_without_benchmarks_has_no_heading(tmp_path):
    page = page_of(tmp_path, {"features": [features("mel_picture_5s", "read", 0.001, 0.0)]})
    assert re.findall(r"^## (.*)", page, flags=re.MULTILINE) == ["Features", "How to read it", "How it was made"]


def test_page_says_where_its_numbers_come_from(tmp_path):
    suites = {
        "features": [features("mel_picture_5s", "read", 0.001, 0.0)],
        "pytorch": [network("inference", ("cnn2d", "pytorch"), 1, 0.002, 0.0001)],
        "tensorflow": [],
    }
    commits = {"pytorch": {"id": "f" * 40, "dirty": True}, "tensorflow": {"id": None, "dirty": None}}
    page = page_of(tmp_path, suites, commits)
    facts = dict(table(page, "## How it was made")[1:])
    assert facts == {
        "Processor": r"A CPU\_1 @ 2.0 GHz, 2 logical cores",
        "Memory": "23.5 GiB",
        "System": r"Linux 6.1 x86\_64",
        "Finished": "2026-11-22 11:02 UTC",
        "Git commit": (
            "`0123456789ab`, without uncommitted changes; `ffffffffffff`, with uncommitted changes; not recorded"
        ),
    }
    assert "| python    | 3.11.7    |\n| numpy     | 2.4.6     |\n| pytorch   | 9.8       |" in page
    assert "no part of the accuracy record" in page
    links = re.findall(r"\]\(([^)]+)\)", page)
    assert links == ["features.json", "pytorch.json", "tensorflow.json"]


def test_same_files_give_the_same_page(tmp_path):
    suites = {"features": [features("mel_picture_5s", "read", 0.001, 0.0)]}
    assert page_of(tmp_path, suites) == page_of(tmp_path, suites)


def test_index_links_to_the_timing_report(tmp_path):
    manifest = fake_manifest()
    runs = fake_runs(manifest, seeds=(0,))
    write_scores(runs, tmp_path / manifest.dataset)
    write_dataset_report(manifest, fake_audit(manifest), runs, tmp_path / manifest.dataset)
    write_index(tmp_path)
    assert "timing" not in (tmp_path / "README.md").read_text(encoding="utf-8")
    page_of(tmp_path / "timing", {"features": [features("mel_picture_5s", "read", 0.001, 0.0)]})
    write_index(tmp_path)
    assert "[timing report](timing/README.md)" in (tmp_path / "README.md").read_text(encoding="utf-8")
