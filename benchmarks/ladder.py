"""Protocols beside those of a study, made from them by a change each.

The rungs of the ladder, each of which changes one factor of the one before; and protocols with windows split.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

from pydantic import ValidationError

from benchmarks.configuration import wrong_keys
from benchmarks.errors import GenrebenchError
from benchmarks.paths import RUNS
from benchmarks.protocols import features_of
from benchmarks.runs import Implementation, RunKey
from benchmarks.settings import Settings
from benchmarks.studies.protocol import Protocol, headline, windows_names

Factor = Literal["split", "windows", "features", "scaling", "augmentation", "schedule", "selection"]

# beside the stores of the datasets, and no stage of the pipeline: they are trained only when asked for
STEPS: Final = RUNS / "ablation"


@dataclass(frozen=True)
class Rung:
    """One protocol of the ladder.

    Attributes
    ----------
    name : str
        The protocol's.
    protocol : Protocol
        Its choices.
    factor : str or None
        What differs from the rung before; None for the first.
    """

    name: str
    protocol: Protocol
    factor: Factor | None

    @property
    def selection(self) -> str:
        """Which epoch's scores stand for this rung."""
        return headline(self.protocol.selections)


def make_ladder(settings: Settings) -> list[Rung]:
    """Build the ladder of params.yaml, from the first protocol to the last.

    Raises
    ------
    GenrebenchError
        If a step makes no legal protocol, changes no factor or more than one, or if the study does not train both
        ends.
    """
    given = settings.ablation
    if missing := [name for name in (given.start, given.end) if name not in settings.report.protocols]:
        raise GenrebenchError(
            f"params.yaml: the ladder of flaws needs {', '.join(missing)} in reports.{settings.name}.protocols"
        )
    rungs = [Rung(given.start, settings.protocols[given.start], None)]
    for name, change in given.steps.items():
        rungs.append(_next(rungs[-1], name, _changed(rungs[-1].protocol, name, change)))
    rungs.append(_next(rungs[-1], given.end, settings.protocols[given.end]))
    return rungs


def find_protocol(settings: Settings, name: str) -> Protocol:
    """Return a protocol of a study, of a step of its ladder, or one with windows split or that beside it.

    Raises
    ------
    GenrebenchError
        If there is none of this name.
    """
    if name in settings.protocols:
        return settings.protocols[name]
    if name in settings.ablation.steps:
        return next(rung.protocol for rung in make_ladder(settings) if rung.name == name)
    pairs = twins(settings)
    cut = {it.beside: it.protocol for it in pairs}
    flawed = {it.name: with_windows_split(it.protocol) for it in pairs}
    if found := {**cut, **flawed}.get(name):
        return found
    legal = ", ".join(dict.fromkeys([*settings.protocols, *settings.ablation.steps, *cut, *flawed]))
    raise GenrebenchError(f"no protocol {name!r} in params.yaml; defined: {legal}")


def store_of(settings: Settings, protocol: str) -> Path:
    """Return the folder of the store that keeps the runs of a protocol."""
    return RUNS if protocol in settings.protocols else STEPS


@dataclass(frozen=True)
class Twin:
    """A protocol that is run with its windows split, and the one beside which it stands: they differ in that alone.

    Attributes
    ----------
    of : str
        The study's protocol that both come from.
    beside : str
        The protocol whose tracks are split: the study's own, or one that cuts its tracks into windows.
    protocol : Protocol
        Its choices.
    """

    of: str
    beside: str
    protocol: Protocol

    @property
    def name(self) -> str:
        """What the protocol is called whose windows are split."""
        return windows_names(self.of)[1]


def twins(settings: Settings) -> list[Twin]:
    """Return what is run with windows split, of every protocol that the study names for it and the report has."""
    given = settings.ablation.windows_split
    return [
        Twin(name, windows_names(name)[0] if given[name] else name, protocol)
        for name, protocol in settings.cut_into_windows.items()
    ]


def with_windows_split(protocol: Protocol) -> Protocol:
    """Return what differs from a protocol in one thing: its windows are split at random instead of its tracks."""
    return Protocol.model_validate(
        {**protocol.model_dump(), "split": {"kind": "windows", "tracks": protocol.split.model_dump()}}
    )


def runs_of_rungs(
    settings: Settings, dataset: str, rungs: Sequence[Rung]
) -> dict[tuple[str, Implementation], tuple[RunKey, ...]]:
    """Return for every rung and implementation the runs that stand for it, a run a seed.

    Where a step does not change what an architecture is trained on, the runs of an earlier rung stand for it.
    """
    report = settings.report
    found = {}
    for place, rung in enumerate(rungs):
        for architecture in report.architectures:
            trained = next(it for it in rungs[: place + 1] if _serves(it, rung, architecture))
            for framework in report.frameworks:
                made = Implementation(architecture, framework)
                store = store_of(settings, trained.name)
                keys = (RunKey(dataset, trained.name, made, seed, store) for seed in settings.report.seeds)
                found[rung.name, made] = tuple(keys)
    return found


def _serves(trained: Rung, rung: Rung, architecture: str) -> bool:
    """Return whether the runs of one rung are those of another: trained alike, and scored at its epoch."""
    return rung.selection in trained.protocol.selections and _training(trained, architecture) == _training(
        rung, architecture
    )


def _training(rung: Rung, architecture: str) -> tuple[object, ...]:
    given = rung.protocol
    return given.split, features_of(given, architecture), given.scaling, given.augmentation, given.schedule


def _next(before: Rung, name: str, protocol: Protocol) -> Rung:
    changed = _changed_factors(before, Rung(name, protocol, None))
    if len(changed) != 1:
        raise GenrebenchError(
            f"params.yaml: ablation: from {before.name} to {name} {len(changed)} factors change "
            f"({', '.join(changed) or 'none'}); legal: one of {', '.join(get_args(Factor))}"
        )
    return Rung(name, protocol, changed[0])


def _changed_factors(before: Rung, after: Rung) -> list[Factor]:
    differs: dict[Factor, bool] = {
        "split": before.protocol.split != after.protocol.split,
        "windows": before.protocol.windows != after.protocol.windows,
        "features": before.protocol.features != after.protocol.features,
        "scaling": before.protocol.scaling != after.protocol.scaling,
        "augmentation": before.protocol.augmentation != after.protocol.augmentation,
        "schedule": before.protocol.schedule != after.protocol.schedule,
        # one more epoch that is scored beside it changes nothing
        "selection": before.selection != after.selection,
    }
    return [factor for factor, changed in differs.items() if changed]


def _changed(before: Protocol, name: str, change: Mapping[str, Any]) -> Protocol:
    try:
        return before.changed(change)
    except ValidationError as error:
        wrong = "; ".join(wrong_keys(error))
        raise GenrebenchError(f"params.yaml: ablation.steps.{name} makes no legal protocol: {wrong}") from None
