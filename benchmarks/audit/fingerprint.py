"""Spectral fingerprints: bits that stay the same at another gain, after lossy coding and under some noise.

Source: J. Haitsma and T. Kalker, "A highly robust audio fingerprinting system", Proc. ISMIR 2002. A bit is the sign
of the difference between the energies of two neighbouring bands, minus the same difference a moment earlier. Gain and
slow equalisation cancel in it; two unrelated recordings share about half of their bits.

The paper finds seconds of a track among millions by hashes of 32 bits every 12 ms. Here all tracks are compared with
each other over their whole length, so windows are longer (0.74 s, not 0.37 s) and frames fewer (11 a second): a shift
by half a frame then costs little, and a thousand tracks are compared in a minute or two.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.datasets.inspection import Candidate, inspect_track
from benchmarks.datasets.manifest import Track
from benchmarks.errors import GenrebenchError
from benchmarks.features.audio import SAMPLE_RATE, Signal
from benchmarks.features.feature_set import read_excerpt

SECONDS = 30.0
"""How much of a track is looked at, from its start: a whole track of GTZAN. It bounds memory."""

BITS = 16
"""Bits of one frame."""

HOP_SECONDS = 2048 / SAMPLE_RATE
"""Time between two frames, s."""

_HOP = 2048
_WINDOW = 16384
# where music has energy and coders keep it, Hz
_LOWEST, _HIGHEST = 300.0, 3000.0
_FRAMES_BETWEEN = 3

# relative to the loudest frame: what is more than 60 dB below it is silence, and its bits would be those of noise
_SILENCE = 1e-6
# keeps the logarithm of an empty band finite; such bands do not change, which gives the bit 0: unknown
_EMPTY = 1e-10

Fingerprint = NDArray[np.int8]


def fingerprint_track(track: Track, audio: Path) -> Fingerprint:
    """Return the fingerprint of one track of a manifest; see `fingerprint`.

    Parameters
    ----------
    track : Track
        A used track.
    audio : Path
        The folder that the track's path is relative to.

    Raises
    ------
    GenrebenchError
        If the file is missing, or holds other samples than the manifest says or such as nothing can be computed from.
    """
    path = audio / track.path
    now = inspect_track(audio, Candidate(track.id, track.genre, track.path))
    if now.pcm_md5 != track.pcm_md5:
        why = f" ({now.reason})" if now.reason else ""
        raise GenrebenchError(
            f"{path}: changed since it was listed{why}; fetch the dataset again with: python -m benchmarks fetch"
        )
    try:
        return fingerprint(read_excerpt(path, SECONDS))
    except ValueError as error:
        raise GenrebenchError(f"{path}: {error}; mend the track or take it out of the dataset") from None


def fingerprint(signal: Signal) -> Fingerprint:
    """Return the fingerprint of a signal.

    Parameters
    ----------
    signal : ndarray of float32, shape (samples,)
        Mono, at 22050 Hz, at any gain.

    Returns
    -------
    ndarray of int8, shape (frames, 16)
        1 and -1; 0 where nothing is known: a whole frame of silence, or a band without energy. A signal too short
        for two windows has no frames.

    Raises
    ------
    ValueError
        If samples are so large that their energies are no finite numbers.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # what comes of it is told below
        energies = _band_energies(signal)
    if not np.isfinite(energies).all():
        raise ValueError("holds samples that are too large to compute with (full scale: 1)")
    loudness = energies.sum(axis=1)
    peak = loudness.max(initial=0)
    levels = np.log(energies + max(_EMPTY * peak, np.finfo(np.float64).tiny))
    slopes = np.diff(levels, axis=1)
    change = slopes[_FRAMES_BETWEEN:] - slopes[:-_FRAMES_BETWEEN]
    sounding = loudness > _SILENCE * peak
    heard = sounding[_FRAMES_BETWEEN:] & sounding[:-_FRAMES_BETWEEN]
    bits: Fingerprint = (np.sign(change) * heard[:, np.newaxis]).astype(np.int8)
    return bits


def _band_energies(signal: Signal) -> NDArray[np.float64]:
    """Return the energy of neighbouring bands of equal width in octaves, shape (frames, 17)."""
    if len(signal) < _WINDOW:
        return np.zeros((0, BITS + 1))
    frames = np.lib.stride_tricks.sliding_window_view(signal, _WINDOW)[::_HOP]
    spectra = np.fft.rfft(frames * np.hanning(_WINDOW).astype(np.float32), axis=1)
    frequencies = np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE)
    edges = np.searchsorted(frequencies, np.geomspace(_LOWEST, _HIGHEST, BITS + 2))
    return np.add.reduceat(np.abs(spectra[:, : edges[-1]]) ** 2, edges[:-1], axis=1).astype(np.float64)
