"""The source code that decides what a run computes, and the digests by which a run is known to be of it."""

from pathlib import Path
from typing import Final

from benchmarks.errors import GenrebenchError
from benchmarks.files import json_digest
from benchmarks.meaning import meaning_digest
from implementations.registry import source_files

_ROOT: Final = Path(__file__).parents[2]
# beside the implementation's own files: what decides what a run computes from given features, labels and weights
_SHARED: Final = (
    "benchmarks/processes/environment.py",  # threads
    "benchmarks/execution/batches.py",
    "benchmarks/execution/examples.py",
    "benchmarks/execution/learning_rate.py",
    "benchmarks/execution/run.py",
    "benchmarks/features/scaling.py",
    "benchmarks/scoring/metrics.py",  # chooses the epoch of lowest test loss
    "implementations/batch_order.py",
    "implementations/interface.py",
    "implementations/randomness.py",
)
_OF_CHECKPOINTS: Final = ("benchmarks/arrays.py", "benchmarks/execution/checkpoints.py")
# by the digest of a file's code today, its digest when runs were made whose bits that code still gives. An entry is
# made when `nox -s verify` has found every run of the synthetic dataset identical after the change, and goes with the
# next change
_SAME_RESULTS: Final[dict[str, str]] = {}


def code_digests(architecture: str, framework: str) -> dict[str, str]:
    """Return the digest of every source file that decides what a run computes, by its path in the project.

    Raises
    ------
    GenrebenchError
        If there is no such implementation.
    """
    try:
        own = source_files(architecture, framework)
    except ValueError as error:
        raise GenrebenchError(str(error)) from None
    files = {name: _ROOT / name for name in _SHARED} | {
        f"implementations/{framework}/{path.name}": path for path in own
    }
    digests = {name: meaning_digest(path) for name, path in sorted(files.items())}
    return {name: _SAME_RESULTS.get(digest, digest) for name, digest in digests.items()}


def exact_code_digest(architecture: str, framework: str) -> str:
    """Return one digest of all code that trains an implementation as it is today, what checkpoints hold included."""
    files = [*(_ROOT / name for name in (*_SHARED, *_OF_CHECKPOINTS)), *source_files(architecture, framework)]
    return json_digest([meaning_digest(path) for path in sorted(files)])
