"""Run every timing suite, keep what pytest-benchmark wrote, write the report, and compare with a baseline."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.errors import GenrebenchError
from benchmarks.files import replacing
from benchmarks.timing import DEFAULT_ROUNDS, DEFAULT_TOLERANCE, DEFAULT_TRACKS, RESULTS
from benchmarks.timing.gate import check
from benchmarks.timing.report import write_report
from benchmarks.timing.results import Results

_HERE = Path(__file__).parent
# what the report promises comes first
_SUITES = ("training", "jobs", "memory", "features", "batch_sizes", "cold_start")


def command(tracks: int, rounds: int = DEFAULT_ROUNDS) -> list[str]:
    """Return the command that runs every suite, in one process that coordinates them."""
    files = [str(_HERE / f"suite_{name}.py") for name in _SUITES]
    # without a capture, so that the person who waits sees the rounds go by
    quiet = ("-p", "no:cacheprovider", "--capture=no", "--verbose", "--no-header", "--benchmark-quiet")
    return [sys.executable, "-m", "pytest", *files, f"--tracks={tracks}", f"--rounds={rounds}", *quiet]


def collect(
    folder: Path, tracks: int = DEFAULT_TRACKS, baseline: Path | None = None, tolerance: float = DEFAULT_TOLERANCE
) -> None:
    """Run all suites and write a timing report: everything of one occasion, or nothing.

    Parameters
    ----------
    folder : Path
        Where to write pytest-benchmark's file and the report; what others keep there stays.
    tracks : int
        Number of tracks in the training epoch that is timed.
    baseline : Path, optional
        An older file of results to compare with, once the report is written.
    tolerance : float
        By how many percent a row may be slower than in the baseline.

    Raises
    ------
    GenrebenchError
        If `tracks` or `tolerance` is not legal, the baseline cannot be used or a suite fails; the folder then stays as
        it was. If something became slower than the baseline; the report is then written all the same.
    """
    if tracks < 1:
        raise GenrebenchError(f"--tracks {tracks}: a training epoch needs at least 1 track")
    if tolerance < 0:
        raise GenrebenchError(f"--tolerance {tolerance:g}: give 0 or more percent")
    # read before anything is timed, and before the report takes the place of the file
    old = Results.read(baseline) if baseline else None
    with replacing(folder) as temporary:
        measured = _measure(folder, tracks)
        if folder.is_dir():
            shutil.copytree(folder, temporary)
        temporary.mkdir(exist_ok=True)
        (temporary / RESULTS).write_bytes(measured)
        write_report(temporary)
    if baseline and old:
        print(check(Results.read(folder / RESULTS), baseline, old, tolerance))


def _measure(folder: Path, tracks: int) -> bytes:
    with TemporaryDirectory() as working:
        results = Path(working) / RESULTS
        status = subprocess.run([*command(tracks), f"--benchmark-json={results}"], check=False).returncode
        if status or not results.exists():
            raise GenrebenchError(
                f"the timing suites failed (pytest's exit status {status}); what they printed says why. "
                f"{folder} is as it was"
            )
        return results.read_bytes()
