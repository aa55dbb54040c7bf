"""One track in the formats in which audio comes."""

from pathlib import Path

import librosa
import numpy as np
import soundfile

FORMATS = {
    "as GTZAN": (22050, 1, "WAV", "PCM_16"),
    "stereo": (44100, 2, "WAV", "PCM_24"),
    "another rate": (16000, 1, "FLAC", "PCM_16"),
}


def write_track(folder: Path, how: str) -> Path:
    """Write silence, a chirp over noise, silence: 16 s in one of the formats."""
    rate, channels, container, subtype = FORMATS[how]
    chirp = librosa.chirp(fmin=100, fmax=7000, sr=rate, duration=14)
    noise = np.random.default_rng(0).normal(0, 0.01, (chirp.size, channels))
    samples = np.pad(0.5 * chirp[:, None] + noise, [(rate, rate), (0, 0)])
    path = folder / f"track.{container.lower()}"
    soundfile.write(path, samples, rate, format=container, subtype=subtype)
    return path
