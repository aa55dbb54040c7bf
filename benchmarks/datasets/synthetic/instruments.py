"""Pitched instruments: additive synthesis and a plucked string, with an optional overdriven amplifier."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.signal import butter, sosfilt

from benchmarks.datasets.synthetic.audio import SAMPLE_RATE, Signal, draw, rms


@dataclass(frozen=True)
class Instrument:
    """How one instrument sounds.

    Attributes
    ----------
    harmonics : tuple of float
        Amplitudes of the first, second, ... harmonic. Empty: a plucked string (`brightness` shapes its attack).
    octave : int
        The first harmonic lies that many octaves from the written pitch (an organ's 16' stop: -1).
    brightness : float
        Harmonic k is scaled by k ** brightness: above 0 is brighter, below 0 is mellower.
    attack, release : float
        Seconds to rise, and to fall after the note's end.
    decay, damping : float
        1/s: how fast the whole note dies away, and how much faster each further harmonic does.
    vibrato : float
        Depth in cents.
    detune : float
        Distance in cents between two unison voices; 0 is one voice.
    drive : float
        Gain into the amplifier's soft clipping; 0 is no amplifier.
    cutoff : float
        Hz: where amplifier, loudspeaker or body stop passing high frequencies.
    """

    harmonics: tuple[float, ...] = ()
    octave: int = 0
    brightness: float = 0.0
    attack: float = 0.005
    release: float = 0.05
    decay: float = 0.0
    damping: float = 0.0
    vibrato: float = 0.0
    detune: float = 0.0
    drive: float = 0.0
    cutoff: float = 9000.0


_SAWTOOTH = tuple(1 / k for k in range(1, 21))
_SQUARE = tuple(k % 2 / k for k in range(1, 20))
_STRUCK = tuple(k**-1.3 for k in range(1, 13))
_DRAWBARS = (0.8, 1.0, 0.5, 0.6, 0, 0.4, 0, 0.5, 0, 0, 0, 0.2, 0, 0, 0, 0.2)
_VOWEL = (0.7, 0.9, 1.0, 0.6, 0.35, 0.3, 0.35, 0.25, 0.15, 0.1, 0.08, 0.06)

INSTRUMENTS = {
    "acoustic guitar": Instrument(decay=1.2, brightness=0.5, release=0.08, cutoff=7000),
    "steel guitar": Instrument(decay=0.8, brightness=0.9, vibrato=18, release=0.15, cutoff=8000),
    "clean guitar": Instrument(decay=1.5, brightness=0.3, drive=0.6, cutoff=5000),
    "crunch guitar": Instrument(decay=1.0, brightness=0.5, drive=4, cutoff=4800),
    "distorted guitar": Instrument(decay=0.6, brightness=0.6, drive=12, cutoff=5200),
    "piano": Instrument(_STRUCK, decay=1.4, damping=0.5, release=0.12, cutoff=8000),
    "electric piano": Instrument((1, 0.25, 0.1, 0.15, 0.05), decay=1.2, damping=0.8, drive=0.7, cutoff=6000),
    "organ": Instrument(_DRAWBARS, octave=-1, attack=0.01, release=0.04, vibrato=8, drive=0.8, cutoff=6500),
    "strings": Instrument(_SAWTOOTH, brightness=-0.3, attack=0.12, release=0.25, vibrato=14, detune=14, cutoff=6500),
    "brass": Instrument(_SAWTOOTH, brightness=0.1, attack=0.05, release=0.08, vibrato=8, cutoff=5500),
    "flute": Instrument((1, 0.35, 0.12, 0.05), attack=0.06, release=0.1, vibrato=22),
    "reed": Instrument(_SQUARE, brightness=-0.2, attack=0.03, release=0.07, vibrato=16, cutoff=5500),
    "synth pad": Instrument(_SAWTOOTH, brightness=-0.6, attack=0.2, release=0.3, detune=18, cutoff=4500),
    "synth lead": Instrument(_SQUARE, attack=0.01, detune=10, vibrato=10, cutoff=7500),
    "voice": Instrument(_VOWEL, attack=0.05, release=0.1, vibrato=32, cutoff=6000),
    "double bass": Instrument(_STRUCK, brightness=-0.4, decay=2.5, damping=1.0, cutoff=2500),
    "electric bass": Instrument(_STRUCK, decay=1.2, damping=0.6, drive=0.8, cutoff=3500),
    "synth bass": Instrument(_SAWTOOTH, brightness=-0.2, decay=1.0, damping=0.8, cutoff=3000),
    "sub bass": Instrument((1, 0.2, 0.05), decay=0.8, attack=0.01, cutoff=1500),
}


def varied(instrument: Instrument, rng: np.random.Generator) -> Instrument:
    """Return another specimen of an instrument: brighter or mellower, with a longer or shorter sound."""
    return replace(
        instrument,
        brightness=instrument.brightness + draw(rng, (-0.2, 0.2)),
        attack=instrument.attack * draw(rng, (0.7, 1.4)),
        decay=instrument.decay * draw(rng, (0.7, 1.4)),
        vibrato=instrument.vibrato * draw(rng, (0.4, 1.4)),
        drive=instrument.drive * draw(rng, (0.7, 1.4)),
        cutoff=instrument.cutoff * draw(rng, (0.8, 1.15)),
    )


def render_note(instrument: Instrument, pitch: int, duration: float, rng: np.random.Generator) -> Signal:
    """Render one note.

    Parameters
    ----------
    instrument : Instrument
        What plays.
    pitch : int
        MIDI note number, equal temperament, A4 = 69 = 440 Hz.
    duration : float
        Seconds from the onset to the release.
    rng : numpy.random.Generator
        Draws the excitation of a string and the phase of the vibrato.

    Returns
    -------
    ndarray of float64, shape (samples,)
        The note with its release, an RMS of 1 over the held part.
    """
    frequency = 440 * 2 ** ((pitch - 69) / 12 + instrument.octave)
    held = max(int(duration * SAMPLE_RATE), 1)
    time = np.arange(held + int(instrument.release * SAMPLE_RATE)) / SAMPLE_RATE
    source = _additive if instrument.harmonics else _plucked_string
    note = source(instrument, frequency, time, rng)
    note *= np.exp(-instrument.decay * time) * np.minimum(1, time / instrument.attack)
    # a release in proportion to its remaining time, squared, ends without a click
    note[held:] *= np.linspace(1, 0, len(time) - held) ** 2
    return note / rms(note[:held])


def amplified(instrument: Instrument, part: Signal) -> Signal:
    """Pass a whole part, chords included, through the instrument's amplifier and loudspeaker.

    Parameters
    ----------
    instrument : Instrument
        Whose `drive` and `cutoff` to use.
    part : ndarray of float64, shape (samples,)
        All its notes.

    Returns
    -------
    ndarray of float64, shape (samples,)
        The part at an RMS of 1, or silence.
    """
    if instrument.drive:
        part = np.tanh(instrument.drive / rms(part) * part)
    # two poles: the highs of small loudspeakers and wooden bodies fall by about 12 dB an octave
    part = np.asarray(sosfilt(butter(2, instrument.cutoff, fs=SAMPLE_RATE, output="sos"), part))
    return part / rms(part)


def _additive(instrument: Instrument, frequency: float, time: Signal, rng: np.random.Generator) -> Signal:
    """Sum harmonics; each further one dies away faster by `damping`."""
    count = min(len(instrument.harmonics), int(0.45 * SAMPLE_RATE / frequency))
    levels = [instrument.harmonics[k] * (k + 1) ** instrument.brightness for k in range(max(count, 1))]
    rate = draw(rng, (4.5, 6.5))
    wobble = np.sin(2 * np.pi * rate * time + draw(rng, (0, 2 * np.pi)))
    swing = (2 ** (instrument.vibrato / 1200) - 1) / (2 * np.pi * rate) * wobble
    note = np.zeros(len(time))
    for cents in (-instrument.detune / 2, instrument.detune / 2) if instrument.detune else (0.0,):
        angular = 2 * np.pi * frequency * 2 ** (cents / 1200)
        # harmonic k is the imaginary part of z ** k, so Horner's rule sums them all without further sines
        z = np.exp(1j * angular * (time + swing) - instrument.damping * time)
        total = np.full(len(time), levels[-1], dtype=np.complex128)
        for level in reversed(levels[:-1]):
            total *= z
            total += level
        note += (total * z).imag
    return note


def _plucked_string(instrument: Instrument, frequency: float, time: Signal, rng: np.random.Generator) -> Signal:
    """Simulate a string after Karplus & Strong (1983), "Digital Synthesis of Plucked-String and Drum Timbres".

    The delay line is averaged as a circle, a whole period at a time: the same low-pass filter, and fast in NumPy.
    """
    period = int(np.ceil(SAMPLE_RATE / frequency))
    line = rng.uniform(-1, 1, period)
    # a softer pick excites fewer highs
    softness = float(np.clip(0.6 - 0.6 * instrument.brightness, 0, 0.95))
    line = (1 - softness) * line + softness * (line + np.roll(line, 1) + np.roll(line, 2)) / 3
    line -= line.mean()
    # averaging neighbours delays by half a sample a period
    speed = frequency * (period + 0.5)
    string = np.empty((int(time[-1] * speed / period) + 2, period))
    for row in string:
        row[:] = line
        line = (line + np.roll(line, 1)) / 2
    # a delay line has a whole number of samples: read it out at the speed that gives the exact pitch
    flat = string.ravel()
    return np.interp(time * speed, np.arange(len(flat)), flat)
