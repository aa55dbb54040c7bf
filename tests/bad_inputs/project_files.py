"""Features, runs and reports that are damaged, belong to something else, or hold what no stage writes."""

import io
import json
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from ruamel.yaml import YAML

from benchmarks.execution.plan import make_plan
from benchmarks.execution.run import execute
from benchmarks.runs import read_run, study_keys
from benchmarks.settings import load_settings
from tests import fake_project
from tests.bad_inputs.audio import NOISE
from tests.bad_inputs.case import Case, Group, changes, cut, patched, writes
from tests.builders import reseal

OF = ("--dataset", "synthetic")
MADE = (*OF, "--protocol", "published", "--architecture", fake_project.NAME, "--framework", "numpy")
RUN, SCORE = ("run", *MADE, "--seed", "7"), ("score", *OF)
# the protocol whose split keeps copies together
GROUPED = tuple("corrected" if it == "published" else it for it in RUN)
FEATURES = f"data/synthetic/features/{fake_project.FEATURES}.npy"
FOLDER = f"runs/synthetic/published/{fake_project.NAME}-numpy/seed-0"
CONFLICT = b"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> other\n"
REMAKE = "make it with: python -m benchmarks features --dataset synthetic"
NOT_FINISHED = rf"{FOLDER}: not a finished run \("


def start(folder: Path) -> None:
    """A small project with its runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        # for all cases: this process knows nothing else
        fake_project.register_alone(pytest.MonkeyPatch())
        fake_project.write_project(folder, epochs=2, per_genre=6, protocols=("published", "corrected"))
        params = folder / "params.yaml"
        content = YAML().load(params)
        content["study"]["frameworks"] = ["numpy"]
        YAML().dump(content, params)
        settings = load_settings()
        for key in study_keys(settings, "synthetic"):
            execute(make_plan(settings, key), lambda _: None)


def saved(array: NDArray[Any], *, allow_pickle: bool = False) -> bytes:
    target = io.BytesIO()
    np.save(target, array, allow_pickle=allow_pickle)
    return target.getvalue()


def header(shape: Sequence[int], kind: str = "<f4") -> bytes:
    """NPY that declares a shape and holds nothing."""
    return saved(np.zeros((1,), kind))[:-4].replace(b"(1,)", repr(tuple(shape)).encode())


def features(name: str, change: Callable[[bytes], bytes], words: str) -> Case:
    return Case(f"features, {name}", rf"{FEATURES}: {words}", changes(FEATURES, change), RUN)


def loaded(change: Callable[[NDArray[Any]], NDArray[Any]]) -> Callable[[bytes], bytes]:
    return lambda whole: saved(change(np.load(io.BytesIO(whole))))


def index(name: str, content: bytes | str, words: str) -> Case:
    return Case(
        f"features, {name}", rf"{FEATURES}: {words}", writes("data/synthetic/features/tracks.json", content), RUN
    )


def run(name: str, file: str, change: Callable[[bytes], bytes], words: str) -> Case:
    return Case(f"run, {name}", NOT_FINISHED + words, changes(f"{FOLDER}/{file}", change), SCORE)


def forged(name: str, spoil: Callable[[Path], dict[str, Any]], words: str) -> Case:
    """A run whose digests all fit, as somebody makes it who means harm."""

    def forge(folder: Path) -> None:
        reseal(folder / FOLDER, **spoil(folder / FOLDER))

    return Case(f"forged run, {name}", NOT_FINISHED + words, forge, lambda: read_run(Path(FOLDER)))


def forge_array(array: NDArray[Any], *, allow_pickle: bool = False) -> Callable[[Path], dict[str, Any]]:
    def write(folder: Path) -> dict[str, Any]:
        (folder / "last_epoch.npy").write_bytes(saved(array, allow_pickle=allow_pickle))
        return {}

    return write


def forge_history(text: str) -> Callable[[Path], dict[str, Any]]:
    def write(folder: Path) -> dict[str, Any]:
        (folder / "history.csv").write_text(text)
        return {}

    return write


def record(key: str, value: object) -> Callable[[bytes], bytes]:
    return lambda whole: json.dumps(json.loads(whole) | {key: value}).encode()


def without(key: str) -> Callable[[bytes], bytes]:
    return lambda whole: json.dumps({name: it for name, it in json.loads(whole).items() if name != key}).encode()


def project(name: str, file: str, content: bytes | str, words: str, command: Sequence[str] = RUN) -> Case:
    return Case(name, words, writes(file, content), command)


MANIFEST, AUDIT = "data/synthetic/manifest.json", "data/synthetic/audit.json"
FETCH_AGAIN, AUDIT_AGAIN = rf"{MANIFEST}: not a valid manifest, delete it and fetch", rf"{AUDIT}: .*audit"
DAMAGES = {"nothing": b"", "noise": NOISE, "a list": b"[]", "a merge": CONFLICT, "a number": b"1", "deep": b"[" * 5000}
CASES = [
    features("nothing", lambda _: b"", rf"cannot be opened \(.*\); {REMAKE}"),
    features("noise", lambda _: NOISE, rf"cannot be opened \(.*\); {REMAKE}"),
    features("text", lambda _: b"no array", rf"cannot be opened \(.*\); {REMAKE}"),
    features("cut", cut(0.5), rf"cannot be opened \(.*\); {REMAKE}"),
    features("an unknown version", patched(6, b"\x09"), rf"cannot be opened \(.*\); {REMAKE}"),
    features(
        "pickled objects", lambda _: saved(np.array([{}]), allow_pickle=True), rf"cannot be opened \(.*\); {REMAKE}"
    ),
    features("a pickle", lambda _: pickle.dumps([1]), rf"cannot be opened \(.*\); {REMAKE}"),
    features("4 TiB declared", lambda _: header((1 << 40,)), rf"cannot be opened \(.*\); {REMAKE}"),
    features("a shape below 0", lambda _: header((-5, 3)), rf"cannot be opened \(.*\); {REMAKE}"),
    features("a shape far below 0", lambda _: header((-500, 3)), rf"cannot be opened \(.*\); {REMAKE}"),
    features("a shape of 2^64", lambda _: header((1 << 64,)), rf"cannot be opened \(.*\); {REMAKE}"),
    features("a shape of 2^61", lambda _: header((1 << 61,)), rf"cannot be opened \(.*\); {REMAKE}"),
    features("an open bracket", lambda it: it.replace(b"}", b"(", 1), rf"cannot be opened \(.*\); {REMAKE}"),
    features("a zip of arrays", lambda _: b"PK\x03\x04" + NOISE, rf"cannot be opened \(.*\); {REMAKE}"),
    features("other tracks", loaded(lambda it: it[1:]), f"made from other tracks than the manifest lists; {REMAKE}"),
    features("a number", loaded(lambda it: it[0, 0, 0]), r"float32 of shape \(\), needs float32"),
    features("float64", loaded(lambda it: it.astype(np.float64)), rf"float64 of .*needs float32.*; {REMAKE}"),
    features("text in an array", loaded(lambda it: it.astype("U3")), rf"<U3 of .*needs float32.*; {REMAKE}"),
    features(
        "another shape", loaded(lambda it: it[:, :100]), rf"a track has the shape .*, in this feature set .*; {REMAKE}"
    ),
    features(
        "not a number",
        loaded(lambda it: np.where(it > 3, np.nan, it)),
        "the features of .+ hold a value that is not finite; make them with: ",
    ),
    features(
        "infinity",
        loaded(lambda it: np.where(it > 3, np.inf, it).astype(np.float32)),
        "the features of .+ hold a value that is not finite; make them with: ",
    ),
    Case("features, missing", rf"{FEATURES}: .*; {REMAKE}", lambda it: (it / FEATURES).unlink(), RUN),
    index("no list of tracks", "", rf"cannot be opened \(.*\); {REMAKE}"),
    index("a list of others", '["a", "b"]', f"made from other tracks than the manifest lists; {REMAKE}"),
    index("a list of numbers", "[1, 2]", f"made from other tracks than the manifest lists; {REMAKE}"),
    index("no list at all", "{}", f"made from other tracks than the manifest lists; {REMAKE}"),
    index("noise for a list", NOISE, rf"cannot be opened \(.*\); {REMAKE}"),
    index("a deep list", "[" * 5000, rf"cannot be opened \(.*\); {REMAKE}"),
    *(project(f"manifest, {name}", MANIFEST, content, FETCH_AGAIN) for name, content in DAMAGES.items()),
    *(project(f"audit, {name}", AUDIT, content, AUDIT_AGAIN, GROUPED) for name, content in DAMAGES.items()),
    Case(
        "manifest, a path outside",
        FETCH_AGAIN,
        changes(MANIFEST, lambda it: it.replace(b'"path": "', b'"path": "../', 1)),
        RUN,
    ),
    Case("manifest, a track twice", FETCH_AGAIN, changes(MANIFEST, lambda it: it.replace(b".00001", b".00000")), RUN),
    Case("manifest, cut", FETCH_AGAIN, changes(MANIFEST, cut(0.5)), RUN),
    *(
        run(f"run.json, {name}", "run.json", lambda _, content=content: content, r"run\.json")
        for name, content in DAMAGES.items()
    ),
    *(
        run(
            f"probabilities, {name}",
            "last_epoch.npy",
            lambda _, content=content: content,
            r"last_epoch\.npy is not what the run wrote",
        )
        for name, content in DAMAGES.items()
    ),
    run("weights cut", "last_epoch.safetensors", cut(0.5), r"last_epoch\.safetensors is not what the run wrote"),
    run(
        "a history with one more line",
        "history.csv",
        lambda it: it + b"3,0,0,0,0\n",
        r"history\.csv is not what the run wrote",
    ),
    run("another seed", "run.json", record("seed", 5), r"run\.json was changed after the run"),
    run("other labels", "run.json", record("test_labels", [0]), r"run\.json was changed after the run"),
    run("no digest", "run.json", without("sha256"), r"run\.json: 'sha256'"),
    run("no list of files", "run.json", without("files"), r"run\.json"),
    Case(
        "run, a file too many",
        NOT_FINISHED + "more.npy is not a file of the run",
        writes(f"{FOLDER}/more.npy", b""),
        SCORE,
    ),
    Case(
        "run, a file missing",
        NOT_FINISHED + r"history\.csv is missing",
        lambda it: (it / FOLDER / "history.csv").unlink(),
        SCORE,
    ),
    Case(
        "run, missing",
        "seed 0 is missing; make it with: dvc repro report@synthetic",
        lambda it: (it / FOLDER).rename(it / "elsewhere"),
        SCORE,
    ),
    forged(
        "pickled objects",
        forge_array(np.array([{}]), allow_pickle=True),
        "Array can't be memory-mapped: Python objects",
    ),
    forged(
        "another shape", forge_array(np.zeros((2, 2), np.float32)), r"last_epoch\.npy needs finite float32 of shape"
    ),
    forged("not a number", forge_array(np.full((6, 3), np.nan, np.float32)), r"last_epoch\.npy needs finite float32"),
    forged("a history of words", forge_history("epoch,loss\none,two\n"), r"history\.csv needs numbers"),
    forged("no history", forge_history(""), ""),
    forged("another epoch", lambda _: {"epochs": {"last_epoch": 9, "lowest_test_loss": 1}}, ""),
    forged("labels that are none", lambda _: {"test_labels": ["rock"]}, ""),
    forged("epochs that are a list", lambda _: {"epochs": []}, ""),
    forged("what decided it is gone", lambda _: {"decided_by": {}}, ""),
]
GROUP = Group(start, CASES)
