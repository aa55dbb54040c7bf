"""Run every timing suite in a process of its own, keep what pytest-benchmark measured, and write the report."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environment import WORKER_ENVIRONMENT
from benchmarks.errors import GenrebenchError
from benchmarks.files import replacing
from benchmarks.timing import DEFAULT_TRACKS
from benchmarks.timing.report import write_report
from implementations.registry import frameworks

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Suite:
    """One process of pytest: a name for its results, the file with its benchmarks, and the options of that file."""

    name: str
    file: Path
    options: tuple[str, ...] = ()

    def command(self) -> list[str]:
        """Return the command that runs it."""
        quiet = ("-p", "no:cacheprovider", "--verbose", "--no-header", "--benchmark-quiet")
        return [sys.executable, "-m", "pytest", str(self.file), *self.options, *quiet]


def suites(tracks: int) -> list[Suite]:
    """Return the suites: the features, then every registered framework.

    Parameters
    ----------
    tracks : int
        Number of tracks in the training epoch that is timed.
    """
    return [
        Suite("features", _HERE / "suite_features.py"),
        *(
            Suite(name, _HERE / "suite_implementations.py", ("--framework", name, "--tracks", str(tracks)))
            for name in frameworks()
        ),
    ]


def collect(folder: Path, tracks: int = DEFAULT_TRACKS) -> None:
    """Run all suites and write a timing report: everything of one occasion, or nothing.

    Parameters
    ----------
    folder : Path
        Where to write ``<suite>.json`` (pytest-benchmark's format) and ``README.md``; it is replaced as a whole.
    tracks : int
        Number of tracks in the training epoch that is timed.

    Raises
    ------
    GenrebenchError
        If `tracks` is not positive or a suite fails; the folder then stays as it was.
    """
    if tracks < 1:
        raise GenrebenchError(f"--tracks {tracks}: a training epoch needs at least 1 track")
    with replacing(folder) as temporary:
        temporary.mkdir()
        for suite in suites(tracks):
            print(f"timing {suite.name}", flush=True)
            results = temporary / f"{suite.name}.json"
            command = [*suite.command(), f"--benchmark-json={results}"]
            status = subprocess.run(command, env={**os.environ, **WORKER_ENVIRONMENT}, check=False).returncode
            if status or not results.exists():
                raise GenrebenchError(
                    f"timing suite {suite.name} failed (pytest's exit status {status}); what it printed says why. "
                    f"{folder} is as it was"
                )
        write_report(temporary)
