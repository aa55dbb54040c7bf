"""Fake manifests and finished runs: what scores and reports are made of, without training."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from benchmarks.ablation.record import Ladder, ends_digest
from benchmarks.ablation.windows_split import Prices
from benchmarks.audit.record import Audit, tracks_digest
from benchmarks.datasets.kinds import BUILT_IN
from benchmarks.datasets.manifest import DatasetKind, Manifest, Track
from benchmarks.files import file_digest, json_digest
from benchmarks.reporting.dataset_page import Findings, write_report
from benchmarks.runs import FinishedRun, Implementation, fingerprint
from benchmarks.scoring.baselines import LINEAR, MAJORITY, Baselines, write_baselines
from benchmarks.scoring.results import write_scores
from benchmarks.scoring.window_leak import write_window_leak
from benchmarks.settings import Settings
from benchmarks.studies.protocol import Protocol
from benchmarks.studies.study import FILE, FOLDER_VARIABLE, Study, load_study, study_folders

REPOSITORY = Path(__file__).parent.parent

# which nobody published: see `tests/studies/made_up`
STUDY = load_study("made_up")
_SEEN = STUDY.protocols[STUDY.claim.protocol]

GTZAN_GENRES = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")


def windowed(**change: Any) -> Protocol:
    """What the made-up study published, its tracks cut into windows, with what else is changed."""
    windows = {"samples": 66_150, "hop": 33_075, "count": 9}
    return _SEEN.changed({"windows": windows, "features": {"cnn2d": "log_mel_3s"}, **change})


def plain_params() -> dict[str, Any]:
    """The content of params.yaml for the made-up study on the datasets that are built in, with all its protocols."""
    content = YAML(typ="safe").load(REPOSITORY / "params.yaml")
    content |= STUDY.model_dump(mode="json", include={"protocols", "ablation"})
    content["reports"] = {name: {"study": STUDY.name, "dataset": name} for name in BUILT_IN}
    content["subsets"] = {}
    content["folders"] = {}
    return content


def edit(content: dict[str, Any], key: str, value: object) -> None:
    """Change one value; take it away where it is None."""
    *parents, last = key.split(".")
    place: Any = content
    for parent in parents:
        place = place[int(parent) if parent.isdigit() else parent]
    if value is None:
        del place[last]
    else:
        place[last] = value


def add_study(folder: Path, content: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be a study `small` beside the made-up one."""
    shutil.copytree(study_folders()[STUDY.name], folder / STUDY.name)
    (folder / "small").mkdir()
    YAML().dump(content, folder / "small" / FILE)
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))


def settings_of(content: dict[str, Any], report: str | None = None) -> Settings:
    """The settings of a params.yaml with all protocols, as one of its reports, by default the first, sees them."""
    return Settings.model_validate({**content, "name": report or next(iter(content["reports"]))})


def fake_manifest(
    kind: DatasetKind = "synthetic",
    *,
    genres: Sequence[str] = GTZAN_GENRES[:3],
    per_genre: int = 10,
    missing: dict[str, str] | None = None,
    dataset: str | None = None,
) -> Manifest:
    """A manifest of `per_genre` tracks a genre; `missing` maps ids of tracks that are left out to reasons."""
    missing = missing or {}
    tracks = []
    for genre in sorted(genres):
        for number in range(per_genre):
            track_id = f"{genre}.{number:05}"
            facts = {"id": track_id, "genre": genre, "path": f"{genre}/{number}.wav"}
            if track_id in missing:
                lost = {"duration": 0, "sample_rate": 0, "channels": 0, "pcm_md5": "", "status": "left_out"}
                tracks.append(Track(**facts, **lost, reason=missing[track_id]))
            else:
                tracks.append(Track(**facts, duration=30.0, sample_rate=22050, channels=1, pcm_md5=f"{number:032x}"))
    return Manifest(dataset=dataset or kind, kind=kind, source="A fake archive.", tracks=tuple(tracks))


def fake_audit(manifest: Manifest) -> Audit:
    """An audit that found no duplicates."""
    digest = tracks_digest(manifest)
    return Audit(dataset=manifest.dataset, tracks_sha256=digest, groups=(), closest=None, not_compared=())


def fake_run(
    manifest: Manifest,
    implementation: Implementation,
    seed: int = 0,
    *,
    protocol: str = "published",
    epochs: int = 5,
    test_share: float = 0.3,
) -> FinishedRun:
    """A run whose answers are right more often than not, drawn from the seed and the implementation."""
    labels = {track.id: manifest.genres.index(track.genre) for track in manifest.used}
    order = list(np.random.default_rng(42).permutation(sorted(labels)))
    n_test = max(1, int(test_share * len(order)))
    test = tuple(str(track) for track in order[:n_test])
    test_labels = np.array([labels[track] for track in test], dtype=np.int64)
    rng = np.random.default_rng([seed, crc32(f"{implementation} {protocol}".encode())])
    logits = rng.normal(size=(2, n_test, len(manifest.genres)))
    logits[:, np.arange(n_test), test_labels] += 1.5
    powers = np.exp(logits)
    last, lowest = (powers / powers.sum(axis=2, keepdims=True)).astype(np.float32)
    epoch = np.arange(1, epochs + 1)
    fall = np.exp(-epoch / max(1, epochs / 4))
    history = pd.DataFrame(
        {
            "epoch": epoch,
            "train_loss": 0.6 + 1.9 * fall + rng.normal(0, 0.03, epochs),
            "train_accuracy": 0.8 - 0.6 * fall + rng.normal(0, 0.01, epochs),
            "test_loss": 0.9 + 1.4 * fall + rng.normal(0, 0.08, epochs),
            "test_accuracy": 0.7 - 0.5 * fall + rng.normal(0, 0.02, epochs),
        }
    )
    return FinishedRun(
        dataset=manifest.dataset,
        protocol=protocol,
        implementation=implementation,
        seed=seed,
        genres=manifest.genres,
        train_tracks=tuple(str(track) for track in order[n_test:]),
        validation_tracks=(),
        test_tracks=test,
        test_labels=test_labels,
        epochs={"last_epoch": epochs, "lowest_test_loss": int(history["test_loss"].to_numpy().argmin()) + 1},
        probabilities={"last_epoch": last, "lowest_test_loss": lowest},
        history=history,
        decided_by=fake_decisions(implementation, seed, manifest.dataset, protocol),
    )


def fake_decisions(
    implementation: Implementation, seed: int, dataset: str = "synthetic", protocol: str = "published"
) -> dict[str, Any]:
    """What decided a run, with the choices of `published`."""
    library = {"pytorch": {"torch": "2.8.0"}, "tensorflow": {"tensorflow": "2.20.0", "keras": "3.11.0"}}
    return {
        "run": [0, dataset, protocol, implementation.architecture, implementation.framework, seed],
        "arithmetic": "portable",
        "held_by": {"MKL_CBWR": "COMPATIBLE"},
        "device": "cpu",
        "code": {"implementations/interface.py": "12" * 32},
        "versions": {"numpy": "2.4.6", **library.get(implementation.framework, {})},
        "features": {"name": _SEEN.features["cnn2d"], "sha256": "cd" * 32},
        "split": {"kept_together": "tracks", "sha256": "34" * 32},
        "protocol": {**_SEEN.model_dump(mode="json"), "features": {}},
        "architecture": {},
        "initial_weights": "56" * 32,
    }


def fake_making(run: FinishedRun) -> dict[str, Any]:
    """What is kept of the making of a run beside its results."""
    return {
        "fingerprint": fingerprint(run.decided_by),
        "started": f"2026-11-22T11:0{run.seed % 10}:00Z",
        "wall_time_s": 12.3 + run.seed,
        "git": {"commit": "0123456789abcdef0123456789abcdef01234567", "dirty": False},
        "machine": {
            "cpu": "A CPU @ 2.0 GHz",
            "cores": 2,
            "memory_gib": 23.5,
            "system": "Linux 6.1 x86_64",
            "python": "3.11.7",
        },
        "threads": 1,
        "device": "cpu",
        "arithmetic": "portable",
        "tracks": [len(run.train_tracks), len(run.validation_tracks or run.test_tracks)],
        "epochs": len(run.history),
        "parameter_count": 246298,
    }


def fake_runs(
    manifest: Manifest,
    *,
    architectures: Sequence[str] = ("cnn2d", "cnn_lstm"),
    frameworks: Sequence[str] = ("pytorch", "tensorflow"),
    seeds: Sequence[int] = (0, 1, 2),
    protocols: Sequence[str] = ("published",),
    epochs: int = 5,
) -> list[FinishedRun]:
    """Every combination, in the order of the run store."""
    return [
        fake_run(manifest, Implementation(architecture, framework), seed, protocol=protocol, epochs=epochs)
        for protocol in protocols
        for architecture in architectures
        for framework in frameworks
        for seed in seeds
    ]


def fake_baselines(runs: Sequence[FinishedRun]) -> Baselines:
    """Both baselines of every protocol, as if trained: 10% and 40% of the answers are right; networks gain 30 and 0."""
    row = {"n_train": 21, "n_test": 9, "loss": 2.5, "accuracy_low": 0.05, "accuracy_high": 0.5}
    scores = [
        {"protocol": protocol, "baseline": name, **row, "accuracy": accuracy}
        for protocol in dict.fromkeys(run.protocol for run in runs)
        for name, accuracy in ((MAJORITY, 0.1), (LINEAR, 0.4))
    ]
    networks = dict.fromkeys(
        (run.protocol, run.implementation.architecture, run.implementation.framework, selection)
        for run in runs
        for selection in sorted(run.probabilities)
    )
    differences = [
        {
            **dict(zip(("protocol", "architecture", "framework", "selection"), network, strict=True)),
            "baseline": name,
            "accuracy_difference": gained,
            "accuracy_low": gained - 0.1,
            "accuracy_high": gained + 0.1,
        }
        for name, gained in ((MAJORITY, 0.3), (LINEAR, 0.0))
        for network in networks
    ]
    return Baselines(pd.DataFrame(scores), pd.DataFrame(differences))


# of every rung of `fake_ladder` but the first: kind, effect and both ends of its interval
FAKE_EFFECTS = {
    "log_mel": ("paired", 0.04, -0.01, 0.09),
    "standardised": ("paired", 0.1, 0.02, 0.18),
    "corrected": ("unpaired", -0.25, -0.4, -0.1),
    "all steps": ("unpaired", -0.11, -0.3, 0.08),
}


def fake_leak(manifest: Manifest) -> pd.DataFrame:
    """As `benchmarks.scoring.window_leak.leak_table`: the classifiers' accuracies are raised by 10 and 20 points."""
    tracks = len(manifest.used)
    rows = []
    for classifier, raised in (("linear", 0.1), ("neighbour", 0.2)):
        for unit in ("window", "track"):
            row = {"classifier": classifier, "unit": unit, "tracks": tracks, "windows": 5 * tracks}
            for column, value in (("track_split", 0.5), ("window_split", 0.5 + raised), ("difference", raised)):
                row |= {column: value, f"{column}_low": value - 0.05, f"{column}_high": value + 0.05}
            rows.append(row)
    return pd.DataFrame(rows)


def fake_ladder(
    runs: Sequence[FinishedRun],
    *,
    architectures: Sequence[str] = ("cnn2d", "cnn_lstm"),
    frameworks: Sequence[str] = ("pytorch", "tensorflow"),
) -> Ladder:
    """A ladder of the effects above between the protocols of some runs; the first step leaves the CNN-LSTM alone."""
    protocols = plain_params()["protocols"]
    published, corrected = protocols["published"], protocols["corrected"]
    log_mel = {**published, "features": {**published["features"], "cnn2d": "log_mel_5s"}}
    rungs = [
        ("published", None, published),
        ("log_mel", "features", log_mel),
        ("standardised", "scaling", {**log_mel, "scaling": "standardise"}),
        ("corrected", "split", corrected),
    ]
    factor_of: dict[str, str | None] = {name: factor for name, factor, _ in rungs}
    names = ("accuracy_effect", "accuracy_effect_low", "accuracy_effect_high")
    rows = []
    for rung, (kind, *effect) in {"published": ("",), **FAKE_EFFECTS}.items():
        for architecture in architectures:
            touched = (rung, architecture) != ("log_mel", "cnn_lstm")
            for framework in frameworks:
                made = {"rung": rung, "factor": factor_of.get(rung) or "", "architecture": architecture}
                found = dict(zip(names, effect, strict=True)) if kind and touched else {}
                rows.append({**made, "framework": framework, "kind": kind if touched else "none", **found})
    facts = {
        "rungs": [
            {
                "name": name,
                "factor": factor,
                "selection": "lowest_test_loss",
                "kept_together": "tracks" if protocol["split"]["kind"] == "random" else "duplicates",
                "protocol": protocol,
            }
            for name, factor, protocol in rungs
        ],
        "runs": 18,
        "ends_sha256": ends_digest("published", "corrected", runs),
    }
    return Ladder(pd.DataFrame(rows), facts)


def write_fake_report(
    folder: Path,
    manifest: Manifest,
    runs: Sequence[FinishedRun],
    ladder: Ladder | None = None,
    prices: Prices | None = None,
    study: Study = STUDY,
) -> None:
    """Write scores, baselines and the page of some runs into a dataset's report folder."""
    baselines = fake_baselines(runs)
    write_scores(runs, folder)
    write_baselines(baselines, folder)
    leak = fake_leak(manifest)
    write_window_leak(leak, folder)
    write_report(Findings(manifest, fake_audit(manifest), runs, baselines, leak, ladder, prices, study), folder)


def folder_bytes(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def reseal(folder: Path, **changes: Any) -> None:
    """Change the record of a run, or files beside it before, and make all digests fit again, as a forger would."""
    path = folder / "run.json"
    facts = {**json.loads(path.read_text(encoding="utf-8")), **changes}
    facts["files"] = {name: file_digest(folder / name) for name in facts["files"]}
    facts["sha256"] = json_digest({name: it for name, it in facts.items() if name != "sha256"})
    path.write_text(json.dumps(facts), encoding="utf-8")
