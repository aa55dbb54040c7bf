"""What a client takes from a worker, and what a worker takes from a client, without a cluster."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load

from benchmarks.arrays import write_arrays
from benchmarks.cluster import worker
from benchmarks.cluster.answers import read_answer
from benchmarks.cluster.worker import Made, Order
from benchmarks.errors import GenrebenchError
from benchmarks.execution.cluster_runs import make_order, take
from benchmarks.execution.plan import Plan, make_plan
from benchmarks.execution.run import execute
from benchmarks.files import file_digest, json_digest
from benchmarks.runs import Implementation, RunKey
from benchmarks.settings import load_settings
from tests import fake_project
from tests.builders import REPOSITORY

GIT = {"commit": "c" * 40, "dirty": False}


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    fake_project.register_alone(monkeypatch)
    fake_project.write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    key = RunKey("synthetic", "published", Implementation(fake_project.NAME, "numpy"), 0)
    return make_plan(load_settings(), key)


@pytest.fixture
def made(plan: Plan) -> Made:
    """What a worker gives back; the run itself is gone."""
    execute(plan, lambda _: None)
    files = {path.name: path.read_bytes() for path in plan.key.folder.iterdir()}
    provenance = plan.key.provenance.read_bytes()
    for path in plan.key.folder.iterdir():
        path.unlink()
    plan.key.folder.rmdir()
    plan.key.provenance.unlink()
    return Made(worker="tcp://w", files=files, provenance=provenance)


def test_a_run_takes_its_place_with_this_checkout_s_commit(plan: Plan, made: Made) -> None:
    take(plan, made, GIT)
    assert plan.state().kind == "finished"
    assert json.loads(plan.key.provenance.read_text())["git"] == GIT


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"history.csv": b"epoch\n"}, "history.csv is not what the run wrote"),
        ({"history.csv": None}, "history.csv is missing"),
        ({"run.json": b"{}"}, "not a finished run"),
        ({"more.csv": b""}, "more.csv is not a file of the run"),
        ({"../../more.csv": b""}, "a file is called '../../more.csv'"),
        ({"/more.csv": b""}, "a file is called '/more.csv'"),
        ({"..": b""}, "a file is called '..'"),
    ],
)
def test_other_files_than_the_run_s_are_refused_and_the_worker_is_named(
    change: dict[str, bytes | None], said: str, plan: Plan, made: Made
) -> None:
    changed = made.files | change
    made.files = {name: content for name, content in changed.items() if content is not None}
    with pytest.raises(GenrebenchError, match=r"what worker tcp://w gave back is refused: ") as told:
        take(plan, made, GIT)
    assert said in str(told.value)
    assert list(plan.key.folder.parent.iterdir()) == []


def test_another_run_is_refused(plan: Plan, made: Made) -> None:
    other = make_plan(load_settings(), RunKey("synthetic", "published", plan.key.implementation, 1))
    with pytest.raises(GenrebenchError, match="refused: it is another run"):
        take(other, made, GIT)


@pytest.mark.parametrize("provenance", [b"", b"{}", b"\x80\x04."])
def test_a_run_without_its_making_is_refused(provenance: bytes, plan: Plan, made: Made) -> None:
    made.provenance = provenance
    with pytest.raises(GenrebenchError, match="is known of its making"):
        take(plan, made, GIT)
    assert not plan.key.folder.exists()


@pytest.mark.parametrize(
    ("key", "value"), [("fingerprint", "f" * 64), ("started", "soon"), ("wall_time_s", float("nan")), ("machine", [])]
)
def test_the_making_of_another_run_is_refused(key: str, value: object, plan: Plan, made: Made) -> None:
    made.provenance = json.dumps(json.loads(made.provenance) | {key: value}).encode()
    with pytest.raises(GenrebenchError, match="is known of its making"):
        take(plan, made, GIT)


@pytest.mark.parametrize("spoil", ["shape", "nan"])
def test_weights_of_another_form_are_refused(spoil: str, plan: Plan, made: Made, tmp_path: Path) -> None:
    path = tmp_path / "spoiled"
    weights = load(made.files["last_epoch.safetensors"])
    name = next(iter(weights))
    weights[name] = weights[name][:1] if spoil == "shape" else np.full_like(weights[name], np.nan)
    write_arrays(path, weights)
    made.files["last_epoch.safetensors"] = path.read_bytes()
    # as a worker would that means it: the record agrees
    record = json.loads(made.files["run.json"])
    del record["sha256"]
    record["files"]["last_epoch.safetensors"] = file_digest(path)
    made.files["run.json"] = json.dumps({**record, "sha256": json_digest(record)}).encode()
    with pytest.raises(GenrebenchError, match="the weights of last_epoch are not"):
        take(plan, made, GIT)


@pytest.mark.parametrize(
    "answer", [None, 5, {}, {"worker": "w", "files": {"run.json": 5}}, {"worker": "w", "status": "no"}, [b"\x80\x04."]]
)
def test_what_is_no_answer_is_refused(answer: object, plan: Plan) -> None:
    with pytest.raises(GenrebenchError, match="it is no answer"):
        read_answer(make_order(plan, "client"), answer)


@pytest.mark.parametrize("missing", ["0" * 64, "../../etc/passwd"])
def test_a_worker_that_asks_for_other_files_is_refused(missing: str, plan: Plan) -> None:
    with pytest.raises(GenrebenchError, match="is refused: it lacks"):
        read_answer(make_order(plan, "client"), {"worker": "w", "missing": [missing]})


def test_what_a_worker_says_is_shown_as_text(plan: Plan) -> None:
    made = read_answer(make_order(plan, "client"), {"worker": "w", "status": 1, "words": "\x1b[2Jgone " + "x" * 9999})
    assert made.words.startswith(" [2Jgone x")
    assert len(made.words) == 2000


def test_an_order_names_every_input_with_its_digest_and_where_it_is_seen(plan: Plan, tmp_path: Path) -> None:
    order = make_order(plan, "client")
    assert {"params.yaml", "data/synthetic/manifest.json"} < order["files"].keys()
    assert any(place.startswith("studies/made_up/") for place in order["files"])
    for place, digest in order["files"].items():
        seen = Path(order["seen"][digest])
        assert seen.is_absolute()
        assert hashlib.sha256(seen.read_bytes()).hexdigest() == digest
        assert place.startswith("studies/") or seen == tmp_path / place


def order_of(content: bytes, seen: Path) -> Order:
    digest = hashlib.sha256(content).hexdigest()
    return Order(
        client="",
        name="",
        command=[],
        folder="",
        provenance="",
        files={"a": digest},
        seen={digest: str(seen)},
        kept=True,
    )


def test_a_worker_takes_an_input_from_a_shared_folder_or_as_it_is_sent(tmp_path: Path) -> None:
    shared, home = tmp_path / "shared", tmp_path / "home"
    shared.write_bytes(b"content")
    order = order_of(b"content", shared)
    (digest,) = order["seen"]
    assert worker._fill_store(home, order, {}) == []
    assert (home / digest).read_bytes() == b"content"
    # once it is kept it is needed no more
    shared.unlink()
    assert worker._fill_store(home, order, {}) == []
    (home / digest).unlink()
    assert worker._fill_store(home, order, {}) == [digest]
    assert worker._fill_store(home, order, {digest: b"content"}) == []


def test_a_worker_takes_an_input_from_its_own_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_ROOT", tmp_path / "checkout")
    (tmp_path / "checkout").mkdir()
    order = order_of(b"content", tmp_path / "nowhere")
    (digest,) = order["seen"]
    (tmp_path / "checkout" / "a").write_bytes(b"of another commit")
    assert worker._fill_store(tmp_path / "home", order, {}) == [digest]
    (tmp_path / "checkout" / "a").write_bytes(b"content")
    assert worker._fill_store(tmp_path / "home", order, {}) == []
    assert (tmp_path / "home" / digest).read_bytes() == b"content"


def test_another_file_at_the_same_place_of_another_machine_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"other")
    order = order_of(b"content", tmp_path / "there")
    assert worker._fill_store(tmp_path / "home", order, {}) == [*order["seen"]]


def test_what_arrives_damaged_is_not_kept(tmp_path: Path) -> None:
    order = order_of(b"content", tmp_path / "there")
    (digest,) = order["seen"]
    with pytest.raises(OSError, match="arrived damaged"):
        worker._fill_store(tmp_path / "home", order, {digest: b"other"})
    assert not (tmp_path / "home" / digest).exists()


def test_without_a_scheduler_nothing_of_dask_is_imported() -> None:
    code = "import sys, benchmarks.execution.training_runs; print({'dask', 'distributed'} & sys.modules.keys() or '')"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert not done.stdout.strip()
