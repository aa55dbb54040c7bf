"""About how long runs will take: what a person wants to know before they start. No result depends on it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from benchmarks.execution.plan import Plan
from benchmarks.paths import REPORTS
from benchmarks.processes.workers import worker_count
from benchmarks.protocols import work_of
from benchmarks.runs import PROVENANCE, Implementation

TIMING: Final = REPORTS / "timing" / "timing.json"
_START_S: Final = 10.0  # of a process, with its framework
# a track that is predicted, in tracks that train
_PREDICTED: Final = 1 / 3


@dataclass(frozen=True)
class Work:
    """What of a run takes time.

    Attributes
    ----------
    implementation : Implementation
        What trains.
    epochs : int
        How many.
    trained, watched : int
        Tracks, or windows of tracks, that train in an epoch, and that are predicted after it.
    """

    implementation: Implementation
    epochs: int
    trained: int
    watched: int


@dataclass(frozen=True)
class Rate:
    """How long an implementation takes on one thread; time is linear in tracks (docs/timing.md).

    Attributes
    ----------
    start : float
        Seconds of a process until it trains.
    trained : float
        Seconds for a track that trains.
    predicted : float
        A track that is predicted, in tracks that train.
    """

    start: float
    trained: float
    predicted: float

    def seconds(self, work: Work) -> float:
        """Return how long a run takes."""
        return self.start + work.epochs * self.trained * (work.trained + self.predicted * work.watched)


def reported_rate(
    rows: Sequence[Mapping[str, Any]], made: Implementation, of: Callable[[Sequence[float]], float] = median
) -> Rate:
    """Return the rate of an implementation from the rows of ``timing.json``.

    Parameters
    ----------
    rows : sequence of mapping
        pytest-benchmark's ``benchmarks``.
    made : Implementation
        Which.
    of : callable
        Takes the rounds' seconds for a track that trains and says which to go by.

    Raises
    ------
    KeyError
        If a row is missing.
    """
    found = {row["name"]: row for row in rows}

    def a_track(name: str) -> list[float]:
        row = found[name]
        return [seconds / row["extra_info"]["tracks"] for seconds in row["stats"]["data"]]

    # a run has one thread, and every core has a run
    trained = of(a_track(f"test_jobs[{made}]"))
    predicted = median(a_track(f"test_inference[{made}-32]")) / median(a_track(f"test_training_epoch[{made}]"))
    start = median(found[f"test_cold_start[{made}]"]["stats"]["data"])
    return Rate(start, trained, predicted)


def forecast(plans: Sequence[Plan]) -> str:
    """Say about how long runs take that are made now, or that this is not known.

    From the wall times of runs made on this machine; where there are none of an implementation, from the timing report.
    """
    rates = {}
    sources = []
    for asked in dict.fromkeys(_kind(plan) for plan in plans):
        rate, source = _rate_here(*asked), "runs made here"
        if rate is None:
            rate, source = _rate_reported(asked[0]), f"{TIMING}, maybe of another machine"
        if rate is None:
            return "how long they take is not known yet"
        rates[asked] = rate
        sources.append(source)
    workers = min(worker_count(), len(plans))
    seconds = sum(rates[_kind(plan)].seconds(_work(plan)) for plan in plans) / workers
    return f"about {_words(seconds)} on {workers} core{'s' if workers > 1 else ''} (from {sorted(set(sources))[-1]})"


def _kind(plan: Plan) -> tuple[Implementation, str]:
    """Return what the time of a track depends on: what trains, and what it sees of it, a window or all."""
    return plan.key.implementation, plan.feature_set


def _work(plan: Plan) -> Work:
    return Work(plan.key.implementation, *work_of(plan.protocol, plan.split))


def _rate_here(made: Implementation, feature_set: str) -> Rate | None:
    """Return the rate of the runs of an implementation on a feature set that were made on this machine."""
    rates = []
    for path in PROVENANCE.glob(f"*/*/{made}/seed-*.json"):
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
            if "worker" in facts or facts["features"] != feature_set:  # a worker may be another machine
                continue
            trained, watched = facts["tracks"]
            tracks = facts["epochs"] * (trained + _PREDICTED * watched)
            rates.append(max(facts["wall_time_s"] - _START_S, 1.0) / tracks)
        except (OSError, ValueError, KeyError, TypeError):  # an older form, or cut off: others tell as well
            continue
    return Rate(_START_S, median(rates), _PREDICTED) if rates else None


def _rate_reported(made: Implementation) -> Rate | None:
    try:
        return reported_rate(json.loads(TIMING.read_text(encoding="utf-8"))["benchmarks"], made)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _words(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 10):.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"
