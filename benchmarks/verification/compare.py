"""Runs of today against a record: a verdict on each, and what differs first on the way from audio to result."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from benchmarks.datasets.manifest import Manifest
from benchmarks.errors import GenrebenchError
from benchmarks.execution.plan import Plan, differences, not_asked_for
from benchmarks.runs import FinishedRun, RunState, run_of, was_made_here
from benchmarks.studies.protocol import headline
from benchmarks.verification.record import (
    decisions,
    digest_sources,
    expected_name,
    first_epoch_apart,
    run_digests,
    run_name,
)

Verdict = Literal["identical", "consistent", "differs"]

_ORDER: Final[tuple[Verdict, ...]] = ("identical", "consistent", "differs")


@dataclass(frozen=True)
class Compared:
    """One run of the record and the same run of today.

    Attributes
    ----------
    name : str
        Protocol, implementation and seed.
    verdict : {"identical", "consistent", "differs"}
        identical: the same probabilities and weights, bit by bit. consistent: not that, and each measure at every
        scored epoch lies where one further run was expected.
    first : str
        What differs first; empty where nothing does.
    accuracy, loss : tuple of float or None
        At the epoch whose scores stand first: in the record, and now (None: there is no run).
    """

    name: str
    verdict: Verdict
    first: str
    accuracy: tuple[float, float | None]
    loss: tuple[float, float | None]


@dataclass(frozen=True)
class Verification:
    """A whole dataset against its record.

    Attributes
    ----------
    dataset : str
        Its name.
    runs : tuple of Compared
        In the order of the record.
    new : tuple of str
        Runs that are asked for now and stand in no record.
    made_here : int
        How many of the runs were made in this checkout, after the record, and did not come from elsewhere.
    """

    dataset: str
    runs: tuple[Compared, ...]
    new: tuple[str, ...]
    made_here: int

    @property
    def verdict(self) -> Verdict:
        """The worst verdict on a run."""
        return max((run.verdict for run in self.runs), key=_ORDER.index)

    @property
    def first(self) -> str:
        """What differs first in the first run that has the worst verdict."""
        return next(run.first for run in self.runs if run.verdict == self.verdict)


def verify(
    record: Mapping[str, Any], manifest: Manifest, plans: Sequence[Plan], since: datetime | None = None
) -> Verification:
    """Compare the runs that plans ask for with a record.

    Parameters
    ----------
    record : mapping
        See `benchmarks.verification.record.make_record`.
    manifest : Manifest
        The dataset's tracks today.
    plans : sequence of Plan
        The runs that params.yaml asks for today.
    since : datetime, optional
        When the record was committed: runs that were made before are those of the record, and reproduce nothing.

    Raises
    ------
    GenrebenchError
        If the record holds no run.
    """
    if not record["runs"]:
        raise GenrebenchError(f"the record of {record['dataset']} holds no run")
    against = _Against(record, digest_sources(manifest))
    planned = {run_name(plan.key): plan for plan in plans}
    compared = tuple(against.compare(name, planned.get(name)) for name in record["runs"])
    both = [planned[name] for name in record["runs"] if name in planned]
    made_here = sum(was_made_here(plan.key, plan.fingerprint, since) for plan in both)
    return Verification(manifest.dataset, compared, tuple(planned.keys() - record["runs"].keys()), made_here)


class _Against:
    """A record, and what today's dataset and code look like beside it."""

    def __init__(self, record: Mapping[str, Any], today: Mapping[str, Any]) -> None:
        self.record = record
        self.audio = list(_audio(record, today))
        self.features = [
            *_named("code", record["feature_code"], today["feature_code"]),
            *_named("versions", record["feature_versions"], today["feature_versions"]),
        ]

    def compare(self, name: str, plan: Plan | None) -> Compared:
        """Compare one run of the record with what its plan finds today."""
        then = self.record["runs"][name]
        selection = headline(then["scores"])
        accuracy, loss = then["scores"][selection]
        if plan is None:
            return Compared(name, "differs", "params.yaml does not ask for this run", (accuracy, None), (loss, None))
        state = plan.state()
        if state.kind != "finished":
            return Compared(name, "differs", _why_not(plan, state), (accuracy, None), (loss, None))
        try:
            run = run_of(plan.key.folder, state.facts)
        except GenrebenchError as error:
            return Compared(name, "differs", f"damaged: {error}", (accuracy, None), (loss, None))
        now = run_digests(run)
        now_accuracy, now_loss = now["scores"].get(selection, (None, None))
        measured = ((accuracy, now_accuracy), (loss, now_loss))
        if now["files"] == then["files"]:
            return Compared(name, "identical", "", *measured)
        verdict: Verdict = "consistent" if self._is_expected(run, now) else "differs"
        return Compared(name, verdict, self._first(name, now), *measured)

    def _first(self, name: str, now: Mapping[str, Any]) -> str:
        """Name the first thing that differs: what the features come from, what decided the run, an epoch, a file."""
        then = self.record["runs"][name]
        decided = differences(decisions(self.record, name), now["decided_by"])
        # what the features were made with stands with what the run was made with, before the arithmetic of both
        with_features = [it for it in decided if it.startswith(("code", "versions"))] + self.features
        for found in (self.audio, with_features, decided):
            if found:
                return found[0]
        if epoch := first_epoch_apart(then["epochs"], now["epochs"]):
            return f"epoch {epoch}: from the same inputs, training went another way"
        return f"{_apart(then['files'], now['files'])[0]}: from the same history; was it edited?"

    def _is_expected(self, run: FinishedRun, now: Mapping[str, Any]) -> bool:
        """Return whether each measure of a run lies where one further run was expected."""
        for selection, scores in now["scores"].items():
            expected = self.record["expected"].get(expected_name(run.protocol, run.implementation, selection))
            if expected is None:
                return False
            for value, (low, high) in zip(scores, (expected["accuracy"], expected["loss"]), strict=True):
                # one seed, or one track, gives no interval
                if low is None or high is None or not low <= value <= high:
                    return False
        return True


def _why_not(plan: Plan, state: RunState) -> str:
    """Say why what stands in the place of a run cannot be compared."""
    match state.kind:
        case "missing":
            return "there is no such run"
        case "damaged":
            return f"damaged: {state.reason}"
        case _:
            return not_asked_for(plan, state)


def _audio(record: Mapping[str, Any], today: Mapping[str, Any]) -> Iterator[str]:
    """Name the tracks whose samples differ, and then what else the manifest says."""
    yield from _named("audio", record["tracks"], today["tracks"])
    if record["manifest"] != today["manifest"]:
        yield "manifest: other paths, genres or reasons to leave a track out"


def _named(what: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name in _apart(before, after):
        values = (before.get(name), after.get(name))
        if None in values:
            yield f"{what}: {name} is {'new' if values[0] is None else 'missing'}"
        elif what == "versions":
            yield f"versions {name}: {values[0]} then, {values[1]} now"
        else:
            yield f"{what}: {name}"


def _apart(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    return [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
