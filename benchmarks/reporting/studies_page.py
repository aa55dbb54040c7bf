"""The page that sets the studies side by side: what each claims, what was measured, what correcting it leaves."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from benchmarks.datasets.kinds import title_of
from benchmarks.reporting.notation import NONE, UNIT_WORDS, framework_name, model_name
from benchmarks.reporting.records import Records, best_evidence, best_price
from benchmarks.reporting.rendering import render
from benchmarks.reporting.tables import ends, markdown
from benchmarks.scoring.results import headline_rows
from benchmarks.studies.study import PrintedResult, Study
from implementations.architectures import ARCHITECTURES, parameter_count

PAGE: Final = "studies.md"


def studies_page(studies: Sequence[Study], records: Sequence[Records]) -> str:
    """Write the page; empty where there are reports of fewer than two studies.

    Parameters
    ----------
    studies : sequence of Study
        Those of params.yaml, the first one first.
    records : sequence of Records
        Of all reports; those of an earlier version, which name no study, are the first study's.
    """
    own = {study.name: _records_of(study, studies, records) for study in studies}
    shown = [study for study in studies if own[study.name]]
    if len(shown) < 2:
        return ""
    rows = [_row(study, claimed, own[study.name]) for study in shown for claimed in study.claim.headlines]
    return render("studies.md.jinja", studies=shown, table=markdown(rows, left=3))


def _records_of(study: Study, studies: Sequence[Study], records: Sequence[Records]) -> list[Records]:
    names = {study.name, None} if study is studies[0] else {study.name}
    return [it for it in records if it.study in names]


def _row(study: Study, claimed: PrintedResult, records: Sequence[Records]) -> dict[str, str]:
    claim = study.claim
    best, priced = best_evidence(claim, records), best_price(claim, records)
    unit = "" if claimed.unit == "track" else f", {UNIT_WORDS[claimed.unit]}"
    row = {
        "Study": study.name,
        "Model": model_name(claimed.architecture),
        "Claim": f"{100 * claimed.accuracy:g}% on {title_of(claim.dataset)}{unit}",
        "Measured on": NONE,
        "As published": NONE,
        "Corrected": NONE,
        "Windows split (points)": NONE,
        "Cost of a run": _cost(claimed.architecture, study, None),
    }
    if best is None or best.results is None:
        return row
    return {
        **row,
        "Measured on": f"[{best.dataset}]({best.dataset}/README.md)",
        "As published": _measured(best, claimed, claim.protocol),
        "Corrected": _measured(best, claimed, study.ablation.end),
        "Windows split (points)": _windows_split(best, priced, claimed.architecture, claim.protocol),
        "Cost of a run": _cost(claimed.architecture, study, best),
    }


def _measured(best: Records, claimed: PrintedResult, protocol: str) -> str:
    """Write the accuracies of one network in the unit of the claim, a framework after the other."""
    found = best.results if claimed.unit == "track" else best.units
    if found is None:
        return NONE
    if claimed.unit != "track":
        found = found[found["unit"] == claimed.unit]
    shown = headline_rows(found).rename(columns={"accuracy_mean": "accuracy"})
    return _of_frameworks(shown, claimed.architecture, protocol, "accuracy")


def _windows_split(best: Records, priced: Records | None, architecture: str, protocol: str) -> str:
    """Write what a network gains where windows are split, and on what, where that is not what all else is of."""
    if priced is None or priced.windows_split is None:
        return NONE
    found = priced.windows_split
    shown = _of_frameworks(found[found["unit"] == "window"], architecture, protocol, "difference", "+")
    elsewhere = priced is not best and shown != NONE
    return f"[{priced.dataset}]({priced.dataset}/README.md): {shown}" if elsewhere else shown


def _of_frameworks(found: pd.DataFrame, architecture: str, protocol: str, column: str, sign: str = "") -> str:
    """Write a number of one network under one protocol, a framework after the other."""
    rows = found[(found["architecture"] == architecture) & (found["protocol"] == protocol)].to_dict("records")
    return "; ".join(f"{framework_name(row['framework'])} {ends(row, column, sign)}" for row in rows) or NONE


def _cost(architecture: str, study: Study, best: Records | None) -> str:
    """Say how often weights are changed, and how many there are: what a run costs, apart from the machine."""
    genres = 10 if best is None else int(best.facts["genres"])
    size = parameter_count(ARCHITECTURES[architecture], genres) / 1e6
    steps = ""
    if best is not None and best.results is not None:
        name, results = study.claim.protocol, best.results
        schedule = study.protocols[name].schedule
        batches = results[(results["architecture"] == architecture) & (results["protocol"] == name)]["batches"]
        if len(batches):
            steps = f"{schedule.epochs * int(batches.max()):,} steps of {schedule.batch_size}, "
    return f"{steps}{size:.2f} million weights"
