"""How many tracks the training epoch that is timed has."""

from benchmarks.datasets.manifest import Manifest
from benchmarks.errors import GenrebenchError
from benchmarks.ladder import find_protocol
from benchmarks.paths import manifest_path
from benchmarks.protocols import make_split
from benchmarks.settings import known_dataset, load_settings
from benchmarks.timing import DEFAULT_TRACKS


def training_tracks(dataset: str | None, tracks: int | None) -> int:
    """Return the number that is asked for: of tracks, or by the dataset whose training tracks are counted.

    Parameters
    ----------
    dataset : str or None
        A name in params.yaml, whose manifest is made: its training tracks under the study's protocol count.
    tracks : int or None
        The number itself.

    Raises
    ------
    GenrebenchError
        If both are given, the dataset is unknown or has no manifest yet, or params.yaml defines no such protocol.
    """
    if dataset is None:
        return DEFAULT_TRACKS if tracks is None else tracks
    if tracks is not None:
        raise GenrebenchError("--dataset and --tracks both say how many tracks an epoch has; give one of them")
    manifest = Manifest.read(manifest_path(known_dataset(dataset)))
    settings = load_settings()
    study = settings.original
    split = find_protocol(settings, study.claim.protocol).split
    return len(make_split(manifest, split, genre_order=study.genre_order).train)
