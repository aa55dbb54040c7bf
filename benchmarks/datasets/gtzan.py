"""GTZAN: 1000 tracks of 30 s, 100 a genre.

The dataset is that of G. Tzanetakis and P. Cook, "Musical genre classification of audio signals", 2002.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

from benchmarks.configuration import from_environment
from benchmarks.datasets.archives import take_tracks
from benchmarks.datasets.download import Address, LocalFile, RemoteFile, obtain
from benchmarks.datasets.gtzan_tracks import KnownTrack, known_tracks, of_genres
from benchmarks.datasets.inspection import Candidate, inspect_tracks, unusable
from benchmarks.datasets.manifest import DatasetKind, Manifest, Track, small_genres
from benchmarks.errors import GenrebenchError
from benchmarks.files import file_digest
from benchmarks.paths import DOWNLOADS
from benchmarks.settings import Settings

COPY_VARIABLE = "GENREBENCH_GTZAN"

ARCHIVE = RemoteFile(
    name="genres.tar.gz",
    signature=b"\x1f\x8b",
    addresses=(
        Address("https://huggingface.co/datasets/marsyas/gtzan/resolve/main/data/genres.tar.gz", None),
        # the original archive, whose own host has been down since 2022; mirdata lists its digest
        Address(
            "https://web.archive.org/web/20220328223413/http://opihi.cs.uvic.ca/sound/genres.tar.gz",
            "24347e0223d2ba798e0a558c4c172d9d4a19c00bb7963fe055d183dadb4ef2c6",
        ),
    ),
    alternatives=(
        f"set {COPY_VARIABLE} to a copy of GTZAN: a folder, a zip or a tar.gz with files such as blues/blues.00000.wav",
        "use a dataset that needs no download: synthetic, or a folder of your own audio (--audio-dir DIR)",
    ),
)

_LISTED = 20


def provide(name: str, audio: Path, settings: Settings, genres: Collection[str] | None = None) -> Manifest:
    """Copy or download GTZAN, or some genres of it, into `audio` and list the tracks.

    Parameters
    ----------
    name : str
        The dataset's name.
    audio : Path
        The folder to fill.
    settings : Settings
        Whether tracks that are missing or cannot be read are left out, instead of raising an error.
    genres : collection of str, optional
        Take the tracks of these genres; all by default.

    Raises
    ------
    GenrebenchError
        If no copy can be had, it is damaged or incomplete, or a genre is none of GTZAN.
    """
    wanted = of_genres(known_tracks(), genres, name)
    copy = _local_copy()
    if copy and copy.is_dir():
        source, origin = copy, "a local folder"
    else:
        archive = LocalFile(copy, file_digest(copy)) if copy else obtain(ARCHIVE, DOWNLOADS)
        source, origin = archive.path, archive_name(archive)
    return list_tracks(name, source, origin, audio, wanted, allow_incomplete=settings.gtzan.allow_incomplete)


def _local_copy() -> Path | None:
    given = from_environment(COPY_VARIABLE)
    if not given:
        return None
    copy = Path(given).expanduser()
    if not copy.exists():
        raise GenrebenchError(
            f"{COPY_VARIABLE}={given}: no such file or folder; give a folder, a zip or a tar.gz with files "
            "such as blues/blues.00000.wav, or unset it to download GTZAN"
        )
    return copy


def archive_name(archive: LocalFile) -> str:
    """Return what a report calls an archive: its name and digest, without the folder it lies in."""
    return f"{archive.path.name}, sha256 {archive.sha256}"


def list_tracks(
    name: str,
    source: Path,
    origin: str,
    audio: Path,
    known: Mapping[str, KnownTrack],
    *,
    kind: DatasetKind = "gtzan",
    allow_incomplete: bool = False,
) -> Manifest:
    """Copy the known tracks of a folder or an archive into `audio` and make their manifest.

    Parameters
    ----------
    name : str
        The name of the dataset that the tracks make up.
    source : Path
        A folder, a zip or a tar.gz.
    origin : str
        What the manifest says of `source`.
    audio : Path
        The folder to fill.
    known : mapping of str to KnownTrack
        The tracks that belong to the dataset, by id.
    kind : {"gtzan", "gtzan-mini"}
        What holds them, whole or in part.
    allow_incomplete : bool
        Leave out tracks that are missing or cannot be read, instead of raising an error.

    Raises
    ------
    GenrebenchError
        If the archive is damaged, or tracks are missing or cannot be read.
    """
    copied = take_tracks(source, known, audio)
    if not copied:
        raise GenrebenchError(f"{source}: holds no track of GTZAN; expected files such as blues/blues.00000.wav or .au")
    present = [Candidate(track_id, known[track_id].genre, path) for track_id, path in copied.items()]
    absent = [
        unusable(Candidate(track.id, track.genre, f"{track.genre}/{track.id}.wav"), "missing")
        for track in known.values()
        if track.id not in copied
    ]
    tracks = sorted([*inspect_tracks(audio, present), *absent], key=lambda track: (track.genre, track.id))
    _require_complete(tracks, source, allow_incomplete=allow_incomplete)
    return Manifest(
        dataset=name, kind=kind, source=f"{origin}; {_comparison(tracks, audio, known)}", tracks=tuple(tracks)
    )


def _require_complete(tracks: list[Track], source: Path, *, allow_incomplete: bool) -> None:
    left_out = [f"{track.id}: {track.reason}" for track in tracks if track.status == "left_out"]
    if left_out and not allow_incomplete:
        lines = [f"{source}: {len(left_out)} of {len(tracks)} tracks cannot be used:", *left_out[:_LISTED]]
        if len(left_out) > _LISTED:
            lines.append(f"and {len(left_out) - _LISTED} more")
        how = "Mend the copy, or set gtzan.allow_incomplete to true in params.yaml to go on without these tracks."
        raise GenrebenchError("\n".join(["\n  ".join(lines), how]))
    if too_small := small_genres(tracks):
        raise GenrebenchError("\n  ".join([f"{source}: not enough of GTZAN is there to use it:", *too_small]))


def _comparison(tracks: list[Track], audio: Path, known: Mapping[str, KnownTrack]) -> str:
    """Say how many tracks are the original recording, sample by sample, of those where that can be told."""
    equal = [_is_original(track, audio, known[track.id]) for track in tracks if track.status == "used"]
    comparable = [answer for answer in equal if answer is not None]
    return f"{sum(comparable)} of the {len(comparable)} tracks with a known digest equal the original"


def _is_original(track: Track, audio: Path, original: KnownTrack) -> bool | None:
    if original.pcm_md5:
        return track.pcm_md5 == original.pcm_md5
    if track.path.endswith(".au"):
        return file_digest(audio / track.path) == original.au_sha256
    return None
