"""Run every timing suite, keep what pytest-benchmark wrote, and write the report."""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.errors import GenrebenchError
from benchmarks.files import replacing
from benchmarks.processes.child import Child
from benchmarks.processes.workers import worker_count
from benchmarks.settings import Settings
from benchmarks.timing import DEFAULT_ROUNDS, RESULTS
from benchmarks.timing.reporting.report import print_summary, write_report
from benchmarks.timing.reporting.results import Results

_FOLDER = Path(__file__).parent / "suites"
# what the report promises comes first
_SUITES = ("training", "jobs", "memory", "features", "batch_sizes", "cold_start")


def command(tracks: int, rounds: int = DEFAULT_ROUNDS) -> list[str]:
    """Return the command that runs every suite, in one process that coordinates them."""
    files = [str(_FOLDER / f"{name}.py") for name in _SUITES]
    # without a capture, so that the person who waits sees the rounds go by; after a failure all would be thrown away
    quiet = ("--exitfirst", "-p", "no:cacheprovider", "--capture=no", "--verbose", "--no-header", "--benchmark-quiet")
    return [sys.executable, "-m", "pytest", *files, f"--tracks={tracks}", f"--rounds={rounds}", *quiet]


def collect(folder: Path, settings: Settings, tracks: int) -> Results:
    """Run all suites, write a timing report, everything of one occasion or nothing, and print its first tables.

    Parameters
    ----------
    folder : Path
        Where to write pytest-benchmark's file and the report; what was there before is gone then.
    settings : Settings
        The content of params.yaml: whose studies the report predicts.
    tracks : int
        Number of tracks in the training epoch that is timed.

    Raises
    ------
    GenrebenchError
        If `tracks` or GENREBENCH_WORKERS is not legal, or a suite fails;
        the folder then stays as it was.
    """
    if tracks < 2:
        # stock PyTorch drops a batch of one track
        raise GenrebenchError(f"--tracks {tracks}: a training epoch that is timed needs at least 2 tracks")
    # what would end the report ends it before anything is timed
    worker_count()
    with replacing(folder) as temporary:
        measured = _measure(folder, tracks)
        temporary.mkdir()
        (temporary / RESULTS).write_bytes(measured)
        write_report(temporary, settings)
    results = Results.read(folder / RESULTS)
    print_summary(results, settings)
    return results


def _measure(folder: Path, tracks: int) -> bytes:
    with TemporaryDirectory() as working:
        results = Path(working) / RESULTS
        with Child([*command(tracks), f"--benchmark-json={results}"], os.environ, shown=True) as suites:
            status = suites.wait()
        if status or not results.exists():
            raise GenrebenchError(
                f"the timing suites failed (pytest's exit status {status}); what they printed says why. "
                f"{folder} is as it was"
            )
        return results.read_bytes()
