"""Rhythms as data: one bar of four beats in sixteen steps, written as in a drum machine.

Steps of a drum: ``X`` accent, ``x`` normal, ``o`` ghost note, ``.`` rest.
Steps of a figure: ``X`` and ``x`` the whole chord, a digit one tone of it (1 the root), ``.`` rest or ring on.
"""

from dataclasses import dataclass

STEPS = 16
VELOCITY = {"X": 1.0, "x": 0.7, "o": 0.35}


@dataclass(frozen=True)
class Figure:
    """How an accompanying instrument plays a chord for one bar.

    Attributes
    ----------
    steps : str
        Sixteen steps.
    gate : float
        Share of the time to the next onset that a note is held: small is staccato.
    """

    steps: str
    gate: float = 0.95


FIGURES = {
    "held": Figure("X..............."),
    "halves": Figure("X.......x......."),
    "quarters": Figure("X...x...x...x...", 0.8),
    "eighths": Figure("X.x.x.x.x.x.x.x.", 0.85),
    "gallop": Figure("X.xxX.xxX.xxX.xx", 0.8),
    "chug": Figure("XxxxxxXxxxxxX.x.", 0.6),
    "riff": Figure("X..x..X...x.X.x.", 0.9),
    "offbeats": Figure("..X...X...X...X.", 0.35),
    "backbeats": Figure("....X.......X...", 0.4),
    "charleston": Figure("X.....x.........", 0.5),
    "comping": Figure("..x...X.....x...", 0.5),
    "strum": Figure("X...x.x...x.x.x.", 0.9),
    "funk": Figure("X..x..x..xx...x.", 0.4),
    "stabs": Figure("X.....x...X.....", 0.4),
    "arpeggio": Figure("1.2.3.2.1.2.3.2.", 1.6),
    "alberti": Figure("1.3.2.3.1.3.2.3.", 1.1),
    "picking": Figure("1.3.2.3.1.2.3.2.", 1.5),
    "bass held": Figure("1...............", 0.95),
    "bass two": Figure("1.......3.......", 0.8),
    "bass walk": Figure("1...2...3...2...", 0.95),
    "bass boogie": Figure("1.1.2.2.3.3.2.2.", 0.9),
    "bass eighths": Figure("1.1.1.1.1.1.1.1.", 0.85),
    "bass gallop": Figure("1.111.111.111.11", 0.8),
    "bass octaves": Figure("1.1.1.1.3.3.1.1.", 0.5),
    "bass sync": Figure("1..1..1...1.3...", 0.8),
    "bass drop": Figure("....1..1..2.3...", 0.7),
    "bass low": Figure("1.....1...1.....", 0.95),
}

BEATS: dict[str, dict[str, str]] = {
    "none": {},
    "backbeat": {"kick": "X.......X.x.....", "snare": "....X.......X...", "hat": "x.x.x.x.x.x.x.x."},
    "rock": {"kick": "X.....x.X.x.....", "snare": "....X.......X..o", "hat": "X.x.X.x.X.x.X.x."},
    "rock ride": {"kick": "X.....x.X.......", "snare": "....X.......X...", "ride": "x.x.x.x.x.x.x.x."},
    "shuffle": {"kick": "X.......X.......", "snare": "....X.......X...", "hat": "X.x.X.x.X.x.X.x."},
    "slow blues": {"kick": "X.....x.X.......", "rim": "....X.......X...", "ride": "X.x.X.x.X.x.X.x."},
    "train": {"kick": "X.......X.......", "snare": "o.oxo.oxo.oxo.ox", "hat": "..x...x...x...x."},
    "country": {"kick": "X.......X.......", "rim": "....X.......X...", "hat": "..x...x...x...x."},
    "four floor": {"kick": "X...X...X...X...", "clap": "....X.......X...", "open hat": "..X...X...X...X."},
    "disco": {
        "kick": "X...X...X...X...",
        "snare": "....X.......X...",
        "hat": "xxoxxxoxxxoxxxox",
        "open hat": "..x...x...x...x.",
    },
    "boom bap": {"kick": "X..x...x..X.....", "snare": "....X.......X..o", "hat": "x.x.x.x.x.x.x.xx"},
    "trap": {"kick": "X.....x...X..x..", "clap": "....X.......X...", "hat": "x.xxx.x.x.xxx.xx"},
    "swing": {"kick": "o...o...o...o...", "hat": "....x.......x...", "ride": "X...X.x.X...X.x."},
    "brushes": {"snare": "o.o.x.o.o.o.x.o.", "hat": "....x.......x..."},
    "double kick": {"kick": "XxxxXxxxXxxxXxxx", "snare": "....X.......X...", "ride": "X...X...X...X..."},
    "thrash": {
        "kick": "X.x.X.x.X.x.X.x.",
        "snare": "..X...X...X...X.",
        "crash": "X...............",
        "hat": "X.x.X.x.X.x.X.x.",
    },
    "half time": {"kick": "X.....x.........", "snare": "........X.......", "crash": "x...x...x...x..."},
    "pop": {"kick": "X...X...X...X...", "clap": "....X.......X...", "hat": "x.x.x.x.x.x.x.x."},
    "ballad": {"kick": "X.......x.......", "rim": "....x.......x...", "shaker": "x.x.x.x.x.x.x.x."},
    "one drop": {"kick": "........X.......", "rim": "........X.....o.", "hat": "X.x.X.x.X.x.X.x."},
    "steppers": {"kick": "X...X...X...X...", "rim": "......x.X.......", "hat": "..x...x...x...x."},
}
"""Drum patterns: the drum and its sixteen steps."""
