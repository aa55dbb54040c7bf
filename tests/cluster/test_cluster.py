"""Runs on a Dask cluster, for real."""

import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.cluster.connection import VARIABLE, _local
from tests.cluster.dask_cluster import DaskCluster
from tests.cluster.local_slurm import LocalSlurm, is_installed
from tests.faults.harness import left_at_work
from tests.faults.project import DATASET, command, environment, make_code, make_project

pytest.importorskip("distributed", reason="Dask is not installed")
pytestmark = pytest.mark.slow

SEEDS = range(4)
EPOCHS = 60
PATIENCE_SECONDS = 180


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project up to its features, its code, and the same trained on this machine."""
    folder = tmp_path_factory.mktemp("cluster")
    make_code(folder / "code")
    make_project(folder / "project", SEEDS, EPOCHS)
    for stage in ("fetch", "features", "audit"):
        subprocess.run(command(stage), cwd=folder / "project", env=environment(folder / "code"), check=True)
    shutil.copytree(folder / "project", folder / "alone")
    subprocess.run(command("train"), cwd=folder / "alone", env=environment(folder / "code"), check=True)
    return folder


@pytest.fixture
def cluster(made: Path, tmp_path: Path) -> Iterator[DaskCluster]:
    started = DaskCluster(tmp_path, made / "code")
    yield started
    started.close()


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made / "project", tmp_path / "project")


def train(project: Path, made: Path, where: str, **told: str) -> subprocess.Popen[str]:
    variables = {**environment(made / "code"), VARIABLE: where, **told}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    # Ctrl-C, even where the tests run in the background and it is ignored
    heard = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
    return subprocess.Popen(command("train"), cwd=project, env=variables, start_new_session=True, **pipes, **heard)


def ended(process: subprocess.Popen[str]) -> str:
    """Return what a command said, and demand that nothing is left of it."""
    _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert "Traceback" not in said
    assert not left_at_work(process.pid)
    return said


def runs(project: Path) -> dict[str, bytes]:
    folder = project / "runs" / DATASET
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def at_work(folder: Path) -> list[int]:
    """Return the processes below a folder that make a run."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            place = (process / "cwd").readlink()
        except OSError:
            continue
        if words[1:4] == [b"-m", b"benchmarks", b"run"] and place.is_relative_to(folder):
            found.append(int(process.name))
    return found


def test_workers_in_folders_of_their_own_make_the_same_bytes_and_lost_ones_runs_go_to_others(
    made: Path, project: Path, cluster: DaskCluster, tmp_path: Path
) -> None:
    cluster.add_worker()
    cluster.add_worker()
    process = train(project, made, cluster.address)
    for _ in range(2):
        wait_until(lambda: bool(at_work(tmp_path)) or process.poll() is not None)
        cluster.lose_worker()
        cluster.add_worker()
    said = ended(process)
    assert process.returncode == 0, said
    assert f"at {cluster.address}" in said
    assert f"epoch {EPOCHS}/{EPOCHS}" in said
    assert runs(project) == runs(made / "alone")


def test_a_lost_client_leaves_nothing_at_work_and_the_next_makes_what_is_missing(
    made: Path, project: Path, cluster: DaskCluster, tmp_path: Path
) -> None:
    cluster.add_worker()
    process = train(project, made, cluster.address)
    # in their place: a run that is half written has a name of its own, and is lost with the client
    wait_until(lambda: len(list((project / "runs").rglob("seed-*/run.json"))) == 1 and bool(at_work(tmp_path)))
    process.send_signal(signal.SIGKILL)
    ended(process)
    wait_until(lambda: not at_work(tmp_path))
    said = ended(again := train(project, made, cluster.address))
    assert again.returncode == 0, said
    assert "are finished and kept" in said
    assert "0 of 4 are finished" not in said
    assert runs(project) == runs(made / "alone")


def test_ctrl_c_ends_what_workers_are_at(made: Path, project: Path, cluster: DaskCluster, tmp_path: Path) -> None:
    cluster.add_worker()
    process = train(project, made, cluster.address)
    wait_until(lambda: bool(at_work(tmp_path)))
    process.send_signal(signal.SIGINT)
    ended(process)
    assert process.returncode == 130
    wait_until(lambda: not at_work(tmp_path))


@pytest.mark.parametrize(
    ("file", "spoil", "words"),
    [
        pytest.param(
            "tests/softmax_regression.py",
            lambda code: code.replace("classifier, 0.1", "classifier, 0.2"),
            ("error: worker tcp://127.0.0.1:", "its code, versions or arithmetic are others"),
            id="other code",
        ),
        pytest.param(
            "benchmarks/cluster/worker.py",
            lambda code: code.replace("path.read_bytes() for path", "path.read_bytes()[::-1] for path"),
            ("what worker tcp://127.0.0.1:", "gave back is refused"),
            id="other bytes",
        ),
        pytest.param(
            "benchmarks/cluster/worker.py",
            lambda code: f"{code}\ndef follow(order, contents): return Path(order['folder'])\n",
            ("gave back what is no data",),
            id="an object",
        ),
        pytest.param(
            "benchmarks/runs.py",
            lambda code: f"{code}\ndef write_run(*_): raise MemoryError('too little')\n",
            ("too little", "failed on worker tcp://"),
            id="a run that fails",
        ),
    ],
)
def test_a_worker_that_makes_no_such_run_is_told_of_in_one_error(
    file: str, spoil: Callable[[str], str], words: tuple[str, ...], made: Path, project: Path, cluster: DaskCluster
) -> None:
    path = cluster.add_worker() / file
    path.write_text(spoil(path.read_text()))
    process = train(project, made, cluster.address)
    said = ended(process)
    assert process.returncode == 1
    for expected in words:
        assert expected in said
    assert not runs(project)


def features(project: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (project / "data" / DATASET / "features").iterdir()}


def make_features(project: Path, made: Path, where: str) -> subprocess.CompletedProcess[str]:
    """Make features on a cluster, in the place of those that are there."""
    shutil.rmtree(project / "data" / DATASET / "features")
    variables = {**environment(made / "code"), VARIABLE: where}
    told = {"cwd": project, "env": variables, "timeout": PATIENCE_SECONDS}
    return subprocess.run(command("features"), capture_output=True, text=True, check=False, **told)


def test_features_are_the_same_bytes(made: Path, project: Path, cluster: DaskCluster) -> None:
    cluster.add_worker()
    done = make_features(project, made, cluster.address)
    assert done.returncode == 0, done.stderr
    # with the worker or, where it is not there yet, without
    assert f" at {cluster.address}" in done.stderr
    assert features(project) == features(made / "alone")


def test_features_of_other_code_are_refused(made: Path, project: Path, cluster: DaskCluster) -> None:
    path = cluster.add_worker() / "benchmarks" / "features" / "mel.py"
    path.write_text(f"{path.read_text()}\nOTHER = 1\n")
    done = make_features(project, made, cluster.address)
    assert done.returncode == 1
    assert "its code, versions or arithmetic are others" in done.stderr.replace("\n", " ")
    assert not (project / "data" / DATASET / "features").exists()


def test_a_lost_scheduler_ends_the_command(made: Path, project: Path, cluster: DaskCluster, tmp_path: Path) -> None:
    cluster.add_worker()
    process = train(project, made, cluster.address)
    wait_until(lambda: bool(at_work(tmp_path)))
    cluster.scheduler.kill()
    said = ended(process)
    assert process.returncode == 1
    assert f"{cluster.address}: the connection to the scheduler was lost" in said
    wait_until(lambda: not at_work(tmp_path))


def test_what_changed_here_since_the_start_is_told(
    made: Path, project: Path, cluster: DaskCluster, tmp_path: Path
) -> None:
    process = train(project, made, cluster.address)
    assert process.stderr
    while "waiting for one" not in process.stderr.readline():
        assert process.poll() is None
    params = project / "params.yaml"
    params.write_text(params.read_text().replace(f"epochs: {EPOCHS}", f"epochs: {EPOCHS - 1}"))
    cluster.add_worker()
    said = ended(process)
    assert process.returncode == 3
    assert "params.yaml or data changed after the study was started" in said


def test_workers_of_this_machine_are_started_and_ended(made: Path, project: Path) -> None:
    process = train(project, made, "local")
    said = ended(process)
    assert process.returncode == 0, said
    assert runs(project) == runs(made / "alone")


def test_workers_of_this_machine_write_nothing_to_its_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import Client

    monkeypatch.setenv("GENREBENCH_WORKERS", "1")
    with _local() as started, Client(started, set_as_default=False) as client:
        levels = client.run(lambda: logging.getLogger("distributed.worker").getEffectiveLevel())
    assert list(levels.values()) == [logging.CRITICAL]


def test_what_crosses_the_network_is_encrypted_where_dask_s_configuration_says_so(
    made: Path, project: Path, tmp_path: Path
) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes a certificate, is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    make = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject)
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    files = ("--tls-ca-file", str(certificate), "--tls-cert", str(certificate), "--tls-key", str(key))
    cluster = DaskCluster(tmp_path, made / "code", security=files, protocol="tls")
    cluster.add_worker()
    told = {
        "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "True",
        "DASK_DISTRIBUTED__COMM__TLS__CA_FILE": str(certificate),
        "DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT": str(certificate),
        "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY": str(key),
    }
    try:
        # without the certificate nobody is let in
        refused = train(project, made, cluster.address)
        assert "no scheduler answers" in ended(refused)
        assert refused.returncode == 1
        process = train(project, made, cluster.address, **told)
        said = ended(process)
    finally:
        cluster.close()
    assert process.returncode == 0, said
    assert runs(project) == runs(made / "alone")


def job_of(folder: Path) -> dict[str, str]:
    """Say what a job of SLURM is, which works in a folder."""
    job = {"CORES": "1", "MEMORY": "2GB", "WALLTIME": "01:00:00", "INTERFACE": "lo", "LOCAL_DIRECTORY": str(folder)}
    return {f"DASK_JOBQUEUE__SLURM__{name}": value for name, value in job.items()}


@pytest.mark.skipif(not is_installed() or os.geteuid() != 0, reason="SLURM is not installed, or not for this user")
def test_jobs_of_slurm_make_the_same_bytes_and_a_lost_one_s_runs_go_to_another(
    made: Path, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "slurm").mkdir()
    slurm = LocalSlurm(tmp_path / "slurm")
    try:
        slurm.wait_for_nodes()
        process = train(project, made, "slurm", **job_of(tmp_path), **slurm.environment)
        for _ in range(2):
            wait_until(lambda: len(at_work(tmp_path)) == 2)
            slurm.cancel(slurm.jobs()[0])
            wait_until(lambda: len(at_work(tmp_path)) < 2)
        said = ended(process)
    finally:
        slurm.close()
    assert process.returncode == 0, said
    assert runs(project) == runs(made / "alone")


@pytest.mark.skipif(not is_installed() or os.geteuid() != 0, reason="SLURM is not installed, or not for this user")
def test_ctrl_c_ends_jobs_of_slurm(made: Path, project: Path, tmp_path: Path) -> None:
    (tmp_path / "slurm").mkdir()
    slurm = LocalSlurm(tmp_path / "slurm")
    try:
        slurm.wait_for_nodes()
        process = train(project, made, "slurm", **job_of(tmp_path), **slurm.environment)
        wait_until(lambda: bool(at_work(tmp_path)))
        process.send_signal(signal.SIGINT)
        said = ended(process)
        assert process.returncode == 130, said
        wait_until(lambda: not slurm.jobs())
    finally:
        slurm.close()


@pytest.mark.skipif(not is_installed() or os.geteuid() != 0, reason="SLURM is not installed, or not for this user")
def test_a_job_of_slurm_that_ends_before_its_worker_is_there_is_followed_by_another(
    made: Path, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "slurm").mkdir()
    slurm = LocalSlurm(tmp_path / "slurm")
    # each of the first two jobs ends at once
    fails = [f"mkdir {tmp_path / name} 2>/dev/null && exit 1" for name in ("first", "second")]
    told = job_of(tmp_path) | {"DASK_JOBQUEUE__SLURM__JOB_SCRIPT_PROLOGUE": repr(fails)}
    try:
        slurm.wait_for_nodes()
        process = train(project, made, "slurm", **told, **slurm.environment)
        said = ended(process)
    finally:
        slurm.close()
    assert process.returncode == 0, said
    assert (tmp_path / "second").exists()
    assert runs(project) == runs(made / "alone")


@pytest.mark.parametrize("where", ["tcp://127.0.0.1:1", "127.0.0.1", "nonsense://there", "slurm"])
def test_a_scheduler_that_is_none_is_one_error(where: str, made: Path, project: Path) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
    process = train(project, made, where, PATH=path, DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="2s")
    said = ended(process)
    assert process.returncode == 1
    assert f"error: {VARIABLE}={where}: " in said
