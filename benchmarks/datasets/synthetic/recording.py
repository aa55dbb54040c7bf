"""Recording: performance, mix, room, equalisation, noise and level turn a piece into samples."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from benchmarks.datasets.synthetic.audio import (
    SAMPLE_RATE,
    SAMPLES,
    Range,
    Signal,
    add_at,
    amplitude,
    choose,
    draw,
    rms,
)
from benchmarks.datasets.synthetic.composition import Note, Piece, compose
from benchmarks.datasets.synthetic.drums import DRUMS, render_drum
from benchmarks.datasets.synthetic.genres import Genre
from benchmarks.datasets.synthetic.instruments import INSTRUMENTS, Instrument, amplified, render_note, varied
from benchmarks.datasets.synthetic.productions import PRODUCTIONS, Production

_PEAK = 0.98
_LEAD_IN_CHANCE = 0.05
_DURATION_GRID = 0.02

# how recordings differ whatever their genre
_BASS_DB: Range = (-2, 2)
_PRESENCE_DB: Range = (-3, 3)
_PRESENCE_HZ: Range = (500, 4000)
_REVERB_SECONDS: Range = (0.3, 2.0)


def record(genre: Genre, rng: np.random.Generator) -> NDArray[np.int16]:
    """Compose, perform and record one track.

    Parameters
    ----------
    genre : Genre
        The ranges to draw from.
    rng : numpy.random.Generator
        Draws everything; the same state gives the same samples.

    Returns
    -------
    ndarray of int16, shape (661500,)
        30 s at 22050 Hz, mono.
    """
    production = PRODUCTIONS[genre.name]
    mix = _mix(compose(genre, rng), genre, production, rng)
    mix *= _slow_dynamics(draw(rng, production.dynamics), rng)
    mix = _in_room(mix, amplitude(draw(rng, production.reverb)), draw(rng, _REVERB_SECONDS), rng)
    mix = _equalised(mix, draw(rng, production.treble), draw(rng, production.bandwidth), rng)
    mix += _noise(rng) * rms(mix) * amplitude(draw(rng, production.noise))
    mix = _limited(mix, amplitude(draw(rng, production.loudness)))
    if rng.random() < _LEAD_IN_CHANCE:
        mix[: int(draw(rng, (0.2, 1)) * SAMPLE_RATE)] = 0
    return np.round(mix * 32767).astype(np.int16)


def _mix(piece: Piece, genre: Genre, production: Production, rng: np.random.Generator) -> Signal:
    """Perform the four parts and sum them at the genre's levels."""
    mix = _drums(piece.drums, rng) * amplitude(draw(rng, production.drum_level))
    for notes, instruments, level in (
        (piece.bass, genre.bass, production.bass_level),
        (piece.comp, genre.comp, production.comp_level),
        (piece.lead, genre.lead, production.lead_level),
    ):
        instrument = varied(INSTRUMENTS[choose(rng, instruments)], rng)
        mix += _part(notes, instrument, rng) * amplitude(draw(rng, level))
    return mix


def _part(notes: list[Note], instrument: Instrument, rng: np.random.Generator) -> Signal:
    """Perform one pitched part; a note that comes again is rendered once."""
    part = np.zeros(SAMPLES)
    rendered: dict[tuple[int, int], Signal] = {}
    for note in notes:
        key = (note.pitch, max(round(note.duration / _DURATION_GRID), 1))
        if key not in rendered:
            rendered[key] = render_note(instrument, note.pitch, key[1] * _DURATION_GRID, rng)
        add_at(part, rendered[key], note.onset, note.velocity)
    return amplified(instrument, part)


def _drums(hits: list[tuple[str, float, float]], rng: np.random.Generator) -> Signal:
    part = np.zeros(SAMPLES)
    kit = {name: render_drum(drum, rng) for name, drum in DRUMS.items()}
    for name, onset, velocity in hits:
        add_at(part, kit[name], onset, velocity)
    return part / rms(part)


def _slow_dynamics(deviation: float, rng: np.random.Generator) -> Signal:
    """Return gains of shape (661500,) that wander around 1, with a new value about every two seconds."""
    decibels = deviation * rng.standard_normal(16)
    curve = np.interp(np.linspace(0, 15, SAMPLES), np.arange(16), decibels)
    return np.asarray(10 ** (curve / 20))


def _in_room(mix: Signal, level: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Add reverberation: convolution with noise that falls by 60 dB in `seconds` (Moorer 1979)."""
    count = int(seconds * SAMPLE_RATE)
    response = rng.standard_normal(count) * np.exp(-np.log(1000) * np.arange(count) / count)
    # air and walls take the highs first
    response = sosfilt(butter(1, 5000, fs=SAMPLE_RATE, output="sos"), response)
    response *= level / np.sqrt(np.sum(response**2))
    return np.asarray(mix + fftconvolve(mix, response)[: len(mix)])


def _equalised(mix: Signal, treble: float, bandwidth: float, rng: np.random.Generator) -> Signal:
    """Apply the tone controls of a recording: bass and treble shelves, a presence band, a limited bandwidth."""
    low = sosfilt(butter(1, 250, fs=SAMPLE_RATE, output="sos"), mix)
    high = sosfilt(butter(1, 2500, "highpass", fs=SAMPLE_RATE, output="sos"), mix)
    centre = draw(rng, _PRESENCE_HZ)
    band = sosfilt(butter(1, (centre / 1.5, centre * 1.5), "bandpass", fs=SAMPLE_RATE, output="sos"), mix)
    mix = mix + (amplitude(draw(rng, _BASS_DB)) - 1) * low
    mix += (amplitude(treble) - 1) * high + (amplitude(draw(rng, _PRESENCE_DB)) - 1) * band
    return np.asarray(sosfilt(butter(2, bandwidth, fs=SAMPLE_RATE, output="sos"), mix))


def _noise(rng: np.random.Generator) -> Signal:
    """Return background noise with an RMS of 1, between white hiss and brown rumble."""
    noise = np.asarray(lfilter([1], [1, -draw(rng, (0, 0.95))], rng.standard_normal(SAMPLES)))
    return noise / rms(noise)


def _limited(mix: Signal, loudness: float) -> Signal:
    """Scale to an RMS of `loudness` and round off the peaks, so that no sample clips."""
    return np.asarray(_PEAK * np.tanh(mix * (loudness / rms(mix) / _PEAK)))
