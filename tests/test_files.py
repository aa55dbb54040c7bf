import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.files import _machine, file_digest, json_digest, remove, replacing, write_json, write_text


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "file.txt"
    write_text(target, "one\n")
    write_text(target, "two\n")
    assert target.read_bytes() == b"two\n"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_failure_leaves_what_was_there(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "target"
    with replacing(target) as temporary:
        temporary.mkdir()
        (temporary / "old").write_text("old")

    def fail() -> None:
        with replacing(target) as temporary:
            if kind == "folder":
                temporary.mkdir()
                (temporary / "new").write_text("new")
            else:
                temporary.write_text("new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == ["target"]
    assert [path.name for path in target.iterdir()] == ["old"]


def test_json_refuses_what_json_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nan"):
        write_json(tmp_path / "a.json", {"loss": float("nan")})
    assert not list(tmp_path.iterdir())


def test_digests(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert file_digest(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_digest(path, "md5") == "900150983cd24fb0d6963f7d28e17f72"
    assert json_digest({"a": 1, "b": 2}) == json_digest({"b": 2, "a": 1}) != json_digest({"a": 1, "b": 3})


def left_by_a_killed_process(target: Path, kind: str) -> Path:
    """The path that a process which has ended would have written to."""
    code = "import pathlib, sys, benchmarks.files as it; print(it._beside(pathlib.Path(sys.argv[1]), sys.argv[2]))"
    command = [sys.executable, "-c", code, str(target), kind]
    return Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())


def test_a_folder_moved_aside_by_a_killed_process_comes_back(tmp_path: Path) -> None:
    target = tmp_path / "target"
    old = left_by_a_killed_process(target, "old")
    old.mkdir()
    (old / "data").write_text("kept")

    def fail() -> None:
        with replacing(target):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert (target / "data").read_text() == "kept"
    assert not old.exists()


def test_what_a_killed_process_began_is_taken_away_and_what_others_write_is_left(tmp_path: Path) -> None:
    target = tmp_path / "target"
    left_by_a_killed_process(target, "partial").mkdir()
    others = tmp_path / f".target.{_machine()}-{os.getppid()}.partial"
    elsewhere = tmp_path / ".target.0123abcd-999999.partial"
    for path in (others, elsewhere):
        path.touch()
    write_text(target, "new")
    assert sorted(tmp_path.iterdir()) == sorted([target, others, elsewhere])


def test_a_folder_that_another_process_put_there_and_took_away_again_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "target"
    replace, others = Path.replace, iter([True])

    def beaten_once(path: Path, name: Path) -> Path:
        if name != target or not next(others, False):
            return replace(path, name)
        (target / "of another process").mkdir(parents=True)
        try:
            return replace(path, name)
        finally:
            remove(target)

    monkeypatch.setattr(Path, "replace", beaten_once)
    with replacing(target) as temporary:
        temporary.mkdir()
        (temporary / "data").write_text("mine")
    assert [path.name for path in tmp_path.rglob("*")] == ["target", "data"]
    assert next(others, None) is None


def test_processes_that_replace_one_folder_at_once_leave_a_whole_one(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from benchmarks.files import replacing
for number in range(200):
    with replacing(Path(sys.argv[1])) as temporary:
        temporary.mkdir()
        for name in "ab":
            (temporary / name).write_text(f"{sys.argv[2]} {number}")
"""
    command = [sys.executable, "-c", code, str(tmp_path / "target")]
    at_work = [
        subprocess.Popen([*command, name], stderr=subprocess.PIPE, text=True) for name in ("one", "two", "three")
    ]
    assert [process.communicate()[1] for process in at_work] == [""] * 3
    assert [path.name for path in tmp_path.iterdir()] == ["target"]
    first, second = (path.read_text() for path in (tmp_path / "target").iterdir())
    assert first == second
