"""What every file of the generator shares: the audio format, levels and drawing from ranges."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 22050
SAMPLES = 30 * SAMPLE_RATE
"""Length of a track: 30 s, as in GTZAN."""

Signal = NDArray[np.float64]
"""Mono audio, shape (samples,), nominally within -1 to 1."""

Range = tuple[float, float]
"""Lowest and highest value of a uniform distribution."""

Weights = Mapping[str, float]
"""Names and how often each is chosen; the weights need not sum to 1."""


def draw(rng: np.random.Generator, limits: Range) -> float:
    """Draw one value uniformly from a range."""
    return float(rng.uniform(*limits))


def choose(rng: np.random.Generator, weights: Weights) -> str:
    """Draw one name with a probability in proportion to its weight."""
    probabilities = np.array(list(weights.values())) / sum(weights.values())
    return list(weights)[rng.choice(len(weights), p=probabilities)]


def amplitude(decibels: float) -> float:
    """Convert a level in dB to a factor on the amplitude."""
    return float(10 ** (decibels / 20))


def rms(signal: Signal) -> float:
    """Return the root mean square; a tiny positive number for silence, so that one can divide by it."""
    return max(float(np.sqrt(np.mean(signal**2))), 1e-9)


def add_at(mix: Signal, sound: Signal, start: float, gain: float) -> None:
    """Add a sound to `mix` in place, `start` seconds from its beginning; what reaches past the end is cut off."""
    first = max(round(start * SAMPLE_RATE), 0)
    room = mix[first : first + len(sound)]
    room += gain * sound[: len(room)]
