"""What the times have to reach, as data, and whether they do."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from benchmarks.reporting.wording import implementation_name
from benchmarks.timing import DEFAULT_TRACKS
from benchmarks.timing.measuring.subjects import ONE, PARALLEL
from benchmarks.timing.reporting.estimates import Estimate, ratio
from benchmarks.timing.reporting.results import Results, names, times_as_fast, times_the_limit

# the epoch that the bars are set at
TRACKS = DEFAULT_TRACKS
# and the cores that those of training are set for
CORES = 2

# stock time / this project's time, at least
TRAINING = {
    ("cnn2d", "pytorch"): 3.5,
    ("cnn2d", "tensorflow"): 1.5,
    ("cnn_lstm", "pytorch"): 1.2,
    ("cnn_lstm", "tensorflow"): 1.2,
}
# this project's time / time at the speed of matrix products, at most
LIMIT = {("cnn2d", "pytorch"): 2.3}
# throughput of jobs in parallel / throughput of one job at a time, at least
JOBS = 1.8
# of a worker, at most
MEMORY_MIB = 1.5 * 1024
# stock time / this project's time of a list of tracks, at least
FEATURES = {"mel_picture_5s": 8.0, "mfcc_reshaped_15s": 4.0}


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


def verdicts(results: Results) -> list[Verdict]:
    """Judge everything that was measured and has a bar."""
    return [*_training(results), *_limit(results), *_jobs(results), *_memory(results), *_features(results)]


def _training(results: Results) -> Iterator[Verdict]:
    for made, bar in TRAINING.items():
        if times := times_as_fast(*results.pair("training", **names(made))):
            yield Verdict(f"{implementation_name(*made)}: stock / ours", times, bar)


def _limit(results: Results) -> Iterator[Verdict]:
    for made, bar in LIMIT.items():
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


def _features(results: Results) -> Iterator[Verdict]:
    for name, bar in FEATURES.items():
        if times := times_as_fast(*results.pair("features of a list", feature_set=name)):
            yield Verdict(f"`{name}`, a list: stock / ours", times, bar)
