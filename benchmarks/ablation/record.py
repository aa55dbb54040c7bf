"""What was measured on the ladder of a dataset: kept for the report, and told from what another training leaves."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchmarks.ablation.ladder import Rung
from benchmarks.errors import GenrebenchError
from benchmarks.files import write_json, write_text
from benchmarks.runs import FinishedRun

TABLE: Final = "ablation.csv"
FACTS: Final = "ablation.json"


@dataclass(frozen=True, eq=False)
class Ladder:
    """What was measured on the ladder of flaws.

    Attributes
    ----------
    table : DataFrame
        See `benchmarks.ablation.effects.ladder_table`.
    facts : dict
        rungs (name, factor, selection, kept_together and protocol of each), runs (number of runs of the steps),
        wall_time_s (their sum), git, versions, machine and device (of each, all that occur among them), and
        ends_sha256: a digest of the runs of both ends.
    current : bool
        Whether `is_current` holds for the runs that it is shown with.
    """

    table: pd.DataFrame
    facts: dict[str, Any]
    current: bool = True


def write_ladder(ladder: Ladder, folder: Path) -> None:
    """Write ``ablation.csv`` and ``ablation.json``."""
    write_text(folder / TABLE, ladder.table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    write_json(folder / FACTS, ladder.facts)


def read_ladder(folder: Path) -> Ladder | None:
    """Read what `write_ladder` wrote; None where the ladder was not climbed.

    Raises
    ------
    GenrebenchError
        If the files are not what `write_ladder` writes.
    """
    if not (folder / FACTS).exists():
        return None
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        # an empty field of a word is an empty word, one of a number is NaN; a step may be called `null`
        words = ["factor", "kind"]
        table = pd.read_csv(folder / TABLE, keep_default_na=False, na_values=[""]).fillna(dict.fromkeys(words, ""))
        table["accuracy_effect"], facts["ends_sha256"], facts["runs"], facts["wall_time_s"], facts["git"], facts["machine"]
        for rung in facts["rungs"]:
            rung["name"], rung["factor"], rung["selection"], rung["kept_together"], rung["protocol"]
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise GenrebenchError(
            f"{folder / FACTS} or {TABLE} beside it cannot be read ({error}); delete both, then: python -m nox -s "
            f"ablation -- --dataset {folder.name}"
        ) from None
    return Ladder(table, facts)


def is_current(ladder: Ladder, rungs: Sequence[Rung], runs: Sequence[FinishedRun]) -> bool:
    """Return whether a ladder has these steps and ends at these runs; if not, it must be climbed again."""
    measured = [(it["name"], it["protocol"]) for it in ladder.facts["rungs"]]
    # as JSON holds them
    asked = [(it.name, it.protocol.model_dump(mode="json")) for it in rungs]
    digest: str = ladder.facts["ends_sha256"]
    return measured == asked and ends_digest(rungs[0].name, rungs[-1].name, runs) == digest


def ends_digest(first: str, last: str, runs: Sequence[FinishedRun]) -> str:
    """Return the sha256 of what the runs of two protocols answered."""
    digest = hashlib.sha256()
    chosen = [run for run in runs if run.protocol in (first, last)]
    for run in sorted(chosen, key=lambda run: (run.protocol, str(run.implementation), run.seed)):
        named = [run.dataset, run.protocol, str(run.implementation), run.seed, run.test_tracks, run.epochs]
        digest.update(json.dumps(named).encode())
        for selection in sorted(run.probabilities):
            digest.update(run.probabilities[selection].tobytes())
    return digest.hexdigest()
