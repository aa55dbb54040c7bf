"""Duplicates among the tracks of a dataset: equal decoded samples, and copies that only sound the same."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.audit.fingerprint import fingerprint_track
from benchmarks.audit.matching import THRESHOLD, Match, best_matches, comparable
from benchmarks.audit.record import Audit, Group, Pair, tracks_digest
from benchmarks.datasets.manifest import Manifest, Track
from benchmarks.grouping import group_numbers
from benchmarks.processes.parallel_map import parallel_map


def audit_tracks(manifest: Manifest, audio: Path) -> Audit:
    """Look for duplicates among the used tracks, in parallel and with a progress bar.

    Parameters
    ----------
    manifest : Manifest
        The tracks.
    audio : Path
        The folder that the manifest's paths are relative to.

    Returns
    -------
    Audit
        Exact duplicates have the same digest of their samples. Near-duplicates share at least `THRESHOLD` of the bits
        of their fingerprints (see `benchmarks.audit.matching`) in their first 30 s.

    Raises
    ------
    GenrebenchError
        If a track is missing or has changed since it was listed.
    """
    tracks = manifest.used
    # absolute, because a worker process keeps the working directory it was started in
    work = partial(fingerprint_track, audio=audio.resolve())
    fingerprints = list(parallel_map(work, tracks, f"Fingerprints of {manifest.dataset}"))
    matches = best_matches(fingerprints, f"Comparing tracks of {manifest.dataset}")
    exact = _equal_samples(tracks)
    near = [match for match in matches if match.score >= THRESHOLD and not _equal(tracks, match)]
    closest = next((match for match in matches if match.score < THRESHOLD), None)
    return Audit(
        dataset=manifest.dataset,
        tracks_sha256=tracks_digest(manifest),
        groups=group_tracks(tracks, [*exact, *near]),
        closest=closest and _pair(tracks, closest),
        not_compared=tuple(track.id for track, one in zip(tracks, fingerprints, strict=True) if not comparable(one)),
    )


def group_tracks(tracks: Sequence[Track], matches: Iterable[Match]) -> tuple[Group, ...]:
    """Return the connected components of the tracks that match, each with all that connects it.

    Parameters
    ----------
    tracks : sequence of Track
        What the matches' positions refer to.
    matches : iterable of Match
        The pairs that are duplicates.
    """
    links = sorted(matches)
    component = group_numbers(len(tracks), [(link.first, link.second) for link in links])
    groups = []
    for number in dict.fromkeys(int(component[link.first]) for link in links):
        members = [track for track, its in zip(tracks, component, strict=True) if its == number]
        pairs = [_pair(tracks, link) for link in links if component[link.first] == number]
        kind = "exact" if len({track.pcm_md5 for track in members}) == 1 else "near"
        groups.append(Group(kind=kind, tracks=tuple(track.id for track in members), pairs=tuple(pairs)))
    return tuple(groups)


def _equal_samples(tracks: Sequence[Track]) -> list[Match]:
    """Connect every track with the first one of equal samples before it."""
    first_of: dict[str, int] = {}
    matches = []
    for position, track in enumerate(tracks):
        first = first_of.setdefault(track.pcm_md5, position)
        if first < position:
            matches.append(Match(first, position, 1.0, 0.0))
    return matches


def _equal(tracks: Sequence[Track], match: Match) -> bool:
    return tracks[match.first].pcm_md5 == tracks[match.second].pcm_md5


def _pair(tracks: Sequence[Track], match: Match) -> Pair:
    # a frame lasts 0.09 s, so more digits would not be true
    offset = round(match.offset, 1)
    return Pair(
        first=tracks[match.first].id, second=tracks[match.second].id, score=round(match.score, 4), offset=offset
    )
