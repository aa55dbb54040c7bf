"""GTZAN-mini: 100 tracks of GTZAN, 10 a genre, which its authors publish for tests of software."""

from collections.abc import Collection
from pathlib import Path

from benchmarks.datasets.download import Address, RemoteFile, obtain
from benchmarks.datasets.gtzan import archive_name, list_tracks
from benchmarks.datasets.gtzan_tracks import KnownTrack, known_tracks, of_genres
from benchmarks.datasets.manifest import Manifest
from benchmarks.paths import DOWNLOADS
from benchmarks.settings import Settings

ARCHIVE = RemoteFile(
    name="gtzan_mini-main.zip",
    signature=b"PK",
    addresses=(
        Address(
            "https://github.com/TempoBeatDownbeat/gtzan_mini/archive/refs/heads/main.zip",
            "94f7d74294b052c0bdc4d466b7e3b6309a6469cb0f61fe3ca47ccb265c6da4bf",
        ),
    ),
    alternatives=("use a dataset that needs no download: synthetic, or a folder of your own audio (--audio-dir DIR)",),
)

# the archive passes over three of the first jazz tracks
_JAZZ = (0, 1, 2, 4, 5, 6, 7, 8, 11, 12)


def provide(name: str, audio: Path, settings: Settings, genres: Collection[str] | None = None) -> Manifest:
    """Download GTZAN-mini, unless it is there already, unpack it into `audio` and list its tracks.

    The parameters are those of `benchmarks.datasets.gtzan.provide`.

    Raises
    ------
    GenrebenchError
        If no address serves the archive, or a genre is none of GTZAN.
    """
    wanted = of_genres(tracks(), genres, name)
    archive = obtain(ARCHIVE, DOWNLOADS)
    origin = archive_name(archive)
    incomplete = settings.gtzan.allow_incomplete
    return list_tracks(name, archive.path, origin, audio, wanted, kind="gtzan-mini", allow_incomplete=incomplete)


def tracks() -> dict[str, KnownTrack]:
    """Return the 100 tracks of the archive by id."""
    known = known_tracks()
    genres = sorted({track.genre for track in known.values()})
    ids = [f"{genre}.{number:05}" for genre in genres for number in (_JAZZ if genre == "jazz" else range(10))]
    return {track_id: known[track_id] for track_id in ids}
