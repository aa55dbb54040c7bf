"""One look for every figure: opaque white, legible in light and dark surroundings, safe for the colour-blind."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import matplotlib.style
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font

from benchmarks.files import replacing

# Okabe and Ito's palette: https://jfly.uni-koeln.de/color/
_FRAMEWORK_COLOURS: Final = {"pytorch": "#D55E00", "tensorflow": "#0072B2"}
_MORE_COLOURS: Final = ("#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")

TRAIN_LINE: Final = "--"
WATCHED_LINE: Final = "-"

_FONT = "DejaVu Sans"  # comes with matplotlib, so it is the same everywhere
_LONGEST_LABEL = 18
_STYLE = {
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.constrained_layout.use": True,
    "font.family": _FONT,
    "font.size": 9,
    "axes.titlesize": 10,
    "figure.titlesize": 11,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "text.parse_math": False,  # a genre may hold a dollar sign
}


@contextmanager
def figure_style() -> Iterator[None]:
    """Draw and save inside this: the look then depends on no configuration of the user's own."""
    with matplotlib.style.context(["default", _STYLE]):
        yield


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, completely or not at all, with the same bytes for the same figure.

    The picture is as large as what is drawn: a title that is wider than the figure is whole.
    """
    with replacing(path) as temporary:
        # The default metadata names matplotlib's version.
        figure.savefig(temporary, format="png", dpi=160, bbox_inches="tight", metadata={"Software": None})


def framework_colours(frameworks: Sequence[str]) -> dict[str, str]:
    """Give every framework its colour; one that is not known here takes the next free one of the palette."""
    others = [name for name in sorted(set(frameworks)) if name not in _FRAMEWORK_COLOURS]
    return {**_FRAMEWORK_COLOURS, **{name: _MORE_COLOURS[i % len(_MORE_COLOURS)] for i, name in enumerate(others)}}


def genre_labels(genres: Sequence[str]) -> list[str]:
    """Return labels that a figure can draw: long names are cut, names in a script the font lacks are numbered."""
    drawable = FT2Font(findfont(_FONT)).get_charmap().keys()
    labels = []
    for place, genre in enumerate(genres, start=1):
        label = genre if {ord(letter) for letter in genre} <= drawable else f"genre {place}"
        labels.append(label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…")
    return labels
