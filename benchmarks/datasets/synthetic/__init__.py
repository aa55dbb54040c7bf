"""The synthetic dataset: music made by NumPy from a seed, in GTZAN's layout, so that nothing need be downloaded.

It exercises every stage on audio with known properties. It is no substitute for recorded music: results on it say
nothing about GTZAN, and reports label them as synthetic.
"""

from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.datasets.synthetic.audio import SAMPLE_RATE
from benchmarks.datasets.synthetic.genres import GENRES
from benchmarks.datasets.synthetic.recording import record
from benchmarks.execution.parallel_map import parallel_map
from benchmarks.files import cannot_write
from benchmarks.settings import Synthetic

__all__ = ["GENRES", "generate", "track_generator"]


def generate(root: Path, settings: Synthetic) -> list[tuple[str, str, str]]:
    """Write the dataset: ``<root>/<genre>/<genre>.00000.wav`` and so on, 30 s at 22050 Hz, mono, 16 bits.

    A track depends on the seed, its genre and its number alone: asking for more tracks leaves the first ones as
    they were.

    Parameters
    ----------
    root : pathlib.Path
        Folder to write into; it is made if it is missing.
    settings : Synthetic
        Seed and number of tracks of each genre.

    Returns
    -------
    list of (str, str, str)
        Track id, genre and path relative to `root` with forward slashes, sorted.

    Notes
    -----
    With the same versions of NumPy, SciPy and libsndfile every run writes the same bytes. Nothing on the way uses
    BLAS, whose sums depend on the number of threads, and the files carry no time of writing.
    """
    jobs = [(genre, number) for genre in range(len(GENRES)) for number in range(settings.tracks_per_genre)]
    return sorted(parallel_map(partial(write_track, root, settings.seed), jobs, "Generating synthetic tracks"))


def track_generator(seed: int, genre: int, number: int) -> np.random.Generator:
    """Return the random numbers of one track.

    Parameters
    ----------
    seed : int
        Seed of the dataset.
    genre : int
        Position in `GENRES`.
    number : int
        Number of the track within its genre, from 0.
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(genre, number)))


def write_track(root: Path, seed: int, job: tuple[int, int]) -> tuple[str, str, str]:
    """Write one track, as `generate` does.

    Parameters
    ----------
    root : pathlib.Path
        Folder of the dataset.
    seed : int
        Seed of the dataset.
    job : tuple of int
        Position of the genre in `GENRES`, and number of the track within it.

    Returns
    -------
    (str, str, str)
        Track id, genre and path relative to `root`.
    """
    import soundfile

    name = GENRES[job[0]].name
    track_id = f"{name}.{job[1]:05d}"
    path = f"{name}/{track_id}.wav"
    (root / name).mkdir(parents=True, exist_ok=True)
    samples = record(GENRES[job[0]], track_generator(seed, *job))
    try:
        soundfile.write(root / path, samples, SAMPLE_RATE, subtype="PCM_16")
    except soundfile.LibsndfileError as error:
        raise cannot_write(root / path, error) from None
    return track_id, name, path
