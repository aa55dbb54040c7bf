"""Files that are damaged, disks that are full, and words that an encoding lacks: one message each."""

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.ablation.record import read_ladder
from benchmarks.arrays import write_arrays
from benchmarks.datasets.download import Address, RemoteFile, obtain
from benchmarks.datasets.synthetic import write_track
from benchmarks.errors import GenrebenchError
from benchmarks.files import replacing, write_json, write_text
from benchmarks.removal import remove_dataset
from benchmarks.reporting.index import write_index
from benchmarks.reporting.parity_page import write_parity
from benchmarks.reporting.published_weights_page import write_published_weights
from benchmarks.reporting.records import read_records
from benchmarks.runs import write_run
from benchmarks.scoring.baselines import read_baselines
from tests.builders import REPOSITORY, STUDY, fake_manifest, fake_runs
from tests.reporting.test_parity_page import GOOD
from tests.test_settings import plain_file

CONFLICT = "<<<<<<< HEAD\n{0}=======\n{0}>>>>>>> other\n"


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file become larger than 4 KiB: where the system says so, it says the same of a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def save_with_numpy(target: Path) -> None:
    with replacing(target) as temporary, temporary.open("wb") as file:
        np.save(file, np.zeros(10_000))


def save_run(target: Path) -> None:
    run, *_ = fake_runs(fake_manifest())
    weights = {name: {"dense/kernel": np.zeros(10_000, dtype=np.float32)} for name in run.probabilities}
    write_run(target, run, weights)


@pytest.mark.parametrize(
    "write",
    [
        lambda target: write_text(target, "words " * 10_000),
        lambda target: write_json(target, list(range(10_000))),
        lambda target: write_arrays(target, {"zeros": np.zeros(10_000)}),
        save_with_numpy,
        save_run,
    ],
    ids=["text", "json", "safetensors", "numpy", "run"],
)
def test_a_full_disk_is_one_message_and_leaves_what_was_there(tmp_path: Path, write: Callable[[Path], object]) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (target / "old").touch()
    with full_disk(), pytest.raises(GenrebenchError, match=r"cannot be written \(.*make room on the disk") as raised:
        write(target)
    assert str(tmp_path) in str(raised.value)
    assert [path.name for path in tmp_path.iterdir()] == ["target"]
    assert (target / "old").exists()


def test_a_full_disk_ends_the_generation_of_tracks(tmp_path: Path) -> None:
    with full_disk(), pytest.raises(GenrebenchError, match=r"00000\.wav: cannot be written .*make room on the disk"):
        write_track(tmp_path, 0, (0, 0))


def test_a_full_disk_is_no_fault_of_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def retrieve(*_: object, **__: object) -> None:
        with full_disk():
            (tmp_path / "part").write_bytes(bytes(10_000))

    monkeypatch.delenv("GENREBENCH_MIRROR", raising=False)
    monkeypatch.setattr("pooch.retrieve", retrieve)
    file = RemoteFile("genres.tar.gz", b"", (Address("https://one", None), Address("https://two", None)), ())
    with pytest.raises(GenrebenchError, match=r"genres\.tar\.gz: cannot be written \(File too large\); make room"):
        obtain(file, tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("# caf\xe9\n".encode("latin-1"), r"params\.yaml: not UTF-8 \(line 1: .*\); save it as UTF-8"),
        ("study: 1\n".encode("utf-16"), r"params\.yaml: not UTF-8 .*; save it as UTF-8"),
        ("study: 1\n".encode("utf-16-le"), r"params\.yaml: not UTF-8, it seems to be UTF-16; save it as UTF-8"),
        (b"study: 1\nsynthetic:\n  seed: 2024-02-30\n", r"line 3: 2024-02-30 \(day .*put it in quotes"),
        (b"study: [1, {a: 2024-01-01 25:00:00}]\n", r"line 1: 2024-01-01 25:00:00 \(hour .*put it in quotes"),
        (b"study: " + b"9" * 5000, r"params\.yaml: line 1: 9{40} \("),
        (b"study: " + b"[" * 3000, r"params\.yaml: not YAML that can be read: too many brackets"),
        (CONFLICT.format("study: 1\n").encode(), r"params\.yaml: not YAML"),
        (b"study: 1\nstudy: 2\n", r"params\.yaml: not YAML"),
    ],
)
def test_params_yaml_that_cannot_be_read_is_one_message(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: bytes,
    words: str,
) -> None:
    (tmp_path / "params.yaml").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "fetch", "--dataset", "synthetic"])
    assert main() == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    with pytest.raises(GenrebenchError, match=words):
        raise GenrebenchError(said)


def test_a_lock_that_cannot_be_read_leaves_params_yaml_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = plain_file(tmp_path)
    monkeypatch.chdir(tmp_path)
    text = path.read_text(encoding="utf-8").replace("folders: {}", "folders: {mine: music}")
    path.write_text(text.replace("reports:\n", f"reports:\n  mine: {{study: {STUDY.name}, dataset: mine}}\n"))
    before = path.read_bytes()
    (tmp_path / "dvc.lock").write_text(CONFLICT.format("schema: '2.0'\n"))
    with pytest.raises(GenrebenchError, match=r"dvc\.lock: not YAML"):
        remove_dataset("mine")
    assert path.read_bytes() == before


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """The committed reports, as if of the tests' study, of two datasets, with results of parity as they are now."""
    pages = shutil.ignore_patterns("gtzan-5", "gtzan-keras*", "studies.md")
    shutil.copytree(REPOSITORY / "reports", tmp_path / "reports", ignore=pages)
    for path in tmp_path.glob("reports/*/report.json"):
        write_json(path, json.loads(path.read_bytes()) | {"study": STUDY.name})
    write_json(tmp_path / "reports" / "parity.json", GOOD)
    return tmp_path / "reports"


def in_conflict(path: Path) -> None:
    head, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(head + CONFLICT.format("".join(lines)), encoding="utf-8")


def cut_off(path: Path) -> None:
    content = path.read_bytes().rstrip()
    path.write_bytes(content[: content.rindex(b"," if path.suffix == ".csv" else b"}")])


def noise(path: Path) -> None:
    path.write_bytes(b"\x93\xff\x00" * 50)


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [in_conflict, cut_off, noise, empty])
@pytest.mark.parametrize(
    "name",
    [
        *("report.json", "results.csv", "baselines.csv", "baseline_differences.csv", "comparisons.csv"),
        *("ablation.csv", "published-weights.json"),
    ],
)
def test_the_index_does_not_need_the_files_of_a_damaged_report(
    reports: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], None], name: str
) -> None:
    damage(reports / "gtzan-mini" / name)
    assert [it.dataset for it in read_records(reports)] == ["synthetic"]
    words = capsys.readouterr().err
    assert words.startswith(f"left out: {reports / 'gtzan-mini'}/")
    assert name in words
    assert "cannot be read" in words
    assert "--dataset gtzan-mini" in words


def test_other_pages_are_written_beside_a_damaged_report(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_conflict(reports / "gtzan-mini" / "report.json")
    write_index([STUDY], reports)
    assert "results on synthetic" in (reports / "README.md").read_text(encoding="utf-8")
    assert "report.json" in capsys.readouterr().err
    noise(reports / "gtzan-mini" / "published-weights.json")
    write_published_weights(STUDY, reports)
    assert "published-weights.json" in capsys.readouterr().err


@pytest.mark.parametrize("damage", [in_conflict, cut_off, noise, empty])
def test_damage_to_what_a_page_needs_is_one_message(reports: Path, damage: Callable[[Path], None]) -> None:
    damage(reports / "parity.json")
    for write in (write_parity, lambda folder: write_index([STUDY], folder)):
        with pytest.raises(GenrebenchError, match=r"parity\.json: cannot be read.*restore it with git"):
            write(reports)
    damage(reports / "synthetic" / "baselines.csv")
    with pytest.raises(GenrebenchError, match=r"baselines\.csv or .* cannot be read .*make them with"):
        read_baselines(reports / "synthetic")
    damage(reports / "gtzan-mini" / "ablation.csv")
    with pytest.raises(GenrebenchError, match=r"ablation\.json or ablation\.csv beside it cannot be read"):
        read_ladder(reports / "gtzan-mini", None, [])


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_what_an_encoding_lacks_is_spelled_out(tmp_path: Path, encoding: str) -> None:
    name = "caf\udce9 \u2192 \u65e5\u672c"
    code = (
        "import sys, benchmarks.__main__ as it\n"
        f"it._COMMANDS['parity'] = (lambda _: print({name!r}), '', ())\n"
        "it._WITHOUT_RESULTS = (*it._WITHOUT_RESULTS, it._COMMANDS['parity'][0])\n"
        "sys.exit(it.main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "parity"],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode(encoding).strip() == name.encode(encoding, "backslashreplace").decode(encoding)


PLACELESS = "from numba.core import caching; caching.CacheImpl._locator_classes = []"


def compute(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command that uses a compiled function of librosa."""
    code = (
        f"import sys, benchmarks.__main__ as it\n{code}\n"
        "def work(_):\n"
        "    import librosa\n"
        "    import numpy as np\n"
        "    librosa.util.abs2(np.ones(3, dtype=np.complex64))\n"
        "it._COMMANDS['parity'] = (work, '', ())\n"
        "it._WITHOUT_RESULTS = (*it._WITHOUT_RESULTS, work)\n"
        "sys.exit(it.main())"
    )
    return subprocess.run(
        [sys.executable, "-c", code, "parity"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def assert_numba_is_told(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 1
    assert done.stderr.startswith("error: numba cannot keep or read the compiled functions of librosa (")
    assert "export NUMBA_CACHE_DIR=$(mktemp -d)" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_compiled_functions_without_a_place_are_one_message() -> None:
    assert_numba_is_told(compute(PLACELESS))


@pytest.mark.slow
def test_damaged_compiled_functions_are_one_message(tmp_path: Path) -> None:
    assert compute("", NUMBA_CACHE_DIR=str(tmp_path)).returncode == 0
    for content in (b"", b"damaged"):
        for path in tmp_path.rglob("*.nbi"):
            path.write_bytes(content)
        assert_numba_is_told(compute("", NUMBA_CACHE_DIR=str(tmp_path)))
