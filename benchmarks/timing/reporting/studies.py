"""How long whole studies take on the machine that was timed, from the rows of ``timing.json`` alone."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks.datasets.gtzan_tracks import known_tracks
from benchmarks.datasets.manifest import DatasetKind, Manifest, Track
from benchmarks.datasets.undecoded import undecoded_gtzan, undecoded_track
from benchmarks.errors import GenrebenchError
from benchmarks.execution.forecast import Rate, Work, reported_rate
from benchmarks.ladder import STEPS, find_protocol, make_ladder, runs_of_rungs
from benchmarks.protocols import make_split, work_of
from benchmarks.runs import Implementation, RunKey, study_keys
from benchmarks.settings import BASELINE_FEATURES, Settings
from benchmarks.timing.measuring.subjects import PARALLEL
from benchmarks.timing.reporting.estimates import Estimate
from benchmarks.timing.reporting.results import Results

_MINI_PER_GENRE: Final = 10


@dataclass(frozen=True)
class Study:
    """What is run on a dataset.

    Attributes
    ----------
    dataset : str
        Its name.
    tracks : int
        How many it has.
    features : tuple of str
        The feature sets.
    runs, ladder : tuple of Work
        The runs of the study, and those that the ladder of flaws adds.
    """

    dataset: str
    tracks: int
    features: tuple[str, ...]
    runs: tuple[Work, ...]
    ladder: tuple[Work, ...]


def planned_studies(settings: Settings) -> list[Study]:
    """Return what one study has reports of, on datasets whose number of tracks is known without their audio."""
    found = []
    for name, report in settings.reports.items():
        if report.study != settings.report.study or report.dataset in settings.folders:
            continue
        seen = settings.model_copy(update={"name": name})
        # what cannot be split is refused where it is run, not where something else is timed
        with suppress(GenrebenchError):
            found.append(_planned(seen, _tracks_of(seen, report.dataset)))
    return found


def predict(results: Results, study: Study) -> tuple[Estimate, Estimate | None] | None:
    """Return how many seconds a study takes, and the ladder's further runs; the interval is that of the rates together.

    Returns
    -------
    tuple of Estimate and Estimate or None, or None
        None for what does not exist: a ladder, or rows that the prediction is made from.
    """
    if results.find("jobs", way=PARALLEL) is None:
        return None
    # the rate is that of at most as many jobs as were timed at once; the study has one on every core
    workers = results.cores
    ends: list[Callable[[Sequence[float]], float]] = [
        median,
        lambda rounds: Estimate.of(rounds).low,
        lambda rounds: Estimate.of(rounds).high,
    ]
    try:
        features = _features_seconds(results, study) / results.cores
        every = [_rates(results, [*study.runs, *study.ladder], of) for of in ends]
    except KeyError:
        return None
    runs = Estimate(*(features + elapsed(study.runs, rates, workers) for rates in every))
    ladder = Estimate(*(elapsed(study.ladder, rates, workers) for rates in every)) if study.ladder else None
    return runs, ladder


def elapsed(works: Sequence[Work], rates: Mapping[Implementation, Rate], workers: int) -> float:
    """Return how many seconds runs take, as many at a time as there are workers."""
    return sum(rates[work.implementation].seconds(work) for work in works) / min(workers, len(works))


def _rates(
    results: Results, works: Sequence[Work], of: Callable[[Sequence[float]], float]
) -> dict[Implementation, Rate]:
    return {made: reported_rate(results.content, made, of) for made in {work.implementation for work in works}}


def _features_seconds(results: Results, study: Study) -> float:
    rows = {row.info["feature_set"]: row for row in results.group("features") if row.info["variant"] == "tuned"}
    return study.tracks * sum(rows[name].estimate.middle for name in study.features)


def _tracks_of(settings: Settings, dataset: str) -> Manifest:
    """List a dataset's tracks: GTZAN's own, made-up ones where only their number counts."""
    subset = settings.subsets.get(dataset)
    if (subset.of if subset else dataset) == "gtzan":
        wanted = subset.genres if subset else {track.genre for track in known_tracks().values()}
        tracks = tuple(track for track in undecoded_gtzan().tracks if track.genre in wanted)
        return _manifest(dataset, "gtzan", tracks)
    genres = subset.genres if subset else sorted({track.genre for track in known_tracks().values()})
    each = settings.synthetic.tracks_per_genre if dataset == "synthetic" else _MINI_PER_GENRE
    ids = [f"{genre}.{place:05d}" for genre in genres for place in range(each)]
    listed = (undecoded_track(name, name.partition(".")[0], f"{name}.wav") for name in ids)
    # no audio twice
    different = tuple(track.model_copy(update={"pcm_md5": f"{place:032x}"}) for place, track in enumerate(listed))
    return _manifest(dataset, "synthetic", different)


def _manifest(dataset: str, kind: DatasetKind, tracks: tuple[Track, ...]) -> Manifest:
    return Manifest(dataset=dataset, kind=kind, source="Made to count its parts.", tracks=tracks)


def _planned(settings: Settings, manifest: Manifest) -> Study:
    ladder: list[RunKey] = []
    # a study need not have both ends of the ladder
    with suppress(GenrebenchError):
        by_rung = runs_of_rungs(settings, manifest.dataset, make_ladder(settings))
        ladder = list(dict.fromkeys(key for keys in by_rung.values() for key in keys if key.store == STEPS))
    keys = study_keys(settings, manifest.dataset)
    protocols = {name: find_protocol(settings, name) for name in {key.protocol for key in (*keys, *ladder)}}
    order = settings.original.genre_order
    asked = {(it.split, it.windows_of_track) for it in protocols.values()}
    splits = {it: make_split(manifest, it[0], genre_order=order, windows=it[1]) for it in asked}
    sizes = {name: work_of(it, splits[it.split, it.windows_of_track]) for name, it in protocols.items()}
    works, more = (tuple(Work(key.implementation, *sizes[key.protocol]) for key in it) for it in (keys, ladder))
    # what split windows are worth is no part of it
    seen = (protocols[key.protocol].seen_by(key.implementation.architecture) for key in (*keys, *ladder))
    features = tuple(dict.fromkeys((*seen, BASELINE_FEATURES)))
    return Study(manifest.dataset, len(manifest.tracks), features, works, more)
