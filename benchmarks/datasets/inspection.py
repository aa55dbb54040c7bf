"""Decoding every track once: what a file holds, and whether it can be used."""

import hashlib
import math
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.datasets.decoding import AudioFile, UndecodableError, open_audio, require_whole
from benchmarks.datasets.manifest import Track
from benchmarks.processes.parallel_map import parallel_map

MIN_SECONDS = 15.0
"""The longest excerpt that the study's features need; a shorter track is left out."""

_TOLERANCE = 0.5
"""Seconds that may be missing at the end before a file counts as cut short: encoders round their declared length."""

_BLOCK_FRAMES = 1 << 16


class Candidate(NamedTuple):
    """A file that may become a track of a manifest: its id, its genre and its path relative to the audio folder."""

    id: str
    genre: str
    path: str


def inspect_tracks(root: Path, candidates: Iterable[Candidate]) -> list[Track]:
    """Decode every candidate, in parallel and with a progress bar.

    Parameters
    ----------
    root : Path
        The audio folder that the candidates' paths are relative to.
    candidates : iterable of Candidate
        The files to decode.

    Returns
    -------
    list of Track
        One for each candidate, sorted by genre and id. A file that cannot be decoded or is shorter than
        `MIN_SECONDS` is left out with its reason; one that cannot be decoded has no digest.
    """
    in_order = sorted(candidates, key=lambda candidate: (candidate.genre, candidate.id))
    if not in_order:
        return []
    # absolute, because a worker process keeps the working directory it was started in
    return list(parallel_map(partial(inspect_track, root.resolve()), in_order, "Decoding tracks"))


def inspect_track(root: Path, candidate: Candidate) -> Track:
    """Decode one candidate; see `inspect_tracks`."""
    try:
        duration, sample_rate, channels, pcm_md5 = _decode(root / candidate.path)
    except UndecodableError as problem:
        return unusable(candidate, str(problem))
    # rounded down, so that a track just too short does not read as long enough
    short = f"{math.floor(duration * 10) / 10} s long, needs {MIN_SECONDS:g} s" if duration < MIN_SECONDS else ""
    return Track(
        **candidate._asdict(),
        duration=duration,
        sample_rate=sample_rate,
        channels=channels,
        pcm_md5=pcm_md5,
        status="left_out" if short else "used",
        reason=short,
    )


def unusable(candidate: Candidate, reason: str) -> Track:
    """Return the track of a candidate of which nothing could be read."""
    return Track(
        **candidate._asdict(), duration=0, sample_rate=0, channels=0, pcm_md5="", status="left_out", reason=reason
    )


def _decode(path: Path) -> tuple[float, int, int, str]:
    """Return duration (s), sample rate (Hz), channels and the md5 of the samples as little-endian int16."""
    digest = hashlib.md5(usedforsecurity=False)
    frames = 0
    with open_audio(path, lambda words: print(f"{path}: {words}", file=sys.stderr)) as audio:
        for block in _blocks(audio):
            if not np.isfinite(block).all():
                raise UndecodableError("holds samples that are no finite numbers")
            digest.update(_as_int16(block).tobytes())
            frames += len(block)
        require_whole(path, audio, frames, _TOLERANCE)
        return frames / audio.samplerate, audio.samplerate, audio.channels, digest.hexdigest()


def _blocks(file: AudioFile) -> Iterator[npt.NDArray[np.float32]]:
    # SoundFile.blocks() believes the declared length and repeats old samples where a file ends early
    while len(block := file.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)):
        yield block


def _as_int16(block: npt.NDArray[np.float32]) -> npt.NDArray[np.int16]:
    # exact for 16-bit files, which libsndfile divides by 32768
    return np.clip(np.rint(block * 32768), -32768, 32767).astype("<i2")
