"""Comparing all fingerprints with each other, at every offset of up to 5 s either way."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.audit.fingerprint import BITS, HOP_SECONDS, Fingerprint
from benchmarks.processes.parallel_map import parallel_map

MAX_OFFSET = 5.0
"""The largest offset that is looked for, s."""

THRESHOLD = 0.68
"""Share of equal bits from which two tracks are copies.

Measured, the most alike tracks that are no copies: 0.56 among the 100 of GTZAN-mini, 0.60 among 150 synthetic ones (two
pieces of one tempo and key), 0.62 among 750 excerpts of 15 s of both. The least alike copies of real tracks (of 30
synthetic ones in brackets): 0.88 (0.87) at half gain, 2 s later, as FLAC; 0.96 (0.95) shifted by 5 s; 0.89 (0.86) as
the worst Ogg Vorbis; 0.87 (0.84) as MP3 at 40 kbit/s and 0.76 (0.69) at 8 kbit/s; 0.99 (1.00) at 44.1 kHz; 0.88 (0.84)
with white noise at 20 dB. tests/audit/test_real_tracks.py measures part of it again.
"""

MIN_FRAMES = 96
"""Frames that two tracks must have in common, 8.9 s: fewer share many bits by chance.

Two tracks of 15 s, the shortest that are used, have that many at an offset of 5 s.
"""

_LAGS = int(np.ceil(MAX_OFFSET / HOP_SECONDS)) + 1
_BLOCK = 50


class Match(NamedTuple):
    """Two fingerprints at the offset where they are most alike.

    Attributes
    ----------
    first, second : int
        Their positions, `first` below `second`.
    score : float
        Share of equal bits; one half is chance.
    offset : float
        Where in the first track the second one begins, s; negative where it begins before the first.
    """

    first: int
    second: int
    score: float
    offset: float


def comparable(fingerprint: Fingerprint) -> bool:
    """Say whether a fingerprint has enough frames that are not silent to be compared."""
    return int(fingerprint.any(axis=1).sum()) >= MIN_FRAMES


def best_matches(fingerprints: Sequence[Fingerprint], description: str) -> list[Match]:
    """Compare every fingerprint with every other, in parallel and with a progress bar.

    The sums are of whole numbers, so they do not depend on the machine or on the number of processes. A process needs
    about 25 kB a track. Time grows with the square of the number of tracks.

    Parameters
    ----------
    fingerprints : sequence of ndarray of int8, shape (frames, 16)
        What `benchmarks.audit.fingerprint` makes; the numbers of frames may differ.
    description : str
        What the progress bar says.

    Returns
    -------
    list of Match
        Every pair of at least `THRESHOLD`, sorted by position; then, where there is any other pair with enough
        frames in common, the most alike one of these.
    """
    frames = max((len(one) for one in fingerprints), default=0)
    bits = np.zeros((len(fingerprints), frames, BITS), np.int8)
    for row, one in zip(bits, fingerprints, strict=True):
        row[: len(one)] = one
    starts = range(0, len(bits), _BLOCK)
    found = [match for block in parallel_map(partial(_matches_of_block, bits), starts, description) for match in block]
    others = [match for match in found if match.score < THRESHOLD]
    closest = sorted(others, key=lambda match: (-match.score, match))[:1]
    return sorted(set(found) - set(others)) + closest


def _matches_of_block(bits: NDArray[np.int8], start: int) -> list[Match]:
    """Compare `_BLOCK` tracks from `start` with each other and all later ones; see `best_matches`."""
    scores, lags = _best_scores(bits[start : start + _BLOCK], bits[start:])
    rows, columns = np.indices(scores.shape)
    scores[columns <= rows] = 0
    copies = list(np.argwhere(scores >= THRESHOLD))
    rest = np.where(scores < THRESHOLD, scores, 0)
    if rest.any():
        copies.append(np.array(np.unravel_index(rest.argmax(), rest.shape)))
    return [
        Match(start + int(i), start + int(j), float(scores[i, j]), float(lags[i, j] * HOP_SECONDS)) for i, j in copies
    ]


def _best_scores(first: NDArray[np.int8], second: NDArray[np.int8]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the share of equal bits at the best lag and this lag in frames, each of shape (first, second).

    0 where no lag leaves `MIN_FRAMES` frames that are heard in both.
    """
    frames = first.shape[1]
    best = np.zeros((len(first), len(second)))
    best_lags = np.zeros(best.shape, np.int64)
    bits = [side.reshape(len(side), -1).astype(np.float32) for side in (first, second)]
    heard = [np.asarray(side.any(axis=2), dtype=np.float32) for side in (first, second)]
    # the smallest lag first: of two that are equally good, it is kept
    for lag in sorted(range(-_LAGS, _LAGS + 1), key=abs):
        length = frames - abs(lag)
        if length < MIN_FRAMES:
            continue
        starts = max(lag, 0), max(-lag, 0)
        common = _product(heard, starts, length)
        # equal bits count 1, different ones -1, unknown ones 0, all exact in float32
        equal = _product(bits, (BITS * starts[0], BITS * starts[1]), BITS * length)
        scores = np.where(common >= MIN_FRAMES, 0.5 + 0.5 * equal / (BITS * np.maximum(common, 1)), 0)
        better = scores > best
        best[better] = scores[better]
        best_lags[better] = lag
    return best, best_lags


def _product(sides: Sequence[NDArray[np.float32]], starts: tuple[int, int], length: int) -> NDArray[np.float64]:
    """Multiply every row of one side with every row of the other, each from its own start."""
    first, second = (side[:, start : start + length] for side, start in zip(sides, starts, strict=True))
    return (first @ second.T).astype(np.float64)
