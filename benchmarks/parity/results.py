"""Climb with every framework, compare what was saved, and keep the outcome as ``parity.json``."""

import itertools
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final

from safetensors import SafetensorError
from safetensors.numpy import load_file

from benchmarks import provenance
from benchmarks.errors import GenrebenchError
from benchmarks.execution import THREADS
from benchmarks.files import write_json
from benchmarks.isolation import in_each_framework
from benchmarks.parity.ladder import (
    ADAM_STEP,
    BATCH_SIZE,
    CLASSES,
    PRECISIONS,
    SGD_STEP,
    STEPS,
    TRACKS,
    arrays_path,
    climb,
)
from benchmarks.parity.rungs import FIXED_VALUES, RUNGS, Arrays, array_name, difference
from benchmarks.runs import RUNS
from implementations.interface import Precision
from implementations.registry import framework_versions, registered

RESULTS: Final = "parity.json"
ARRAYS: Final = RUNS / "parity"


def run_ladder(folder: Path, arrays: Path = ARRAYS) -> dict[str, Any]:
    """Climb with every registered framework, compare each pair, and write ``parity.json``.

    Parameters
    ----------
    folder : Path
        Where to write ``parity.json``.
    arrays : Path
        Where the frameworks save their arrays.

    Returns
    -------
    dict
        What was written: see `compared_rows` for its rows.

    Raises
    ------
    GenrebenchError
        If fewer than two frameworks are registered.
    """
    frameworks = sorted({framework for _, framework in registered()})
    if len(frameworks) < 2:
        raise GenrebenchError(f"parity needs two frameworks; registered: {', '.join(frameworks) or 'none'}")
    in_each_framework(frameworks, partial(climb, folder=arrays))
    record = {
        "rows": list(compared_rows(arrays)),
        "values": list(_value_counts(arrays)),
        "ladder": {
            "classes": CLASSES,
            "tracks": TRACKS,
            "batch_size": BATCH_SIZE,
            "steps": STEPS,
            "sgd": asdict(SGD_STEP),
            "adam": asdict(ADAM_STEP),
        },
        "provenance": {
            "git": provenance.git_state(),
            "versions": _versions(frameworks),
            "machine": provenance.machine(),
            "threads": THREADS,
        },
    }
    write_json(folder / RESULTS, record)
    return record


def _versions(frameworks: list[str]) -> dict[str, str]:
    found = provenance.harness_versions()
    for framework in frameworks:
        found |= framework_versions(framework)
    return found


def compared_rows(folder: Path) -> Iterator[dict[str, Any]]:
    """Compare each pair of frameworks on every rung in every precision.

    Yields
    ------
    dict
        architecture, first, second (frameworks), precision, rung (its key), difference, bound, within, group (of
        arrays where the difference is largest) and, for float32, rounding: for each framework how far its float32
        is from its own float64.
    """
    for architecture, first, second in pairs():
        arrays: dict[tuple[str, Precision], Arrays] = {
            (framework, precision): _read(folder, architecture, framework, precision)
            for framework in (first, second)
            for precision in PRECISIONS
        }
        for rung, precision in itertools.product(RUNGS, PRECISIONS):
            found = difference(rung, arrays[first, precision], arrays[second, precision])
            if found is None:
                continue
            row: dict[str, Any] = {
                "architecture": architecture,
                "first": first,
                "second": second,
                "precision": precision,
                "rung": rung.key,
                # JSON has no NaN
                "difference": found.value if found.value == found.value else None,
                "bound": rung.bound(precision),
                "within": found.value <= rung.bound(precision),
                "group": found.group,
            }
            if precision == "float32":
                own = {f: difference(rung, arrays[f, "float32"], arrays[f, "float64"]) for f in (first, second)}
                row["rounding"] = {framework: apart.value for framework, apart in own.items() if apart}
            yield row


def pairs() -> Iterator[tuple[str, str, str]]:
    """Yield every architecture with each pair of frameworks that have it."""
    for architecture, implementations in itertools.groupby(registered(), key=lambda it: it[0]):
        for first, second in itertools.combinations([framework for _, framework in implementations], 2):
            yield architecture, first, second


def _value_counts(folder: Path) -> Iterator[dict[str, Any]]:
    for architecture, framework in registered():
        arrays = _read(folder, architecture, framework, "float64")
        counts = {name: int(arrays[array_name("values", name)][0]) for name in ("trained", "running")}
        yield {
            "architecture": architecture,
            "framework": framework,
            **counts,
            "fixed": int(arrays[FIXED_VALUES][0]),
        }


def _read(folder: Path, architecture: str, framework: str, precision: Precision) -> Arrays:
    path = arrays_path(folder, architecture, framework, precision)
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise GenrebenchError(f"{path}: cannot be read ({error}); run: python -m benchmarks parity") from None
