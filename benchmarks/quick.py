"""A study that is small enough for a first visit, or for a try of one dataset, in a working folder of its own.

It goes through the same commands as every study, but not through DVC: nothing that git or DVC tracks is touched.
"""

import shutil
from pathlib import Path
from typing import Any, Final

from benchmarks.configuration import edited, merged
from benchmarks.parity.results import RESULTS
from benchmarks.paths import DOWNLOADS, QUICK, REPORTS
from benchmarks.reporting.parity_page import FIGURE, PAGE
from benchmarks.reporting.provenance import PARITY_PAGE as PROVENANCE_PAGE
from benchmarks.settings import PARAMS, Settings, add_folder, load_settings
from benchmarks.studies.study import load_study

TRACKS_PER_GENRE: Final = 6
EPOCHS: Final = 20
_DOCS: Final = Path("docs")


def make_workplace(
    settings: Settings,
    folder: Path = QUICK,
    *,
    study: str,
    dataset: str,
    audio: Path | None = None,
    name: str | None = None,
    seeds: int = 1,
    epochs: int = EPOCHS,
) -> str:
    """Write params.yaml of a small study into a folder, with the pages that its report links to.

    The study has all architectures and frameworks of params.yaml and its first protocol.

    Parameters
    ----------
    settings : Settings
        The content of params.yaml, which lies in the current folder.
    folder : Path
        The commands of ``python -m benchmarks`` work there as they do in the project's top folder.
    study, dataset : str
        What is run, whether or not there is a report of it.
    audio : Path, optional
        A folder of audio in the place of the dataset, and what to call it (see `add_folder`).
    name : str, optional
        The same.
    seeds, epochs : int
        How many. Of synthetic tracks there are fewer than elsewhere, too.

    Returns
    -------
    str
        The name of the small report.

    Raises
    ------
    GenrebenchError
        If there is no such study or dataset, the folder cannot be had, or a number is not legal.
    """
    protocol = next(iter(load_study(study).protocols))

    def only(report: str, of: str) -> dict[str, Any]:
        return {report: {"study": study, "dataset": of, "protocols": [protocol]}}

    with edited(folder / PARAMS, source=PARAMS) as content:
        content["study"].update(seeds=list(range(seeds)), quick=True)
        content["synthetic"]["tracks_per_genre"] = TRACKS_PER_GENRE
        content["protocols"] = merged(content["protocols"], {protocol: {"schedule": {"epochs": epochs}}})
        # seen from there, a relative path would lead elsewhere
        content["folders"] = {key: str(Path(path).resolve()) for key, path in settings.folders.items()}
        if audio is None:
            content["reports"] = only(dataset, dataset)
    report = dataset
    if audio is not None:
        report = add_folder(audio, name, folder / PARAMS, study=study)
        of = load_settings(folder / PARAMS, report=report).report.dataset
        with edited(folder / PARAMS) as content:
            content["reports"] = only(report, of)
    load_settings(folder / PARAMS, report=report)
    _share_downloads(folder)
    shutil.copytree(_DOCS, folder / _DOCS, dirs_exist_ok=True)
    copy_linked_pages(folder / REPORTS)
    return report


def _share_downloads(folder: Path) -> None:
    """Let what is downloaded for one of both serve the other, too."""
    here = folder / DOWNLOADS
    if not here.exists():
        DOWNLOADS.mkdir(parents=True, exist_ok=True)
        here.parent.mkdir(parents=True, exist_ok=True)
        here.symlink_to(DOWNLOADS.resolve(), target_is_directory=True)


def copy_linked_pages(reports: Path) -> None:
    """Copy the page beside the datasets' folders that every report links to, with what it links to."""
    for name in (PAGE, FIGURE, RESULTS, PROVENANCE_PAGE):
        if (REPORTS / name).is_file():
            reports.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPORTS / name, reports)
