"""The page ``published-weights.md``: what the study's own weights answer, on every dataset that was asked."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.files import write_text
from benchmarks.published import claim
from benchmarks.published.evaluation import AS_PUBLISHED, AS_SAVED, FILE, MAPPED, TRANSPOSED
from benchmarks.reporting.findings import (
    STUDY_KINDS,
    WEIGHTS_PAGE,
    answers_of,
    is_better,
    weights_findings,
    weights_heading,
)
from benchmarks.reporting.rendering import render
from benchmarks.reporting.tables import markdown
from benchmarks.reporting.wording import framework_name, kind_words, listing, mean_interval, number
from benchmarks.verification.record import RECORD as DIGESTS
from benchmarks.verification.record import parse_record


def published_weights_table(record: dict[str, Any]) -> str:
    """Show a record as a table, a row a model and variant.

    Parameters
    ----------
    record : dict
        What `benchmarks.published.evaluation.evaluate` returns.
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


def split_words(record: dict[str, Any]) -> str:
    """Say whether the published split gives the genres of the study's test labels."""
    found = record["test_labels"]
    counts = ", ".join(f"{genre} {count}" for genre, count in found["counts"].items())
    words = (
        f"The study's {found['tracks']} test labels are {counts}. This project's published split of the 1000 tracks of "
        "GTZAN gives"
    )
    if found["agrees"]:
        return f"{words} the same labels in the same order."
    other = ", ".join(f"{genre} {count}" for genre, count in found["split"].items())
    return f"**The split differs from the study's.** {words} {other}; {found['equal']} labels are equal in their place."


def write_published_weights(reports: Path) -> None:
    """Write ``published-weights.md`` from every dataset's ``published-weights.json``; nothing where there is none."""
    paths = reports.glob(f"*/{FILE}")
    records = sorted((json.loads(path.read_text(encoding="utf-8")) for path in paths), key=_order)
    if not records:
        return
    features_now = _features_now(reports)
    page = render(
        "published-weights.md.jinja",
        repository=claim.REPOSITORY,
        as_published=AS_PUBLISHED,
        transposed=TRANSPOSED,
        as_saved=AS_SAVED,
        mapped=MAPPED,
        findings=next((found for it in records if (found := weights_findings(it))), []),
        datasets=[
            {
                "older": _older(it, features_now.get(it["dataset"], {})),
                "name": it["dataset"],
                "title": weights_heading(it),
                "table": published_weights_table(it),
                "differences": differences_words(it),
                "reading": _reading(it),
                "made": _made(it),
            }
            for it in records
        ],
        splits=list(dict.fromkeys(split_words(it) for it in records)),
    )
    write_text(reports / WEIGHTS_PAGE, page)


def _order(record: dict[str, Any]) -> tuple[bool, int, str]:
    """Return the place of a record: audio that the study used first, the most tracks before."""
    return record["kind"] not in STUDY_KINDS, -record["tracks"], record["dataset"]


def _features_now(reports: Path) -> dict[str, dict[str, str]]:
    """Return the digests of every dataset's feature sets that its record holds now."""
    paths = sorted(reports.glob(f"*/{DIGESTS}"))
    records = (parse_record(path.read_text(encoding="utf-8", errors="replace"), str(path)) for path in paths)
    return {record["dataset"]: record["features"] for record in records}


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


def _reading(record: dict[str, Any]) -> list[str]:
    """Say what a table means: the study's two mistakes where it shows them, and what it does not show."""
    if record["kind"] == "synthetic":
        return ["This is generated audio: these accuracies say nothing about the study. The differences do count."]
    if record["kind"] not in STUDY_KINDS:
        return [f"This is {kind_words(record['kind'])}, which the study did not use."]
    parts = []
    if is_better(answers_of(record, "cnn2d", labels=MAPPED), answers_of(record, "cnn2d", labels=AS_SAVED)):
        parts.append(
            f"The labels of the 2D CNN are permuted: {_accuracies(record, 'cnn2d', 'labels', MAPPED)} of its answers "
            f"are right when mapped, {_accuracies(record, 'cnn2d', 'labels', AS_SAVED)} as saved. The mapping is what "
            "follows when pictures in alphabetical order get the labels of the study's other list, whose order its "
            "test labels show. It is not fitted to these tracks."
        )
    if is_better(
        answers_of(record, "cnn_lstm", features=AS_PUBLISHED), answers_of(record, "cnn_lstm", features=TRANSPOSED)
    ):
        parts.append(
            "The 1D CNN - LSTM learned from scrambled MFCC: it is right for "
            f"{_accuracies(record, 'cnn_lstm', 'features', AS_PUBLISHED)} of the tracks with the MFCC reshaped as "
            f"published, {_accuracies(record, 'cnn_lstm', 'features', TRANSPOSED)} in their true order in time."
        )
    whole = claim.TRAIN_TRACKS + claim.TEST_TRACKS
    parts.append(
        f"These accuracies say nothing about music that the models have not heard. The study trained on "
        f"{claim.TRAIN_TRACKS} of the {whole} tracks of GTZAN, so most of the tracks here were in its training set. "
        "Which ones is not known."
    )
    return parts


def _accuracies(record: dict[str, Any], architecture: str, key: str, variant: str) -> str:
    """Write the accuracy of a variant, once where the frameworks agree."""
    found = [f"{_percent(row['accuracy'])}%" for row in answers_of(record, architecture, **{key: variant})]
    return listing(list(dict.fromkeys(found)))


def _percent(fraction: float) -> str:
    return number(100 * fraction, 1)
