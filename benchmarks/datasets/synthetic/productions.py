"""How the genres are mixed and recorded, as data.

These ranges overlap as the genres themselves do: the sound of a recording hints at its genre and does not give it away.
"""

from dataclasses import dataclass

from benchmarks.datasets.synthetic.audio import Range


@dataclass(frozen=True)
class Production:
    """What the sound of a genre's recordings draws from.

    Attributes
    ----------
    drum_level, bass_level, comp_level, lead_level : tuple of float
        RMS of each part in the mix, dB.
    loudness : tuple of float
        RMS of the track, dB relative to full scale.
    dynamics : tuple of float
        Standard deviation of the slow changes of level, dB.
    reverb : tuple of float
        Level of the reverberation relative to the direct sound, dB.
    treble : tuple of float
        What the equalisation adds at high frequencies, dB.
    bandwidth : tuple of float
        Where the recording ends, Hz: lower for the older genres.
    noise : tuple of float
        Level of the background noise relative to the music, dB.
    """

    drum_level: Range
    bass_level: Range
    comp_level: Range
    lead_level: Range
    loudness: Range
    dynamics: Range
    reverb: Range
    treble: Range
    bandwidth: Range
    noise: Range


PRODUCTIONS = {
    "blues": Production(
        drum_level=(-10, -5),
        bass_level=(-7, -3),
        comp_level=(-8, -4),
        lead_level=(-4, 0),
        loudness=(-23, -17),
        dynamics=(0.5, 2),
        reverb=(-20, -12),
        treble=(-7, -1),
        bandwidth=(4000, 8000),
        noise=(-50, -34),
    ),
    "classical": Production(
        drum_level=(-20, -14),
        bass_level=(-9, -4),
        comp_level=(-7, -3),
        lead_level=(-4, 0),
        loudness=(-29, -20),
        dynamics=(2, 5),
        reverb=(-12, -4),
        treble=(-6, 0),
        bandwidth=(6000, 10500),
        noise=(-60, -42),
    ),
    "country": Production(
        drum_level=(-13, -8),
        bass_level=(-7, -3),
        comp_level=(-5, -1),
        lead_level=(-4, 0),
        loudness=(-21, -16),
        dynamics=(0.5, 2),
        reverb=(-21, -14),
        treble=(1, 6),
        bandwidth=(6000, 10500),
        noise=(-60, -42),
    ),
    "disco": Production(
        drum_level=(-4, 1),
        bass_level=(-5, -1),
        comp_level=(-7, -3),
        lead_level=(-7, -3),
        loudness=(-19, -14),
        dynamics=(0.3, 1.2),
        reverb=(-20, -13),
        treble=(0, 6),
        bandwidth=(7000, 10500),
        noise=(-62, -45),
    ),
    "hiphop": Production(
        drum_level=(0, 4),
        bass_level=(-2, 3),
        comp_level=(-11, -6),
        lead_level=(-8, -3),
        loudness=(-16, -10),
        dynamics=(0.2, 1),
        reverb=(-28, -19),
        treble=(-5, 1),
        bandwidth=(6500, 10500),
        noise=(-62, -40),
    ),
    "jazz": Production(
        drum_level=(-10, -5),
        bass_level=(-7, -3),
        comp_level=(-9, -5),
        lead_level=(-4, 0),
        loudness=(-26, -19),
        dynamics=(0.8, 3),
        reverb=(-19, -11),
        treble=(-7, -2),
        bandwidth=(4500, 8500),
        noise=(-54, -36),
    ),
    "metal": Production(
        drum_level=(-6, -1),
        bass_level=(-8, -4),
        comp_level=(-2, 2),
        lead_level=(-8, -4),
        loudness=(-16, -10),
        dynamics=(0.2, 1),
        reverb=(-26, -17),
        treble=(0, 7),
        bandwidth=(7000, 10500),
        noise=(-65, -45),
    ),
    "pop": Production(
        drum_level=(-6, -1),
        bass_level=(-6, -2),
        comp_level=(-7, -3),
        lead_level=(-2, 2),
        loudness=(-16, -10),
        dynamics=(0.3, 1.5),
        reverb=(-18, -11),
        treble=(0, 7),
        bandwidth=(8000, 10500),
        noise=(-65, -48),
    ),
    "reggae": Production(
        drum_level=(-7, -2),
        bass_level=(-1, 3),
        comp_level=(-8, -4),
        lead_level=(-7, -3),
        loudness=(-19, -13),
        dynamics=(0.3, 1.5),
        reverb=(-16, -8),
        treble=(-7, -2),
        bandwidth=(4500, 8500),
        noise=(-58, -40),
    ),
    "rock": Production(
        drum_level=(-6, -1),
        bass_level=(-7, -3),
        comp_level=(-3, 1),
        lead_level=(-4, 0),
        loudness=(-17, -11),
        dynamics=(0.3, 1.5),
        reverb=(-21, -13),
        treble=(-3, 2),
        bandwidth=(5500, 10000),
        noise=(-60, -42),
    ),
}
"""By the name of the genre."""
