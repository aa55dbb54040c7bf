"""A folder of the user's own audio: one sub-folder a genre, named like the genre."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from benchmarks.datasets.folder_facts import ARTISTS, SPLIT, read_artists, read_split
from benchmarks.datasets.inspection import Candidate, inspect_tracks
from benchmarks.datasets.manifest import Manifest, small_genres
from benchmarks.datasets.walk import walk
from benchmarks.errors import GenrebenchError
from benchmarks.files import printable

# What libsndfile reads: https://libsndfile.github.io/libsndfile/formats.html
_READABLE = (
    *(".aif", ".aifc", ".aiff", ".au", ".caf", ".flac", ".mp3", ".oga", ".ogg", ".opus", ".rf64", ".snd"),
    *(".w64", ".wav"),
)
# Music in formats that libsndfile does not read is an error; it must not be passed over in silence
_UNREADABLE = (".aac", ".ape", ".m4a", ".mp4", ".mpc", ".webm", ".wma", ".wv")

_LAYOUT = "expected one sub-folder a genre, each with audio files"


def provide(name: str, folder: Path) -> Manifest:
    """List the tracks of a folder, which stays as it is.

    Hidden files and files without the suffix of an audio format are passed over; folders inside a genre's folder
    belong to the genre, and links are followed. A track's id is ``<genre>.<path in the genre's folder without
    suffix>``, or its whole path where two files would share that id. `benchmarks.datasets.folder_facts` reads what is
    known besides.

    Parameters
    ----------
    name : str
        The dataset's name.
    folder : Path
        The folder that holds one sub-folder a genre.

    Raises
    ------
    GenrebenchError
        If the folder, or a table beside the audio, cannot be used as it is; the message names every problem.
    """
    if not folder.is_dir():
        raise GenrebenchError(f"folders.{name} in params.yaml: {folder}: no such folder; {_LAYOUT}")
    genres = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not genres:
        raise GenrebenchError(f"{folder}: no sub-folders; {_LAYOUT}")
    found = walk(folder)
    paths = [it.path for it in found if not it.problem and _is_audio(it.path)]
    filed = [path for path in paths if "/" in path]
    tracks = inspect_tracks(folder, _candidates(filed))
    # a folder with a file that cannot be read is not said to be without audio, too
    with_audio = {it.path.partition("/")[0] for it in found if it.problem or it.path in set(filed)}
    problems = [
        # DVC digests every file of the folder, whatever it is, and ends, or waits for ever, where one cannot be read
        *(f"{it.path}: {it.problem}" for it in found if it.problem),
        *(f"{path}: lies outside the genres' folders; move it into one" for path in paths if "/" not in path),
        *(f"{genre}: no audio files in this folder" for genre in genres if genre not in with_audio),
        *(f"{track.path}: {track.reason}" for track in tracks if not track.pcm_md5),
        *small_genres(tracks),
    ]
    if len(genres) == 1:
        problems.append(f"{genres[0]} is the only genre; needs at least 2")
    if problems:
        legal = f"Readable formats: {', '.join(_READABLE)}; at least 2 tracks in each of at least 2 genres."
        lines = [f"{folder}: cannot be used as it is:", *map(printable, problems)]
        raise GenrebenchError("\n".join(["\n  ".join(lines), legal]))
    artists, parts = read_artists(folder, paths), read_split(folder, paths)
    given = [file for file, found in ((ARTISTS, artists), (SPLIT, parts)) if found]
    source = f"a folder of the user's own audio, {len(genres)} genres, {len(tracks)} files"
    return Manifest(
        dataset=name,
        kind="folder",
        source=f"{source}, with {' and '.join(given)}" if given else source,
        tracks=tuple(tracks),
        artists={track.id: artists[track.path] for track in tracks if track.path in artists} or None,
        parts={track.id: parts[track.path] for track in tracks} if parts else None,
    )


def _is_audio(path: str) -> bool:
    """Tell whether a file is audio by its suffix, and neither hidden nor in a hidden folder."""
    suffix = Path(path).suffix.lower()
    return suffix in _READABLE + _UNREADABLE and not any(part.startswith(".") for part in path.split("/"))


def _candidates(paths: Iterable[str]) -> list[Candidate]:
    genre_and_id = {}
    for path in paths:
        genre, _, inside = path.partition("/")
        genre_and_id[path] = genre, f"{genre}.{inside.removesuffix(Path(inside).suffix)}"
    shared = Counter(track_id for _, track_id in genre_and_id.values())
    return [
        # no id equals another file's path: in an id a "." follows the genre, in a path a "/", which no genre holds
        Candidate(path if shared[track_id] > 1 else track_id, genre, path)
        for path, (genre, track_id) in genre_and_id.items()
    ]
