"""What stands on two sides of a split: groups of duplicates, and artists."""

from collections.abc import Collection, Iterable, Mapping

from benchmarks.audit.record import Group
from benchmarks.datasets.gtzan_tracks import known_tracks
from benchmarks.datasets.kinds import KINDS
from benchmarks.datasets.manifest import Manifest

Parts = Mapping[str, Collection[str]]
"""The parts of a split by name, ``train`` and ``test`` for instance, each with the ids of its tracks."""


def sides(tracks: Iterable[str], parts: Parts) -> dict[str, list[str]]:
    """Return which of the tracks each part holds; parts that hold none are left out."""
    wanted = list(tracks)
    found = {part: [track for track in wanted if track in held] for part, held in _as_sets(parts).items()}
    return {part: held for part, held in found.items() if held}


def straddling_groups(groups: Iterable[Group], parts: Parts) -> list[Group]:
    """Return the groups of duplicates with tracks in two parts or more."""
    sets = _as_sets(parts)
    return [group for group in groups if len(sides(group.tracks, sets)) > 1]


def straddling_artists(artists: Mapping[str, str], parts: Parts) -> dict[str, list[str]]:
    """Return the artists with tracks in two parts or more, sorted, each with those tracks.

    Parameters
    ----------
    artists : mapping of str to str
        The artist of each track that is known, by track id.
    parts : mapping of str to collection of str
        The split.
    """
    sets = _as_sets(parts)
    split = set().union(*sets.values())
    works: dict[str, list[str]] = {}
    for track, artist in artists.items():
        if track in split:
            works.setdefault(artist, []).append(track)
    return {artist: tracks for artist, tracks in sorted(works.items()) if len(sides(tracks, sets)) > 1}


def artists_of(manifest: Manifest) -> dict[str, str] | None:
    """Return the artist of every used track that is known, by track id; None where nobody knows any.

    They are known for the tracks of GTZAN, see `benchmarks.datasets.gtzan_tracks`, and where a folder of the user's own
    says so.
    """
    if manifest.artists is not None:
        return {track.id: manifest.artists[track.id] for track in manifest.used if track.id in manifest.artists}
    if KINDS[manifest.kind].whole is None:
        return None
    known = known_tracks()
    return {track.id: known[track.id].artist for track in manifest.used if known[track.id].artist}


def excluded_of(manifest: Manifest) -> set[str] | None:
    """Return the used tracks that the fault-filtered partition leaves out as faulty; None where it says nothing."""
    if KINDS[manifest.kind].whole is None:
        return None
    known = known_tracks()
    return {track.id for track in manifest.used if known[track.id].fault_filtered == "excluded"}


def _as_sets(parts: Parts) -> dict[str, set[str]]:
    return {part: set(tracks) for part, tracks in parts.items()}
