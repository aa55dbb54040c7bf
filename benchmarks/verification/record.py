"""The record of a dataset's runs: digests of all that went in and came out, small enough to be committed.

``reports/<dataset>/digests.json`` is what a rerun is compared with. It holds nothing of when and where.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from benchmarks.datasets.manifest import Manifest
from benchmarks.errors import GenrebenchError
from benchmarks.features.code import feature_code, feature_versions
from benchmarks.files import file_digest, json_digest, write_json
from benchmarks.meaning import meaning_digest
from benchmarks.paths import features_folder
from benchmarks.runs import FinishedRun, Implementation, RunKey
from benchmarks.scoring.answers import Answers, collect_answers
from benchmarks.scoring.intervals import FRACTION, LOSS, Interval, prediction_interval
from benchmarks.scoring.metrics import score_run

RECORD: Final = "digests.json"
_FORM: Final = 1
_FIELDS: Final = (
    *("form", "dataset", "manifest", "tracks", "features", "feature_code", "feature_versions"),
    *("expected", "parts", "runs"),
)
# hexadecimal digits: enough that no two things share them by accident
_SHORT, _EPOCH = 16, 4


def make_record(manifest: Manifest, runs: Sequence[FinishedRun]) -> dict[str, Any]:
    """Digest what decided the runs of a dataset, and what they left.

    Parameters
    ----------
    manifest : Manifest
        The dataset's tracks.
    runs : sequence of FinishedRun
        As they were read.

    Returns
    -------
    dict
        What `digest_sources` returns; features (digest of each set), runs (by name: decided_by, short digests of
        probabilities, weights and every epoch of the history, scores), parts (what several runs were decided by), and
        expected: for every implementation and selection where one further run is expected, in 95 of 100 cases.
    """
    digests = {run_name(run): run_digests(run) for run in runs}
    parts: dict[str, Any] = {}
    for one in digests.values():
        one["decided_by"] = {name: _shared(parts, name, value) for name, value in one["decided_by"].items()}
    sources = digest_sources(manifest)
    return {
        "form": _FORM,
        "dataset": manifest.dataset,
        "manifest": sources["manifest"],
        "tracks": sources["tracks"],
        "features": {
            path.stem: file_digest(path)[:_SHORT] for path in sorted(features_folder(manifest.dataset).glob("*.npy"))
        },
        "feature_code": sources["feature_code"],
        "feature_versions": sources["feature_versions"],
        "expected": {
            expected_name(it.protocol, it.implementation, it.selection): _expected(it) for it in collect_answers(runs)
        },
        "parts": parts,
        "runs": digests,
    }


def digest_sources(manifest: Manifest) -> dict[str, Any]:
    """Digest what the features of a dataset come from.

    Returns
    -------
    dict
        manifest (digest of its list), tracks (digest of the samples of each), feature_code and feature_versions.
    """
    return {
        "manifest": _short(json.dumps([[it.id, it.genre, it.path, it.status] for it in manifest.tracks])),
        "tracks": {track.id: track.pcm_md5[:_SHORT] for track in manifest.used},
        "feature_code": {name: meaning_digest(path)[:_SHORT] for name, path in sorted(feature_code().items())},
        "feature_versions": feature_versions(),
    }


def _shared(parts: dict[str, Any], name: str, value: Any) -> Any:
    """Put a mapping, which many runs have in common, among the parts of the record; return what it is called there."""
    if not isinstance(value, dict):
        return value
    called = f"{name} {json_digest(value)[:_SHORT]}"
    parts[called] = value
    return called


def decisions(record: Mapping[str, Any], run: str) -> dict[str, Any]:
    """Return what decided a run of a record, with short digests; see `benchmarks.execution.plan.Plan.decided_by`."""
    given = record["runs"][run]["decided_by"]
    return {name: record["parts"].get(value, value) for name, value in given.items()}


def write_record(record: dict[str, Any], folder: Path) -> None:
    """Write ``digests.json`` into a dataset's report folder."""
    write_json(folder / RECORD, record)


def parse_record(text: str, where: str) -> dict[str, Any]:
    """Read a record.

    Parameters
    ----------
    text : str
        The content of the file.
    where : str
        What it is called in the message of an error.

    Raises
    ------
    GenrebenchError
        If it is no record.
    """
    again = "restore it with git, or make it again: python -m nox -s report -- --dataset NAME"
    try:
        record: dict[str, Any] = dict(json.loads(text))
        for name in _FIELDS:
            record[name]
        for run in record["runs"].values():
            run["decided_by"], run["files"], run["epochs"], run["scores"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GenrebenchError(f"{where}: no record of digests ({error}); {again}") from None
    if record["form"] != _FORM:
        raise GenrebenchError(
            f"{where}: a record of form {record['form']}, this version reads form {_FORM}; take the version that wrote "
            f"it, or {again}"
        )
    return record


def run_name(run: FinishedRun | RunKey) -> str:
    """Name a run inside its dataset."""
    return f"{run.protocol} {run.implementation} seed {run.seed}"


def expected_name(protocol: str, implementation: Implementation, selection: str) -> str:
    """Name an implementation at a scored epoch inside its dataset."""
    return f"{protocol} {implementation} {selection}"


def run_digests(run: FinishedRun) -> dict[str, Any]:
    """Return what a record holds of one run that was read."""
    scores = {name: score_run(run, name) for name in sorted(run.probabilities)}
    return {
        "decided_by": _without_long_digests(run.decided_by),
        "files": {name: digest[:_SHORT] for name, digest in run.files.items()},
        "epochs": _epoch_digests(run.history),
        "scores": {name: [_rounded(it.accuracy), _rounded(it.loss)] for name, it in scores.items()},
    }


def _without_long_digests(value: Any) -> Any:
    """Shorten the digests inside nested mappings, and leave out what only says which run it is."""
    if isinstance(value, dict):
        return {name: _without_long_digests(it) for name, it in value.items() if name != "run"}
    return value[:_SHORT] if isinstance(value, str) and len(value) == 64 else value


def _epoch_digests(history: pd.DataFrame) -> str:
    """Return four hexadecimal digits an epoch: enough to see where two trainings part."""
    values = history.to_numpy(dtype=np.float64)
    return "".join(hashlib.sha256(np.ascontiguousarray(row).tobytes()).hexdigest()[:_EPOCH] for row in values)


def first_epoch_apart(before: str, after: str) -> int | None:
    """Return the first epoch, from 1, at which two trainings differ; None where they do not."""
    epochs = [[it[start : start + _EPOCH] for start in range(0, len(it), _EPOCH)] for it in (before, after)]
    for number, (one, other) in enumerate(zip(*epochs, strict=False), start=1):
        if one != other:
            return number
    lengths = [len(it) for it in epochs]
    return None if lengths[0] == lengths[1] else min(lengths) + 1


def _expected(answers: Answers) -> dict[str, list[float | None]]:
    n = len(answers.tracks)
    accuracy = prediction_interval(answers.right.astype(np.float64), n, FRACTION)
    loss = prediction_interval(answers.losses, n, LOSS)
    return {"accuracy": _ends(accuracy), "loss": _ends(loss)}


def _ends(interval: Interval) -> list[float | None]:
    return [None if np.isnan(end) else _rounded(end) for end in interval]


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_SHORT]
