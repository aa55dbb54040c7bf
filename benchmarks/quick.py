"""A study on synthetic audio that is small enough for a first visit, in a working folder of its own.

It goes through the same commands as every study, but not through DVC: nothing that git or DVC tracks is touched.
"""

import shutil
from pathlib import Path
from typing import Final

from benchmarks.configuration import merged
from benchmarks.files import replacing
from benchmarks.parity.results import RESULTS
from benchmarks.paths import QUICK, REPORTS
from benchmarks.reporting.parity import FIGURE, PAGE
from benchmarks.reporting.provenance import PARITY_PAGE as PROVENANCE_PAGE
from benchmarks.settings import BASELINE_FEATURES, PARAMS, Settings, load_settings

TRACKS_PER_GENRE: Final = 6
EPOCHS: Final = 20
_DOCS: Final = Path("docs")


def make_workplace(settings: Settings, folder: Path = QUICK) -> None:
    """Write params.yaml of a small study into a folder, with the pages that its report links to.

    The study has all architectures and frameworks of params.yaml, its first protocol and its first seed.

    Parameters
    ----------
    settings : Settings
        The content of params.yaml, which lies in the current folder.
    folder : Path
        The commands of ``python -m benchmarks`` work there as they do in the project's top folder.
    """
    from ruamel.yaml import YAML

    name = settings.study.protocols[0]
    features = dict.fromkeys((*settings.protocols[name].features.values(), BASELINE_FEATURES))
    yaml = YAML()
    content = yaml.load(PARAMS.read_text(encoding="utf-8"))
    content["study"].update(
        datasets=["synthetic"],
        protocols=[name],
        features=list(features),
        seeds=list(settings.study.seeds[:1]),
        quick=True,
    )
    content["synthetic"]["tracks_per_genre"] = TRACKS_PER_GENRE
    content["protocols"] = merged(content["protocols"], {name: {"schedule": {"epochs": EPOCHS}}})
    with replacing(folder / PARAMS) as temporary:
        yaml.dump(content, temporary)
    load_settings(folder / PARAMS)
    shutil.copytree(_DOCS, folder / _DOCS, dirs_exist_ok=True)
    copy_linked_pages(folder / REPORTS)


def copy_linked_pages(reports: Path) -> None:
    """Copy the page beside the datasets' folders that every report links to, with what it links to."""
    for name in (PAGE, FIGURE, RESULTS, PROVENANCE_PAGE):
        if (REPORTS / name).is_file():
            reports.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPORTS / name, reports)
