"""Runs on a cluster: ordered from its workers, and looked at as if a stranger had sent them.

A run's files have to be those of the fingerprint that was asked for, byte by byte as their record says, and hold
numbers where numbers belong, before they take their place. That these are right only a second worker can tell.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import AwareDatetime, BaseModel, ConfigDict, FiniteFloat, ValidationError

from benchmarks.cluster.answers import refused, require_success
from benchmarks.cluster.worker import STUDIES, Made, Order
from benchmarks.cluster.workers import ClusterWorkers, described
from benchmarks.errors import GenrebenchError, StaleError
from benchmarks.execution.plan import Plan, make_plan
from benchmarks.execution.progress_board import Board, read_progress
from benchmarks.files import replacing, write_json
from benchmarks.provenance import git_state
from benchmarks.runs import read_weights, run_of, state_of
from benchmarks.settings import load_settings

_FILE_NAME: Final = re.compile(r"[a-z_]+\.(json|csv|npy|safetensors)")


class _Machine(BaseModel):
    model_config = ConfigDict(extra="forbid")

    cpu: str
    cores: int | None
    memory_gib: FiniteFloat
    system: str
    python: str


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    started: AwareDatetime
    machine: _Machine


class _Making(_Part):
    """What a run's process knows of its making, as `benchmarks.execution.run` writes it, but the commit."""

    fingerprint: str
    git: dict[str, Any]
    wall_time_s: FiniteFloat
    threads: int
    device: str
    arithmetic: str
    tracks: list[int]
    features: str
    epochs: int
    parameter_count: int
    parts: list[_Part] | None = None


class ClusterRuns:
    """Makes runs on the workers of a cluster.

    Parameters
    ----------
    workers : ClusterWorkers
        Which.
    """

    def __init__(self, workers: ClusterWorkers) -> None:
        self._workers = workers
        self._git = git_state()
        self._plans: dict[str, tuple[Plan, Board]] = {}
        self._rows: dict[str, Any] = {}
        workers.listen(self._heard)

    def run(self, plan: Plan, board: Board) -> None:
        """Let a worker make a run, and put it into its place.

        Parameters
        ----------
        plan : Plan
            Which run.
        board : Board
            Shows where it is.

        Raises
        ------
        GenrebenchError
            If the run failed, a worker has other code or versions, or gave back something else.
        StaleError
            If what the run needs was changed here since the study was started.
        """
        order = make_order(plan, self._workers.client)
        self._plans[order["name"]] = plan, board
        made = self._workers.make(order, lambda: _changed_here(plan))
        if made.status == StaleError.status and _has_changed_here(plan):
            raise _changed_here(plan)
        take(plan, made, self._git)

    def stop(self) -> None:
        """Ask for nothing any more: workers end what they are at."""
        self._workers.stop()

    def _heard(self, event: tuple[float, Any]) -> None:
        """Show where a run is; one that is begun anew goes on in its row."""
        try:
            name, line = event[1]["name"], event[1]["line"]
            plan, board = self._plans[name]
        except (TypeError, KeyError, IndexError):
            return
        if at := read_progress(line):
            if name not in self._rows:
                self._rows[name] = board.add(plan.key, plan.protocol.schedule.epochs)
            board.show(self._rows[name], at)


def make_order(plan: Plan, client: str) -> Order:
    """Say what a worker needs to know, and to have, to make a run.

    Parameters
    ----------
    plan : Plan
        Which run.
    client : str
        Who is told where it is.
    """
    files, seen = described(plan.inputs(STUDIES))
    return Order(
        client=client,
        name=f"run {plan.key}",
        command=plan.command,
        folder=str(plan.key.folder),
        provenance=str(plan.key.provenance),
        files=files,
        seen=seen,
        kept=True,
    )


def _has_changed_here(plan: Plan) -> bool:
    try:
        return make_plan(load_settings(report=plan.key.dataset), plan.key).fingerprint != plan.fingerprint
    except GenrebenchError:
        return True


def _changed_here(plan: Plan) -> StaleError:
    return StaleError(
        f"run {plan.key}: params.yaml or data changed after the study was started, so the runs that were waiting are "
        "not made; start the same command again: finished runs that still belong are kept"
    )


def take(plan: Plan, made: Made, git: Mapping[str, Any]) -> None:
    """Put the files of a run into its place, if they are those of the run that was asked for.

    Parameters
    ----------
    plan : Plan
        Which run.
    made : Made
        What a worker gave back.
    git : mapping
        Of this checkout, as `benchmarks.provenance.git_state`: the fingerprint says that the worker's code is the same.

    Raises
    ------
    GenrebenchError
        If it failed, or is another run or none.
    """
    key, worker = plan.key, made.worker
    require_success(f"run {key}", made)
    with replacing(key.folder) as temporary:
        temporary.mkdir()
        for name, content in made.files.items():
            if not _FILE_NAME.fullmatch(name):
                raise refused(f"run {key}", worker, f"a file is called {name!r}")
            (temporary / name).write_bytes(content)
        if problem := _strange(plan, temporary):
            raise refused(f"run {key}", worker, problem)
        try:
            making = _Making.model_validate_json(made.provenance)
        except ValidationError:
            making = None
        if making is None or making.fingerprint != plan.fingerprint:
            raise refused(f"run {key}", worker, "nothing, or nothing right, is known of its making")
    told = making.model_dump(mode="json", exclude_none=True)
    write_json(key.provenance, told | {"git": dict(git), "worker": worker})


def _strange(plan: Plan, folder: Path) -> str:
    """Say why a folder does not hold the run of a plan, whole, with numbers where numbers belong."""
    state = state_of(folder, plan.fingerprint, plan.facts)
    if state.kind != "finished":
        return state.reason or "it is another run"
    expected = {it.name: it.shape for it in plan.architecture.weights(len(plan.manifest.genres))}
    try:
        for selection in run_of(folder, state.facts).epochs:
            weights = read_weights(folder, selection)
            if {name: array.shape for name, array in weights.items()} != expected:
                return f"the weights of {selection} are not those of {plan.architecture.name}"
            if not all(np.isfinite(array).all() for array in weights.values()):
                return f"the weights of {selection} are not finite"
    except GenrebenchError as error:
        return str(error)
    return ""
