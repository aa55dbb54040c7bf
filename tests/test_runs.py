import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file

from benchmarks.errors import GenrebenchError
from benchmarks.files import file_digest, json_digest, write_json
from benchmarks.runs import (
    KEPT,
    RUNS,
    FinishedRun,
    Implementation,
    RunKey,
    fingerprint,
    read_run,
    set_aside,
    set_others_aside,
    state_of,
    study_keys,
    take_back,
    was_made_here,
    write_run,
)
from benchmarks.settings import load_settings
from tests.builders import fake_making, fake_manifest, fake_run, reseal
from tests.test_files import left_by_a_killed_process

IMPLEMENTATION = Implementation("cnn2d", "pytorch")
RUN = fake_run(fake_manifest(), IMPLEMENTATION)
RUN.decided_by["protocol"]["schedule"]["epochs"] = len(RUN.history)
PRINT = fingerprint(RUN.decided_by)
KEY = RunKey("synthetic", "published", IMPLEMENTATION, 0)
WEIGHTS = {
    name: {"dense/kernel": np.arange(6, dtype=np.float32).reshape(2, 3)} for name in ("last_epoch", "lowest_test_loss")
}
FILES = ("history.csv", *(f"{name}.{kind}" for name in WEIGHTS for kind in ("npy", "safetensors")))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished run in the store of the working folder."""
    monkeypatch.chdir(tmp_path)
    write_run(KEY.folder, RUN, WEIGHTS)
    return KEY.folder


def test_a_run_is_read_as_it_was_written(folder: Path) -> None:
    back = read_run(folder)
    before, after = asdict(RUN), asdict(back)
    for name in ("history", "probabilities", "test_labels"):
        before.pop(name)
        after.pop(name)
    # a run that was not written yet has no files
    assert before.pop("files") == {}
    assert after.pop("files") == {path.name: file_digest(path) for path in folder.iterdir() if path.name != "run.json"}
    assert before == after
    np.testing.assert_array_equal(RUN.test_labels, back.test_labels)
    for selection, values in RUN.probabilities.items():
        np.testing.assert_array_equal(values, back.probabilities[selection])
        assert back.probabilities[selection].dtype == np.float32
        weights = load_file(folder / f"{selection}.safetensors")
        np.testing.assert_array_equal(weights["dense/kernel"], WEIGHTS[selection]["dense/kernel"])
    np.testing.assert_array_equal(RUN.history.to_numpy(), back.history.to_numpy())
    assert list(RUN.history) == list(back.history)


def test_the_same_run_is_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_run(tmp_path / "again", RUN, WEIGHTS)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_a_run_is_finished_only_with_its_fingerprint(folder: Path, tmp_path: Path) -> None:
    assert state_of(folder, PRINT).kind == "finished"
    assert state_of(folder, "f" * 64).kind == "other"
    assert state_of(tmp_path / "nowhere", PRINT).kind == "missing"


def perfect_answers(folder: Path) -> None:
    probabilities = np.eye(3, dtype=np.float32)[RUN.test_labels]
    np.save(folder / "last_epoch.npy", probabilities, allow_pickle=False)


def other_labels(folder: Path) -> None:
    facts = json.loads((folder / "run.json").read_text())
    facts["test_labels"] = facts["test_labels"][::-1]
    (folder / "run.json").write_text(json.dumps(facts))


def without_digests(folder: Path) -> None:
    facts = json.loads((folder / "run.json").read_text())
    facts["files"] = {}
    facts["sha256"] = json_digest({name: it for name, it in facts.items() if name != "sha256"})
    (folder / "run.json").write_text(json.dumps(facts))


def resealed_array(folder: Path, values: object) -> None:
    np.save(folder / "last_epoch.npy", values, allow_pickle=False)
    reseal(folder)


def resealed_history(folder: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    change(RUN.history.copy()).to_csv(folder / "history.csv", index=False)
    reseal(folder)


ANSWERS = RUN.probabilities["last_epoch"]
# each with digests that fit what is there
FORGERIES: dict[str, Callable[[Path], object]] = {
    "another framework": lambda folder: reseal(folder, framework="tensorflow"),
    "another architecture": lambda folder: reseal(folder, architecture="cnn_lstm"),
    "another protocol": lambda folder: reseal(folder, protocol="corrected"),
    "another seed": lambda folder: reseal(folder, seed=1),
    "another dataset": lambda folder: reseal(folder, dataset="gtzan-mini"),
    "another epoch": lambda folder: reseal(folder, epochs={**RUN.epochs, "last_epoch": 4}),
    "an epoch that is not the lowest": lambda folder: reseal(
        folder, epochs={**RUN.epochs, "lowest_test_loss": RUN.epochs["lowest_test_loss"] % 5 + 1}
    ),
    "no decisions": lambda folder: reseal(folder, decided_by={}),
    "one track fewer": lambda folder: resealed_array(folder, ANSWERS[1:]),
    "one genre fewer": lambda folder: resealed_array(folder, ANSWERS[:, 1:]),
    "another precision": lambda folder: resealed_array(folder, ANSWERS.astype(np.float64)),
    "no numbers": lambda folder: resealed_array(folder, ANSWERS * np.float32("nan")),
    "an epoch fewer": lambda folder: resealed_history(folder, lambda history: history.iloc[:-1]),
    "epochs in another order": lambda folder: resealed_history(folder, lambda history: history.iloc[::-1]),
    "words in the history": lambda folder: resealed_history(folder, lambda history: history.assign(train_loss="low")),
    "no such loss": lambda folder: resealed_history(folder, lambda history: history.drop(columns="test_loss")),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_no_training_leaves_is_refused_whatever_the_digests_say(folder: Path, forgery: str) -> None:
    FORGERIES[forgery](folder)
    with pytest.raises(GenrebenchError, match=r"seed-0: not a finished run \(.*\)"):
        read_run(folder)


def test_a_run_that_was_made_before_the_record_reproduces_nothing(folder: Path) -> None:
    write_json(KEY.provenance, fake_making(RUN))
    started = datetime.fromisoformat(fake_making(RUN)["started"])
    assert was_made_here(KEY, PRINT, started)
    assert not was_made_here(KEY, PRINT, started + timedelta(seconds=1))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "forged": perfect_answers,
    "relabelled": other_labels,
    "digests taken out": without_digests,
    "another file": lambda folder: (folder / "notes.txt").write_bytes(b"x"),
    "a folder in a file's place": lambda folder: ((folder / FILES[0]).unlink(), (folder / FILES[0]).mkdir()),
    "record emptied": lambda folder: (folder / "run.json").write_bytes(b""),
    "record cut": lambda folder: (folder / "run.json").write_bytes((folder / "run.json").read_bytes()[:-20]),
    "record a list": lambda folder: (folder / "run.json").write_text("[]"),
    "record in another encoding": lambda folder: (folder / "run.json").write_bytes("{}".encode("utf-16")),
    "record missing": lambda folder: (folder / "run.json").unlink(),
    **{f"{name} missing": lambda folder, name=name: (folder / name).unlink() for name in FILES},
    **{f"{name} emptied": lambda folder, name=name: (folder / name).write_bytes(b"") for name in FILES},
    **{
        f"{name} cut": lambda folder, name=name: (folder / name).write_bytes((folder / name).read_bytes()[:-8])
        for name in FILES
    },
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_run_is_told_by_whoever_reads_it(folder: Path, damage: str) -> None:
    DAMAGES[damage](folder)
    with pytest.raises(GenrebenchError, match=r"seed-0: not a finished run \(.*\)"):
        read_run(folder)
    state = state_of(folder, PRINT)
    assert state.kind == "damaged"
    assert "seed-0: not a finished run" in state.reason
    # it is kept to be looked at, and never taken back
    set_aside(KEY)
    assert not folder.exists()
    assert [path.name for path in KEPT.iterdir()] == ["damaged"]
    assert not take_back(KEY, PRINT)


def test_a_record_that_claims_another_fingerprint_is_another_run(folder: Path) -> None:
    facts = json.loads((folder / "run.json").read_text())
    facts["fingerprint"] = "f" * 64
    facts["sha256"] = json_digest({name: it for name, it in facts.items() if name != "sha256"})
    (folder / "run.json").write_text(json.dumps(facts))
    assert state_of(folder, "f" * 64).kind == "other"
    assert state_of(folder, PRINT).kind == "other"


def test_what_is_set_aside_is_found_again_by_its_fingerprint(folder: Path) -> None:
    before = {path.name: file_digest(path) for path in folder.iterdir()}
    write_json(KEY.provenance, fake_making(RUN))
    set_aside(KEY)
    assert not folder.exists()
    assert not was_made_here(KEY, PRINT)
    assert not take_back(KEY, "f" * 64)
    assert take_back(KEY, PRINT)
    assert {path.name: file_digest(path) for path in folder.iterdir()} == before
    # with what is known of its making; both were moved
    assert was_made_here(KEY, PRINT)
    assert not was_made_here(KEY, "f" * 64)
    assert list(KEPT.iterdir()) == []


def test_what_file_managers_leave_is_no_damage(folder: Path) -> None:
    (folder / ".DS_Store").write_bytes(b"x")
    assert state_of(folder, PRINT).kind == "finished"


def test_a_record_that_says_other_things_than_the_plan_is_damaged(folder: Path) -> None:
    expected = {"genres": list(RUN.genres), "test_labels": RUN.test_labels.tolist()}
    assert state_of(folder, PRINT, expected).kind == "finished"
    state = state_of(folder, PRINT, {**expected, "test_labels": [0] * len(RUN.test_labels)})
    assert state.kind == "damaged"
    assert "test_labels were changed after the run" in state.reason


def test_a_run_that_was_damaged_while_it_was_set_aside_is_not_taken_back(folder: Path) -> None:
    set_aside(KEY)
    (KEPT / PRINT / "history.csv").write_text("epoch\n")
    assert not take_back(KEY, PRINT)
    assert not folder.exists()


def test_only_what_is_asked_for_stays_in_a_dataset_s_folder(folder: Path) -> None:
    other = replace(RUN, seed=1, decided_by={**RUN.decided_by, "run": [*RUN.decided_by["run"][:-1], 1]})
    key = RunKey("synthetic", "old", IMPLEMENTATION, 1)
    write_run(key.folder, other, WEIGHTS)
    left_by_a_killed_process(folder.with_name("seed-7"), "partial").mkdir()
    # nobody's: it stays
    (RUNS / "synthetic" / "published" / "cnn2d-pytorch" / "my notes").mkdir()
    (RUNS / "synthetic" / "published" / "cnn2d-pytorch" / "my notes" / "a.txt").write_text("a")
    elsewhere = RunKey("gtzan", "old", IMPLEMENTATION, 1)
    write_run(elsewhere.folder, other, WEIGHTS)
    set_others_aside("synthetic", [KEY])
    assert sorted(path.name for path in (RUNS / "synthetic").rglob("*") if path.is_dir()) == [
        "cnn2d-pytorch",
        "my notes",
        "published",
        "seed-0",
    ]
    assert (KEPT / fingerprint(other.decided_by)).is_dir()
    assert elsewhere.folder.is_dir()


def test_runs_come_in_the_order_of_params_yaml() -> None:
    settings = load_settings()
    assert study_keys(settings, "synthetic") == [
        RunKey("synthetic", protocol, Implementation(architecture, framework), seed)
        for protocol in settings.report.protocols
        for architecture in settings.report.architectures
        for framework in settings.study.frameworks
        for seed in settings.study.seeds
    ]


def test_a_run_replaces_what_stood_in_its_place(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "left over").write_text("")
    write_run(folder, RUN, WEIGHTS)
    assert isinstance(read_run(folder), FinishedRun)
