"""Let every framework compute, compare what was saved, and keep the outcome as ``parity.json``."""

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final

from safetensors import SafetensorError
from safetensors.numpy import load_file

from benchmarks import provenance
from benchmarks.errors import GenrebenchError
from benchmarks.files import read_json, write_json
from benchmarks.parity.checks import FIXED_VALUES, Arrays, array_name, checks_of, difference
from benchmarks.parity.recording import (
    BATCH_SIZE,
    CLASSES,
    PRECISIONS,
    SGD_STEP,
    STEPS,
    TRACKS,
    arrays_path,
    record_arrays,
)
from benchmarks.paths import RUNS
from benchmarks.processes import arithmetic
from benchmarks.processes.isolation import in_each_framework
from benchmarks.studies.study import Study
from implementations.architectures import ARCHITECTURES, Architecture
from implementations.interface import Adam, Precision
from implementations.registry import inspected

RESULTS: Final = "parity.json"
ARRAYS: Final = RUNS / "parity"


def run_checks(folder: Path, study: Study, arrays: Path = ARRAYS) -> dict[str, Any]:
    """Let every framework that can be looked into compute, compare each pair, and write ``parity.json``.

    Parameters
    ----------
    folder : Path
        Where to write ``parity.json``.
    study : Study
        Whose optimiser is compared beside SGD.
    arrays : Path
        Where the frameworks save their arrays.

    Returns
    -------
    dict
        What was written: see `compared_rows` for its rows.

    Raises
    ------
    GenrebenchError
        If no architecture is registered in two frameworks that have inspectors.
    """
    names = sorted({framework for _, framework in inspected()})
    if not list(pairs()):
        raise GenrebenchError(
            "parity needs an architecture in two frameworks that have inspectors (implementations/registry.py); "
            f"there are: {', '.join(names) or 'none'}"
        )
    adam = adam_of(study)
    in_each_framework(names, partial(record_arrays, folder=arrays, adam=adam))
    record = {
        "rows": list(compared_rows(arrays)),
        "values": list(_value_counts(arrays)),
        "setting": {
            "input_shapes": {name: list(ARCHITECTURES[name].input_shape) for name, _, _ in pairs()},
            "classes": CLASSES,
            "tracks": TRACKS,
            "batch_size": BATCH_SIZE,
            "steps": STEPS,
            "sgd": asdict(SGD_STEP),
            "adam": asdict(adam),
        },
        "versions": provenance.versions(*names),
        "arithmetic": arithmetic.in_effect(),
    }
    write_json(folder / RESULTS, record)
    return record


def read_results(reports: Path, *more: str) -> dict[str, Any]:
    """Read ``parity.json``.

    Parameters
    ----------
    reports : Path
        The folder of reports.
    more : str
        What must be in it besides the rows and the setting.

    Raises
    ------
    GenrebenchError
        If there is none, or it is damaged.
    """
    remedy = "restore it with git, or make it again: python -m nox -s parity"
    return read_json(reports / RESULTS, ("rows", "setting", *more), remedy)


def adam_of(study: Study) -> Adam:
    """Return the optimiser of the protocol that a study's claim is of."""
    given = study.protocols[study.claim.protocol].schedule
    return Adam(given.learning_rate, given.beta_1, given.beta_2, given.epsilon)


def compared_rows(folder: Path, architectures: Mapping[str, Architecture] = ARCHITECTURES) -> Iterator[dict[str, Any]]:
    """Compare each pair of frameworks on every check in every precision.

    Yields
    ------
    dict
        architecture, first, second (frameworks), precision, check (its key), difference (None: not a number), bound
        (None: not bounded), within, group (of arrays where the difference is largest) and, for float32, rounding: for
        each framework how far its float32 is from its own float64.

    Raises
    ------
    GenrebenchError
        If arrays are missing or the frameworks saved other ones.
    """
    for architecture, first, second in pairs():
        if architecture not in architectures:
            continue
        arrays: dict[tuple[str, Precision], Arrays] = {
            (framework, precision): _read(folder, architecture, framework, precision)
            for framework in (first, second)
            for precision in PRECISIONS
        }
        for check, precision in itertools.product(checks_of(architectures[architecture]), PRECISIONS):
            found = difference(check, arrays[first, precision], arrays[second, precision])
            bound = check.bound(precision)
            row: dict[str, Any] = {
                "architecture": architecture,
                "first": first,
                "second": second,
                "precision": precision,
                "check": check.key,
                "difference": _finite(found.value),
                "bound": bound,
                "within": found.value <= bound if bound is not None else math.isfinite(found.value),
                "group": found.group,
            }
            if precision == "float32":
                own = {f: difference(check, arrays[f, "float32"], arrays[f, "float64"]) for f in (first, second)}
                row["rounding"] = {framework: _finite(apart.value) for framework, apart in own.items()}
            yield row


def _finite(value: float) -> float | None:
    """Return the value, or None for what JSON cannot hold: infinity and what is not a number."""
    return value if math.isfinite(value) else None


def pairs() -> Iterator[tuple[str, str, str]]:
    """Yield every architecture with each pair of frameworks that have it and can be looked into."""
    for architecture, implementations in itertools.groupby(inspected(), key=lambda it: it[0]):
        for first, second in itertools.combinations([framework for _, framework in implementations], 2):
            yield architecture, first, second


def _value_counts(folder: Path) -> Iterator[dict[str, Any]]:
    for architecture, framework in inspected():
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
