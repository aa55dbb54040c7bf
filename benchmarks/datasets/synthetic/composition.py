"""Composing: a genre's ranges become one piece, the notes of four parts."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.datasets.synthetic.audio import SAMPLE_RATE, SAMPLES, Signal, choose, draw
from benchmarks.datasets.synthetic.genres import Genre
from benchmarks.datasets.synthetic.harmony import chord_classes, scale_pitches, voiced
from benchmarks.datasets.synthetic.patterns import BEATS, FIGURES, STEPS, VELOCITY, Figure

_SECONDS = SAMPLES / SAMPLE_RATE
_PHRASE_BARS = 2
_FORM = "AABA"


@dataclass(frozen=True)
class Note:
    """One note: onset and duration in seconds, MIDI note number, amplitude factor."""

    onset: float
    duration: float
    pitch: int
    velocity: float


@dataclass(frozen=True)
class Piece:
    """What is played.

    Attributes
    ----------
    bass, comp, lead : list of Note
        The notes of the bass, of the accompaniment and of the melody.
    drums : list of (str, float, float)
        Name of the drum, onset in seconds, amplitude factor.
    """

    bass: list[Note]
    comp: list[Note]
    lead: list[Note]
    drums: list[tuple[str, float, float]]


def compose(genre: Genre, rng: np.random.Generator) -> Piece:
    """Compose 30 s of a genre.

    Parameters
    ----------
    genre : Genre
        The ranges to draw from.
    rng : numpy.random.Generator
        Draws all choices.

    Returns
    -------
    Piece
        Whole phrases, 30 s or a little more.
    """
    tonic = int(rng.integers(12))
    bar_seconds = 4 * 60 / draw(rng, genre.tempo)
    bars = _PHRASE_BARS * int(np.ceil(_SECONDS / bar_seconds / _PHRASE_BARS))
    times = _step_times(bar_seconds, draw(rng, genre.swing), bars)
    symbols = genre.progressions[rng.integers(len(genre.progressions))].split()
    # an excerpt starts anywhere in the progression
    first = int(rng.integers(len(symbols)))
    chords = [chord_classes(symbols[(first + bar) % len(symbols)], tonic) for bar in range(bars)]
    low, middle, high = 28, int(rng.integers(48, 58)), int(rng.integers(58, 70))
    scale = scale_pitches(choose(rng, genre.scales), tonic, high, 2)
    bass_figure, comp_figure = FIGURES[choose(rng, genre.bass_figures)], FIGURES[choose(rng, genre.comp_figures)]
    melody = _melody(chords, scale, draw(rng, genre.lead_density), times, rng)
    return Piece(
        bass=list(_play(bass_figure, [voiced(chord, low) for chord in chords], times, rng)),
        comp=list(_play(comp_figure, [voiced(chord, middle) for chord in chords], times, rng)),
        lead=list(melody),
        drums=list(_beat(BEATS[choose(rng, genre.beats)], times, rng)),
    )


def _step_times(bar_seconds: float, swing: float, bars: int) -> Signal:
    """Return the onset in seconds of every sixteenth, shape (bars * 16 + 1,).

    `swing` is the share of a beat that the first eighth lasts: 1/2 is straight, 2/3 is triplets.
    """
    within_beat = np.array([0, swing / 2, swing, (1 + swing) / 2])
    beats = np.arange(4 * bars)[:, np.newaxis] + within_beat
    return np.append(beats.ravel(), 4 * bars) * bar_seconds / 4


def _humanised(onset: float, rng: np.random.Generator) -> float:
    """Move an onset by some milliseconds, as players do."""
    return max(onset + 0.006 * float(rng.standard_normal()), 0.0)


def _play(figure: Figure, voicings: list[tuple[int, ...]], times: Signal, rng: np.random.Generator) -> Iterator[Note]:
    onsets = [step for step, mark in enumerate(figure.steps) if mark != "."]
    for bar, voicing in enumerate(voicings):
        for step, following in zip(onsets, [*onsets[1:], STEPS + onsets[0]], strict=True):
            first = bar * STEPS + step
            last = min(bar * STEPS + following, len(times) - 1)
            duration = figure.gate * float(times[last] - times[first])
            mark = figure.steps[step]
            pitches = voicing if mark in VELOCITY else (voicing[(int(mark) - 1) % len(voicing)],)
            velocity = VELOCITY.get(mark, 0.8) * draw(rng, (0.8, 1))
            onset = _humanised(float(times[first]), rng)
            yield from (Note(onset, duration, pitch, velocity) for pitch in pitches)


def _beat(pattern: dict[str, str], times: Signal, rng: np.random.Generator) -> Iterator[tuple[str, float, float]]:
    for drum, steps in pattern.items():
        for index, time in enumerate(times[:-1]):
            mark = steps[index % STEPS]
            if mark in VELOCITY:
                yield drum, _humanised(float(time), rng), VELOCITY[mark] * draw(rng, (0.8, 1))


def _phrase(density: float, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Return the steps of a phrase that carry a note and the walk through the scale, as (step, scale degree)."""
    steps = np.arange(0, _PHRASE_BARS * STEPS, 2)
    # notes on the beat are likelier, as in most melodies
    chance = np.where(steps % 4 == 0, 1.3, 0.7) * density
    walk = np.cumsum(rng.choice([-2, -1, 0, 1, 2], len(steps), p=[0.15, 0.25, 0.2, 0.25, 0.15]))
    sounding = rng.random(len(steps)) < chance
    sounding[0] = True
    return [(int(step), int(degree)) for step, degree in zip(steps[sounding], walk[sounding], strict=True)]


def _melody(
    chords: list[tuple[int, ...]], scale: list[int], density: float, times: Signal, rng: np.random.Generator
) -> Iterator[Note]:
    phrases = {name: _phrase(density, rng) for name in sorted(set(_FORM))}
    for index in range(len(chords) // _PHRASE_BARS):
        phrase = phrases[_FORM[index % len(_FORM)]]
        ends = [step for step, _ in phrase[1:]] + [_PHRASE_BARS * STEPS]
        for (step, degree), end in zip(phrase, ends, strict=True):
            first = index * _PHRASE_BARS * STEPS + step
            # rests come from notes that last no longer than half a bar
            last = first + min(end - step, STEPS // 2)
            pitch = scale[int(np.clip(len(scale) // 2 + degree, 0, len(scale) - 1))]
            if step % 4 == 0:
                pitch = _nearest(pitch, chords[first // STEPS])
            duration = 0.9 * float(times[last] - times[first])
            yield Note(_humanised(float(times[first]), rng), duration, pitch, draw(rng, (0.6, 1)))


def _nearest(pitch: int, classes: tuple[int, ...]) -> int:
    """Return the chord tone nearest to a pitch, the lower one of two."""
    return min(range(pitch - 6, pitch + 7), key=lambda near: (near % 12 not in classes, abs(near - pitch), near))
