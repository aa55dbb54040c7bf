"""What was measured on the ladder of a dataset: kept for the report, and told from what another training leaves."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchmarks.errors import GenrebenchError
from benchmarks.files import write_json, write_text
from benchmarks.ladder import make_ladder
from benchmarks.runs import FinishedRun
from benchmarks.scoring.table import read_table
from benchmarks.settings import Settings

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
        rungs (name, factor, selection, kept_together and protocol of each), runs (number of runs of the steps), and
        ends_sha256: a digest of the runs of both ends.
    current : bool
        Whether its steps are those of params.yaml and its ends the runs that it is shown with.
    """

    table: pd.DataFrame
    facts: dict[str, Any]
    current: bool = True


def write_ladder(ladder: Ladder, folder: Path) -> None:
    """Write ``ablation.csv`` and ``ablation.json``."""
    write_text(folder / TABLE, ladder.table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    write_json(folder / FACTS, ladder.facts)


def read_ladder(folder: Path, settings: Settings, runs: Sequence[FinishedRun]) -> Ladder | None:
    """Read what `write_ladder` wrote; None where the ladder was not climbed.

    Parameters
    ----------
    folder : Path
        ``reports/<dataset>``.
    settings : Settings
        The content of params.yaml.
    runs : sequence of FinishedRun
        All runs that the ladder is shown with.

    Raises
    ------
    GenrebenchError
        If the files are not what `write_ladder` writes.
    """
    if not (folder / FACTS).exists():
        return None
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        # an empty field of a word is an empty word, one of a number is NaN
        words = ["factor", "kind"]
        table = read_table(folder / TABLE, ("accuracy_effect",)).fillna(dict.fromkeys(words, ""))
        facts["ends_sha256"], facts["runs"]
        for rung in facts["rungs"]:
            rung["name"], rung["factor"], rung["selection"], rung["kept_together"], rung["protocol"]
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise GenrebenchError(
            f"{folder / FACTS} or {TABLE} beside it cannot be read ({error}); delete both, then: python -m nox -s "
            f"ablation -- --dataset {folder.name}"
        ) from None
    return Ladder(table, facts, _has_steps(facts, settings) and belongs(facts, runs))


def _has_steps(facts: dict[str, Any], settings: Settings) -> bool:
    try:
        asked = make_ladder(settings)
    except GenrebenchError:  # it was changed, and not to a ladder
        return False
    measured = [(it["name"], it["protocol"]) for it in facts["rungs"]]
    return measured == [(it.name, it.protocol.model_dump(mode="json")) for it in asked]


def belongs(facts: dict[str, Any], runs: Sequence[FinishedRun]) -> bool:
    """Return whether a ladder's ends are these runs."""
    first, last = (facts["rungs"][place]["name"] for place in (0, -1))
    digest: str = facts["ends_sha256"]
    return ends_digest(first, last, runs) == digest


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
