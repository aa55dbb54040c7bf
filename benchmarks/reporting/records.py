"""What the report folders hold: the files that findings and the index rest on."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import pandas as pd

from benchmarks.ablation.record import TABLE as LADDER
from benchmarks.ablation.windows_split import TABLE as WINDOWS_SPLIT
from benchmarks.datasets.kinds import KINDS
from benchmarks.datasets.manifest import DatasetKind
from benchmarks.errors import GenrebenchError
from benchmarks.files import read_json
from benchmarks.published_weights.evaluation import FILE as WEIGHTS
from benchmarks.published_weights.evaluation import read_answers
from benchmarks.reporting.doubts import Doubts
from benchmarks.scoring.baselines import DIFFERENCES, FILE, read_baselines
from benchmarks.scoring.results import headline_rows
from benchmarks.scoring.table import read_table
from benchmarks.scoring.units import FILE as UNITS
from benchmarks.scoring.verdict import about_claim, of_claimed_dataset
from benchmarks.scoring.window_leak import FILE as LEAK
from benchmarks.scoring.window_leak import read_window_leak
from benchmarks.studies.study import Claim

FACTS: Final = "report.json"
_FACTS: Final = ("dataset", "kind", "tracks", "left_out", "genres")

_Content = TypeVar("_Content")


@dataclass(frozen=True, eq=False)
class Records:
    """The files of one report folder that findings rest on; None for a file that is not there.

    Attributes
    ----------
    facts : dict
        ``report.json``.
    results, units, baselines, differences, comparisons, leak, ladder, windows_split : DataFrame or None
        The tables ``results.csv``, ``units.csv``, ``baselines.csv``, ``baseline_differences.csv``, ``comparisons.csv``,
        ``window_leak.csv`` and, where they were measured, ``ablation.csv`` and ``windows_split.csv``: of the latter
        what was measured on the runs of the report.
    weights : dict or None
        ``published-weights.json``.
    """

    facts: dict[str, Any]
    results: pd.DataFrame | None
    units: pd.DataFrame | None
    baselines: pd.DataFrame | None
    differences: pd.DataFrame | None
    comparisons: pd.DataFrame | None
    leak: pd.DataFrame | None
    ladder: pd.DataFrame | None
    windows_split: pd.DataFrame | None
    weights: dict[str, Any] | None

    @property
    def dataset(self) -> str:
        """The dataset's name."""
        return str(self.facts["dataset"])

    @property
    def study(self) -> str | None:
        """The study's name; None in a report of an earlier version, which knew one study."""
        return self.facts.get("study")

    @property
    def kind(self) -> DatasetKind:
        """Where its audio comes from."""
        kind: DatasetKind = self.facts["kind"]
        return kind

    def at_chance(self, protocol: str, architecture: str) -> bool:
        """Tell whether a network is not shown to be above chance in one framework or more.

        At the epoch of the protocol that stands first.
        """
        if self.results is None or self.differences is None:
            return False
        doubts = Doubts(self.differences, self.facts["genres"])
        wanted = {"protocol": protocol, "architecture": architecture}
        rows = [it for it in headline_rows(self.results).to_dict("records") if wanted.items() <= it.items()]
        return any(map(doubts.at_chance, rows))

    def is_claimed(self, claim: Claim) -> bool:
        """Tell whether a claim is about this dataset."""
        return about_claim(claim, self.origin, self.facts["tracks"])

    def is_of_claimed_dataset(self, claim: Claim) -> bool:
        """Tell whether the tracks are some of those that a claim is about."""
        return of_claimed_dataset(claim, self.kind, self.origin)

    @property
    def origin(self) -> str:
        """See `Manifest.origin`; a report of an earlier version knew no other name than the dataset's."""
        return str(self.facts.get("origin", self.dataset))

    @property
    def complete(self) -> bool:
        """Whether the scores are there, in the columns of this version."""
        return self.results is not None and "batches" in self.results and self.differences is not None


def read_records(reports: Path) -> list[Records]:
    """Read the report folders: the claim's own dataset first, larger before smaller, generated audio last.

    What cannot be read is named on standard error and left out: what is told of one dataset does not wait for the files
    of another to be mended.
    """
    paths = sorted(reports.glob(f"*/{FACTS}"))
    return sorted(readable(paths, _read), key=lambda it: ([*KINDS].index(it.kind), -it.facts["tracks"], it.dataset))


def readable(paths: Iterable[Path], read: Callable[[Path], _Content]) -> list[_Content]:
    """Return what files of several datasets hold; one that cannot be read is named on standard error and left out."""
    found = []
    for path in paths:
        try:
            found.append(read(path))
        except GenrebenchError as error:
            print(f"left out: {error}", file=sys.stderr)
    return found


def _read(path: Path) -> Records:
    folder = path.parent
    remedy = f"restore it with git, or make it again: python -m nox -s report -- --dataset {folder.name}"

    def table(name: str, *columns: str) -> pd.DataFrame | None:
        try:
            return read_table(folder / name, columns) if (folder / name).is_file() else None
        except (OSError, ValueError) as error:
            raise GenrebenchError(f"{folder / name}: cannot be read ({error}); {remedy}") from None

    facts = read_json(path, _FACTS, remedy)
    if facts["kind"] not in KINDS:
        raise GenrebenchError(f"{path}: {facts['kind']!r} is no kind of dataset; {remedy}")
    scored = all((folder / name).is_file() for name in (FILE, DIFFERENCES))
    found = read_baselines(folder) if scored else None
    return Records(
        facts=facts,
        results=table("results.csv", "protocol", "selection"),
        units=table(UNITS, "protocol", "selection", "unit"),
        baselines=found.scores if found else None,
        differences=found.differences if found else None,
        comparisons=table("comparisons.csv"),
        leak=read_window_leak(folder) if (folder / LEAK).is_file() else None,
        ladder=table(LADDER, "accuracy_effect"),
        windows_split=_current(table(WINDOWS_SPLIT, "protocol", "seconds", "difference"), facts),
        weights=read_answers(folder / WEIGHTS) if (folder / WEIGHTS).is_file() else None,
    )


def _current(windows_split: pd.DataFrame | None, facts: dict[str, Any]) -> pd.DataFrame | None:
    if windows_split is None:
        return None
    shown = windows_split[windows_split["protocol"].isin(facts.get("windows_split", []))]
    return shown if len(shown) else None


def best_evidence(claim: Claim, records: Iterable[Records]) -> Records | None:
    """Return the largest dataset of the claim's tracks that was run; None where there is none."""
    return next((it for it in records if it.is_of_claimed_dataset(claim) and it.complete), None)


def best_price(claim: Claim, records: Iterable[Records]) -> Records | None:
    """Return the largest such dataset where the networks were run with windows split, too."""
    return best_evidence(claim, (it for it in records if it.windows_split is not None))
