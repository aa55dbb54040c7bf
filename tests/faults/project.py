"""A project whose seven stages take seconds: a folder of noise, and a classifier that needs no framework."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from ruamel.yaml import YAML

from benchmarks.studies.study import FOLDER_VARIABLE
from tests.builders import REPOSITORY, STUDY, plain_params
from tests.softmax_regression import NAME

DATASET: Final = "mine"
STAGES: Final = ("fetch", "features", "audit", "train", "score", "report", "verify")
CODE: Final = ("benchmarks", "implementations", "tests")
_REGISTERED = f"""
_CLASSES.clear()
register({NAME!r}, "numpy", "tests.softmax_regression:SoftmaxRegression", ("numpy",))
"""
# a checkpoint after every epoch, so that no training is too short for one
_AT_ONCE: Final = "\nSECONDS = 0.0\n"


def make_code(folder: Path) -> None:
    """Copy the code, in which the one classifier is registered, for all processes that are started with it."""
    for name in CODE:
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    registry = folder / "implementations" / "registry.py"
    registry.write_text(registry.read_text(encoding="utf-8") + _REGISTERED, encoding="utf-8")
    checkpoints = folder / "benchmarks" / "execution" / "checkpoints.py"
    checkpoints.write_text(checkpoints.read_text(encoding="utf-8") + _AT_ONCE, encoding="utf-8")


def make_project(folder: Path, seeds: Sequence[int] = (0, 1), epochs: int = 20) -> None:
    """Write params.yaml and the audio."""
    content = plain_params()
    content["study"].update(frameworks=["numpy"], seeds=list(seeds))
    content["folders"] = {DATASET: "music"}
    content["reports"] = {
        DATASET: {"study": STUDY.name, "dataset": DATASET, "architectures": [NAME], "protocols": ["published"]}
    }
    for protocol in content["protocols"].values():
        protocol["schedule"].update(epochs=epochs, batch_size=4)
    folder.mkdir()
    YAML().dump(content, folder / "params.yaml")
    random = np.random.default_rng(0)
    for place, genre in enumerate(("blues", "jazz", "rock")):
        (folder / "music" / genre).mkdir(parents=True)
        for number in range(4):
            noise = random.uniform(-1, 1, 16 * 4000) * (place + 1) / 4
            soundfile.write(folder / "music" / genre / f"{number}.wav", noise, 4000)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)


def commit(folder: Path) -> None:
    """Commit the reports, which `verify` compares with."""
    subprocess.run(["git", "add", "reports"], cwd=folder, check=True)
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *who, "commit", "--quiet", "--message", "A report"], cwd=folder, check=True)


def command(stage: str) -> list[str]:
    """Return the command line of a stage."""
    return [sys.executable, "-m", "benchmarks", stage, "--dataset", DATASET]


def environment(code: Path) -> dict[str, str]:
    """Return what its processes are told."""
    studies = str(code / "tests" / "studies")
    return {**os.environ, "PYTHONPATH": str(code), FOLDER_VARIABLE: studies, "GENREBENCH_WORKERS": "2"}
