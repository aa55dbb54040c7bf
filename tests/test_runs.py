from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from benchmarks.errors import GenrebenchError
from benchmarks.runs import Implementation, RunKey, has_run, load_runs, read_run, write_run
from benchmarks.settings import load_settings
from tests.builders import fake_manifest, fake_run

IMPLEMENTATION = Implementation("cnn2d", "pytorch")
WEIGHTS = {
    name: {"dense/kernel": np.arange(6, dtype=np.float32).reshape(2, 3)} for name in ("last_epoch", "lowest_test_loss")
}


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    run = fake_run(fake_manifest(), IMPLEMENTATION)
    write_run(tmp_path / "seed-0", run, WEIGHTS, "abc")
    back = read_run(tmp_path / "seed-0")
    before, after = asdict(run), asdict(back)
    for name in ("history", "probabilities", "test_labels"):
        before.pop(name)
        after.pop(name)
    assert before == after
    np.testing.assert_array_equal(run.test_labels, back.test_labels)
    for selection, values in run.probabilities.items():
        np.testing.assert_array_equal(values, back.probabilities[selection])
        assert back.probabilities[selection].dtype == np.float32
        weights = load_file(tmp_path / "seed-0" / f"{selection}.safetensors")
        np.testing.assert_array_equal(weights["dense/kernel"], WEIGHTS[selection]["dense/kernel"])
    np.testing.assert_array_equal(run.history.to_numpy(), back.history.to_numpy())
    assert list(run.history) == list(back.history)


def test_a_run_is_finished_only_with_its_fingerprint(tmp_path: Path) -> None:
    folder = tmp_path / "seed-0"
    assert not has_run(folder, "abc")
    write_run(folder, fake_run(fake_manifest(), IMPLEMENTATION), WEIGHTS, "abc")
    assert has_run(folder, "abc")
    assert not has_run(folder, "abd")
    (folder / "run.json").write_text("{")
    assert not has_run(folder, "abc")


@pytest.mark.parametrize("damaged", ["run.json", "history.csv", "last_epoch.npy", "provenance.json"])
@pytest.mark.parametrize("how", ["missing", "cut"])
def test_a_damaged_run_is_one_error(tmp_path: Path, damaged: str, how: str) -> None:
    folder = tmp_path / "seed-0"
    write_run(folder, fake_run(fake_manifest(), IMPLEMENTATION), WEIGHTS, "abc")
    path = folder / damaged
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-20] if damaged.endswith("npy") else b"")
    with pytest.raises(GenrebenchError, match="seed-0: not a finished run"):
        read_run(folder)


def test_runs_come_in_the_order_of_params_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    monkeypatch.chdir(tmp_path)
    study = settings.study
    keys = [
        RunKey("synthetic", protocol, Implementation(architecture, framework), seed)
        for protocol in study.protocols
        for architecture in study.architectures
        for framework in study.frameworks
        for seed in study.seeds
    ]
    for key in reversed(keys):
        write_run(
            key.folder, fake_run(fake_manifest(), key.implementation, key.seed, protocol=key.protocol), WEIGHTS, "abc"
        )
    found = load_runs(settings, "synthetic")
    assert [(run.protocol, run.implementation, run.seed) for run in found] == [
        (key.protocol, key.implementation, key.seed) for key in keys
    ]
    (keys[-1].folder / "run.json").unlink()
    with pytest.raises(GenrebenchError, match="dvc repro"):
        load_runs(settings, "synthetic")


@pytest.mark.parametrize("gone", ["last_epoch.npy", "lowest_test_loss.safetensors", "history.csv", "provenance.json"])
def test_a_run_with_a_part_missing_is_not_finished(tmp_path: Path, gone: str) -> None:
    folder = tmp_path / "seed-0"
    write_run(folder, fake_run(fake_manifest(), IMPLEMENTATION), WEIGHTS, "abc")
    (folder / gone).unlink()
    assert not has_run(folder, "abc")
