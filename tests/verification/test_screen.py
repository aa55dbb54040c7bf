"""What is printed of a verification, and what is kept of it."""

import subprocess
from pathlib import Path

import pytest

from benchmarks import provenance
from benchmarks.errors import GenrebenchError
from benchmarks.verification.compare import Compared, Verification
from benchmarks.verification.screen import COLUMNS, headline_words, keep, read_reproductions, recorded, show

SAME = Compared("published cnn2d-pytorch seed 0", "identical", "", (0.5, 0.5), (1.25, 1.25))
OTHER = Compared("published cnn2d-pytorch seed 1", "consistent", "epoch 3: …", (0.5, 0.45), (1.25, 1.3))
GONE = Compared("published cnn2d-pytorch seed 2", "differs", "there is no such run", (0.5, None), (1.25, None))


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {"cpu": "A CPU, AVX2", "cores": 2, "system": "Linux", "python": "3.12.1"}
    monkeypatch.setattr(provenance, "machine", lambda: facts)
    monkeypatch.setattr(provenance, "git_state", lambda: {"commit": "0123456789abcdef", "dirty": True})


def test_one_line_says_it(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    assert headline_words(Verification("synthetic", (SAME,), (), 1), "abc").startswith(
        "identical: 1 of 1 runs of synthetic are those of abc bit by bit (1 made in this checkout, arithmetic: "
    )
    found = Verification("synthetic", (SAME, OTHER, GONE), ("published cnn2d-pytorch seed 7",), 0)
    assert headline_words(found, "abc").startswith(
        "differs: 1 of 3 runs of synthetic are those of abc bit by bit, 1 lie where one further run was expected; the "
        "first difference: there is no such run"
    )
    show(found, "abc")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("differs: ")
    assert [line.split()[4] for line in lines[2:5]] == ["identical", "consistent", "differs"]
    assert "50.0 → 45.0" in lines[3]
    assert "1.250 → none" in lines[4]
    assert lines[5] == "Not in the record: published cnn2d-pytorch seed 7"


def test_verdicts_are_kept_row_by_row(tmp_path: Path) -> None:
    assert read_reproductions(tmp_path) == []
    keep(Verification("synthetic", (SAME,), (), 1), "abc", tmp_path)
    keep(Verification("synthetic", (SAME, OTHER), (), 2), "abc", tmp_path)
    first, second = read_reproductions(tmp_path)
    assert first["verdict"] == "identical"
    assert (second["verdict"], second["identical"], second["runs"]) == ("consistent", "1", "2")
    assert (second["machine"], second["python"], second["commit"]) == ("A CPU, AVX2", "3.12.1", "0123456789ab+")


TOO_MANY = f"{','.join(COLUMNS)}\n{',' * len(COLUMNS)}\n".encode()


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe", b"<<<<<<< HEAD\n", TOO_MANY])
def test_another_table_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "reproductions.csv"
    path.write_bytes(content)
    with pytest.raises(GenrebenchError, match=r"reproductions\.csv: .*restore it with git"):
        keep(Verification("synthetic", (SAME,), (), 1), "abc", tmp_path)
    assert path.read_bytes() == content


def test_the_record_is_that_of_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("reports/synthetic")

    def git(*arguments: str) -> None:
        name = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *name, *arguments], check=True, capture_output=True)

    with pytest.raises(GenrebenchError, match="--against HEAD: git knows no such commit"):
        recorded(folder, "HEAD")
    git("init", "-q")
    git("commit", "--allow-empty", "-qm", "empty")
    with pytest.raises(GenrebenchError, match=r"digests\.json is not committed at HEAD.*-- --dataset synthetic"):
        recorded(folder, "HEAD")
    with pytest.raises(GenrebenchError, match="--against --output=x: no revision"):
        recorded(folder, "--output=x")
    folder.mkdir(parents=True)
    (folder / "digests.json").write_text("{")
    git("add", "-A")
    git("commit", "-qm", "a record")
    with pytest.raises(GenrebenchError, match=r"digests\.json at HEAD: no record of digests"):
        recorded(folder, "HEAD")
