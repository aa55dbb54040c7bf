"""The tracks of a report."""

from functools import lru_cache
from pathlib import Path

from benchmarks.datasets.manifest import Manifest
from benchmarks.files import stamp
from benchmarks.paths import manifest_path
from benchmarks.settings import Settings


def tracks_of(settings: Settings, report: str) -> Manifest:
    """Read the manifest of a report's dataset, under the name of the report.

    Raises
    ------
    GenrebenchError
        If it is not made yet, or damaged.
    """
    path = manifest_path(settings.reports[report].dataset)
    return _read(path, report, stamp(path))


# every run of a study asks for it
@lru_cache(maxsize=16)
def _read(path: Path, report: str, _: tuple[int, int]) -> Manifest:
    return Manifest.read(path, report)
