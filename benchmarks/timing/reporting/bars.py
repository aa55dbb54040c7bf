"""What the times have to reach, as data, and whether they do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from benchmarks.reporting.notation import implementation_name
from benchmarks.studies.study import Bars
from benchmarks.timing.measuring.subjects import ONE, PARALLEL
from benchmarks.timing.reporting.estimates import Estimate, ratio
from benchmarks.timing.reporting.results import Results, names, times_as_fast, times_the_limit

# the cores that the bars of training are set for
CORES = 2

# throughput of jobs in parallel / throughput of one job at a time, at least
JOBS = 1.8
# of a worker, at most
MEMORY_MIB = 1.5 * 1024


@dataclass(frozen=True)
class Verdict:
    """A bar and what was measured.

    Attributes
    ----------
    what : str
        What was measured.
    measured : Estimate
        In `unit`.
    bar : float
        In `unit`.
    unit : str
        Behind the numbers.
    at_most : bool
        Whether the bar is not to be exceeded, instead of to be reached.
    """

    what: str
    measured: Estimate
    bar: float
    unit: str = "x"
    at_most: bool = False

    @property
    def verdict(self) -> Literal["met", "not met", "open"]:
        """Whether the bar is met; open where it lies inside the interval."""
        sure = self.measured.high <= self.bar if self.at_most else self.measured.low >= self.bar
        missed = self.measured.low > self.bar if self.at_most else self.measured.high < self.bar
        return "met" if sure else "not met" if missed else "open"


def verdicts(results: Results, bars: Bars) -> list[Verdict]:
    """Judge everything that was measured and has a bar, the study's or everybody's."""
    own = [*_training(results, bars.training), *_limit(results, bars.limit)]
    return [*own, *_jobs(results), *_memory(results), *_features(results, bars.features)]


def _implementations(bars: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[tuple[str, str], float]]:
    for architecture, by_framework in bars.items():
        for framework, bar in by_framework.items():
            yield (architecture, framework), bar


def _training(results: Results, bars: Mapping[str, Mapping[str, float]]) -> Iterator[Verdict]:
    for made, bar in _implementations(bars):
        if times := times_as_fast(*results.pair("training", **names(made))):
            yield Verdict(f"{implementation_name(*made)}: stock / ours", times, bar)


def _limit(results: Results, bars: Mapping[str, Mapping[str, float]]) -> Iterator[Verdict]:
    for made, bar in _implementations(bars):
        if times := times_the_limit(results.find("training", **names(made), variant="tuned")):
            yield Verdict(f"{implementation_name(*made)}: ours / limit", times, bar, at_most=True)


def _jobs(results: Results) -> Iterator[Verdict]:
    for made in results.implementations("jobs"):
        if gain := seeds_in_parallel(results, made):
            yield Verdict(f"{implementation_name(*made)}: a seed a core / one seed", gain, JOBS)


def seeds_in_parallel(results: Results, made: tuple[str, str]) -> Estimate | None:
    """Return how many times as much a process a core gets done as one; None where there is one core."""
    one, parallel = (results.find("jobs", **names(made), way=way) for way in (ONE, PARALLEL))
    if one is None or parallel is None or parallel.info["jobs"] == 1:
        return None
    return ratio([parallel.info["jobs"] * it for it in one.seconds], parallel.seconds)


def _memory(results: Results) -> Iterator[Verdict]:
    for row in results.group("memory"):
        if row.info["variant"] == "tuned":
            what = f"{implementation_name(row.info['architecture'], row.info['framework'])}: memory of a worker"
            yield Verdict(what, Estimate.of([row.info["peak_mib"]]), MEMORY_MIB, " MiB", at_most=True)


def _features(results: Results, bars: Mapping[str, float]) -> Iterator[Verdict]:
    for name, bar in bars.items():
        if times := times_as_fast(*results.pair("features of a list", feature_set=name)):
            yield Verdict(f"`{name}`, a list: stock / ours", times, bar)
