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
    "benchmarks/execution/run.py",
    "benchmarks/features/scaling.py",
    "benchmarks/scoring/metrics.py",  # chooses the epoch of lowest test loss
    "implementations/batch_order.py",
    "implementations/interface.py",
    "implementations/randomness.py",
)
_OF_CHECKPOINTS: Final = ("benchmarks/arrays.py", "benchmarks/execution/checkpoints.py")
# files that were moved, by the place that runs know them by
_KNOWN_AS: Final = {"benchmarks/processes/environment.py": "benchmarks/execution/environment.py"}
# by the digest of a file's code today, its digest when runs were made whose bits that code still gives. An entry is
# made when `nox -s verify` has found every run of the synthetic dataset identical after the change, and goes with the
# next change
_SAME_RESULTS: Final[dict[str, str]] = {
    # benchmarks/execution/run.py
    "576c172860a19b22e9c92fe3a0ef1b1f288237df9293d952a3295aad1aa6d2db": (
        "0840e37c8498d13dc39eeab18668451d77469755592d2776bb0122763026cfe5"
    ),
    # implementations/interface.py
    "a3af5f1c721cc99b8721a320f2fc2cba6b98ad5dd58da1a88f70c1f99ea395eb": (
        "1cb1b96814c5b206d5bd4951f523671f55b814c9f81719741521e8b6557d15d5"
    ),
    # implementations/pytorch/training.py
    "ef244702a0f288249619cec36f2e3978e00c257cd4bc92ed17d32bd5c94dfb80": (
        "ccdd7b9011aec553293edc889f673efb8b4de1759b63bcd9018bc04e5e193cff"
    ),
    # implementations/tensorflow/training.py
    "19a084bc918d11743016eb80836c4c829549838cb1af4f4b004598c5d172bd82": (
        "b0aefcde60c569572e50e5316269f8ebb9fda597ff443d13674c516b6d75778c"
    ),
}


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


def exact_code_digest(architecture: str, framework: str) -> str:
    """Return one digest of all code that trains an implementation as it is today, what checkpoints hold included."""
    files = [*(_ROOT / name for name in (*_SHARED, *_OF_CHECKPOINTS)), *source_files(architecture, framework)]
    return json_digest([meaning_digest(path) for path in sorted(files)])
