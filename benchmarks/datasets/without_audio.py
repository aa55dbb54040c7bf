"""Tracks whose own audio nobody reads: enough to split them, or to read other files in their place."""

from benchmarks.datasets.gtzan_tracks import known_tracks
from benchmarks.datasets.manifest import Manifest, Track


def track_without_audio(track_id: str, genre: str, path: str) -> Track:
    """Return a track that claims what tracks of GTZAN are, 30 s of mono at 22050 Hz, and has no digest of its own."""
    return Track(id=track_id, genre=genre, path=path, duration=30.0, sample_rate=22050, channels=1, pcm_md5="0" * 32)


def gtzan_without_audio() -> Manifest:
    """Return the 1000 tracks of GTZAN as a manifest: a split looks at ids and genres only."""
    tracks = (track_without_audio(it.id, it.genre, f"{it.genre}/{it.id}.wav") for it in known_tracks().values())
    return Manifest(dataset="gtzan", kind="gtzan", source="What is known of GTZAN.", tracks=tuple(tracks))
