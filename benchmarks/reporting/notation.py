"""How names and numbers are written, the same on every page and in every figure."""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Literal

from benchmarks.datasets.kinds import KINDS
from benchmarks.datasets.manifest import DatasetKind
from benchmarks.errors import GenrebenchError
from benchmarks.features.sets import feature_set
from benchmarks.scoring.baselines import LINEAR, MAJORITY
from benchmarks.studies.study import Unit
from implementations.architectures import ARCHITECTURES

NONE = "\N{EN DASH}"  # where there is no value

# Changes with docs/rules.md.
RULES = "Rules, version 1"

_FRAMEWORKS = {"pytorch": "PyTorch", "tensorflow": "TensorFlow"}
_SELECTIONS = {
    "last_epoch": "last epoch",
    "lowest_test_loss": "epoch of lowest test loss",
    "lowest_validation_loss": "epoch of lowest validation loss",
}
BASELINES = {
    MAJORITY: "Baseline: most frequent genre",
    LINEAR: "Baseline: logistic regression on MFCC",
}
# of `benchmarks.scoring.window_leak`
CLASSIFIERS = {"linear": "Logistic regression", "neighbour": "Nearest neighbour"}

Mark = Literal["QUICK", "PRELIMINARY"]
_MARK: ContextVar[Mark | None] = ContextVar("mark", default=None)
_MARKS: dict[Mark, str] = {
    "QUICK": (
        "one seed, few tracks, few epochs. A first look at what a report holds, not a result. "
        "`python -m nox -s benchmark` makes the report."
    ),
    "PRELIMINARY": "one seed. The others are being trained; the report of all seeds takes the place of this one.",
}


@contextmanager
def marking(mark: Mark | None) -> Iterator[None]:
    """Write QUICK or PRELIMINARY on every page and figure that is made inside this; nothing for None."""
    before = _MARK.set(mark)
    try:
        yield
    finally:
        _MARK.reset(before)


def marked(kind: DatasetKind, title: str) -> str:
    """Begin a title: with SYNTHETIC for whatever shows results on generated audio, else with a capital letter.

    The mark of `marking` stands before that.
    """
    marks = [*filter(None, [_MARK.get()]), *([] if KINDS[kind].real else ["SYNTHETIC"])]
    return f"{', '.join(marks)}: {title}" if marks else f"{title[:1].upper()}{title[1:]}"


def mark_banner() -> list[str]:
    """Say what the mark of `marking` means; nothing where there is none."""
    mark = _MARK.get()
    return [f"> **{mark}: {_MARKS[mark]}**"] if mark else []


def kind_words(kind: DatasetKind, genres: int | None = None) -> str:
    """Say in a few words where the audio of a dataset comes from; `genres` is how many of them it has."""
    known = KINDS[kind]
    part = known.genres and genres not in {None, known.genres}
    return f"{genres} of the {known.genres} genres of {known.title}" if part else known.words


def model_name(architecture: str) -> str:
    """Return the name of an architecture in reports, which is the study's where the study has it."""
    return ARCHITECTURES[architecture].title if architecture in ARCHITECTURES else architecture


def short_name(architecture: str) -> str:
    """Return the name of an architecture where there is little room."""
    return ARCHITECTURES[architecture].short_title if architecture in ARCHITECTURES else architecture


def framework_name(framework: str) -> str:
    """Return a framework's name as its makers write it."""
    return _FRAMEWORKS.get(framework, framework)


def implementation_name(architecture: str, framework: str) -> str:
    """Name one architecture in one framework."""
    return f"{model_name(architecture)}, {framework_name(framework)}"


def selection_words(selection: str) -> str:
    """Say which epoch a selection scores."""
    return _SELECTIONS.get(selection, selection.replace("_", " "))


def features_words(name: str) -> str:
    """Say what a feature set is."""
    try:
        return f"{feature_set(name).words}, `{name}`"
    except GenrebenchError:  # of a study that is not here
        return f"`{name}`"


UNIT_WORDS: Final[dict[Unit, str]] = {
    "track": "tracks, by mean",
    "vote": "tracks, by vote",
    "window": "windows",
}
"""What is counted, see `benchmarks.scoring.units`."""


def escape(text: str) -> str:
    """Make text of a user's own, a genre for instance, harmless in markdown and in its tables."""
    one_line = " ".join(text.split())
    return re.sub(r"([\\`*_{}\[\]|$~#])", r"\\\1", one_line.replace("&", "&amp;").replace("<", "&lt;"))


def number(value: float, digits: int) -> str:
    """Write a number with a fixed number of decimals, and a dash where there is none."""
    return NONE if math.isnan(value) else f"{value:.{digits}f}"


def interval(low: float, high: float, digits: int) -> str:
    """Write an interval in brackets, and a dash in them where there is none."""
    return f"[{NONE}]" if math.isnan(low) else f"[{low:.{digits}f}, {high:.{digits}f}]"


def mean_interval(mean: float, low: float, high: float, digits: int) -> str:
    """Write mean [low, high]; a dash where nothing was measured."""
    return NONE if math.isnan(mean) else f"{number(mean, digits)} {interval(low, high, digits)}"


def scientific(value: float) -> str:
    """Write a number with two digits and its power of ten."""
    return f"{value:.1e}".replace(".0e", "e").replace("e-0", "e-").replace("e+00", "") if value else "0"


def listing(items: list[str]) -> str:
    """Join words: ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)
