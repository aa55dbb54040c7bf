"""From a manifest to cached arrays: what the architectures see of a track."""
