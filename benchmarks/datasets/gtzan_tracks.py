"""What is known about the 1000 tracks of GTZAN: facts in gtzan_tracks.csv, read from beside this file.

Sources: artists from B. L. Sturm's index of GTZAN (B. L. Sturm, "The GTZAN dataset: its contents, its faults, their
effects on evaluation, and its future use", 2013); the fault-filtered partition from C. Kereliuk, B. L. Sturm and
J. Larsen, "Deep learning and music adversaries", IEEE Trans. Multimedia 17(11), 2015; digests of the original files
and samples from the indexes of mirdata and of GTZAN-mini.
"""

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.errors import GenrebenchError

_TABLE = Path(__file__).with_name("gtzan_tracks.csv")


@dataclass(frozen=True)
class KnownTrack:
    """One track of GTZAN.

    Attributes
    ----------
    id : str
        For instance ``blues.00000``.
    fault_filtered : str
        ``train``, ``valid`` or ``test`` (no artist is in two of them), or ``excluded`` as faulty.
    artist : str
        Empty where nobody has recognised the recording.
    au_sha256 : str
        Digest of the original ``.au`` file.
    pcm_md5 : str
        Digest of the decoded samples as `benchmarks.datasets.manifest.Track` defines it; empty where not known.
    """

    id: str
    fault_filtered: str
    artist: str
    au_sha256: str
    pcm_md5: str

    @property
    def genre(self) -> str:
        """The genre, which every GTZAN id begins with."""
        return self.id.partition(".")[0]


def known_tracks() -> dict[str, KnownTrack]:
    """Return the 1000 tracks by id, sorted by id."""
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return {row["track_id"]: KnownTrack(row.pop("track_id"), **row) for row in csv.DictReader(file)}


def of_genres(tracks: Mapping[str, KnownTrack], genres: Collection[str] | None, dataset: str) -> dict[str, KnownTrack]:
    """Return the tracks of some genres, all of them for None.

    Raises
    ------
    GenrebenchError
        If there is no such genre; `dataset` is the entry of params.yaml that the message names.
    """
    legal = sorted({track.genre for track in tracks.values()})
    wanted = legal if genres is None else genres
    if unknown := sorted(set(wanted) - set(legal)):
        raise GenrebenchError(
            f"params.yaml: subsets.{dataset}.genres: no genre of GTZAN: {', '.join(map(repr, unknown))}; "
            f"legal: {', '.join(legal)}"
        )
    return {track.id: track for track in tracks.values() if track.genre in wanted}
