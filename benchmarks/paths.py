"""Where each stage of the pipeline keeps what it makes, relative to the project's top folder."""

from pathlib import Path

DATA = Path("data")
DOWNLOADS = DATA / "downloads"
RUNS = Path("runs")
REPORTS = Path("reports")
# reports of one seed, while the others are trained; in no report's place, and not in git
FIRST_LOOK = Path("first-look")
# a working folder like this one, for `nox -s quick`; not in git
QUICK = Path("quick")


def audio_folder(dataset: str) -> Path:
    """Return where the audio of a dataset lies that is not the user's own."""
    return DATA / dataset / "audio"


def manifest_path(dataset: str) -> Path:
    """Return where a dataset's manifest lies."""
    return DATA / dataset / "manifest.json"


def audit_path(dataset: str) -> Path:
    """Return where a dataset's audit lies."""
    return DATA / dataset / "audit.json"


def features_folder(dataset: str) -> Path:
    """Return where a dataset's cached features lie."""
    return DATA / dataset / "features"


def report_folder(dataset: str) -> Path:
    """Return where a dataset's scores and report lie."""
    return REPORTS / dataset
