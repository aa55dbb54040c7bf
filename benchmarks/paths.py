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


def audit_path(report: str) -> Path:
    """Return where the audit of a report's dataset lies."""
    return DATA / report / "audit.json"


def features_folder(report: str) -> Path:
    """Return where the cached features of a report lie."""
    return DATA / report / "features"


def report_folder(report: str) -> Path:
    """Return where a report's scores and page lie."""
    return REPORTS / report
