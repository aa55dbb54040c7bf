"""About how long runs will take: what a person wants to know before they start. No result depends on it."""

import json
from collections.abc import Sequence
from statistics import median
from typing import Final

from benchmarks.execution.parallel import worker_count
from benchmarks.execution.plan import Plan
from benchmarks.paths import REPORTS
from benchmarks.runs import PROVENANCE, Implementation

TIMING: Final = REPORTS / "timing" / "timing.json"
_START_S: Final = 10.0  # of a process, with its framework
# a track that is predicted, in tracks that train
_PREDICTED: Final = 1 / 3


def forecast(plans: Sequence[Plan]) -> str:
    """Say about how long runs take that are made now, or that this is not known.

    From the wall times of runs made on this machine; where there are none of an implementation, from the timing report.
    """
    rates = {}
    sources = []
    for made in dict.fromkeys(plan.key.implementation for plan in plans):
        rate, source = _rate_here(made), "runs made here"
        if rate is None:
            rate, source = _rate_reported(made), f"{TIMING}, maybe of another machine"
        if rate is None:
            return "how long they take is not known yet"
        rates[made] = rate
        sources.append(source)
    workers = min(worker_count(), len(plans))
    seconds = sum(_START_S + _work(plan) * rates[plan.key.implementation] for plan in plans) / workers
    return f"about {_words(seconds)} on {workers} core{'s' if workers > 1 else ''} (from {sorted(set(sources))[-1]})"


def _work(plan: Plan) -> float:
    """Return how many tracks all epochs train, those that are predicted counted as less."""
    split, watches = plan.split, plan.protocol.watches_test
    watched = len(split.validation) + (len(split.test) if watches else 0)
    return plan.protocol.schedule.epochs * (len(split.train) + _PREDICTED * watched)


def _rate_here(made: Implementation) -> float | None:
    """Return seconds for a track, from the runs of an implementation that were made on this machine."""
    rates = []
    for path in PROVENANCE.glob(f"*/*/{made}/seed-*.json"):
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
            train, *watched = facts["tracks"]
            tracks = facts["epochs"] * (train + _PREDICTED * sum(watched))
            rates.append(max(facts["wall_time_s"] - _START_S, 1.0) / tracks)
        except (OSError, ValueError, KeyError, TypeError):  # an older form, or cut off: others tell as well
            continue
    return median(rates) if rates else None


def _rate_reported(made: Implementation) -> float | None:
    """Return seconds for a track on one thread, from the timing report."""
    try:
        rows = json.loads(TIMING.read_text(encoding="utf-8"))["benchmarks"]
        name = f"test_training_epoch[{made}-tuned-1]"
        found = (it["stats"]["median"] / it["extra_info"]["tracks"] for it in rows if it["name"] == name)
        return float(next(found))
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return None


def _words(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 10):.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"
