"""Random numbers that depend on a seed and a purpose only, never on what was drawn before or on the framework."""

import numpy as np


def seed_sequence(seed: int, purpose: str) -> np.random.SeedSequence:
    """Return the root of all random numbers of one purpose.

    Parameters
    ----------
    seed : int
        The seed of the run, 0 or more.
    purpose : str
        What the numbers are for, such as ``"batch order/epoch 3"``. Different purposes are independent.
    """
    return np.random.SeedSequence(seed, spawn_key=tuple(purpose.encode()))


def generator(seed: int, purpose: str) -> np.random.Generator:
    """Return a NumPy generator for one seed and purpose."""
    return np.random.default_rng(seed_sequence(seed, purpose))


def framework_seed(seed: int, purpose: str) -> int:
    """Return a seed below 2**31 for a framework's own generator, for one seed and purpose."""
    return int(seed_sequence(seed, purpose).generate_state(1)[0]) >> 1
