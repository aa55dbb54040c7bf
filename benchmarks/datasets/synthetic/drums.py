"""Drum sounds: a swept sine for the skin and band-limited noise for wires and metal, both dying away."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, sosfilt

from benchmarks.datasets.synthetic.audio import SAMPLE_RATE, Range, Signal, draw


@dataclass(frozen=True)
class Drum:
    """How one drum sounds.

    Attributes
    ----------
    level : float
        Amplitude of an accent.
    tone, sweep : float
        Frequency in Hz the skin settles at, and by how many times it starts higher. A tone of 0 is no skin.
    tone_decay, noise_decay : float
        Seconds in which the skin and the noise fall by a factor e.
    noise : float
        Amplitude of the noise, relative to the skin.
    band : tuple of float
        Limits of the noise in Hz.
    """

    level: float
    tone: float
    sweep: float
    tone_decay: float
    noise: float
    noise_decay: float
    band: Range


DRUMS = {
    "kick": Drum(1.0, 52, 3.5, 0.12, 0.15, 0.006, (1000, 5000)),
    "snare": Drum(0.7, 185, 1.5, 0.05, 0.9, 0.075, (900, 8000)),
    "rim": Drum(0.5, 480, 1.3, 0.015, 0.4, 0.012, (1500, 6000)),
    "clap": Drum(0.7, 0, 1.0, 0.01, 1.0, 0.07, (900, 4500)),
    "hat": Drum(0.3, 0, 1.0, 0.01, 1.0, 0.03, (6000, 10500)),
    "open hat": Drum(0.3, 0, 1.0, 0.01, 1.0, 0.15, (5500, 10500)),
    "ride": Drum(0.25, 3300, 1.0, 0.12, 0.9, 0.22, (4500, 10000)),
    "crash": Drum(0.35, 0, 1.0, 0.01, 1.0, 0.5, (2500, 10500)),
    "shaker": Drum(0.2, 0, 1.0, 0.01, 1.0, 0.04, (4500, 9500)),
}


def render_drum(drum: Drum, rng: np.random.Generator) -> Signal:
    """Render one hit of a drum, tuned and damped a little differently for each drum kit.

    Parameters
    ----------
    drum : Drum
        What to render.
    rng : numpy.random.Generator
        Draws the tuning, the damping and the noise.

    Returns
    -------
    ndarray of float64, shape (samples,)
        The hit, five time constants long.
    """
    tuning = draw(rng, (0.9, 1.12))
    damping = draw(rng, (0.75, 1.3))
    seconds = 5 * damping * max(drum.tone_decay if drum.tone else 0.0, drum.noise_decay)
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    band = (drum.band[0] * tuning, min(drum.band[1] * tuning, 0.49 * SAMPLE_RATE))
    noise = sosfilt(butter(2, band, "bandpass", fs=SAMPLE_RATE, output="sos"), rng.standard_normal(len(time)))
    noise /= np.abs(noise).max()
    hit = drum.noise * noise * np.exp(-time / (damping * drum.noise_decay))
    if drum.tone:
        glide = 1 + (drum.sweep - 1) * np.exp(-time / 0.02)
        phase = 2 * np.pi * np.cumsum(drum.tone * tuning * glide) / SAMPLE_RATE
        hit += np.sin(phase) * np.exp(-time / (damping * drum.tone_decay))
    return np.asarray(drum.level * hit)
