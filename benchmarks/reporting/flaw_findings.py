"""What was found of flaws: the steps of the ladder, and windows of one track on both sides."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from benchmarks.ablation.effects import ALL_STEPS
from benchmarks.reporting.finding import (
    Finding,
    Row,
    data_words,
    difference_words,
    effects_of,
    in_words,
    named_network,
    page_of,
    points,
    sign_of,
    signs_of,
)
from benchmarks.reporting.notation import short_name
from benchmarks.reporting.records import Records
from benchmarks.studies.protocol import Ablation

# what the marks in the table mean, in markdown
_OTHER_TRACKS: Final = (
    r"\*: training and test tracks are others too, before and after, so this is not the effect of what was corrected "
    "alone."
)
_LEAK: Final = (
    "Windows split: the commonest flaw of the literature. linear and neighbour: logistic regression and nearest "
    "neighbour, on windows of 3 s."
)
_NETWORKS: Final = (
    "Windows of some seconds split: the network trained on windows, and again with these split at random instead of "
    "the tracks, all else equal; counted in windows, on those that both test."
)
LEAK_SECTION: Final = "windows of one track on both sides"
NETWORKS_SECTION: Final = "the networks with windows of one track on both sides"


def flaw_findings(steps_of: Ablation, records: Records) -> list[Finding]:
    """Say what correcting the flaws is worth: all of them, then each step that tests on other tracks."""
    rows = _ladder_rows(records)
    whole = rows["rung"] == ALL_STEPS
    found = _moves(records, rows[whole], "All flaws corrected", at=steps_of.end)
    for (rung, factor), group in rows[~whole & (rows["kind"] == "unpaired")].groupby(["rung", "factor"], sort=False):
        last = rung == steps_of.end
        # the last step has the name of a whole protocol, of which it is one factor
        name = f"The {factor} corrected" if last else f"Step `{rung}`"
        found += _moves(records, group, name, _meaning(records, name, str(rung)), at=steps_of.end if last else None)
    return found


def step_findings(steps_of: Ablation, records: Records) -> list[Finding]:
    """Say which step between equal test tracks is worth most to each network, or that none is shown to be."""
    rows = _ladder_rows(records)
    rows = rows[rows["rung"] != ALL_STEPS]
    found = []
    paired = rows[rows["kind"] == "paired"]
    for architecture in [] if records.ladder is None else dict.fromkeys(records.ladder["architecture"]):
        group = paired[paired["architecture"] == architecture]
        shown = {
            str(rung): abs(step["accuracy_effect"].mean())
            for rung, step in group.groupby("rung", sort=False)
            if {*signs_of(effects_of(step.to_dict("records"), "accuracy_effect")).values()} in ({1}, {-1})
        }
        if shown:
            largest = max(shown, key=lambda it: shown[it])
            name = f"Step `{largest}`"
            chosen = f" Of {group['rung'].nunique()} steps on the same tracks the largest that every framework shows; "
            meaning = _meaning(records, name, largest, f"{chosen}its interval is not corrected for that choice.")
            found += _moves(records, group[group["rung"] == largest], name, meaning, tested=steps_of.start)
        elif len(group):
            other = "other " if (rows["kind"] == "unpaired").any() else ""
            words = f"No {other}step moves the {short_name(str(architecture))} in every framework"
            number = _single_steps(group.to_dict("records"))
            # of paired steps the test tracks are those of the first protocol
            data = data_words(records, steps_of.start)
            found.append(Finding(words, number, data, page_of(records, "the ladder of flaws")))
    return found


def leak_findings(records: Records) -> list[Finding]:
    """Say what windows of one track on both sides of the split are worth, the commonest flaw of other studies."""
    if records.leak is None or records.leak.empty:
        return []
    rows = records.leak[records.leak["unit"] == "window"].to_dict("records")
    effects = effects_of(rows, "difference", by="classifier")
    title = "Windows split, not tracks"
    words, partly = in_words(
        signs_of(effects), f"{title}: accuracies rise", f"{title}: accuracies fall", f"{title}: open"
    )
    data, page = f"{records.dataset}, {rows[0]['tracks']} tracks", page_of(records, LEAK_SECTION)
    return [Finding(words, points(effects), data, page, (*partly, _LEAK))]


def windows_split_findings(records: Records | None) -> list[Finding]:
    """Say what the networks gain where the windows of one track stand on both sides of the split."""
    if records is None or records.windows_split is None:
        return []
    of_windows = records.windows_split[records.windows_split["unit"] == "window"]
    found = []
    for (protocol, architecture), rows in of_windows.groupby(["protocol", "architecture"], sort=False):
        effects = effects_of(rows.to_dict("records"), "difference")
        title = f"*{protocol}*, windows of {rows['seconds'].iloc[0]:.3g} s split: {short_name(str(architecture))}"
        words, partly = in_words(signs_of(effects), f"{title} rises", f"{title} falls", f"{title} open")
        data = f"{records.dataset}, n={rows['tracks'].iloc[0]}"
        page = page_of(records, NETWORKS_SECTION)
        found.append(Finding(words, points(effects), data, page, (*partly, _NETWORKS)))
    return found


def _ladder_rows(records: Records) -> pd.DataFrame:
    """Return the effects that were measured; none of a ladder of other runs."""
    ladder = records.ladder
    if ladder is None or not records.facts.get("ladder_current"):
        return pd.DataFrame(columns=["rung", "factor", "architecture", "kind"])
    return ladder[ladder["kind"].isin(["paired", "unpaired"])]


def _moves(
    records: Records,
    rows: pd.DataFrame,
    title: str,
    notes: tuple[str, ...] = (),
    *,
    at: str | None = None,
    tested: str | None = None,
) -> list[Finding]:
    """Say for each network whether its accuracy rises or falls.

    `at` is the protocol that it comes to, `tested` that whose test tracks it keeps.
    """
    found = []
    for architecture, group in rows.groupby("architecture", sort=False):
        effects = effects_of(group.to_dict("records"), "accuracy_effect")
        name, doubts = named_network(records, at, str(architecture)) if at else (short_name(str(architecture)), ())
        words, partly = in_words(
            signs_of(effects), f"{title}: {name} rises", f"{title}: {name} falls", f"{title}: {name} open"
        )
        unpaired = (group["kind"] == "unpaired").all()
        number = f"{points(effects)} *" if unpaired else points(effects)
        marks = (*doubts, *partly, *((_OTHER_TRACKS,) if unpaired else ()), *notes)
        found.append(
            Finding(words, number, data_words(records, tested), page_of(records, "the ladder of flaws"), marks)
        )
    return found


def _meaning(records: Records, name: str, rung: str, more: str = "") -> tuple[str, ...]:
    words = records.facts.get("ladder_steps", {}).get(rung)
    return (f"{name}: {words}.{more}",) if words else ()


def _single_steps(steps: Sequence[Row]) -> str:
    """Count the intervals of single steps that exclude 0, and give the largest such effect."""
    excluded = [it for it in steps if sign_of(it["accuracy_effect_low"], it["accuracy_effect_high"])]
    counted = f"{len(excluded)} of {len(steps)} exclude 0"
    if not excluded:
        return counted
    it = max(excluded, key=lambda it: abs(it["accuracy_effect"]))
    effect = difference_words(it["accuracy_effect"], it["accuracy_effect_low"], it["accuracy_effect_high"])
    return f"{counted}, largest {effect}"
