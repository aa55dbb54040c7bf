"""How many tracks the training epoch that is timed has."""

from benchmarks.datasets.tracks import tracks_of
from benchmarks.errors import GenrebenchError
from benchmarks.ladder import find_protocol
from benchmarks.protocols import make_split
from benchmarks.settings import load_settings, report_name


def training_tracks(dataset: str | None, tracks: int | None) -> int:
    """Return the number that is asked for: of tracks, or by the dataset whose training tracks are counted.

    Where nothing is asked for, it is that of the study, which its bars are set at.

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
        return load_settings().original.claim.train_tracks if tracks is None else tracks
    if tracks is not None:
        raise GenrebenchError("--dataset and --tracks both say how many tracks an epoch has; give one of them")
    settings = load_settings(report=report_name(dataset))
    manifest = tracks_of(settings, settings.name)
    study = settings.original
    split = find_protocol(settings, study.claim.protocol).split
    return len(make_split(manifest, split, genre_order=study.genre_order).train)
