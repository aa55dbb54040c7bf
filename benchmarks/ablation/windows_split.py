"""The price of the commonest flaw: the same protocol with its windows split instead of its tracks.

``windows_split.csv``   one row for each protocol, architecture, framework and unit
``windows_split.json``  a digest of the runs that it was measured on
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchmarks.ablation.record import ends_digest
from benchmarks.errors import GenrebenchError
from benchmarks.files import write_json, write_text
from benchmarks.ladder import STEPS, windows_split_name
from benchmarks.runs import FinishedRun, Implementation, RunKey
from benchmarks.scoring.table import read_table
from benchmarks.scoring.units import UNITS, count_answers
from benchmarks.scoring.window_leak import PRICE, price
from benchmarks.settings import Settings
from benchmarks.studies.protocol import headline

TABLE: Final = "windows_split.csv"
FACTS: Final = "windows_split.json"
_COLUMNS: Final = (
    *("protocol", "architecture", "framework", "selection", "unit", "tracks", "seeds"),
    *PRICE,
)


def twin_keys(settings: Settings, dataset: str) -> list[RunKey]:
    """Return the runs with windows split, of every protocol that the study asks for and the report has."""
    report = settings.report
    return [
        RunKey(dataset, windows_split_name(protocol), Implementation(architecture, framework), seed, STEPS)
        for protocol in settings.ablation.windows_split
        if protocol in report.protocols
        for architecture in report.architectures
        for framework in report.frameworks
        for seed in settings.report.seeds
    ]


def windows_split_table(runs: Sequence[FinishedRun], twins: Sequence[FinishedRun]) -> pd.DataFrame:
    """Compare runs whose tracks were split with those that differ in that alone.

    Both are compared on the tracks that both tested: under the flaw, some windows of nearly every track train and
    others test.

    Parameters
    ----------
    runs : sequence of FinishedRun
        Of protocols whose tracks were split.
    twins : sequence of FinishedRun
        With the same seeds, windows split; of these `runs`, those count that have a twin.

    Returns
    -------
    DataFrame
        protocol, architecture, framework, selection, unit (see `benchmarks.scoring.units`), tracks (how many are
        compared), seeds; accuracies track_split and window_split, and their difference, the second minus the first,
        paired, each with the ends of its 95% interval, over tracks and seeds, as ``_low`` and ``_high``.
    """
    rows: list[dict[str, Any]] = []
    for protocol, made in dict.fromkeys((run.protocol, run.implementation) for run in runs):
        flawed = _of(twins, windows_split_name(protocol), made)
        seeds = {run.seed for run in flawed}
        honest = [run for run in _of(runs, protocol, made) if run.seed in seeds]
        if not flawed or [run.seed for run in honest] != [run.seed for run in flawed]:
            continue
        selection = headline(honest[0].probabilities)
        common = [track for track in honest[0].test_tracks if track in set(flawed[0].test_tracks)]
        for unit in UNITS:
            first, second = (count_answers(group, selection, unit, common).accuracy for group in (honest, flawed))
            row = {
                "protocol": protocol,
                "architecture": made.architecture,
                "framework": made.framework,
                "selection": selection,
                "unit": unit,
                "tracks": len(common),
                "seeds": len(honest),
            }
            rows.append({**row, **price(first, second)})
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _of(runs: Sequence[FinishedRun], protocol: str, made: Implementation) -> list[FinishedRun]:
    found = [run for run in runs if (run.protocol, run.implementation) == (protocol, made)]
    return sorted(found, key=lambda run: run.seed)


def write_windows_split(found: pd.DataFrame, runs: Sequence[FinishedRun], folder: Path) -> None:
    """Write ``windows_split.csv`` and ``windows_split.json``."""
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
        found = found.astype({"tracks": int, "seeds": int})
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise GenrebenchError(
            f"{folder / FACTS} or {TABLE} beside it cannot be read ({error}); delete both, then: python -m nox -s "
            f"ablation -- --dataset {folder.name}"
        ) from None
    current = [name for name, digest in digests.items() if ends_digest(name, name, runs) == digest]
    shown = found[found["protocol"].isin(current)]
    return shown if len(shown) else None
