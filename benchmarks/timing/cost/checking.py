"""Predicted times beside those of finished runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

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


def same_machine(run: FinishedRun, growth: Growth) -> bool:
    """Return whether a run was made on the CPU of a machine with the record's processor and number of cores."""
    made, measured = run.provenance["machine"], growth.provenance["machine"]
    return run.provenance.get("device", "cpu") == "cpu" and all(
        made.get(key) == measured[key] for key in ("cpu", "cores")
    )


def compare(growth: Growth, runs: Sequence[FinishedRun]) -> list[Compared]:
    """Set predicted times beside those of finished runs.

    Parameters
    ----------
    growth : Growth
        Measured points.
    runs : sequence of FinishedRun
        Of one dataset and machine.

    Returns
    -------
    list of Compared
        The runs of each implementation, of all together, and the time in which at least one was at work.
    """
    rows: dict[str, Compared] = {}
    processes_s, at_once = 0.0, min(growth.workers, len(runs))
    for run in runs:
        rate = training_rate(growth, run.implementation, run.provenance["inputs"]["features"], at_once)
        watched = len(run.validation_tracks) + ("test_loss" in run.history) * len(run.test_tracks)
        predicted = rate.run_seconds(len(run.train_tracks), watched, len(run.history)) * rate.contention
        processes_s += rate.process
        for what in (str(run.implementation), "all runs"):
            it = rows.pop(what, Compared(what, 0, 0.0, 0.0))
            measured = it.measured + run.provenance["wall_time_s"]
            rows[what] = Compared(what, it.runs + 1, it.predicted + predicted, measured)
    everything = (rows["all runs"].predicted + processes_s) / at_once
    return [*rows.values(), Compared("elapsed", len(runs), everything, elapsed(map(_span, runs)))]


def _span(run: FinishedRun) -> tuple[float, float]:
    start = datetime.fromisoformat(run.provenance["started"]).timestamp()
    return start, start + run.provenance["wall_time_s"]


def elapsed(spans: Iterable[tuple[float, float]]) -> float:
    """Return the time that at least one of some spans (start, end) covers: pauses between runs do not count."""
    covered, until = 0.0, float("-inf")
    for start, end in sorted(spans):
        covered += max(0.0, end - max(start, until))
        until = max(until, end)
    return covered
