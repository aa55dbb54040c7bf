"""What was found: sentences that the records bear out, each with its number and interval, in both directions."""

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import pandas as pd

from benchmarks.ablation.effects import ALL_STEPS
from benchmarks.datasets.kinds import guide_to, title_of
from benchmarks.parity.results import RESULTS as PARITY
from benchmarks.parity.results import read_results
from benchmarks.reporting.notation import framework_name, interval, listing, marked, scientific, short_name
from benchmarks.reporting.parity_page import PAGE as PARITY_PAGE
from benchmarks.reporting.records import Records, best_evidence
from benchmarks.scoring.baselines import LINEAR
from benchmarks.scoring.comparisons import EQUIVALENCE_MARGIN
from benchmarks.scoring.results import headline_rows
from benchmarks.scoring.verdict import of_claimed_dataset
from benchmarks.studies.protocol import Ablation
from benchmarks.studies.study import Claim, Mistake, PrintedResult, Study

_Row = dict[Hashable, Any]

# what the marks in the table mean, in markdown
_AT_CHANCE: Final = (
    "†: not shown to be above chance in every framework, so nothing shows that the network learned to tell the genres."
)
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
_SEEN: Final = r"\*\*: mostly tracks that the study trained on, so no estimate of its accuracy."
_APART: Final = (
    "‡: the largest difference of two values, as a share of the largest value of their layer or array. In float32 "
    "training makes rounding grow; in float64 the same program stays the same."
)
_EQUAL: Final = (
    f"Equal: shown to lie within {100 * EQUIVALENCE_MARGIN:g} points, a margin that was set beforehand. The other "
    "pairs are undecided: their intervals are too wide."
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


def all_findings(study: Study, records: Sequence[Records], reports: Path) -> list[Finding]:
    """Return what is known, from the claim to the data, each from the largest real dataset that bears on it.

    Parameters
    ----------
    study : Study
        Whose claim is tested.
    records : sequence of Records
        As `read_records` returns.
    reports : Path
        The folder of reports; its ``parity.json`` is read, too.
    """
    claim = study.claim
    whole = next((it for it in records if it.is_claimed(claim)), None)
    best = best_evidence(claim, records)
    found = claim_findings(claim, whole)
    if best:
        found += flaw_findings(study.ablation, best)
    if (reports / PARITY).is_file():
        found += parity_findings(study, read_results(reports))
    if best:
        found += [*framework_findings(best), *baseline_findings(best), *architecture_findings(best)]
        found += [*step_findings(study.ablation, best), *windows_split_findings(best), *leak_findings(best)]
    weights = (weights_findings(study, it.weights) for it in records if it.weights)
    found += next(filter(None, weights), [])
    return found + ([*copies_findings(best), *artists_findings(best)] if best else [])


def dataset_findings(study: Study, records: Records) -> list[Finding]:
    """Return what one dataset shows."""
    own = claim_findings(study.claim, records) if records.is_claimed(study.claim) else []
    return [
        *own,
        *flaw_findings(study.ablation, records),
        *framework_findings(records),
        *baseline_findings(records),
        *architecture_findings(records),
        *step_findings(study.ablation, records),
        *windows_split_findings(records),
        *leak_findings(records),
        *copies_findings(records),
        *artists_findings(records),
    ]


def claim_findings(claim: Claim, whole: Records | None) -> list[Finding]:
    """Say whether the claimed accuracies are what runs like ours give, or that this was not tested, or not so."""
    if whole is None or not whole.facts.get("verdicts"):
        claims = listing([f"{short_name(it.architecture)} {100 * it.accuracy:g}%" for it in claim.headlines])
        return [
            Finding(
                f"{'Not tested' if whole is None else 'No verdict yet'}: {claims} on {title_of(claim.dataset)}",
                f"no run on all its {claim.tracks} tracks" if whole is None else "see its page",
                "how to test it" if whole is None else "why",
                f"../docs/{guide_to(claim.dataset)}" if whole is None else f"{whole.dataset}/README.md",
            )
        ]
    verdicts = [it for it in whole.facts["verdicts"] if it["metric"] == "accuracy"]
    return [
        _verdict_finding(whole, claim, claimed, own)
        for claimed in claim.headlines
        if (
            own := [
                it
                for it in verdicts
                if (it["architecture"], it.get("unit", "track")) == (claimed.architecture, claimed.unit)
            ]
        )
    ]


def _verdict_finding(
    whole: Records, claim: Claim, result: PrintedResult, verdicts: Sequence[Mapping[str, Any]]
) -> Finding:
    claimed = f"{100 * result.accuracy:g}% for the {short_name(result.architecture)}"
    # where runs like ours lie, seen from the claim
    signs = {it["framework"]: _sign(it["low"] - it["claimed"], it["high"] - it["claimed"]) for it in verdicts}
    words, notes = _in_words(
        signs,
        f"{claimed}: below what runs like ours give",
        f"{claimed}: above what runs like ours give",
        f"{claimed}: one run like ours can give it",
    )
    ends = [f"{framework_name(it['framework'])} [{100 * it['low']:.0f}, {100 * it['high']:.0f}]%" for it in verdicts]
    number = f"one more run: {', '.join(ends)}"
    return Finding(words, number, _data(whole, claim.protocol), _page(whole, "accuracy"), notes)


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
            if {*_signs(_effects(step, "accuracy_effect")).values()} in ({1}, {-1})
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
            data = _data(records, steps_of.start)
            found.append(Finding(words, number, data, _page(records, "the ladder of flaws")))
    return found


def leak_findings(records: Records) -> list[Finding]:
    """Say what windows of one track on both sides of the split are worth, the commonest flaw of other studies."""
    if records.leak is None or records.leak.empty:
        return []
    rows = records.leak[records.leak["unit"] == "window"].to_dict("records")
    effects = {str(it["classifier"]): (it["difference"], it["difference_low"], it["difference_high"]) for it in rows}
    title = "Windows split, not tracks"
    words, partly = _in_words(
        _signs(effects), f"{title}: accuracies rise", f"{title}: accuracies fall", f"{title}: open"
    )
    data, page = f"{records.dataset}, {rows[0]['tracks']} tracks", _page(records, LEAK_SECTION)
    return [Finding(words, _points(effects), data, page, (*partly, _LEAK))]


def windows_split_findings(records: Records) -> list[Finding]:
    """Say what the networks gain where the windows of one track stand on both sides of the split."""
    if records.windows_split is None:
        return []
    of_windows = records.windows_split[records.windows_split["unit"] == "window"]
    found = []
    for (protocol, architecture), rows in of_windows.groupby(["protocol", "architecture"], sort=False):
        effects = _effects(rows, "difference", "difference")
        title = f"*{protocol}*, windows of {rows['seconds'].iloc[0]:.3g} s split: {short_name(str(architecture))}"
        words, partly = _in_words(_signs(effects), f"{title} rises", f"{title} falls", f"{title} open")
        data = f"{records.dataset}, n={rows['tracks'].iloc[0]}"
        page = _page(records, NETWORKS_SECTION)
        found.append(Finding(words, _points(effects), data, page, (*partly, _NETWORKS)))
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
        effects = _effects(group, "accuracy_effect")
        name, doubts = _named(records, at, str(architecture)) if at else (short_name(str(architecture)), ())
        words, partly = _in_words(
            _signs(effects), f"{title}: {name} rises", f"{title}: {name} falls", f"{title}: {name} open"
        )
        unpaired = (group["kind"] == "unpaired").all()
        number = f"{_points(effects)} *" if unpaired else _points(effects)
        marks = (*doubts, *partly, *((_OTHER_TRACKS,) if unpaired else ()), *notes)
        found.append(Finding(words, number, _data(records, tested), _page(records, "the ladder of flaws"), marks))
    return found


def _meaning(records: Records, name: str, rung: str, more: str = "") -> tuple[str, ...]:
    words = records.facts.get("ladder_steps", {}).get(rung)
    return (f"{name}: {words}.{more}",) if words else ()


def _single_steps(steps: Sequence[_Row]) -> str:
    """Count the intervals of single steps that exclude 0, and give the largest such effect."""
    excluded = [it for it in steps if _sign(it["accuracy_effect_low"], it["accuracy_effect_high"])]
    counted = f"{len(excluded)} of {len(steps)} exclude 0"
    if not excluded:
        return counted
    it = max(excluded, key=lambda it: abs(it["accuracy_effect"]))
    effect = _one(it["accuracy_effect"], it["accuracy_effect_low"], it["accuracy_effect_high"])
    return f"{counted}, largest {effect}"


def _named(records: Records, protocol: str, architecture: str) -> tuple[str, tuple[str, ...]]:
    """Name a network, with a mark and its note where it is not shown to be above chance in every framework."""
    name = short_name(architecture)
    return (f"{name}†", (_AT_CHANCE,)) if records.at_chance(protocol, architecture) else (name, ())


def parity_findings(study: Study, record: Mapping[str, Any]) -> list[Finding]:
    """Say whether the frameworks train the same models, of those that a study has; nothing where none was compared."""
    rows = [it for it in record["rows"] if it["architecture"] in study.architectures]
    if not rows:
        return []
    exact = [it for it in rows if it["precision"] == "float64"]
    if any(not it["within"] for it in rows):
        beyond = sum(not it["within"] for it in rows)
        number = f"{beyond} of {len(rows)} comparisons beyond their bound"
        return [Finding("Not shown: the frameworks train the same model", number, "generated arrays", PARITY_PAGE)]
    worst = max(it["difference"] for it in exact)
    number = f"at most {scientific(worst)} apart in {record['setting']['steps']} batches"
    if single := [it["difference"] for it in rows if it["precision"] == "float32"]:
        number += f"; in float32 {100 * max(single):.2g}%"
    words = "In float64 frameworks train the same model"
    return [Finding(words, f"{number} ‡", "generated arrays", PARITY_PAGE, (_APART,))]


def framework_findings(records: Records) -> list[Finding]:
    """Say whether the frameworks' accuracies differ, over all pairs of the headline epochs."""
    pairs = _compared(records, "framework")
    if not pairs:
        return []
    shown = [it for it in pairs if _sign(it["accuracy_low"], it["accuracy_high"])]
    equal = [it for it in pairs if it["equivalent"] == "yes"]
    largest = max(shown or pairs, key=lambda it: abs(it["accuracy_difference"]))
    difference = _one(largest["accuracy_difference"], largest["accuracy_low"], largest["accuracy_high"])
    if shown:
        words = f"Frameworks' accuracies differ in {len(shown)} of {len(pairs)} pairs"
    elif len(equal) == len(pairs):
        words = f"Frameworks equal within {100 * EQUIVALENCE_MARGIN:g} points, {len(pairs)} pairs"
    else:
        words = f"No framework shown better in {len(pairs)} pairs, {len(equal) or 'none'} equal"
    number = f"largest {difference}, {short_name(largest['within'])}, {largest['protocol']}"
    page = _page(records, "architectures and frameworks compared")
    return [Finding(words, number, _data(records), page, () if shown else (_EQUAL,))]


def architecture_findings(records: Records) -> list[Finding]:
    """Say which network is more accurate than which, a line a protocol and pair."""
    found = []
    groups: dict[tuple[str, str, str], list[_Row]] = {}
    for row in _compared(records, "architecture"):
        groups.setdefault((row["protocol"], row["first"], row["second"]), []).append(row)
    for (protocol, first, second), rows in groups.items():
        effects = {
            str(it["within"]): (it["accuracy_difference"], it["accuracy_low"], it["accuracy_high"]) for it in rows
        }
        (one, doubts), (other, others) = (_named(records, protocol, it) for it in (first, second))
        words, partly = _in_words(
            _signs(effects), f"{other} beats {one}", f"{one} beats {other}", f"{other} vs {one}: open"
        )
        page = _page(records, "architectures and frameworks compared")
        notes = (*doubts, *others, *partly)
        found.append(Finding(f"*{protocol}*: {words}", _points(effects), _data(records, protocol), page, notes))
    return found


def _compared(records: Records, kind: str) -> list[_Row]:
    """Return the comparisons of one kind, at the epoch of each protocol that stands first."""
    if records.comparisons is None or records.comparisons.empty:
        return []
    rows = headline_rows(records.comparisons)
    found: list[_Row] = rows[rows["kind"] == kind].to_dict("records")
    return found


def baseline_findings(records: Records) -> list[Finding]:
    """Say which networks beat logistic regression, and which it beats."""
    differences = records.differences
    if differences is None:
        return []
    linear = headline_rows(differences[differences["baseline"] == LINEAR])
    found = []
    for (protocol, architecture), group in linear.groupby(["protocol", "architecture"], sort=False):
        name, doubts = _named(records, str(protocol), str(architecture))
        effects = _effects(group, "accuracy", "accuracy_difference")
        words, partly = _in_words(
            _signs(effects),
            f"{name} beats baseline",
            f"baseline beats {name}",
            f"{name} vs baseline: open",
        )
        data, page = _data(records, str(protocol)), _page(records, "accuracy")
        found.append(Finding(f"*{protocol}*: {words}", _points(effects), data, page, (*doubts, *partly)))
    return found


def weights_heading(record: Mapping[str, Any]) -> str:
    """Name what the study's weights answered on a dataset, with a label where the audio is generated."""
    return marked(record["kind"], f"the study's weights on {record['dataset']}, {record['tracks']} tracks")


def answers_of(record: Mapping[str, Any], mistake: Mistake, side: Literal["better", "worse"]) -> list[dict[str, Any]]:
    """Return what the model of a mistake answered in every framework, under one of its two variants."""
    wanted = {"architecture": mistake.architecture, mistake.factor: getattr(mistake, side)}
    return [row for row in record["rows"] if wanted.items() <= row.items()]


def asked_of_claimed_dataset(claim: Claim, record: Mapping[str, Any]) -> bool:
    """Tell whether published weights were asked about tracks of the claim's dataset."""
    # a record of an earlier version knew no other name than the dataset's
    return of_claimed_dataset(claim, record["kind"], record.get("origin", record["dataset"]))


def shown_mistakes(study: Study, record: Mapping[str, Any]) -> list[Mistake]:
    """Return the mistakes that a record shows: on tracks of the claim's dataset, one variant better beyond doubt.

    That is better in every framework, with intervals that do not overlap.
    """
    if study.weights is None or not asked_of_claimed_dataset(study.claim, record):
        return []
    found = []
    for mistake in study.weights.mistakes:
        better, worse = (answers_of(record, mistake, side) for side in ("better", "worse"))
        if not (better and worse):
            continue
        if min(it["accuracy_low"] for it in better) > max(it["accuracy_high"] for it in worse):
            found.append(mistake)
    return found


def weights_findings(study: Study, record: Mapping[str, Any]) -> list[Finding]:
    """Say what the study's own weights show of its mistakes; nothing on audio that it did not use.

    Parameters
    ----------
    study : Study
        Whose weights.
    record : mapping
        The content of ``published-weights.json``.
    """
    if study.weights is None:
        return []
    page = f"{study.weights.page}{anchor(weights_heading(record))}"
    found = []
    for it in shown_mistakes(study, record):
        sides = [(it.names[side], answers_of(record, it, side)[0]) for side in ("worse", "better")]
        numbers = [
            f"{name} {100 * row['accuracy']:.0f}% {interval(100 * row['accuracy_low'], 100 * row['accuracy_high'], 0)}"
            for name, row in sides
        ]
        data = f"{record['dataset']}, n={sides[0][1]['n']} **"
        found.append(Finding(it.finding, ", ".join(numbers), data, page, (_SEEN,)))
    return found


def copies_findings(records: Records) -> list[Finding]:
    """Say how many copies the audit found."""
    copies = records.facts.get("copies")
    if copies is None:
        return []
    groups = copies["exact"] + copies["near"]
    words = (
        f"{groups} {'group' if groups == 1 else 'groups'} of copies among the tracks" if groups else "No copies found"
    )
    number = f"{copies['exact']} exact, {copies['near']} near, {copies['tracks']} tracks in all"
    data = f"{records.dataset}, {records.facts['tracks']} tracks"
    return [Finding(words, number, data, _page(records, "data audit"))]


def artists_findings(records: Records) -> list[Finding]:
    """Say of how many test tracks the artist stands on another side of the split, too."""
    artists = records.facts.get("artists")
    if not artists:
        return []
    shares = {protocol: f"{held} of {tested}" for protocol, (held, tested) in artists.items()}
    shared = any(it[0] for it in artists.values())
    words = "Test tracks whose artist is trained on, too" if shared else "No artist is trained on and tested"
    number = ", ".join(f"{protocol} {share}" for protocol, share in shares.items())
    data = f"{records.dataset}, {records.facts['tracks']} tracks"
    return [Finding(words, number, data, _page(records, "data audit"))]


def directions(study: Study, records: Records | None) -> str:
    """Say what is subtracted from what in the numbers of `all_findings`."""
    pairs = [] if records is None else [*_compared(records, "framework"), *_compared(records, "architecture")]
    named = {
        "framework": framework_name,
        "architecture": short_name,
    }
    names = [f"{named[it['kind']](it['second'])} minus {named[it['kind']](it['first'])}" for it in pairs]
    ladder = f"{study.ablation.end} minus {study.ablation.start}"
    leak = ["windows split minus tracks split"] if records and leak_findings(records) else []
    return ", ".join(["network minus baseline", *dict.fromkeys(names), ladder, *leak])


# framework: effect, low, high; fractions
_Effects = dict[str, tuple[float, float, float]]


def _effects(rows: pd.DataFrame, ends: str, middle: str | None = None) -> _Effects:
    return {
        it["framework"]: (it[middle or ends], it[f"{ends}_low"], it[f"{ends}_high"]) for it in rows.to_dict("records")
    }


def _signs(effects: _Effects) -> dict[str, int]:
    return {framework: _sign(low, high) for framework, (_, low, high) in effects.items()}


def _sign(low: float, high: float) -> int:
    """Return on which side of 0 an interval lies; 0 where it holds 0 or is none."""
    return int(low > 0) - int(high < 0)


def _in_words(signs: Mapping[str, int], above: str, below: str, neither: str) -> tuple[str, tuple[str, ...]]:
    """Choose the words that hold in every framework; where they disagree, say in how many it is shown, with a note."""
    words = {1: above, -1: below, 0: neither}
    if len({*signs.values()}) == 1:
        return words[next(iter(signs.values()))], ()
    found = [sign for sign in signs.values() if sign]
    counts = {sign: f"({found.count(sign)} of {len(signs)})" for sign in dict.fromkeys(found)}
    notes = [f"{count}: shown in so many." for count in dict.fromkeys(counts.values())]
    return "; ".join(f"{words[sign]} {count}" for sign, count in counts.items()), tuple(notes)


def _points(effects: _Effects) -> str:
    return ", ".join(f"{framework_name(it)} {_one(*effect)}" for it, effect in effects.items())


def _one(effect: float, low: float, high: float) -> str:
    """Write a difference of accuracies in whole points, in tenths where an end would round to a 0 that it is not."""
    digits = int(any(0 < abs(100 * it) < 0.5 for it in (low, high)))
    # a sum with 0.0 has no -0
    middle, first, last = (round(100 * it, digits) + 0.0 for it in (effect, low, high))
    return f"{middle:+.{digits}f} {interval(first, last, digits)}"


def _data(records: Records, protocol: str | None = None) -> str:
    """Name the dataset and how many tracks test."""
    results = records.results
    if results is None:
        return records.dataset
    rows = results if protocol is None else results[results["protocol"] == protocol]
    return f"{records.dataset}, n={listing([str(n) for n in dict.fromkeys(rows['n_test'])])}"


def _page(records: Records, section: str) -> str:
    """Link to a section of a dataset's page; its heading has the marks of `marked`."""
    return f"{records.dataset}/README.md{anchor(marked(records.kind, section))}"


def anchor(heading: str) -> str:
    """Return what leads to a heading on a page, as hosts of code make it from the heading's words."""
    return "#" + re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
