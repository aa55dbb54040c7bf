"""One finding, and what its words are made of: signs of effects, their intervals, and where they can be checked."""

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.reporting.notation import framework_name, interval, listing, marked, short_name
from benchmarks.reporting.records import Records

Row = dict[Hashable, Any]
# framework, or what else is compared: effect, low, high; fractions
Effects = dict[str, tuple[float, float, float]]

# what a mark in the table means, in markdown
_AT_CHANCE: Final = (
    "†: not shown to be above chance in every framework, so nothing shows that the network learned to tell the genres."
)


@dataclass(frozen=True)
class Finding:
    """One line of the table of findings.

    Attributes
    ----------
    what : str
        What was found, in a few words of markdown.
    number : str
        The number behind it with its interval, markdown.
    data : str
        Which data it rests on.
    page : str
        Where it can be checked: a page, relative to the folder of reports.
    notes : tuple of str
        What its words and marks mean, a paragraph of markdown each.
    """

    what: str
    number: str
    data: str
    page: str
    notes: tuple[str, ...] = ()


def effects_of(rows: Iterable[Row], ends: str, middle: str | None = None, by: str = "framework") -> Effects:
    """Return a column of rows by another, and the ends of its intervals: `ends` with ``_low`` and ``_high``."""
    return {str(it[by]): (it[middle or ends], it[f"{ends}_low"], it[f"{ends}_high"]) for it in rows}


def signs_of(effects: Effects) -> dict[str, int]:
    """Return for each framework on which side of 0 its interval lies."""
    return {framework: sign_of(low, high) for framework, (_, low, high) in effects.items()}


def sign_of(low: float, high: float) -> int:
    """Return on which side of 0 an interval lies; 0 where it holds 0 or is none."""
    return int(low > 0) - int(high < 0)


def in_words(signs: Mapping[str, int], above: str, below: str, neither: str) -> tuple[str, tuple[str, ...]]:
    """Choose the words that hold in every framework; where they disagree, say in how many it is shown, with a note."""
    words = {1: above, -1: below, 0: neither}
    if len({*signs.values()}) == 1:
        return words[next(iter(signs.values()))], ()
    found = [sign for sign in signs.values() if sign]
    counts = {sign: f"({found.count(sign)} of {len(signs)})" for sign in dict.fromkeys(found)}
    notes = [f"{count}: shown in so many." for count in dict.fromkeys(counts.values())]
    return "; ".join(f"{words[sign]} {count}" for sign, count in counts.items()), tuple(notes)


def points(effects: Effects) -> str:
    """Write the effects of all frameworks in points of accuracy."""
    return ", ".join(f"{framework_name(it)} {difference_words(*effect)}" for it, effect in effects.items())


def difference_words(effect: float, low: float, high: float) -> str:
    """Write a difference of accuracies in whole points, in tenths where an end would round to a 0 that it is not."""
    digits = int(any(0 < abs(100 * it) < 0.5 for it in (low, high)))
    # a sum with 0.0 has no -0
    middle, first, last = (round(100 * it, digits) + 0.0 for it in (effect, low, high))
    return f"{middle:+.{digits}f} {interval(first, last, digits)}"


def data_words(records: Records, protocol: str | None = None) -> str:
    """Name the dataset and how many tracks test."""
    results = records.results
    if results is None:
        return records.dataset
    rows = results if protocol is None else results[results["protocol"] == protocol]
    return f"{records.dataset}, n={listing([str(n) for n in dict.fromkeys(rows['n_test'])])}"


def page_of(records: Records, section: str) -> str:
    """Link to a section of a dataset's page; its heading has the marks of `marked`."""
    return f"{records.dataset}/README.md{anchor(marked(records.kind, section))}"


def anchor(heading: str) -> str:
    """Return what leads to a heading on a page, as hosts of code make it from the heading's words."""
    return "#" + re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def named_network(records: Records, protocol: str, architecture: str) -> tuple[str, tuple[str, ...]]:
    """Name a network, with a mark and its note where it is not shown to be above chance in every framework."""
    name = short_name(architecture)
    return (f"{name}†", (_AT_CHANCE,)) if records.at_chance(protocol, architecture) else (name, ())
