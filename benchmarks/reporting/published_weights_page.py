"""The page of a study's weights: what they answer, on every dataset that was asked."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Literal

from benchmarks.datasets.kinds import KINDS, title_of
from benchmarks.errors import GenrebenchError
from benchmarks.files import write_text
from benchmarks.published_weights.evaluation import FILE, read_answers
from benchmarks.reporting.notation import framework_name, kind_words, listing, mean_interval, number
from benchmarks.reporting.records import readable
from benchmarks.reporting.rendering import render
from benchmarks.reporting.tables import markdown
from benchmarks.reporting.weights_findings import (
    answers_of,
    asked_of_claimed_dataset,
    shown_mistakes,
    weights_findings,
    weights_heading,
)
from benchmarks.studies.study import Claim, Study
from benchmarks.verification.record import RECORD as DIGESTS
from benchmarks.verification.record import parse_record


def published_weights_table(record: dict[str, Any]) -> str:
    """Show a record as a table, a row a model and variant.

    Parameters
    ----------
    record : dict
        What `benchmarks.published_weights.evaluation.evaluate` returns.
    """
    rows = [
        {
            "Model": row["model"],
            "Framework": framework_name(row["framework"]),
            "Features": row["features"],
            "Labels": row["labels"],
            "Loss": number(row["loss"], 2),
            "Accuracy (%)": _accuracy(row),
        }
        for row in record["rows"]
    ]
    return markdown(rows, left=4)


def _accuracy(row: Mapping[str, Any]) -> str:
    return mean_interval(100 * row["accuracy"], 100 * row["accuracy_low"], 100 * row["accuracy_high"], 1)


def differences_words(record: dict[str, Any]) -> str:
    """Say how far the probabilities of the frameworks lie apart, and where that is too far."""
    found = []
    for it in record["differences"]:
        apart = f"{it['largest']:.1e}" if it["largest"] < it["limit"] else f"**{it['largest']:.1e}, too far**"
        found.append(f"{it['model']}, features {it['features']}: {apart}")
    limits = listing(list(dict.fromkeys(f"{it['limit']:.0e}" for it in record["differences"])))
    return f"Largest difference of a probability between frameworks, below {limits}: {'; '.join(found)}."


def split_words(claim: Claim, record: dict[str, Any]) -> str:
    """Say whether the split of the claim's protocol gives the genres of the study's test labels."""
    found = record["test_labels"]
    counts = ", ".join(f"{genre} {count}" for genre, count in found["counts"].items())
    words = (
        f"The study's {found['tracks']} test labels are {counts}. This project's {claim.protocol} split of the "
        f"{claim.tracks} tracks of {title_of(claim.dataset)} gives"
    )
    if found["agrees"]:
        return f"{words} the same labels in the same order."
    other = ", ".join(f"{genre} {count}" for genre, count in found["split"].items())
    return f"**The split differs from the study's.** {words} {other}; {found['equal']} labels are equal in their place."


def write_published_weights(study: Study, reports: Path) -> None:
    """Write the page of a study's weights from every ``published-weights.json``; nothing where there is none."""
    answers = readable(sorted(reports.glob(f"*/{FILE}")), read_answers)
    # a record of an earlier version, which knew one study, does not name it
    own = [it for it in answers if it.get("study", study.name) == study.name]
    if study.weights is None or not own:
        return
    records = sorted(own, key=partial(_order, study.claim))
    features_now = _features_now(reports)
    page = render(
        "published-weights.md.jinja",
        repository=study.source,
        weights=study.weights,
        findings=next((found for it in records if (found := weights_findings(study, it))), []),
        datasets=[
            {
                "older": _older(it, features_now.get(it["dataset"], {})),
                "name": it["dataset"],
                "title": weights_heading(it),
                "table": published_weights_table(it),
                "differences": differences_words(it),
                "reading": _reading(study, it),
                "made": _made(it),
            }
            for it in records
        ],
        splits=list(dict.fromkeys(split_words(study.claim, it) for it in records)),
    )
    write_text(reports / study.weights.page, page)


def _order(claim: Claim, record: dict[str, Any]) -> tuple[bool, int, str]:
    """Return the place of a record: audio that the study used first, the most tracks before."""
    return not asked_of_claimed_dataset(claim, record), -record["tracks"], record["dataset"]


def _features_now(reports: Path) -> dict[str, dict[str, str]]:
    """Return the digests of every dataset's feature sets that its record holds now."""
    found = {}
    for path in sorted(reports.glob(f"*/{DIGESTS}")):
        # a damaged record of another dataset is told where that one is verified
        with suppress(GenrebenchError):
            record = parse_record(path.read_text(encoding="utf-8", errors="replace"), str(path))
            found[record["dataset"]] = record["features"]
    return found


def _older(record: dict[str, Any], features_now: Mapping[str, str]) -> str:
    """Say so where the features that the weights saw are no longer those of the dataset's report."""
    saw = record["inputs"]["features_sha256"]
    if all(digest.startswith(features_now.get(name, "")) for name, digest in saw.items()):
        return ""
    name = record["dataset"]
    return (
        f"**Of older features.** The weights were asked about other features of {name} than those of its report now; "
        f"again: `python -m benchmarks published --dataset {name}`."
    )


def _made(record: dict[str, Any]) -> str:
    """Say with what a record was made, and where all of it stands."""
    path = f"{record['dataset']}/{FILE}"
    versions = record["versions"]
    libraries = [f"{name} {versions[name]}" for name in ("torch", "tensorflow", "keras", "h5py") if name in versions]
    return f"Made with {listing(libraries)}. All numbers, and the checksums of weights and features: [{path}]({path})."


def _reading(study: Study, record: dict[str, Any]) -> list[str]:
    """Say what a table means: the study's mistakes where it shows them, and what it does not show."""
    claim = study.claim
    if not KINDS[record["kind"]].real:
        return ["This is generated audio: these accuracies say nothing about the study. The differences do count."]
    if not asked_of_claimed_dataset(claim, record):
        return [f"This is {kind_words(record['kind'])}, which the study did not use."]
    sides: tuple[Literal["better", "worse"], ...] = ("better", "worse")
    return [
        *(
            mistake.words.format(**{side: _accuracies(answers_of(record, mistake, side)) for side in sides})
            for mistake in shown_mistakes(study, record)
        ),
        (
            f"These accuracies say nothing about music that the models have not heard. The study trained on "
            f"{claim.train_tracks} of the {claim.tracks} tracks of {title_of(claim.dataset)}, so most of the "
            "tracks here were in its training set. Which ones is not known."
        ),
    ]


def _accuracies(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write the accuracy of a variant, once where the frameworks agree."""
    return listing(list(dict.fromkeys(f"{_percent(row['accuracy'])}%" for row in rows)))


def _percent(fraction: float) -> str:
    return number(100 * fraction, 1)
