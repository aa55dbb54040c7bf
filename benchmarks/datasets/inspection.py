"""Decoding every track once: what a file holds, and whether it can be used."""

import hashlib
import math
import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import soundfile

from benchmarks.datasets.manifest import Track
from benchmarks.execution.parallel import parallel_map

MIN_SECONDS = 15.0
"""The longest excerpt that the study's features need; a shorter track is left out."""

_TOLERANCE = 0.5
"""Seconds that may be missing at the end before a file counts as cut short: encoders round their declared length."""

_BLOCK_FRAMES = 1 << 16

# libsndfile reads a cut wav, au or aiff file without an error and only notes the difference in its log
_DATA_SIZE = re.compile(r"^\s*(?:data|Data Size|SSND)\s*:\s*(\d+) \(should be (\d+)\)", re.MULTILINE)
# writers to a pipe cannot know the length and declare a placeholder of about 2 or 4 GiB
_PLACEHOLDER_BYTES = 0x7FFFF000
_PLACEHOLDER_FRAMES = 1 << 62


class Candidate(NamedTuple):
    """A file that may become a track of a manifest: its id, its genre and its path relative to the audio folder."""

    id: str
    genre: str
    path: str


class _Unusable(Exception):  # noqa: N818 - an outcome of looking at a file, not a fault of the program
    """Why a file cannot be decoded to the end."""


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
    except _Unusable as problem:
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
    if path.stat().st_size == 0:
        raise _Unusable("the file is empty")
    digest = hashlib.md5(usedforsecurity=False)
    frames = 0
    try:
        with soundfile.SoundFile(path) as file:
            if file.format == "RAW":  # libsndfile takes any bytes for raw samples where the name ends in .au or .snd
                raise _Unusable("not readable as audio (no header)")
            for block in _blocks(file):
                if not np.isfinite(block).all():
                    raise _Unusable("holds samples that are no finite numbers")
                digest.update(_as_int16(block).tobytes())
                frames += len(block)
            _require_whole(file, frames)
            return frames / file.samplerate, file.samplerate, file.channels, digest.hexdigest()
    except soundfile.LibsndfileError as error:
        raise _Unusable(f"not readable as audio ({error.error_string.rstrip('.')})") from None


def _blocks(file: soundfile.SoundFile) -> Iterator[npt.NDArray[np.float32]]:
    # SoundFile.blocks() believes the declared length and repeats old samples where a file ends early
    while len(block := file.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)):
        yield block


def _as_int16(block: npt.NDArray[np.float32]) -> npt.NDArray[np.int16]:
    # exact for 16-bit files, which libsndfile divides by 32768
    return np.clip(np.rint(block * 32768), -32768, 32767).astype("<i2")


def _require_whole(file: soundfile.SoundFile, frames: int) -> None:
    """Compare what was decoded with what the file declares."""
    if not frames:
        raise _Unusable("holds no samples")
    declared = file.frames if file.frames < _PLACEHOLDER_FRAMES else frames
    noted = _DATA_SIZE.search(file.extra_info)
    if noted and (size := int(noted[1])) < _PLACEHOLDER_BYTES:
        declared = max(declared, round(frames * size / int(noted[2])))
    if (declared - frames) / file.samplerate > _TOLERANCE:
        raise _Unusable(
            f"cut short: {frames / file.samplerate:.1f} s are there of {declared / file.samplerate:.1f} s declared"
        )
