"""The price of the commonest flaw: the same protocol with its windows split instead of its tracks.

``windows_split.csv``   one row for each protocol, architecture, framework and unit
``windows_split.json``  of each protocol its choices, and a digest of the runs of the report that it was measured beside
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from benchmarks.ablation.record import ends_digest
from benchmarks.errors import GenrebenchError
from benchmarks.features.audio import SAMPLE_RATE
from benchmarks.files import write_json, write_text
from benchmarks.ladder import STEPS, Twin
from benchmarks.runs import FinishedRun, Implementation, RunKey
from benchmarks.scoring.table import read_table
from benchmarks.scoring.units import UNITS, count_answers
from benchmarks.scoring.window_leak import PRICE, price
from benchmarks.settings import Settings
from benchmarks.studies.protocol import headline

TABLE: Final = "windows_split.csv"
FACTS: Final = "windows_split.json"
_COLUMNS: Final = (
    *(
        "protocol",
        "architecture",
        "framework",
        "selection",
        "unit",
        "windows",
        "seconds",
        "tracks",
        "compared",
        "seeds",
    ),
    *PRICE,
)


@dataclass(frozen=True, eq=False)
class Prices:
    """What was measured.

    Attributes
    ----------
    table : DataFrame
        See `price_table`; of the protocols whose choices and runs are those that it is shown with.
    older : tuple of str
        The protocols of which that is not so: they were measured with others.
    """

    table: pd.DataFrame
    older: tuple[str, ...] = ()


def keys_of_twins(settings: Settings, dataset: str, pairs: Sequence[Twin]) -> list[RunKey]:
    """Return the runs of all networks with windows split, and with tracks split where these are none of the report."""
    report = settings.report
    names = dict.fromkeys(name for it in pairs for name in (it.beside, it.name) if name not in report.protocols)
    return [
        RunKey(dataset, name, Implementation(architecture, framework), seed, STEPS)
        for name in names
        for architecture in report.architectures
        for framework in report.frameworks
        for seed in report.seeds
    ]


def price_table(pairs: Sequence[Twin], runs: Sequence[FinishedRun]) -> pd.DataFrame:
    """Compare runs whose tracks were split with those that differ in that alone.

    Both are compared on the windows that both tested. All windows of some tracks test where tracks are split, some
    windows of most tracks where windows are.

    Parameters
    ----------
    pairs : sequence of Twin
        Which protocols.
    runs : sequence of FinishedRun
        Theirs; of those whose tracks were split, those count that have a twin of the same seed.

    Returns
    -------
    DataFrame
        protocol (of the study), architecture, framework, selection, unit (see `benchmarks.scoring.units`), windows (how
        many a track), seconds (of each), tracks (how many are compared), compared (how many of their windows), seeds;
        accuracies track_split and window_split, and their difference, the second minus the first, paired, each with the
        ends of its 95% interval, over tracks and seeds, as ``_low`` and ``_high``.

    Raises
    ------
    GenrebenchError
        If there is no window that both tested.
    """
    rows: list[dict[str, Any]] = []
    for pair, made in product(pairs, dict.fromkeys(run.implementation for run in runs)):
        flawed = _of(runs, pair.name, made)
        seeds = {run.seed for run in flawed}
        honest = [run for run in _of(runs, pair.beside, made) if run.seed in seeds]
        windows = pair.protocol.windows
        if windows is None or not flawed or [run.seed for run in honest] != [run.seed for run in flawed]:
            continue
        chosen = _tested_by_both(honest[0], flawed[0])
        if not chosen:
            raise GenrebenchError(
                f"{flawed[0].dataset}: no window is tested both by {pair.beside} and by {pair.name}, so there is "
                "nothing to compare: the dataset has too few tracks"
            )
        groups = [[_on_windows(run, chosen) for run in group] for group in (honest, flawed)]
        selection = headline(honest[0].probabilities)
        for unit in UNITS:
            first, second = (count_answers(group, selection, unit).accuracy for group in groups)
            row = {
                "protocol": pair.of,
                "architecture": made.architecture,
                "framework": made.framework,
                "selection": selection,
                "unit": unit,
                "windows": windows.count,
                "seconds": windows.samples / SAMPLE_RATE,
                "tracks": len(chosen),
                "compared": sum(map(len, chosen.values())),
                "seeds": len(honest),
            }
            rows.append({**row, **price(first, second)})
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _of(runs: Sequence[FinishedRun], protocol: str, made: Implementation) -> list[FinishedRun]:
    found = [run for run in runs if (run.protocol, run.implementation) == (protocol, made)]
    return sorted(found, key=lambda run: run.seed)


def _tested_by_both(first: FinishedRun, second: FinishedRun) -> dict[str, tuple[int, ...]]:
    """Return the numbers of the windows of each track that two runs tested; tracks without any are left out."""
    other = dict(zip(second.test_tracks, second.test_windows, strict=True))
    found = {
        track: tuple(number for number in windows if number in other.get(track, ()))
        for track, windows in zip(first.test_tracks, first.test_windows, strict=True)
    }
    return {track: windows for track, windows in found.items() if windows}


def _on_windows(run: FinishedRun, chosen: Mapping[str, tuple[int, ...]]) -> FinishedRun:
    """Return a run as if it had tested some of its windows alone."""
    places = [run.test_tracks.index(track) for track in chosen]
    starts = run.first_rows
    rows = [
        starts[place] + run.test_windows[place].index(number)
        for place, windows in zip(places, chosen.values(), strict=True)
        for number in windows
    ]
    return replace(
        run,
        test_tracks=tuple(chosen),
        test_labels=run.test_labels[places],
        test_windows=tuple(chosen.values()),
        probabilities={name: values[np.array(rows)] for name, values in run.probabilities.items()},
    )


def write_windows_split(table: pd.DataFrame, pairs: Sequence[Twin], runs: Sequence[FinishedRun], folder: Path) -> None:
    """Write ``windows_split.csv`` and ``windows_split.json``; the runs are those of the report."""
    measured = {it.of: _belongs_to(it, runs) for it in pairs if it.of in set(table["protocol"])}
    write_text(folder / TABLE, table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    write_json(folder / FACTS, {"protocols": measured})


def _belongs_to(pair: Twin, runs: Sequence[FinishedRun]) -> dict[str, Any]:
    digest = ends_digest(pair.of, pair.of, runs)
    return {"runs_sha256": digest, "protocol": pair.protocol.model_dump(mode="json")}


def read_windows_split(folder: Path, pairs: Sequence[Twin], runs: Sequence[FinishedRun]) -> Prices | None:
    """Read what `write_windows_split` wrote; None where nothing was measured.

    Parameters
    ----------
    folder : Path
        ``reports/<name>``.
    pairs : sequence of Twin
        What is run with windows split now.
    runs : sequence of FinishedRun
        Those that it is shown with.

    Raises
    ------
    GenrebenchError
        If the files are not what `write_windows_split` writes.
    """
    if not (folder / FACTS).exists():
        return None
    try:
        measured = dict(json.loads((folder / FACTS).read_text(encoding="utf-8"))["protocols"])
        found = read_table(folder / TABLE, _COLUMNS).astype(dict.fromkeys(_COLUMNS[5:], float))
        found = found.astype(dict.fromkeys(("windows", "tracks", "compared", "seeds"), int))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise GenrebenchError(
            f"{folder / FACTS} or {TABLE} beside it cannot be read ({error}); delete both, then: python -m nox -s "
            f"ablation -- --dataset {folder.name} --windows-split"
        ) from None
    current = [it.of for it in pairs if measured.get(it.of) == _belongs_to(it, runs)]
    return Prices(found[found["protocol"].isin(current)], tuple(name for name in measured if name not in current))
