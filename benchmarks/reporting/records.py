"""What the report folders hold: the files that findings and the index rest on."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchmarks.ablation.record import TABLE as LADDER
from benchmarks.datasets.kinds import KINDS
from benchmarks.datasets.manifest import DatasetKind
from benchmarks.published_weights.evaluation import FILE as WEIGHTS
from benchmarks.reporting.doubts import Doubts
from benchmarks.scoring.baselines import DIFFERENCES, FILE, read_baselines
from benchmarks.scoring.results import headline_rows
from benchmarks.scoring.verdict import about_claim, of_claimed_dataset
from benchmarks.studies.study import Claim

FACTS: Final = "report.json"


@dataclass(frozen=True, eq=False)
class Records:
    """The files of one report folder that findings rest on; None for a file that is not there.

    Attributes
    ----------
    facts : dict
        ``report.json``.
    results, baselines, differences, comparisons, ladder : DataFrame or None
        The tables ``results.csv``, ``baselines.csv``, ``baseline_differences.csv``, ``comparisons.csv`` and, where it
        was climbed, ``ablation.csv``.
    weights : dict or None
        ``published-weights.json``.
    """

    facts: dict[str, Any]
    results: pd.DataFrame | None
    baselines: pd.DataFrame | None
    differences: pd.DataFrame | None
    comparisons: pd.DataFrame | None
    ladder: pd.DataFrame | None
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
    """Read the report folders: the claim's own dataset first, larger before smaller, generated audio last."""
    found = [_read(path) for path in sorted(reports.glob(f"*/{FACTS}"))]
    return sorted(found, key=lambda it: ([*KINDS].index(it.kind), -it.facts["tracks"], it.dataset))


def _read(path: Path) -> Records:
    folder = path.parent

    def table(name: str) -> pd.DataFrame | None:
        # only an empty field is missing: a protocol may be called `null`
        there = (folder / name).is_file()
        return pd.read_csv(folder / name, keep_default_na=False, na_values=[""]) if there else None

    weights = folder / WEIGHTS
    scored = all((folder / name).is_file() for name in (FILE, DIFFERENCES))
    found = read_baselines(folder) if scored else None
    return Records(
        facts=json.loads(path.read_text(encoding="utf-8")),
        results=table("results.csv"),
        baselines=found.scores if found else None,
        differences=found.differences if found else None,
        comparisons=table("comparisons.csv"),
        ladder=table(LADDER),
        weights=json.loads(weights.read_text(encoding="utf-8")) if weights.is_file() else None,
    )


def best_evidence(claim: Claim, records: Iterable[Records]) -> Records | None:
    """Return the largest dataset of the claim's tracks that was run; None where there is none."""
    return next((it for it in records if it.is_of_claimed_dataset(claim) and it.complete), None)
