"""What flaws are worth on one dataset: make the runs of the ladder's steps, or those with windows split."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.ablation.effects import ladder_table
from benchmarks.ablation.record import Ladder, ends_digest, write_ladder
from benchmarks.ablation.windows_split import keys_of_twins, price_table, read_windows_split, write_windows_split
from benchmarks.errors import GenrebenchError
from benchmarks.execution.plan import load_runs, make_plan, read_planned
from benchmarks.execution.training_runs import train
from benchmarks.ladder import STEPS, Rung, make_ladder, runs_of_rungs, twins
from benchmarks.runs import FinishedRun
from benchmarks.scoring.answers import collect_answers
from benchmarks.scoring.results import check_runs
from benchmarks.settings import Settings


def climb(settings: Settings, dataset: str, folder: Path) -> None:
    """Make the runs of the steps that are missing, and write ``ablation.csv`` and ``ablation.json``.

    Parameters
    ----------
    settings : Settings
        The content of params.yaml.
    dataset : str
        A dataset whose runs of both ends of the ladder are finished.
    folder : Path
        Where to write.

    Raises
    ------
    GenrebenchError
        If the ladder is not legal, a run of its ends is missing, or a run fails.
    """
    rungs = make_ladder(settings)
    keys_of = runs_of_rungs(settings, dataset, rungs)
    keys = list(dict.fromkeys(key for keys in keys_of.values() for key in keys))
    steps = [key for key in keys if key.store == STEPS]
    honest = _read_runs(settings, dataset)
    # those that another run stands for on the ladder included
    ends = [run for run in honest if run.protocol in (rungs[0].name, rungs[-1].name)]
    train(settings, steps, f"{dataset} ablation")
    made = read_planned([make_plan(settings, key) for key in steps])
    runs = [*made, *ends]
    check_runs(runs)
    answers = {(it.protocol, it.implementation, it.selection): it for it in collect_answers(runs)}
    selection_of = {rung.name: rung.selection for rung in rungs}
    table = ladder_table(
        rungs,
        {
            (name, implementation): answers[keys[0].protocol, implementation, selection_of[name]]
            for (name, implementation), keys in keys_of.items()
        },
    )
    trained = {name: keys[0].protocol for (name, _), keys in keys_of.items()}
    write_ladder(Ladder(table, _facts(rungs, trained, made, ends)), folder)


def price_windows_split(settings: Settings, dataset: str, folder: Path, only: str | None = None) -> None:
    """Make the runs with windows split that are missing, and write ``windows_split.csv`` and ``windows_split.json``.

    Parameters
    ----------
    settings, dataset, folder
        As in `climb`.
    only : str, optional
        The one protocol whose runs are made; what was measured of the others beside the same runs stays.

    Raises
    ------
    GenrebenchError
        If the study asks for none, or not for this one, a run of the report is missing, or a run fails.
    """
    pairs = twins(settings)
    asked = [it for it in pairs if only in (None, it.of)]
    if not asked:
        named = ", ".join(settings.ablation.windows_split) or "none"
        what = "none of its protocols is run" if only is None else f"{only!r} is not run"
        raise GenrebenchError(
            f"reports.{settings.name}: {what} with windows split; its protocols: "
            f"{', '.join(settings.report.protocols)}; those that its study's ablation.windows_split names: {named}"
        )
    honest = _read_runs(settings, dataset)
    keys = keys_of_twins(settings, dataset, asked)
    train(settings, keys, f"{dataset} windows split")
    made = read_planned([make_plan(settings, key) for key in keys])
    before = read_windows_split(folder, [it for it in pairs if it not in asked], honest)
    kept = [] if before is None else [before.table]
    table = pd.concat([*kept, price_table(asked, [*honest, *made])], ignore_index=True)
    write_windows_split(table, pairs, honest, folder)


def _facts(
    rungs: Sequence[Rung], trained: Mapping[str, str], made: Sequence[FinishedRun], ends: Sequence[FinishedRun]
) -> dict[str, Any]:
    kept = {run.protocol: run.decided_by["split"]["kept_together"] for run in (*made, *ends)}
    return {
        "rungs": [
            {
                "name": it.name,
                "factor": it.factor,
                "selection": it.selection,
                "kept_together": kept[trained[it.name]],
                "protocol": it.protocol.model_dump(mode="json"),
            }
            for it in rungs
        ],
        "runs": len(made),
        "ends_sha256": ends_digest(rungs[0].name, rungs[-1].name, ends),
    }


def _read_runs(settings: Settings, dataset: str) -> list[FinishedRun]:
    """Read every run of the report, those of both ends among them."""
    try:
        return load_runs(settings, dataset)
    except GenrebenchError as error:
        raise GenrebenchError(
            f"flaws are measured beside runs of the study that are not there: {error}. Make them first: "
            f"python -m nox -s benchmark -- --dataset {dataset}"
        ) from None
