"""The tracks of a report."""

from benchmarks.datasets.manifest import Manifest
from benchmarks.paths import manifest_path
from benchmarks.settings import Settings


def tracks_of(settings: Settings, report: str) -> Manifest:
    """Read the manifest of a report's dataset, under the name of the report.

    Raises
    ------
    GenrebenchError
        If it is not made yet, or damaged.
    """
    return Manifest.read(manifest_path(settings.reports[report].dataset), report)
