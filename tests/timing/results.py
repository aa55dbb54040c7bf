"""As much of pytest-benchmark's file as the report, the bars and the gate use."""

import json

from benchmarks.timing import FORMAT
from benchmarks.timing.reporting.results import Results

COMMIT = "0123456789abcdef0123456789abcdef01234567"
MACHINE = {"cpu": "A CPU_1 @ 2.0 GHz", "cores": 2, "memory_gib": 23.5, "system": "Linux 6.1 x86_64"}


def row(group, name, seconds, **info):
    """A benchmark; `seconds` are its rounds."""
    common = {
        "variant": "tuned",
        "threads": 1,
        "threads_asked": "1",
        "environment": {"OMP_NUM_THREADS": "1"},
        "versions": {"python": "3.11.7", "numpy": "2.4.6"},
        "tracks": 800,
        "batch_size": 32,
    }
    return {"group": group, "name": name, "extra_info": {**common, **info}, "stats": {"data": list(seconds)}}


def epoch(made, variant, seconds, **info):
    """A training epoch on all cores, whose arithmetic takes 2 s; `made` is (architecture, framework)."""
    architecture, framework = made
    facts = {"threads_asked": "all", "threads": 2, "gflop": 200.0, "matrix_product_gflops": [100.0] * len(seconds)}
    return row(
        "training",
        f"test_training_epoch[{architecture}-{framework}]" + (" stock" if variant == "stock" else ""),
        seconds,
        architecture=architecture,
        framework=framework,
        variant=variant,
        **{**facts, **info},
    )


def content(rows, machine=MACHINE):
    return {
        "machine_info": machine,
        "commit_info": {"id": COMMIT, "dirty": False},
        "benchmarks": rows,
        "datetime": "2026-11-22T11:02:23.622043+00:00",
        "format": FORMAT,
    }


def written(path, rows, machine=MACHINE):
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(json.dumps(content(rows, machine)))
    return path


def results(folder, rows, machine=MACHINE):
    return Results.read(written(folder / "results.json", rows, machine))
