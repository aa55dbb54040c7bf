"""The source code that decides what a run computes, and the digests by which a run is known to be of it."""

from pathlib import Path
from typing import Final

from benchmarks.errors import GenrebenchError
from benchmarks.meaning import meaning_digest
from implementations.registry import source_files

_ROOT: Final = Path(__file__).parents[2]
# beside the implementation's own files: what decides what a run computes from given features, labels and weights
_SHARED: Final = (
    "benchmarks/processes/environment.py",  # threads
    "benchmarks/execution/run.py",
    "benchmarks/features/scaling.py",
    "benchmarks/scoring/metrics.py",  # chooses the epoch of lowest test loss
    "implementations/batch_order.py",
    "implementations/interface.py",
    "implementations/randomness.py",
)
# files that were moved, by the place that runs know them by
_KNOWN_AS: Final = {"benchmarks/processes/environment.py": "benchmarks/execution/environment.py"}
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
    files = {_KNOWN_AS.get(name, name): _ROOT / name for name in _SHARED} | {
        f"implementations/{framework}/{path.name}": path for path in own
    }
    digests = {name: meaning_digest(path) for name, path in sorted(files.items())}
    return {name: _SAME_RESULTS.get(digest, digest) for name, digest in digests.items()}
