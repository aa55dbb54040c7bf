"""Predicted times beside those of finished runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from benchmarks.runs import FinishedRun
from benchmarks.timing.cost.rates import training_rate
from benchmarks.timing.growth.record import Growth


@dataclass(frozen=True)
class Compared:
    """A time as predicted and as measured, s."""

    what: str
    runs: int
    predicted: float
    measured: float

    @property
    def difference(self) -> float:
        """How much longer the prediction is, as a share of what was measured."""
        return self.predicted / self.measured - 1

    @property
    def is_close(self) -> bool:
        """Whether the prediction is within 20%."""
        return abs(self.difference) <= 0.2


@dataclass(frozen=True, eq=False)
class TimedRun:
    """A finished run and what is kept of its making."""

    run: FinishedRun
    made: Mapping[str, Any]


def same_machine(timed: TimedRun, growth: Growth) -> bool:
    """Return whether a run was made on the CPU of a machine with the record's processor and number of cores."""
    made, measured = timed.made["machine"], growth.provenance["machine"]
    return bool(timed.made["device"] == "cpu") and all(made.get(key) == measured[key] for key in ("cpu", "cores"))


def compare(growth: Growth, runs: Sequence[TimedRun]) -> list[Compared]:
    """Set predicted times beside those of finished runs.

    Parameters
    ----------
    growth : Growth
        Measured points.
    runs : sequence of TimedRun
        Of one dataset and machine.

    Returns
    -------
    list of Compared
        The runs of each implementation, of all together, and the time in which at least one was at work.
    """
    rows: dict[str, Compared] = {}
    processes_s, at_once = 0.0, min(growth.workers, len(runs))
    for timed in runs:
        run = timed.run
        rate = training_rate(growth, run.implementation, run.decided_by["features"]["name"], at_once)
        watched = len(run.validation_tracks) + ("test_loss" in run.history) * len(run.test_tracks)
        predicted = rate.run_seconds(len(run.train_tracks), watched, len(run.history)) * rate.contention
        processes_s += rate.process
        for what in (str(run.implementation), "all runs"):
            it = rows.pop(what, Compared(what, 0, 0.0, 0.0))
            measured = it.measured + timed.made["wall_time_s"]
            rows[what] = Compared(what, it.runs + 1, it.predicted + predicted, measured)
    everything = (rows["all runs"].predicted + processes_s) / at_once
    return [*rows.values(), Compared("elapsed", len(runs), everything, elapsed(map(_span, runs)))]


def _span(timed: TimedRun) -> tuple[float, float]:
    start = datetime.fromisoformat(timed.made["started"]).timestamp()
    return start, start + timed.made["wall_time_s"]


def elapsed(spans: Iterable[tuple[float, float]]) -> float:
    """Return the time that at least one of some spans (start, end) covers: pauses between runs do not count."""
    covered, until = 0.0, float("-inf")
    for start, end in sorted(spans):
        covered += max(0.0, end - max(start, until))
        until = max(until, end)
    return covered
