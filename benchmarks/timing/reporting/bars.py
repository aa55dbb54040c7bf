"""What the times have to reach, as data, and whether they do."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.reporting.wording import implementation_name
from benchmarks.timing import DEFAULT_TRACKS
from benchmarks.timing.measuring.subjects import ONE, PARALLEL
from benchmarks.timing.reporting.results import Results, Row

# the epoch that the bars are set at
TRACKS = DEFAULT_TRACKS
# and the cores that those of training are set for
CORES = 2

# stock time / tuned time, at least
TRAINING = {
    ("cnn2d", "pytorch"): 3.5,
    ("cnn2d", "tensorflow"): 1.5,
    ("cnn_lstm", "pytorch"): 1.2,
    ("cnn_lstm", "tensorflow"): 1.2,
}
# tuned time / time at the speed of matrix products, at most
LIMIT = {("cnn2d", "pytorch"): 2.3}
# throughput of jobs in parallel / throughput of one job at a time on one thread, at least
JOBS = 1.8
# of a worker, at most
MEMORY_MIB = 1.5 * 1024
# stock time / tuned time of a list of tracks, at least
FEATURES = {"mel_picture_5s": 8.0, "mfcc_reshaped_15s": 4.0}


@dataclass(frozen=True)
class Verdict:
    """A bar and what was measured.

    Attributes
    ----------
    group : str
        What kind of bar: "training", "limit", "jobs", "memory" or "features".
    what : str
        What was measured.
    threads : str
        ``"1"`` or ``"all"``.
    value, bar : float
        In `unit`.
    unit : str
        Behind both numbers.
    at_most : bool
        Whether the bar is not to be exceeded, instead of to be reached.
    reliable : bool
        Whether every row behind the value is.
    """

    group: str
    what: str
    threads: str
    value: float
    bar: float
    unit: str = "x"
    at_most: bool = False
    reliable: bool = True

    @property
    def met(self) -> bool:
        """Whether the bar is met."""
        return self.value <= self.bar if self.at_most else self.value >= self.bar


def verdicts(results: Results) -> list[Verdict]:
    """Judge everything that was measured and has a bar."""
    return [
        *_training(results),
        *_limit(results),
        *_jobs(results),
        *_memory(results),
        *_features(results),
    ]


def _reliable(*rows: Row) -> bool:
    return not any(row.doubts for row in rows)


def _training(results: Results) -> Iterator[Verdict]:
    for threads in results.threads()[-1:]:
        for made, bar in TRAINING.items():
            stock, tuned = (_row(results, "training", made, variant, threads) for variant in ("stock", "tuned"))
            if stock and tuned:
                what = f"{implementation_name(*made)}: stock / tuned"
                ratio = stock.median / tuned.median
                yield Verdict("training", what, threads, ratio, bar, reliable=_reliable(stock, tuned))


def _limit(results: Results) -> Iterator[Verdict]:
    for threads in results.threads()[-1:]:
        for made, bar in LIMIT.items():
            tuned = _row(results, "training", made, "tuned", threads)
            if tuned and tuned.info["limit_seconds"]:
                what = f"{implementation_name(*made)}: tuned / limit"
                ratio = tuned.median / tuned.info["limit_seconds"]
                yield Verdict("limit", what, threads, ratio, bar, at_most=True, reliable=_reliable(tuned))


def _jobs(results: Results) -> Iterator[Verdict]:
    for made in results.implementations("jobs"):
        names = dict(zip(("architecture", "framework"), made, strict=True))
        one, parallel = (results.find("jobs", **names, way=way) for way in (ONE, PARALLEL))
        if one and parallel and parallel.info["jobs"] > 1:
            what = f"{implementation_name(*made)}: throughput of {parallel.info['jobs']} seeds in parallel / one"
            ratio = throughput(parallel) / throughput(one)
            yield Verdict("jobs", what, "1", ratio, JOBS, reliable=_reliable(one, parallel))


def throughput(row: Row) -> float:
    """Return the tracks that all jobs of a row, or its one, get through in a second."""
    return float(row.info.get("jobs", 1) * row.info["tracks"] / row.median)


def _memory(results: Results) -> Iterator[Verdict]:
    for row in results.group("memory"):
        if row.info["variant"] == "tuned":
            what = f"{implementation_name(row.info['architecture'], row.info['framework'])}: peak memory of a worker"
            yield Verdict("memory", what, "1", row.info["peak_mib"], MEMORY_MIB, " MiB", at_most=True)


def _features(results: Results) -> Iterator[Verdict]:
    for name, bar in FEATURES.items():
        stock, tuned = (
            results.find("features of a list", feature_set=name, variant=variant) for variant in ("stock", "tuned")
        )
        if stock and tuned:
            what = f"Features `{name}`, {tuned.info['tracks']} tracks: stock loop / tuned"
            yield Verdict("features", what, "all", stock.median / tuned.median, bar, reliable=_reliable(stock, tuned))


def _row(results: Results, group: str, made: tuple[str, str], variant: str, threads: str) -> Row | None:
    architecture, framework = made
    return results.find(group, architecture=architecture, framework=framework, variant=variant, threads_asked=threads)
