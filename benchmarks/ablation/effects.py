"""What each step of the ladder changes: differences with intervals, paired where the test tracks are the same."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from benchmarks.ladder import Rung
from benchmarks.runs import Implementation
from benchmarks.scoring.answers import Answers
from benchmarks.scoring.comparisons import ANY_DIFFERENCE, compare
from benchmarks.scoring.intervals import (
    DIFFERENCE,
    LOSS,
    accuracy_interval,
    mean_interval,
    unpaired_difference,
)

ALL_STEPS: Final = "all steps"
_QUANTITIES: Final = ("accuracy", "loss", "accuracy_effect", "loss_effect")
_COLUMNS: Final = (
    *("rung", "factor", "architecture", "framework", "selection", "n_test", "seeds", "kind"),
    *(f"{quantity}{end}" for quantity in _QUANTITIES for end in ("", "_low", "_high")),
)


def ladder_table(rungs: Sequence[Rung], answers: Mapping[tuple[str, Implementation], Answers]) -> pd.DataFrame:
    """Measure every rung, and the effect of the step to it.

    Parameters
    ----------
    rungs : sequence of Rung
        From the first protocol to the last.
    answers : dict of (str, Implementation) to Answers
        For every rung's name and implementation the answers of the runs that stand for it, at the rung's selection.

    Returns
    -------
    DataFrame
        rung, factor (what the step to it changes), architecture, framework, selection, n_test, seeds; kind of the
        effect (paired: same test tracks and seeds; unpaired: other test tracks; none: the step does not change this
        architecture; empty for the first rung); accuracy and loss, means, and accuracy_effect and loss_effect, each
        with `_low` and `_high` (95% intervals). The last rows, `ALL_STEPS`, hold the effect from the first
        rung to the last.
    """
    implementations = list(dict.fromkeys(made for _, made in answers))
    rows = []
    for place, rung in enumerate(rungs):
        for made in implementations:
            here = answers[rung.name, made]
            before = answers[rungs[place - 1].name, made] if place else None
            rows.append({**_facts(rung.name, rung.factor or "", made), **_measured(here), **_effect(before, here)})
    for made in implementations:
        first, last = (answers[rung.name, made] for rung in (rungs[0], rungs[-1]))
        rows.append({**_facts(ALL_STEPS, "", made), **_measured(last), **_effect(first, last)})
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _facts(rung: str, factor: str, made: Implementation) -> dict[str, str]:
    return {"rung": rung, "factor": factor, "architecture": made.architecture, "framework": made.framework}


def _measured(answers: Answers) -> dict[str, Any]:
    return {
        "selection": answers.selection,
        "n_test": len(answers.tracks),
        "seeds": len(answers.seeds),
        "accuracy": float(answers.right.mean()),
        **accuracy_interval(answers.right).columns("accuracy"),
        "loss": float(answers.losses.mean()),
        **mean_interval(answers.losses, LOSS).columns("loss"),
    }


def _effect(before: Answers | None, after: Answers) -> dict[str, Any]:
    if before is None:
        return {"kind": ""}
    if (before.protocol, before.selection) == (after.protocol, after.selection):
        return {"kind": "none"}
    if before.tracks == after.tracks:
        found = compare(before, after)
        accuracy, loss = found.accuracy_interval, found.loss_interval
        kind = "paired"
    else:
        accuracy = unpaired_difference(before.right.astype(np.float64), after.right.astype(np.float64), DIFFERENCE)
        loss = unpaired_difference(before.losses, after.losses, ANY_DIFFERENCE)
        kind = "unpaired"
    return {
        "kind": kind,
        "accuracy_effect": float(after.right.mean() - before.right.mean()),
        **accuracy.columns("accuracy_effect"),
        "loss_effect": float(after.losses.mean() - before.losses.mean()),
        **loss.columns("loss_effect"),
    }
