"""Chords and scales by their usual names, as semitones."""

import re

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS = {"": 0, "b": -1, "#": 1}
_QUALITIES = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "5": (0, 7),
    "6": (0, 4, 7, 9),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7b5": (0, 3, 6, 10),
}

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
}
"""Semitones above the tonic."""


def chord_classes(symbol: str, tonic: int) -> tuple[int, ...]:
    """Read a chord symbol.

    Parameters
    ----------
    symbol : str
        Letter, accidental and quality as in a lead sheet in C, for instance ``Bbmaj7``.
    tonic : int
        Semitones by which the lead sheet is transposed up from C.

    Returns
    -------
    tuple of int
        Pitch classes 0 to 11, the root first.
    """
    letter, accidental, quality = re.fullmatch(r"([A-G])([b#]?)(.*)", symbol).groups()  # type: ignore[union-attr]
    root = _LETTERS[letter] + _ACCIDENTALS[accidental] + tonic
    return tuple((root + interval) % 12 for interval in _QUALITIES[quality])


def voiced(classes: tuple[int, ...], lowest: int) -> tuple[int, ...]:
    """Place each pitch class in the octave from `lowest` (MIDI note number) up: close voicing, least motion."""
    return tuple(lowest + (pitch_class - lowest) % 12 for pitch_class in classes)


def scale_pitches(scale: str, tonic: int, lowest: int, octaves: int) -> list[int]:
    """Return the MIDI note numbers of a scale in ascending order, within `octaves` from `lowest` up."""
    classes = {(tonic + interval) % 12 for interval in SCALES[scale]}
    return [pitch for pitch in range(lowest, lowest + 12 * octaves + 1) if pitch % 12 in classes]
