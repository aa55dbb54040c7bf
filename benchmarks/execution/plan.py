"""All that goes into a run, known and digested before any framework is loaded."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import provenance
from benchmarks.arrays import open_array
from benchmarks.audit.record import Audit
from benchmarks.datasets.manifest import Manifest
from benchmarks.datasets.tracks import tracks_of
from benchmarks.errors import GenrebenchError
from benchmarks.execution.code import code_digests
from benchmarks.features.cache import INDEX, first_not_finite, open_features
from benchmarks.features.sets import feature_set
from benchmarks.files import file_digest, json_digest, stamp
from benchmarks.ladder import find_protocol
from benchmarks.paths import RUNS, audit_path, features_folder, manifest_path
from benchmarks.processes import arithmetic
from benchmarks.protocols import Split, features_of, make_split
from benchmarks.runs import (
    FinishedRun,
    RunKey,
    RunState,
    fingerprint,
    run_of,
    state_of,
    study_keys,
)
from benchmarks.settings import PARAMS, Settings
from benchmarks.studies.protocol import Protocol
from benchmarks.studies.study import files_of_others
from implementations.architectures import ARCHITECTURES, Architecture, weights_digest
from implementations.device import Device

# raise it when `benchmarks.runs.write_run` writes something else, so that no finished run stays in the old form
_FORMAT = 3
# whole, or as short as a record of digests holds it
_DIGEST = re.compile("[0-9a-f]{16}|[0-9a-f]{64}")
# in the order in which one thing depends on another, with what stands before the name of what differs
_PARTS = {
    "run": "run",
    "code": "code",
    "versions": "versions",
    "arithmetic": "arithmetic",
    "held_by": "arithmetic",
    "device": "device",
    "features": "feature set",
    "protocol": "protocol",
    "split": "split",
    "architecture": "architecture",
    "initial_weights": "initial weights",
}


@dataclass(frozen=True)
class Plan:
    """All that goes into a run.

    Attributes
    ----------
    key : RunKey
        Which run.
    protocol : Protocol
        Its choices.
    manifest : Manifest
        The dataset's tracks.
    split : Split
        Which of them train, validate and test.
    architecture : Architecture
        With the sizes that the features need.
    device : str
        What computes, as params.yaml asks for it.
    feature_set : str
        What the network sees.
    study : str
        Whose protocol it is.
    decided_by : dict
        Everything that the result depends on, as JSON holds it: run (its names and seed, and the form of its record),
        arithmetic and the variables that hold it, code and versions, features (name and sha256), split (what it keeps
        together and a digest of the labelled tracks of its parts), protocol (split, features, scaling, schedule,
        selections), architecture, initial_weights and device.
    """

    key: RunKey
    protocol: Protocol
    manifest: Manifest
    split: Split
    architecture: Architecture
    device: Device
    feature_set: str
    study: str
    decided_by: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        """The digest of `decided_by`."""
        return fingerprint(self.decided_by)

    @property
    def command(self) -> list[str]:
        """The arguments of ``python -m benchmarks`` that make this run and no other."""
        key, made = self.key, self.key.implementation
        which = ["--dataset", key.dataset, "--protocol", key.protocol]
        by = ["--architecture", made.architecture, "--framework", made.framework]
        return ["run", *which, *by, "--seed", str(key.seed), "--fingerprint", self.fingerprint]

    def inputs(self, studies: str) -> dict[str, Path]:
        """Return every file that the run reads beside the code, by the place where it looks for it in a working folder.

        Parameters
        ----------
        studies : str
            The folder of the studies that are none of the project's own, relative to the working folder.
        """
        features = features_folder(self.key.dataset)
        found = [PARAMS, manifest_path(self.manifest.origin), features / INDEX, features / f"{self.feature_set}.npy"]
        if self.protocol.groups_tracks:
            found.append(audit_path(self.key.dataset))
        return {path.as_posix(): path for path in found} | files_of_others(studies)

    @property
    def labels(self) -> NDArray[np.int64]:
        """The class of every used track, shape (used tracks,)."""
        return np.array([self.manifest.genres.index(track.genre) for track in self.manifest.used], dtype=np.int64)

    def open_features(self) -> NDArray[np.float32]:
        """Open the features of all used tracks, memory-mapped."""
        return open_features(features_folder(self.key.dataset), self.feature_set, self.manifest)

    def tracks(self, rows: NDArray[np.int64]) -> tuple[str, ...]:
        """Return the ids of some rows."""
        return tuple(self.manifest.used[row].id for row in rows)

    @property
    def test_windows(self) -> tuple[tuple[int, ...], ...]:
        """The numbers of the windows of each test track that are tested; empty where tracks are not cut."""
        if self.protocol.windows is None:
            return ()
        chosen = self.split.chosen("test", self.protocol.windows.count)
        return tuple(tuple(np.flatnonzero(it).tolist()) for it in chosen)

    @property
    def facts(self) -> dict[str, Any]:
        """What the record of the run must say of genres, tracks, windows and labels."""
        tracks = {f"{part}_tracks": list(self.tracks(rows)) for part, rows in self.split.parts.items()}
        labels = self.labels[self.split.test].tolist()
        windows = {"test_windows": [list(it) for it in self.test_windows]} if self.protocol.windows else {}
        return {"genres": list(self.manifest.genres), **tracks, "test_labels": labels, **windows}

    def state(self) -> RunState:
        """Look whether the run is finished."""
        return state_of(self.key.folder, self.fingerprint, self.facts)


def make_plan(settings: Settings, key: RunKey) -> Plan:
    """Look up and digest all that goes into a run.

    Raises
    ------
    GenrebenchError
        If there is no such implementation or protocol, or manifest or features are missing or do not belong
        together.
    """
    made = key.implementation
    code = code_digests(made.architecture, made.framework)
    protocol = find_protocol(settings, key.protocol)
    manifest = tracks_of(settings, key.dataset)
    split = make_split(
        manifest,
        protocol.split,
        _duplicates(manifest, protocol),
        genre_order=settings.original.genre_order,
        windows=protocol.windows_of_track,
    )
    name = features_of(protocol, made.architecture)
    path = features_folder(key.dataset) / f"{name}.npy"
    shape = open_features(path.parent, name, manifest).shape[1:]
    if shape != feature_set(name).shape:
        raise GenrebenchError(
            f"{path}: a track has the shape {shape}, in this feature set {feature_set(name).shape}; make it with: "
            f"python -m benchmarks features --dataset {manifest.dataset}"
        )
    seen = shape if protocol.windows is None else shape[1:]
    _require_spectrograms(protocol, name, seen)
    architecture = replace(ARCHITECTURES[made.architecture], input_shape=seen)
    chosen = protocol.model_dump(mode="json", exclude={"features"})
    decided_by = {
        "run": [_FORMAT, key.dataset, key.protocol, made.architecture, made.framework, key.seed],
        **arithmetic.decisive(),
        "device": settings.study.device,
        "code": code,
        "versions": provenance.versions(made.framework),
        "features": {"name": name, "sha256": _digest_of_finite(path, manifest)},
        "split": {
            "kept_together": split.kept,
            "sha256": json_digest(_labelled(manifest, split)),
        },
        # of the architectures, this one's features only: what another sees changes no run of this one
        "protocol": {**chosen, "features": {made.architecture: protocol.features[made.architecture]}},
        # what architectures.py says of this one: an entry for another changes no run
        "architecture": asdict(architecture),
        "initial_weights": weights_digest(architecture, len(manifest.genres), key.seed),
    }
    as_written = json.loads(json.dumps(decided_by))
    study, device = settings.original.name, settings.study.device
    return Plan(key, protocol, manifest, split, architecture, device, name, study, as_written)


def _require_spectrograms(protocol: Protocol, feature_set: str, shape: tuple[int, ...]) -> None:
    """Check that what a protocol augments has bands and frames, and as many of these as it draws from."""
    given = protocol.augmentation
    if given is not None and (len(shape) != 3 or (given.frames_below or 0) > shape[1]):
        raise GenrebenchError(
            "augmentation is of spectrograms, (bands, frames, channels), with frames_below at most their frames, but "
            f"what is seen of {feature_set} has the shape {shape}; give other features, or no augmentation"
        )


def _labelled(manifest: Manifest, split: Split) -> dict[str, list[list[Any]]]:
    """Return what each part of a split holds: id and genre of every track, and its windows where they were split."""

    def of(part: str, rows: NDArray[np.int64]) -> list[list[Any]]:
        tracks: list[list[Any]] = [[manifest.used[row].id, manifest.used[row].genre] for row in rows]
        for track, windows in zip(tracks, split.windows.get(part, ()), strict=False):
            track.append(np.flatnonzero(windows).tolist())
        return tracks

    return {part: of(part, rows) for part, rows in split.parts.items()}


def _digest_of_finite(path: Path, manifest: Manifest) -> str:
    """Return the digest of cached features, and refuse those that would make every weight no number."""
    digest, row = _read_whole(path, stamp(path))
    if row is not None:
        raise GenrebenchError(
            f"{path}: the features of {manifest.used[row].id} hold a value that is not finite; make them with: "
            f"python -m benchmarks features --dataset {manifest.dataset}"
        )
    return digest


@lru_cache(maxsize=64)
def _read_whole(path: Path, _: tuple[int, int]) -> tuple[str, int | None]:
    return file_digest(path), first_not_finite(open_array(path))


def _duplicates(manifest: Manifest, protocol: Protocol) -> list[tuple[str, ...]]:
    """Return the groups of copies that the audit found, for a split that keeps them together."""
    if not protocol.groups_tracks:
        return []
    return [group.tracks for group in Audit.read(audit_path(manifest.dataset), manifest).groups]


def make_plans(settings: Settings, dataset: str) -> list[Plan]:
    """Return the plan of every run that the study asks for on one dataset, in the order of `study_keys`.

    Raises
    ------
    GenrebenchError
        As `make_plan`.
    """
    return [make_plan(settings, key) for key in study_keys(settings, dataset)]


def load_runs(settings: Settings, dataset: str) -> list[FinishedRun]:
    """Read every run that the study asks for on one dataset, in the order of `benchmarks.runs.study_keys`.

    Raises
    ------
    GenrebenchError
        If a run is missing, damaged, or made from other things than params.yaml, data and code hold now.
    """
    return read_planned(make_plans(settings, dataset))


def read_planned(plans: Sequence[Plan]) -> list[FinishedRun]:
    """Read the finished runs of some plans, and refuse those that are not what the plans ask for.

    Raises
    ------
    GenrebenchError
        If a run is missing, damaged, or another than is asked for; the message says what differs.
    """
    return [_read_planned(plan) for plan in plans]


def _read_planned(plan: Plan) -> FinishedRun:
    key, state = plan.key, plan.state()
    made_with = "" if key.store != RUNS else f"make it with: dvc repro report@{key.dataset}"
    remedy = f"; {made_with}" if made_with else ""
    match state.kind:
        case "missing":
            raise GenrebenchError(f"run {key} is missing{remedy}")
        case "damaged":
            raise GenrebenchError(f"{state.reason}{remedy}")
        case "other":
            raise GenrebenchError(f"{key.folder}: {not_asked_for(plan, state)}{remedy}")
    try:
        return run_of(key.folder, state.facts)
    except GenrebenchError as error:
        then = f", then {made_with}" if made_with else ""
        raise GenrebenchError(f"{error}; delete this folder{then}") from None


def not_asked_for(plan: Plan, state: RunState) -> str:
    """Say in what the other run that stands in the place of a plan's differs from it."""
    found = differences(state.facts["decided_by"], plan.decided_by)
    return f"not the run that params.yaml, data and code ask for now: {(*found, 'its fingerprint')[0]}"


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Say in what two runs were decided differently, from what comes first to what comes last.

    Parameters
    ----------
    before, after : dict
        `Plan.decided_by` of both.
    """
    return [f"{label}{words}" for part, label in _PARTS.items() for words in _apart(before.get(part), after.get(part))]


def _apart(before: Any, after: Any, name: str = "") -> list[str]:
    """Name every value that differs, by its keys."""
    if before == after:
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        found = []
        for key in dict.fromkeys([*before, *after]):
            joined = f"{name}.{key}" if name else f" {key}"
            found += _apart(before.get(key), after.get(key), joined)
        return found
    if _is_digest(before) or _is_digest(after):
        return [name.replace(" sha256", ": other values")]
    return [f"{name}: {_shown(before)} then, {_shown(after)} now"]


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)
