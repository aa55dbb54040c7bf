"""The ten genres of GTZAN as data: what the music of each draws from.

Genres overlap on purpose: they share instruments, patterns and tempi, so that telling them apart is neither hopeless
nor trivial.
"""

from dataclasses import dataclass

from benchmarks.datasets.synthetic.audio import Range, Weights


@dataclass(frozen=True)
class Genre:
    """What the music of a genre draws from.

    Attributes
    ----------
    name : str
        GTZAN's name of the genre.
    tempo : tuple of float
        Beats a minute.
    swing : tuple of float
        Share of a beat that its first eighth lasts: 0.5 is straight, 0.67 is triplets.
    progressions : tuple of str
        Chords, one a bar, as a lead sheet in C.
    scales : mapping of str to float
        Scales of the melody.
    beats, bass_figures, comp_figures : mapping of str to float
        Patterns of the drums, the bass and the accompaniment.
    bass, comp, lead : mapping of str to float
        Instruments of each part.
    lead_density : tuple of float
        How likely the melody has a note on an eighth.
    """

    name: str
    tempo: Range
    swing: Range
    progressions: tuple[str, ...]
    scales: Weights
    beats: Weights
    bass: Weights
    bass_figures: Weights
    comp: Weights
    comp_figures: Weights
    lead: Weights
    lead_density: Range


_TWELVE_BAR = "C7 F7 C7 C7 F7 F7 C7 C7 G7 F7 C7 G7"

GENRES = (
    Genre(
        name="blues",
        tempo=(60, 130),
        swing=(0.56, 0.68),
        progressions=(_TWELVE_BAR, "Cm7 Cm7 Cm7 Cm7 Fm7 Fm7 Cm7 Cm7 Ab7 G7 Cm7 G7"),
        scales={"blues": 3, "minor pentatonic": 2, "mixolydian": 1},
        beats={"shuffle": 3, "slow blues": 4, "none": 1},
        bass={"double bass": 2, "electric bass": 2},
        bass_figures={"bass boogie": 2, "bass walk": 2, "bass two": 1},
        comp={"clean guitar": 5, "piano": 2, "acoustic guitar": 1, "organ": 1},
        comp_figures={"quarters": 2, "eighths": 1, "comping": 1, "strum": 1},
        lead={"crunch guitar": 4, "clean guitar": 2, "voice": 1, "reed": 1},
        lead_density=(0.3, 0.6),
    ),
    Genre(
        name="classical",
        tempo=(50, 140),
        swing=(0.5, 0.5),
        progressions=("C F G C Am Dm G C", "Cm Fm G7 Cm Ab Fm G7 Cm", "C G Am Em F C F G"),
        scales={"major": 2, "harmonic minor": 1, "minor": 1},
        beats={"none": 1},
        bass={"strings": 4, "double bass": 2, "piano": 1},
        bass_figures={"bass held": 3, "bass two": 2},
        comp={"strings": 5, "piano": 3, "brass": 1, "acoustic guitar": 1},
        comp_figures={"held": 2, "alberti": 2, "arpeggio": 2, "halves": 1},
        lead={"strings": 5, "flute": 2, "piano": 2, "reed": 1},
        lead_density=(0.3, 0.8),
    ),
    Genre(
        name="country",
        tempo=(90, 150),
        swing=(0.5, 0.62),
        progressions=("C C F F G G C C", "C F C G", "C Am F G"),
        scales={"major pentatonic": 3, "major": 2, "mixolydian": 1},
        beats={"train": 3, "country": 4, "backbeat": 1},
        bass={"double bass": 3, "electric bass": 1},
        bass_figures={"bass two": 4, "bass walk": 1},
        comp={"acoustic guitar": 8, "clean guitar": 1, "piano": 1},
        comp_figures={"strum": 3, "picking": 2, "offbeats": 1, "backbeats": 1},
        lead={"steel guitar": 6, "voice": 3, "strings": 1},
        lead_density=(0.3, 0.6),
    ),
    Genre(
        name="disco",
        tempo=(105, 132),
        swing=(0.5, 0.53),
        progressions=("Cm7 Fm7 Cm7 Fm7", "Cm7 Ab Bb Gm7", "C Am Dm7 G7"),
        scales={"minor": 2, "dorian": 2, "major": 1},
        beats={"disco": 3, "four floor": 3, "pop": 1},
        bass={"electric bass": 4, "synth bass": 2},
        bass_figures={"bass octaves": 3, "bass sync": 2, "bass eighths": 1},
        comp={"clean guitar": 3, "strings": 4, "electric piano": 1, "brass": 1},
        comp_figures={"funk": 3, "offbeats": 1, "held": 1, "stabs": 1},
        lead={"voice": 2, "strings": 4, "brass": 3, "synth lead": 1},
        lead_density=(0.3, 0.7),
    ),
    Genre(
        name="hiphop",
        tempo=(76, 108),
        swing=(0.5, 0.6),
        progressions=("Cm7 Cm7 Abmaj7 Gm7", "Cm Cm Cm Cm", "Fm7 Cm7 Fm7 Gm7"),
        scales={"minor pentatonic": 3, "dorian": 1, "minor": 1},
        beats={"boom bap": 4, "trap": 2, "backbeat": 1},
        bass={"sub bass": 5, "synth bass": 1, "electric bass": 1},
        bass_figures={"bass low": 3, "bass sync": 2, "bass drop": 1},
        comp={"electric piano": 4, "synth pad": 2, "strings": 1, "piano": 1},
        comp_figures={"held": 2, "stabs": 2, "charleston": 1, "arpeggio": 1},
        lead={"voice": 6, "synth lead": 1, "flute": 1},
        lead_density=(0.5, 0.9),
    ),
    Genre(
        name="jazz",
        tempo=(70, 200),
        swing=(0.56, 0.68),
        progressions=("Dm7 G7 Cmaj7 Cmaj7", "Cmaj7 A7 Dm7 G7", "Cm7 Fm7 Dm7b5 G7", _TWELVE_BAR),
        scales={"major": 2, "dorian": 2, "mixolydian": 2, "blues": 1},
        beats={"swing": 5, "brushes": 2, "none": 1},
        bass={"double bass": 8, "electric bass": 1},
        bass_figures={"bass walk": 4, "bass two": 1},
        comp={"piano": 6, "clean guitar": 2, "electric piano": 1},
        comp_figures={"charleston": 2, "comping": 3, "quarters": 1},
        lead={"brass": 4, "reed": 5, "piano": 1, "flute": 1},
        lead_density=(0.4, 0.85),
    ),
    Genre(
        name="metal",
        tempo=(100, 190),
        swing=(0.5, 0.5),
        progressions=("C5 C5 Db5 Eb5", "C5 Ab5 Bb5 C5", "C5 C5 Gb5 F5"),
        scales={"phrygian": 2, "minor": 2, "harmonic minor": 1},
        beats={"double kick": 3, "thrash": 3, "half time": 1, "rock": 1},
        bass={"electric bass": 1},
        bass_figures={"bass eighths": 2, "bass gallop": 2, "bass low": 1},
        comp={"distorted guitar": 8, "crunch guitar": 1},
        comp_figures={"chug": 3, "gallop": 3, "eighths": 2, "held": 1},
        lead={"distorted guitar": 5, "voice": 2, "crunch guitar": 1},
        lead_density=(0.3, 0.9),
    ),
    Genre(
        name="pop",
        tempo=(84, 132),
        swing=(0.5, 0.54),
        progressions=("C G Am F", "Am F C G", "F G Em Am"),
        scales={"major": 2, "major pentatonic": 2, "minor": 1},
        beats={"pop": 5, "backbeat": 1, "ballad": 2, "four floor": 1},
        bass={"synth bass": 4, "electric bass": 2, "sub bass": 1},
        bass_figures={"bass eighths": 2, "bass held": 1, "bass sync": 2},
        comp={"synth pad": 6, "piano": 2, "clean guitar": 1, "acoustic guitar": 1},
        comp_figures={"held": 2, "eighths": 1, "arpeggio": 2, "strum": 1},
        lead={"voice": 6, "synth lead": 3},
        lead_density=(0.4, 0.75),
    ),
    Genre(
        name="reggae",
        tempo=(62, 96),
        swing=(0.5, 0.62),
        progressions=("C F C F", "Am Dm Am Em", "C Dm F G"),
        scales={"minor pentatonic": 2, "major": 2, "dorian": 1},
        beats={"one drop": 4, "steppers": 2, "backbeat": 1},
        bass={"electric bass": 3, "sub bass": 3},
        bass_figures={"bass drop": 3, "bass sync": 2, "bass low": 1},
        comp={"clean guitar": 3, "organ": 5, "piano": 1},
        comp_figures={"offbeats": 5, "backbeats": 2},
        lead={"voice": 5, "brass": 1, "organ": 2, "flute": 1},
        lead_density=(0.25, 0.55),
    ),
    Genre(
        name="rock",
        tempo=(90, 160),
        swing=(0.5, 0.56),
        progressions=("C5 F5 G5 F5", "C Bb F C", "Am F C G", "C5 Eb5 F5 C5"),
        scales={"minor pentatonic": 3, "mixolydian": 2, "major pentatonic": 1},
        beats={"rock": 3, "rock ride": 2, "backbeat": 2, "half time": 1},
        bass={"electric bass": 1},
        bass_figures={"bass eighths": 3, "bass low": 1, "bass sync": 1},
        comp={"crunch guitar": 10, "distorted guitar": 1, "organ": 1, "clean guitar": 1},
        comp_figures={"eighths": 2, "riff": 3, "strum": 2, "held": 1},
        lead={"voice": 5, "crunch guitar": 3},
        lead_density=(0.3, 0.6),
    ),
)
