from pathlib import Path

import pytest

from benchmarks.files import file_digest, json_digest, replacing, write_json, write_text


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


def test_a_folder_moved_aside_by_a_killed_process_comes_back(tmp_path: Path) -> None:
    old = tmp_path / ".target.old"
    old.mkdir()
    (old / "data").write_text("kept")

    def fail() -> None:
        with replacing(tmp_path / "target"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert (tmp_path / "target" / "data").read_text() == "kept"
    assert not old.exists()
