"""What the published weights of a study show of its mistakes."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from benchmarks.reporting.finding import Finding, anchor
from benchmarks.reporting.notation import interval, marked
from benchmarks.scoring.verdict import of_claimed_dataset
from benchmarks.studies.study import Claim, Mistake, Study

_SEEN: Final = r"\*\*: mostly tracks that the study trained on, so no estimate of its accuracy."


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
