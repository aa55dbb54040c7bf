"""Checkpoints of a training: what a process that is ended leaves to the next one.

A checkpoint is the whole state, so that a training that is resumed leaves the same bits as one that was not disturbed.
It lies under the run's fingerprint: with other data, versions or arithmetic it is not found, and of other code or
another device it is not taken.
"""

import hashlib
import json
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

from benchmarks.arrays import write_arrays
from benchmarks.configuration import from_environment
from benchmarks.errors import GenrebenchError
from benchmarks.files import file_digest, json_digest, remove, replacing, tidy, write_json
from benchmarks.runs import CHECKPOINTS
from implementations.architectures import Weights
from implementations.interface import State

VARIABLE: Final = "GENREBENCH_CHECKPOINTS"
SECONDS: Final = 60.0
"""Between two checkpoints, at least: runs of a small dataset make few, others lose little more than a minute."""

_RECORD: Final = "checkpoint.json"
_ARRAYS: Final = "arrays.safetensors"
# raise it when what `CheckpointFolder.save` writes has another form
_FORM: Final = 1


@dataclass
class Checkpoint:
    """All of a training after an epoch.

    Attributes
    ----------
    rows : list of dict
        The history, a row an epoch.
    epochs : dict of str to int
        For each selection the epoch that it has chosen so far.
    chosen : dict of str to dict of str to ndarray
        For each selection the canonical weights of that epoch.
    weights : dict of str to ndarray
        The canonical weights now.
    state : dict of str to ndarray
        What the framework keeps beside them (`implementations.interface.Training.get_state`).
    seconds : float
        How long it has taken so far.
    parts : list of dict
        Of each process that trained: started, machine.
    """

    rows: list[dict[str, Any]]
    epochs: dict[str, int]
    chosen: dict[str, Weights]
    weights: Weights
    state: State
    seconds: float
    parts: list[dict[str, Any]]


class CheckpointFolder:
    """Where the last checkpoint of a run lies while it is trained.

    Parameters
    ----------
    fingerprint : str
        The run's.
    code : str
        A digest of the code that trains: unlike the fingerprint's it changes with every edit.
    device : str
        What computes.
    """

    def __init__(self, fingerprint: str, code: str, device: str) -> None:
        self.folder = Path(from_environment(VARIABLE) or CHECKPOINTS) / fingerprint
        self._of = {"form": _FORM, "code": code, "device": device}
        self._saved = time.monotonic()

    @property
    def is_due(self) -> bool:
        """Whether it is time for another checkpoint."""
        return time.monotonic() - self._saved >= SECONDS

    def save(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint in the place of the one before; where that cannot be, say so, for the run needs none."""
        arrays = {f"weights/{name}": values for name, values in checkpoint.weights.items()}
        arrays |= {f"state/{name}": values for name, values in checkpoint.state.items()}
        for selection, weights in checkpoint.chosen.items():
            arrays |= {f"chosen/{selection}/{name}": values for name, values in weights.items()}
        facts: dict[str, Any] = {"rows": checkpoint.rows, "epochs": checkpoint.epochs}
        facts |= {"seconds": checkpoint.seconds, "parts": checkpoint.parts, "of": self._of}
        try:
            with replacing(self.folder) as temporary:
                temporary.mkdir()
                write_arrays(temporary / _ARRAYS, arrays)
                facts["arrays"] = file_digest(temporary / _ARRAYS)
                write_json(temporary / _RECORD, {**facts, "sha256": json_digest(facts)})
        except (OSError, GenrebenchError) as error:
            print(f"no checkpoint could be written, training goes on without: {error}", file=sys.stderr, flush=True)
        self._saved = time.monotonic()

    def load(self) -> Checkpoint | None:
        """Return the last checkpoint; None where there is none that is whole and of this code and device."""
        try:
            facts = dict(json.loads((self.folder / _RECORD).read_text(encoding="utf-8")))
            # read once: another process may replace it at any time
            content = (self.folder / _ARRAYS).read_bytes()
            whole = json_digest({name: it for name, it in facts.items() if name != "sha256"}) == facts["sha256"]
            if not whole or facts["of"] != self._of or hashlib.sha256(content).hexdigest() != facts["arrays"]:
                return None
            arrays = load(content)
            chosen = {selection: _below(arrays, f"chosen/{selection}/") for selection in facts["epochs"]}
            weights, state = _below(arrays, "weights/"), _below(arrays, "state/")
            return Checkpoint(facts["rows"], facts["epochs"], chosen, weights, state, facts["seconds"], facts["parts"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError, SafetensorError):
            return None

    def remove(self) -> None:
        """Delete it: the run is finished. Another process that makes the same run may be doing so, too."""
        with suppress(OSError):
            remove(self.folder)
            tidy(self.folder.parent, self.folder.name)


def _below(arrays: dict[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): np.array(it) for name, it in arrays.items() if name.startswith(prefix)}
