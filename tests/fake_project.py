"""A project folder with a tiny dataset of random features, for a classifier that needs no framework."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from benchmarks.datasets.manifest import Manifest
from benchmarks.execution import local_workers, training_runs
from benchmarks.execution.plan import Plan
from benchmarks.execution.run import execute
from benchmarks.features.sets import feature_set
from benchmarks.runs import RunKey
from benchmarks.studies.protocol import Protocol
from implementations import registry
from tests.builders import STUDY, edit, fake_audit, fake_manifest, plain_params
from tests.softmax_regression import NAME

# what it sees under the study's protocol
FEATURES = STUDY.protocols["published"].features[NAME]


def register_alone(monkeypatch: pytest.MonkeyPatch, name: str = "SoftmaxRegression") -> None:
    """Let the registry know a class of `tests.softmax_regression` and nothing else."""
    monkeypatch.setattr(registry, "_CLASSES", {})
    monkeypatch.setattr(registry, "_PACKAGES", {})
    registry.register(NAME, "numpy", f"tests.softmax_regression:{name}", ("numpy",))


def train_here(monkeypatch: pytest.MonkeyPatch, note: Callable[[RunKey], object]) -> None:
    """Let runs be made in this process, one after the other; `note` is told of each that is finished."""

    def run(_: object, plan: Plan, __: object) -> None:
        execute(plan, lambda _: None)
        note(plan.key)

    monkeypatch.setattr(local_workers.LocalWorkers, "run", run)
    monkeypatch.setattr(training_runs, "worker_count", lambda: 1)


def write_project(
    folder: Path,
    *,
    epochs: int = 3,
    seeds: tuple[int, ...] = (0, 1),
    architectures: tuple[str, ...] = (NAME,),
    protocols: tuple[str, ...] = (),
    per_genre: int = 5,
    changes: Mapping[str, object] | None = None,
) -> Manifest:
    """Write params.yaml, a manifest, random features and an audit, as the stages before the training would.

    `changes` are made to params.yaml, by key.
    """
    content = plain_params()
    content["study"]["seeds"] = list(seeds)
    chosen = {"architectures": list(architectures), "protocols": list(protocols)}
    content["reports"] = {"synthetic": {"study": STUDY.name, "dataset": "synthetic", **chosen}}
    for protocol in content["protocols"].values():
        protocol["schedule"].update(epochs=epochs, batch_size=4)
    for key, value in (changes or {}).items():
        edit(content, key, value)
    YAML().dump(content, folder / "params.yaml")
    manifest = fake_manifest(per_genre=per_genre)
    manifest.write(folder / "data" / "synthetic" / "manifest.json")
    asked = [Protocol.model_validate(it) for it in content["protocols"].values()]
    names = dict.fromkeys(it.seen_by(name) for it in asked for name in architectures)
    write_features(folder, manifest, names=tuple(names))
    fake_audit(manifest).write(folder / "data" / "synthetic" / "audit.json")
    return manifest


def write_features(folder: Path, manifest: Manifest, seed: int = 0, names: tuple[str, ...] = (FEATURES,)) -> None:
    """Write noise around a level that is the genre."""
    features = folder / "data" / "synthetic" / "features"
    features.mkdir(exist_ok=True)
    genres = np.array([manifest.genres.index(track.genre) for track in manifest.used])
    for name in names:
        shape = feature_set(name).shape
        noise = np.random.default_rng(seed).normal(size=(len(genres), *shape))
        np.save(features / f"{name}.npy", (noise + genres.reshape(-1, *[1] * len(shape))).astype(np.float32))
    (features / "tracks.json").write_text(json.dumps([track.id for track in manifest.used]))
