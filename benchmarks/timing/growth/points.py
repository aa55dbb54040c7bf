"""What a measuring process does: one point, through the code of the pipeline's own stages.

Inputs of the networks are random: they do the same arithmetic whatever the values are.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.timing.measuring.child import peak_memory

_MIB = 2**20

WhenWarm = Callable[[], None]


def child(function: Callable[[dict[str, Any], WhenWarm], dict[str, Any]]) -> None:
    """Measure the point that the command line holds, in this process, and print it."""

    def when_warm() -> None:
        print("warm", file=sys.__stdout__, flush=True)
        sys.stdin.readline()

    # standard output belongs to the point
    with redirect_stdout(sys.stderr):
        point = function(json.loads(sys.argv[1]), when_warm)
    print(json.dumps(point))


def features_point(case: dict[str, Any], when_warm: WhenWarm) -> dict[str, Any]:
    """Measure one `FeaturePoint`; ``clocked_s`` is all the time that is accounted for."""
    from benchmarks.datasets.manifest import Manifest
    from benchmarks.datasets.undecoded import undecoded_track
    from benchmarks.features.cache import make_features

    audio, files = Path(case["folder"]), case["files"]

    def seconds(number: int) -> float:
        paths = [files[place % len(files)] for place in range(number)]
        genres = [path.partition("/")[0] for path in paths]
        tracks = [
            undecoded_track(f"{genre}.{place:06d}", genre, path)
            for place, (genre, path) in enumerate(zip(genres, paths, strict=True))
        ]
        tracks.sort(key=lambda track: (track.genre, track.id))
        manifest = Manifest(dataset="growth", kind="synthetic", source="Files that repeat.", tracks=tuple(tracks))
        with TemporaryDirectory(dir=audio) as folder:
            return _seconds(lambda: make_features(manifest, audio, tuple(case["sets"]), Path(folder) / "features"))

    # a manifest has 2 genres
    fewest = max(2, case["workers"])
    # the first one also loads libraries in this process and files into the system's cache
    first = seconds(fewest)
    when_warm()
    times = [(seconds(fewest), seconds(case["tracks"])) for _ in range(case["repeats"])]
    start_up_s = median(few for few, _ in times)
    return {
        "tracks": case["tracks"],
        "repeats": case["repeats"],
        "seconds": round(median(taken for _, taken in times) - start_up_s, 3),
        "start_up_s": round(start_up_s, 3),
        "clocked_s": first + sum(map(sum, times)),
        "peak_mib": round(peak_memory(), 1),
        "worker_peak_mib": round(_maximum_resident(resource.RUSAGE_CHILDREN), 1),
    }


def training_point(case: dict[str, Any], when_warm: WhenWarm) -> dict[str, Any]:
    """Measure one `TrainingPoint`; everything on the way is done as a run does it."""
    import numpy as np

    from benchmarks.execution.run import THREADS
    from benchmarks.features.scaling import fit_scaler
    from benchmarks.features.sets import feature_set
    from benchmarks.timing.measuring.starting import BATCH_SIZE
    from benchmarks.timing.measuring.tasks import CLASSES, OPTIMIZER, SEED
    from implementations.architectures import ARCHITECTURES
    from implementations.interface import Schedule, batch_order
    from implementations.registry import implementation

    tracks = case["tracks"]
    # the study's 20 of 100 tracks
    watched = max(1, tracks // 4)
    shape = feature_set(case["features"]).shape
    rng = np.random.default_rng(SEED)
    features = rng.random((tracks + watched, *shape), dtype=np.float32)
    labels = rng.integers(CLASSES, size=tracks)

    clock = time.perf_counter()
    classifier_class = implementation(case["architecture"], case["framework"])
    classifier_class.configure(THREADS)
    architecture = replace(ARCHITECTURES[case["architecture"]], input_shape=shape)
    classifier = classifier_class(CLASSES, SEED, architecture=architecture)
    rows = np.arange(len(features))
    inputs, seen = features[rows[:tracks]], features[rows[tracks:]]
    scale = fit_scaler(case["scaling"], inputs)
    scale(inputs)
    scale(seen)
    # a run maps them from a file
    del features
    schedule = Schedule(1, BATCH_SIZE, OPTIMIZER)
    training = classifier.start_training(inputs, labels, schedule)
    warm_up = batch_order(SEED, 1, tracks)[: case["warm_up"]]
    training.epoch(warm_up)
    classifier.predict(seen)
    warm_s = time.perf_counter() - clock

    when_warm()
    times, predict_times = [], []
    for epoch in range(case["repeats"]):
        order = batch_order(SEED, 2 + epoch, tracks)
        times.append(_seconds(lambda order=order: training.epoch(order)))  # type: ignore[misc]
        predict_times.append(_seconds(lambda: classifier.predict(seen)))
    steady, predict_s = median(times), median(predict_times)
    return {
        **{key: case[key] for key in ("architecture", "framework", "features", "tracks", "repeats")},
        "watched": watched,
        "seconds": round(steady, 5),
        "predict_s": round(predict_s, 5),
        "start_up_s": round(max(0.0, warm_s - steady * len(warm_up) / tracks - predict_s), 3),
        "clocked_s": warm_s + sum(times) + sum(predict_times),
        "peak_mib": round(peak_memory(), 1),
    }


def _seconds(work: Callable[[], object]) -> float:
    clock = time.perf_counter()
    work()
    return time.perf_counter() - clock


def _maximum_resident(whose: int) -> float:
    # macOS counts bytes, others KiB
    return resource.getrusage(whose).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / _MIB
