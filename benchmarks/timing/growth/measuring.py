"""Which points are measured, each in a fresh process, one after the other."""

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any, Final

from benchmarks import provenance
from benchmarks.errors import GenrebenchError
from benchmarks.execution.last_words import last_words
from benchmarks.execution.parallel import worker_count
from benchmarks.features.sets import feature_set
from benchmarks.files import write_json
from benchmarks.protocols import features_of
from benchmarks.settings import Scaling, Settings, Synthetic
from benchmarks.timing.growth.record import RECORD, FeaturePoint, Growth, TrainingPoint
from benchmarks.timing.measuring.environments import as_a_run_is_told
from implementations.registry import source_files


@dataclass(frozen=True)
class Sizes:
    """How many tracks the points have.

    Attributes
    ----------
    features, training : tuple of int
        For features, and for the networks of the first protocol.
    more_training : tuple of int
        For the networks that only other protocols train: enough for a rate.
    together : int
        One of `training` and not of `more_training`: here networks also train beside each other.
    warm_up : int
        Tracks in the epoch before the timed ones: compilation, choice of kernels, memory pools.
    timed : int
        A point is repeated until it has seen so many tracks, five times at most.
    files_per_genre : int
        Audio files of each of the ten synthetic genres, at least 2; tracks repeat them.
    """

    features: tuple[int, ...] = (100, 300, 1000, 3000, 10000)
    training: tuple[int, ...] = (80, 200, 800, 3200)
    more_training: tuple[int, ...] = (80, 800)
    together: int = 200
    warm_up: int = 96
    timed: int = 1000
    files_per_genre: int = 4

    def repeats(self, tracks: int) -> int:
        """Return how often a point is timed."""
        return max(1, min(5, self.timed // tracks))


SIZES: Final = Sizes()


@dataclass(frozen=True)
class Network:
    """What is trained on what.

    Attributes
    ----------
    architecture, framework : str
        Names from the registry.
    features : str
        A feature set that fits the architecture.
    scaling : {"none", "standardise"}
        What is done to the features.
    """

    architecture: str
    framework: str
    features: str
    scaling: Scaling


def networks_of(settings: Settings, sizes: Sizes) -> list[tuple[Network, tuple[int, ...]]]:
    """Return the networks that the study trains, without those alike but for the values they see, and their tracks.

    Raises
    ------
    GenrebenchError
        If one is not implemented, or sees no features that fit it.
    """
    study = settings.study
    found: dict[tuple[object, ...], tuple[Network, tuple[int, ...]]] = {}
    for name, architecture, framework in product(study.protocols, study.architectures, study.frameworks):
        try:
            source_files(architecture, framework)
        except ValueError as error:
            raise GenrebenchError(f"params.yaml: study: {error}") from None
        protocol = settings.protocols[name]
        features = features_of(protocol, architecture)
        numbers = sizes.training if name == study.protocols[0] else sizes.more_training
        # the time depends on the shape alone
        kind = (architecture, framework, feature_set(features).shape)
        found.setdefault(kind, (Network(architecture, framework, features, protocol.scaling), numbers))
    return list(found.values())


def measure_growth(folder: Path, settings: Settings, sizes: Sizes = SIZES) -> Growth:
    """Measure every point and write ``growth.json``.

    Parameters
    ----------
    folder : Path
        Where to write it.
    settings : Settings
        The content of params.yaml: which feature sets and networks.
    sizes : Sizes
        How many tracks the points have.

    Raises
    ------
    GenrebenchError
        If a point cannot be measured; the record then stays as it was.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    study, workers = settings.study, worker_count()
    runs = len(study.protocols) * len(study.architectures) * len(study.frameworks) * len(study.seeds)
    at_once = min(workers, runs)
    # what is not legal ends it before anything is measured
    networks = networks_of(settings, sizes)
    with TemporaryDirectory() as temporary:
        files = _audio(Path(temporary), sizes)
        case = {"folder": temporary, "files": files, "sets": study.features, "workers": workers}
        features = [
            _features({**case, "tracks": tracks, "repeats": sizes.repeats(tracks)}) for tracks in sizes.features
        ]
    training = [_training(network, tracks, sizes, at_once) for network, numbers in networks for tracks in numbers]
    growth = Growth(
        workers=workers,
        at_once=at_once,
        files=len(files),
        sets=study.features,
        features=tuple(features),
        training=tuple(training),
        provenance={
            "started": started.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "wall_time_s": round(time.perf_counter() - clock, 1),
            "git": provenance.git_state(),
            "versions": provenance.versions(*study.frameworks),
            "machine": provenance.machine(),
        },
    )
    write_json(folder / RECORD, growth.model_dump(mode="json"))
    return growth


def _audio(folder: Path, sizes: Sizes) -> list[str]:
    """Write the synthetic tracks; return their paths, so that any two neighbours differ in genre."""
    from benchmarks.datasets.synthetic import generate

    print("growth: audio", flush=True)
    made = generate(folder, Synthetic(seed=0, tracks_per_genre=sizes.files_per_genre))
    return [path for _, _, path in sorted(made, key=lambda track: track[0].rpartition(".")[2])]


def _features(case: dict[str, Any]) -> FeaturePoint:
    print(f"growth: features, {case['tracks']} tracks: ", end="", flush=True)
    point = FeaturePoint(**in_processes("features_point", case, 1, {})[0])
    print(f"{point.seconds:.1f} s, {point.peak_mib:.0f} MiB", flush=True)
    return point


def _training(network: Network, tracks: int, sizes: Sizes, at_once: int) -> TrainingPoint:
    name = f"{network.architecture}-{network.framework} {network.features}"
    print(f"growth: {name}, {tracks} tracks: ", end="", flush=True)
    case = {**asdict(network), "tracks": tracks, "warm_up": sizes.warm_up, "repeats": sizes.repeats(tracks)}
    (alone,) = in_processes("training_point", case, 1, as_a_run_is_told())
    beside: list[dict[str, Any]] = []
    if tracks == sizes.together and at_once > 1:
        # at once after the same alone, so that a machine that has other work has it in both
        beside = in_processes("training_point", case, at_once, as_a_run_is_told())
    point = TrainingPoint(**alone, beside_s=tuple(it["seconds"] for it in beside))
    print(f"an epoch in {point.seconds:.2f} s, {point.peak_mib:.0f} MiB", flush=True)
    return point


def in_processes(function: str, case: dict[str, Any], number: int, environment: dict[str, str]) -> list[dict[str, Any]]:
    """Measure a point in a fresh process, or in some at the same time.

    Parameters
    ----------
    function : str
        Name of a function of `benchmarks.timing.growth.points`. It takes the case and a function to call once it is
        warm, which returns when all processes are.
    case : dict
        Given to each of them as JSON.
    number : int
        How many processes.
    environment : dict of str to str
        What their environment has besides that of this process.

    Returns
    -------
    list of dict
        What each returned; ``clocked_s``, the seconds that it accounts for, is replaced with ``process_s``, the
        rest of the process's life.

    Raises
    ------
    GenrebenchError
        If a process fails; the message holds what was said last.
    """
    code = f"from benchmarks.timing.growth import points; points.child(points.{function})"
    command = [sys.executable, "-c", code, json.dumps(case)]
    with TemporaryFile("w+", encoding="utf-8", errors="replace") as errors, ExitStack() as stack:
        clock = time.perf_counter()
        processes = []
        for _ in range(number):
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, **environment},
            )
            processes.append(stack.enter_context(process))
            # before it is waited for
            stack.callback(process.kill)
        if all(process.stdout and process.stdout.readline() for process in processes):
            for process in processes:
                print(file=process.stdin, flush=True)
            said = [process.communicate()[0] for process in processes]
            if not any(process.returncode for process in processes):
                lived = time.perf_counter() - clock
                points: list[dict[str, Any]] = [json.loads(words) for words in said]
                for point in points:
                    point["process_s"] = round(max(0.0, lived - point.pop("clocked_s")), 3)
                return points
        errors.seek(0)
        words = last_words(errors.read())
    what = ", ".join(f"{key} {value}" for key, value in case.items() if key not in {"folder", "files"})
    raise GenrebenchError(f"{function} of {what}: the process that measures it failed: {words}")
