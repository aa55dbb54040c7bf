"""From pytest-benchmark's JSON to the timing report."""

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.files import write_text
from benchmarks.reporting.facts import versions_table
from benchmarks.reporting.tables import markdown
from benchmarks.reporting.wording import escape, framework_name, listing, model_name

# The parts of the page by pytest-benchmark's groups: heading, what is timed, the unit and how many make a second.
_GROUPS = {
    "features": (
        "Features",
        "One track, from a 30 s WAV file (in the operating system's cache) to the array that a network sees.",
        ("ms", 1000),
    ),
    "training": (
        "Training",
        (
            "One epoch: forward pass, backward pass and a step of Adam for every batch. Data is in memory. "
            "Setting up, evaluation of the test tracks and saving are not in it."
        ),
        ("s", 1),
    ),
    "inference": (
        "Inference",
        "The probabilities of one batch, from a NumPy array to a NumPy array.",
        ("ms", 1000),
    ),
}

_READING = """\
- A round is one measurement of the whole thing timed. The median of the rounds is shown.
- IQR, the interquartile range, is the width of the middle half of the rounds: the smaller, the calmer the machine.
- Tracks per second are the tracks of one round divided by the median.
- Warm-up rounds are not counted: compilation (Numba, TensorFlow) happens there.
- Every suite runs in a process of its own, one framework to a process, with the threads and the environment
  variables of a training run of the study.
- The networks see random numbers of the right shape. Their speed does not depend on the values."""

_AGAIN = """\
```sh
python -m nox -s timing        # everything, from a fresh checkout
python -m benchmarks timing    # the same, inside a ready environment
```"""

_COMPARE = """\
Benchmarks have the same names in every framework and on every occasion, so files can be set side by side:
`pytest-benchmark compare FILE FILE`."""


def write_report(folder: Path) -> None:
    """Write ``README.md`` from every ``*.json`` of pytest-benchmark in the same folder.

    Parameters
    ----------
    folder : Path
        Holds one file a suite, of one machine.
    """
    suites = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
    benchmarks = [it for suite in suites.values() for it in suite["benchmarks"]]
    parts = [
        "# Timing",
        (
            "How long each step takes on one machine, described below. These times are of that machine only. "
            "They are no part of the accuracy record: no score, no verdict and no stage of the pipeline reads them."
        ),
    ]
    for group, (heading, words, _) in _GROUPS.items():
        if members := [it for it in benchmarks if it["group"] == group]:
            parts += [f"## {heading}", words, timing_table(group, members)]
    parts += [
        "## How to read it",
        _READING,
        "## How it was made",
        _facts_table(suites),
        versions_table(_versions(benchmarks)),
    ]
    files = listing([f"[{name}]({name})" for name in suites])
    parts += [f"Every round, as pytest-benchmark wrote it: {files}. {_COMPARE}", "### Make it again", _AGAIN]
    write_text(folder / "README.md", "\n\n".join(parts) + "\n")


def timing_table(group: str, benchmarks: Iterable[dict[str, Any]]) -> str:
    """Show the benchmarks of one group, a row a benchmark.

    Parameters
    ----------
    group : {"features", "training", "inference"}
        Which group.
    benchmarks : iterable of dict
        Its entries of ``benchmarks`` in pytest-benchmark's JSON; times in s.
    """
    unit, factor = _GROUPS[group][2]
    rows = []
    for it in sorted(benchmarks, key=lambda it: _order(it["extra_info"])):
        info, stats = it["extra_info"], it["stats"]
        median = factor * stats["median"]
        speed = info["tracks"] / stats["median"]
        rows.append(
            {
                **_subject(info),
                **({"Tracks": str(info["tracks"])} if group == "training" else {}),
                **({"Batch size": str(info["batch_size"])} if "batch_size" in info else {}),
                f"Median ({unit})": _rounded(median, median),
                f"IQR ({unit})": _rounded(factor * stats["iqr"], median),
                "Tracks per second": _rounded(speed, speed),
                "Rounds": str(stats["rounds"]),
                "Threads": str(info["threads"]),
            }
        )
    return markdown(rows, left=2)


def _order(info: dict[str, Any]) -> tuple[Any, ...]:
    if "feature_set" in info:
        return info["feature_set"], info["timed"]
    return info["architecture"], info["batch_size"], info["framework"]


def _subject(info: dict[str, Any]) -> dict[str, str]:
    if "feature_set" in info:
        return {
            "Feature set": f"`{info['feature_set']}`",
            "Timed": f"{info['timed']}, {info['audio_seconds']:g} s of audio",
        }
    return {
        "Model": escape(model_name(info["architecture"])),
        "Framework": framework_name(info["framework"]),
    }


def _rounded(value: float, measure: float) -> str:
    """Write a number with as many decimals as give `measure` three digits that count."""
    decimals = max(0, 2 - math.floor(math.log10(measure)))
    return f"{value:,.{decimals}f}"


def _facts_table(suites: dict[str, Any]) -> str:
    contents = list(suites.values())
    machine = contents[0]["machine_info"]
    commits = dict.fromkeys(_commit_words(suite["commit_info"]) for suite in contents)
    finished = max(suite["datetime"] for suite in contents)
    facts = {
        "Processor": f"{escape(machine['cpu'])}, {machine['cores']} logical cores",
        "Memory": f"{machine['memory_gib']:.1f} GiB",
        "System": escape(machine["system"]),
        "Finished": f"{finished[:16].replace('T', ' ')} UTC",
        "Git commit": "; ".join(commits),
    }
    return markdown([{"Fact": name, "Value": value} for name, value in facts.items()], left=2)


def _commit_words(commit: dict[str, Any]) -> str:
    if commit["id"] is None:
        return "not recorded"
    return f"`{commit['id'][:12]}`, {'with' if commit['dirty'] else 'without'} uncommitted changes"


def _versions(benchmarks: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    return {name: [number] for it in benchmarks for name, number in it["extra_info"]["versions"].items()}
