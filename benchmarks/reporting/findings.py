"""What was found: sentences that the records bear out, each with its number and interval, in both directions."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.datasets.kinds import guide_to, title_of
from benchmarks.parity.results import RESULTS as PARITY
from benchmarks.parity.results import read_results
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
from benchmarks.reporting.flaw_findings import flaw_findings, leak_findings, step_findings, windows_split_findings
from benchmarks.reporting.notation import framework_name, listing, scientific, short_name
from benchmarks.reporting.parity_page import PAGE as PARITY_PAGE
from benchmarks.reporting.records import Records, best_evidence, best_price
from benchmarks.reporting.weights_findings import weights_findings
from benchmarks.scoring.baselines import LINEAR
from benchmarks.scoring.comparisons import EQUIVALENCE_MARGIN
from benchmarks.scoring.results import headline_rows
from benchmarks.studies.study import Claim, PrintedResult, Study

# what the marks in the table mean, in markdown
_APART: Final = (
    "‡: the largest difference of two values, as a share of the largest value of their layer or array. In float32 "
    "training makes rounding grow; in float64 the same program stays the same."
)
_EQUAL: Final = (
    f"Equal: shown to lie within {100 * EQUIVALENCE_MARGIN:g} points, a margin that was set beforehand. The other "
    "pairs are undecided: their intervals are too wide."
)


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
    best, priced = best_evidence(claim, records), best_price(claim, records)
    found = claim_findings(claim, whole)
    if best:
        found += flaw_findings(study.ablation, best)
    if (reports / PARITY).is_file():
        found += parity_findings(study, read_results(reports))
    if best:
        found += [*framework_findings(best), *baseline_findings(best), *architecture_findings(best)]
        found += [*step_findings(study.ablation, best), *windows_split_findings(priced), *leak_findings(best)]
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
    signs = {it["framework"]: sign_of(it["low"] - it["claimed"], it["high"] - it["claimed"]) for it in verdicts}
    words, notes = in_words(
        signs,
        f"{claimed}: below what runs like ours give",
        f"{claimed}: above what runs like ours give",
        f"{claimed}: one run like ours can give it",
    )
    ends = [f"{framework_name(it['framework'])} [{100 * it['low']:.0f}, {100 * it['high']:.0f}]%" for it in verdicts]
    number = f"one more run: {', '.join(ends)}"
    return Finding(words, number, data_words(whole, claim.protocol), page_of(whole, "accuracy"), notes)


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
    shown = [it for it in pairs if sign_of(it["accuracy_low"], it["accuracy_high"])]
    equal = [it for it in pairs if it["equivalent"] == "yes"]
    largest = max(shown or pairs, key=lambda it: abs(it["accuracy_difference"]))
    difference = difference_words(largest["accuracy_difference"], largest["accuracy_low"], largest["accuracy_high"])
    if shown:
        words = f"Frameworks' accuracies differ in {len(shown)} of {len(pairs)} pairs"
    elif len(equal) == len(pairs):
        words = f"Frameworks equal within {100 * EQUIVALENCE_MARGIN:g} points, {len(pairs)} pairs"
    else:
        words = f"No framework shown better in {len(pairs)} pairs, {len(equal) or 'none'} equal"
    number = f"largest {difference}, {short_name(largest['within'])}, {largest['protocol']}"
    page = page_of(records, "architectures and frameworks compared")
    return [Finding(words, number, data_words(records), page, () if shown else (_EQUAL,))]


def architecture_findings(records: Records) -> list[Finding]:
    """Say which network is more accurate than which, a line a protocol and pair."""
    found = []
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in _compared(records, "architecture"):
        groups.setdefault((row["protocol"], row["first"], row["second"]), []).append(row)
    for (protocol, first, second), rows in groups.items():
        effects = effects_of(rows, "accuracy", "accuracy_difference", by="within")
        (one, doubts), (other, others) = (named_network(records, protocol, it) for it in (first, second))
        words, partly = in_words(
            signs_of(effects), f"{other} beats {one}", f"{one} beats {other}", f"{other} vs {one}: open"
        )
        page = page_of(records, "architectures and frameworks compared")
        notes = (*doubts, *others, *partly)
        found.append(Finding(f"*{protocol}*: {words}", points(effects), data_words(records, protocol), page, notes))
    return found


def _compared(records: Records, kind: str) -> list[Row]:
    """Return the comparisons of one kind, at the epoch of each protocol that stands first."""
    if records.comparisons is None or records.comparisons.empty:
        return []
    rows = headline_rows(records.comparisons)
    found: list[Row] = rows[rows["kind"] == kind].to_dict("records")
    return found


def baseline_findings(records: Records) -> list[Finding]:
    """Say which networks beat logistic regression, and which it beats."""
    differences = records.differences
    if differences is None:
        return []
    linear = headline_rows(differences[differences["baseline"] == LINEAR])
    found = []
    for (protocol, architecture), group in linear.groupby(["protocol", "architecture"], sort=False):
        name, doubts = named_network(records, str(protocol), str(architecture))
        effects = effects_of(group.to_dict("records"), "accuracy", "accuracy_difference")
        words, partly = in_words(
            signs_of(effects),
            f"{name} beats baseline",
            f"baseline beats {name}",
            f"{name} vs baseline: open",
        )
        data, page = data_words(records, str(protocol)), page_of(records, "accuracy")
        found.append(Finding(f"*{protocol}*: {words}", points(effects), data, page, (*doubts, *partly)))
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
    return [Finding(words, number, data, page_of(records, "data audit"))]


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
    return [Finding(words, number, data, page_of(records, "data audit"))]


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
