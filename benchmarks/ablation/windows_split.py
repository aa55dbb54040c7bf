"""The price of the commonest flaw: the same protocol with its windows split instead of its tracks.

``windows_split.csv``   one row for each protocol, architecture, framework and unit
``windows_split.json``  a digest of the runs that it was measured on
"""

import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchmarks.ablation.record import ends_digest
from benchmarks.errors import GenrebenchError
from benchmarks.features.audio import SAMPLE_RATE
from benchmarks.files import write_json, write_text
from benchmarks.ladder import STEPS, WindowsSplit
from benchmarks.runs import FinishedRun, Implementation, RunKey
from benchmarks.scoring.table import read_table
from benchmarks.scoring.units import UNITS, count_answers
from benchmarks.scoring.window_leak import PRICE, price
from benchmarks.settings import Settings
from benchmarks.studies.protocol import headline

TABLE: Final = "windows_split.csv"
FACTS: Final = "windows_split.json"
_COLUMNS: Final = (
    *("protocol", "architecture", "framework", "selection", "unit", "windows", "seconds", "tracks", "seeds"),
    *PRICE,
)


def keys_of_splits(settings: Settings, dataset: str, splits: Sequence[WindowsSplit]) -> list[RunKey]:
    """Return the runs of all networks with windows split, and with tracks split where these are none of the report."""
    report = settings.report
    names = dict.fromkeys(name for it in splits for name in (it.beside, it.name) if name not in report.protocols)
    return [
        RunKey(dataset, name, Implementation(architecture, framework), seed, STEPS)
        for name in names
        for architecture in report.architectures
        for framework in report.frameworks
        for seed in report.seeds
    ]


def windows_split_table(splits: Sequence[WindowsSplit], runs: Sequence[FinishedRun]) -> pd.DataFrame:
    """Compare runs whose tracks were split with those that differ in that alone.

    Both are compared on the tracks that both tested: under the flaw, some windows of nearly every track train and
    others test.

    Parameters
    ----------
    splits : sequence of WindowsSplit
        Which protocols.
    runs : sequence of FinishedRun
        Theirs; of those whose tracks were split, those count that have a twin of the same seed.

    Returns
    -------
    DataFrame
        protocol (of the study), architecture, framework, selection, unit (see `benchmarks.scoring.units`), windows (how
        many a track), seconds (of each), tracks (how many are compared), seeds; accuracies track_split and
        window_split, and their difference, the second minus the first, paired, each with the ends of its 95% interval,
        over tracks and seeds, as ``_low`` and ``_high``.
    """
    rows: list[dict[str, Any]] = []
    for split, made in product(splits, dict.fromkeys(run.implementation for run in runs)):
        flawed = _of(runs, split.name, made)
        seeds = {run.seed for run in flawed}
        honest = [run for run in _of(runs, split.beside, made) if run.seed in seeds]
        windows = split.protocol.windows
        if windows is None or not flawed or [run.seed for run in honest] != [run.seed for run in flawed]:
            continue
        selection = headline(honest[0].probabilities)
        common = [track for track in honest[0].test_tracks if track in set(flawed[0].test_tracks)]
        for unit in UNITS:
            first, second = (count_answers(group, selection, unit, common).accuracy for group in (honest, flawed))
            row = {
                "protocol": split.of,
                "architecture": made.architecture,
                "framework": made.framework,
                "selection": selection,
                "unit": unit,
                "windows": windows.count,
                "seconds": windows.samples / SAMPLE_RATE,
                "tracks": len(common),
                "seeds": len(honest),
            }
            rows.append({**row, **price(first, second)})
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _of(runs: Sequence[FinishedRun], protocol: str, made: Implementation) -> list[FinishedRun]:
    found = [run for run in runs if (run.protocol, run.implementation) == (protocol, made)]
    return sorted(found, key=lambda run: run.seed)


def write_windows_split(found: pd.DataFrame, runs: Sequence[FinishedRun], folder: Path) -> None:
    """Write ``windows_split.csv`` and ``windows_split.json``; the runs are those of the report."""
    digests = {protocol: ends_digest(protocol, protocol, runs) for protocol in dict.fromkeys(found["protocol"])}
    write_text(folder / TABLE, found.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    write_json(folder / FACTS, {"runs_sha256": digests})


def read_windows_split(folder: Path, runs: Sequence[FinishedRun]) -> pd.DataFrame | None:
    """Read what `write_windows_split` wrote, of protocols whose runs are those that it is shown with.

    None where nothing was measured, or on other runs.

    Raises
    ------
    GenrebenchError
        If the files are not what `write_windows_split` writes.
    """
    if not (folder / FACTS).exists():
        return None
    try:
        digests = dict(json.loads((folder / FACTS).read_text(encoding="utf-8"))["runs_sha256"])
        found = read_table(folder / TABLE, _COLUMNS).astype(dict.fromkeys(_COLUMNS[5:], float))
        found = found.astype({"windows": int, "tracks": int, "seeds": int})
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise GenrebenchError(
            f"{folder / FACTS} or {TABLE} beside it cannot be read ({error}); delete both, then: python -m nox -s "
            f"ablation -- --dataset {folder.name}"
        ) from None
    current = [name for name, digest in digests.items() if ends_digest(name, name, runs) == digest]
    shown = found[found["protocol"].isin(current)]
    return shown if len(shown) else None
