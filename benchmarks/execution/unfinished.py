"""A training in progress, kept on disk from time to time, so that a process that is ended is not all lost.

What is kept is the whole state, so that a training that is taken up again leaves the same bits as one that was not
disturbed. It lies under the run's fingerprint: with other data, code, versions or arithmetic it is not found.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from benchmarks.arrays import write_arrays
from benchmarks.configuration import from_environment
from benchmarks.files import file_digest, json_digest, remove, replacing, write_json
from benchmarks.runs import UNFINISHED
from implementations.architectures import Weights
from implementations.interface import State

VARIABLE: Final = "GENREBENCH_UNFINISHED"
SECONDS: Final = 60.0
"""Between two moments that are kept: most runs of a small dataset are over before, the others lose no more."""

_RECORD: Final = "unfinished.json"
_ARRAYS: Final = "arrays.safetensors"


@dataclass
class Moment:
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
    """

    rows: list[dict[str, Any]]
    epochs: dict[str, int]
    chosen: dict[str, Weights]
    weights: Weights
    state: State
    seconds: float


class Unfinished:
    """Where the training of a run is kept while it lasts.

    Parameters
    ----------
    fingerprint : str
        The run's.
    """

    def __init__(self, fingerprint: str) -> None:
        self.folder = Path(from_environment(VARIABLE) or UNFINISHED) / fingerprint
        self._kept = time.monotonic()

    @property
    def is_due(self) -> bool:
        """Whether it is time to keep another moment."""
        return time.monotonic() - self._kept >= SECONDS

    def keep(self, moment: Moment) -> None:
        """Write a moment in the place of the one before."""
        arrays = {f"weights/{name}": values for name, values in moment.weights.items()}
        arrays |= {f"state/{name}": values for name, values in moment.state.items()}
        for selection, weights in moment.chosen.items():
            arrays |= {f"chosen/{selection}/{name}": values for name, values in weights.items()}
        with replacing(self.folder) as temporary:
            temporary.mkdir()
            write_arrays(temporary / _ARRAYS, arrays)
            facts = {"rows": moment.rows, "epochs": moment.epochs, "seconds": moment.seconds}
            facts["arrays"] = file_digest(temporary / _ARRAYS)
            write_json(temporary / _RECORD, {**facts, "sha256": json_digest(facts)})
        self._kept = time.monotonic()

    def read(self) -> Moment | None:
        """Return what was kept; None where there is nothing, or it is damaged."""
        try:
            facts = dict(json.loads((self.folder / _RECORD).read_text(encoding="utf-8")))
            whole = json_digest({name: it for name, it in facts.items() if name != "sha256"}) == facts["sha256"]
            if not whole or file_digest(self.folder / _ARRAYS) != facts["arrays"]:
                return None
            arrays = load_file(self.folder / _ARRAYS)
        except (OSError, ValueError, KeyError, TypeError, RecursionError, SafetensorError):
            return None
        chosen = {selection: _below(arrays, f"chosen/{selection}/") for selection in facts["epochs"]}
        weights, state = _below(arrays, "weights/"), _below(arrays, "state/")
        return Moment(facts["rows"], facts["epochs"], chosen, weights, state, facts["seconds"])

    def remove(self) -> None:
        """Forget it: the run is finished."""
        remove(self.folder)


def _below(arrays: dict[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): np.array(it) for name, it in arrays.items() if name.startswith(prefix)}
