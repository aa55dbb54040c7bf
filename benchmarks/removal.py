"""A dataset of a person's own, taken out again: from params.yaml, from dvc.lock, and all that was made of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks.configuration import edited
from benchmarks.files import remove
from benchmarks.ladder import STEPS
from benchmarks.paths import DATA, FIRST_LOOK, REPORTS, RUNS
from benchmarks.runs import PROVENANCE
from benchmarks.settings import PARAMS, load_settings, remove_folder

_LOCK: Final = Path("dvc.lock")
_MADE: Final = (DATA, RUNS, STEPS, PROVENANCE, REPORTS, FIRST_LOOK)


def remove_dataset(name: str) -> list[Path]:
    """Take a folder of audio out of the study; the audio itself stays as it is.

    Runs that were set aside in ``runs/kept`` stay, too: a folder of the same audio takes them back.

    Parameters
    ----------
    name : str
        The dataset's name.

    Returns
    -------
    list of Path
        What was deleted.

    Raises
    ------
    GenrebenchError
        If params.yaml has no folder of this name, or would not be legal without it.
    """
    before = load_settings().studies
    with _stages() as stages:
        # a lock that cannot be read leaves params.yaml as it was
        names = {name, *remove_folder(name, PARAMS)}
        for stage in [it for it in stages if it.partition("@")[2] in names]:
            del stages[stage]
    left = load_settings().studies
    pages = [REPORTS / f"{study.name}.md" for study in before if study not in left]
    gone = [it for it in [*(folder / it for folder in _MADE for it in sorted(names)), *pages] if it.exists()]
    for path in gone:
        remove(path)
    return gone


@contextmanager
def _stages() -> Iterator[dict[str, Any]]:
    """Change the stages of dvc.lock, which hold where the folder lies; there are none where there is no such file."""
    if not _LOCK.is_file():
        yield {}
        return
    with edited(_LOCK) as content:
        yield content.get("stages") or {}
