"""Every kind of dataset that there is, an entry each: what it is called, whether it is real, what makes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_GTZAN_GENRES: Final = 10
_GUIDE: Final = "datasets.md"


@dataclass(frozen=True)
class Description:
    """What is true of every dataset of one kind.

    Attributes
    ----------
    title : str
        Its name as people write it.
    words : str
        Where its audio comes from, in a few words.
    genres : int or None
        How many genres the whole of it has; None where that is not known before.
    real : bool
        Whether it is music, and not generated audio.
    whole : str or None
        The dataset that its tracks are of, of which more is known than the audio: artists, faults and claims.
    guide : str
        The page of ``docs/`` that says how to run a study on it.
    module : str or None
        What makes the dataset of this name, imported when it is asked for: ``provide(name, audio, settings, genres)``
        fills the folder `audio` and returns the manifest. None where there is no one dataset of the kind.
    """

    title: str
    words: str
    genres: int | None = None
    real: bool = True
    whole: str | None = None
    guide: str = _GUIDE
    module: str | None = None


# what tells most first: the most tracks that are known, then a user's own, then generated audio
KINDS: Final[Mapping[str, Description]] = {
    "gtzan": Description(
        "GTZAN", "GTZAN", _GTZAN_GENRES, whole="gtzan", guide="gtzan.md", module="benchmarks.datasets.gtzan"
    ),
    "gtzan-mini": Description(
        "GTZAN-mini",
        "real audio, a small part of GTZAN",
        _GTZAN_GENRES,
        whole="gtzan",
        module="benchmarks.datasets.gtzan_mini",
    ),
    "folder": Description("a folder", "real audio, a folder of the user's own"),
    "synthetic": Description(
        "synthetic audio", "SYNTHETIC, generated audio", real=False, module="benchmarks.datasets.synthetic"
    ),
}

# those that need no entry of the user's own
BUILT_IN: Final = tuple(name for name, it in KINDS.items() if it.module)
# those of whose genres a subset can be made
DIVISIBLE: Final = tuple(name for name in BUILT_IN if KINDS[name].whole)


def title_of(dataset: str) -> str:
    """Return the name of a dataset as people write it; a user's own has no other than the one that they gave it."""
    return KINDS[dataset].title if dataset in KINDS else dataset


def guide_to(dataset: str) -> str:
    """Return the page of ``docs/`` that says how to run a study on a dataset."""
    return KINDS[dataset].guide if dataset in KINDS else _GUIDE
