"""What a worker of a cluster gives back, looked at as if a stranger had sent it.

A run's files have to be those of the fingerprint that was asked for, byte by byte as their record says, and hold
numbers where numbers belong, before they take their place. That these are right only a second worker can tell.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import TypeAdapter, ValidationError

from benchmarks.errors import GenrebenchError, StaleError
from benchmarks.execution.cluster_worker import Made
from benchmarks.execution.plan import Plan
from benchmarks.files import replacing, write_json
from benchmarks.runs import read_making, read_weights, run_of, state_of

_FILE_NAME: Final = re.compile(r"[a-z_]+\.(json|csv|npy|safetensors)")
_MADE: Final = TypeAdapter(Made)


def read_answer(plan: Plan, answer: Any) -> Made:
    """Read what came from a worker.

    Parameters
    ----------
    plan : Plan
        What it was asked for.
    answer : object
        What came.

    Raises
    ------
    GenrebenchError
        If it has not the fields of `Made`.
    """
    try:
        return _MADE.validate_python(answer)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        raise _refused(plan, "unknown", f"it is no answer ({place}: {problem['msg']})") from None


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
    if made.status == StaleError.status:
        raise GenrebenchError(
            f"worker {worker} would make another run of {key} than this machine: its code, versions or arithmetic are "
            f"others; give it a checkout of the same commit, with the environment of constraints.txt ({made.words})"
        )
    if made.status:
        raise GenrebenchError(f"run {key} failed on worker {worker}: {made.words}")
    with replacing(key.folder) as temporary:
        temporary.mkdir()
        for name, content in made.files.items():
            if not _FILE_NAME.fullmatch(name):
                raise _refused(plan, worker, f"a file is called {name!r}")
            (temporary / name).write_bytes(content)
        if problem := _strange(plan, temporary):
            raise _refused(plan, worker, problem)
        making = read_making(made.provenance)
        if making is None or making["fingerprint"] != plan.fingerprint or not _is_moment(making["started"]):
            raise _refused(plan, worker, "nothing, or nothing right, is known of its making")
    write_json(key.provenance, making | {"git": dict(git), "worker": worker})


def _is_moment(text: Any) -> bool:
    try:
        return isinstance(text, str) and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


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


def _refused(plan: Plan, worker: str, reason: str) -> GenrebenchError:
    return GenrebenchError(
        f"run {plan.key}: what worker {worker} gave back is refused: {reason}; take this worker away, and start the "
        "same command again: finished runs are kept"
    )
