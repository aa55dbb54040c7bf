"""Tracks listed without decoding their audio: for splits, which look at ids and genres, and for made-up datasets."""

from benchmarks.datasets.gtzan_tracks import known_tracks
from benchmarks.datasets.manifest import Manifest, Track


def undecoded_track(track_id: str, genre: str, path: str) -> Track:
    """Return a track that nobody decoded: 30 s of mono at 22050 Hz are assumed, the digest is zeros."""
    return Track(id=track_id, genre=genre, path=path, duration=30.0, sample_rate=22050, channels=1, pcm_md5="0" * 32)


def undecoded_gtzan() -> Manifest:
    """Return the 1000 known tracks of GTZAN as a manifest; there need be no audio."""
    tracks = (undecoded_track(it.id, it.genre, f"{it.genre}/{it.id}.wav") for it in known_tracks().values())
    return Manifest(dataset="gtzan", kind="gtzan", source="What is known of GTZAN.", tracks=tuple(tracks))
