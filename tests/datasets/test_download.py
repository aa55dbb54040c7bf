import gzip
import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks.datasets import download
from benchmarks.datasets.download import Address, LocalFile, RemoteFile, obtain, take
from benchmarks.errors import GenrebenchError

BODY = b"\x1f\x8b" + bytes(range(256)) * 40
SHA256 = hashlib.sha256(BODY).hexdigest()
KEPT = Path("downloads")


def remote(*urls: str, sha256: str | None = None) -> RemoteFile:
    return RemoteFile("a.tar.gz", b"\x1f\x8b", tuple(Address(url, sha256) for url in urls), ("ask a friend",))


def assert_kept(found: LocalFile) -> None:
    assert found == LocalFile(KEPT / "a.tar.gz", SHA256)
    assert found.path.read_bytes() == BODY
    assert (KEPT / "a.tar.gz.sha256").read_text() == f"{SHA256}  a.tar.gz\n"
    assert sorted(path.name for path in KEPT.iterdir()) == ["a.tar.gz", "a.tar.gz.sha256"]


@pytest.mark.parametrize("sha256", [SHA256, None])
def test_a_file_is_downloaded_once(server, sha256):
    server.files["/a.tar.gz"] = BODY
    file = remote(f"{server.url}/a.tar.gz", sha256=sha256)
    for _ in range(2):
        assert_kept(obtain(file, KEPT))
    assert len(server.requests) == 1


def test_a_transfer_that_breaks_off_is_continued(server):
    server.files["/a.tar.gz"] = BODY
    server.cut = len(BODY) // 3 + 1
    assert_kept(obtain(remote(f"{server.url}/a.tar.gz", sha256=SHA256), KEPT))
    cut = server.cut
    assert [wanted for _, wanted in server.requests] == [None, f"bytes={cut}-", f"bytes={2 * cut}-"]


def test_what_arrived_is_kept_for_the_next_run(server):
    server.files["/a.tar.gz"] = BODY
    server.cut = 1000
    file = remote(f"{server.url}/a.tar.gz", sha256=SHA256)
    with pytest.raises(GenrebenchError, match="broke off after 4000 bytes, which are kept"):
        obtain(file, KEPT)
    assert not (KEPT / "a.tar.gz").exists()
    server.cut = None
    assert_kept(obtain(file, KEPT))
    assert server.requests[-1] == ("/a.tar.gz", "bytes=4000-")


def test_a_server_that_sends_nothing_is_given_up_at_once(server):
    server.files["/a.tar.gz"] = BODY
    server.cut = 0
    with pytest.raises(GenrebenchError, match="broke off"):
        obtain(remote(f"{server.url}/a.tar.gz"), KEPT)
    assert len(server.requests) == 1


def test_a_server_without_ranges_starts_anew(server):
    server.files["/a.tar.gz"] = BODY
    server.cut = 1000
    server.ranges = False
    file = remote(f"{server.url}/a.tar.gz", sha256=SHA256)
    with pytest.raises(GenrebenchError, match="broke off"):
        obtain(file, KEPT)
    server.cut = None
    assert_kept(obtain(file, KEPT))


def test_a_part_longer_than_the_file_is_dropped(server):
    server.files["/a.tar.gz"] = BODY * 9
    server.cut = len(BODY)
    file = remote(f"{server.url}/a.tar.gz", sha256=SHA256)
    with pytest.raises(GenrebenchError, match="broke off"):
        obtain(file, KEPT)
    server.files["/a.tar.gz"] = BODY
    assert_kept(obtain(file, KEPT))


def test_a_file_that_has_changed_in_between_is_not_joined_to_what_was_there(server):
    server.files["/a.tar.gz"] = BODY[:2] + bytes(len(BODY))
    server.headers["ETag"] = '"first"'
    server.cut = 1000
    file = remote(f"{server.url}/a.tar.gz")
    with pytest.raises(GenrebenchError, match="broke off"):
        obtain(file, KEPT)
    server.files["/a.tar.gz"], server.headers["ETag"], server.cut = BODY, '"second"', None
    assert_kept(obtain(file, KEPT))


def test_a_server_that_continues_elsewhere_is_asked_for_all_of_it(server):
    server.files["/a.tar.gz"] = BODY
    server.cut = 1000
    file = remote(f"{server.url}/a.tar.gz")
    with pytest.raises(GenrebenchError, match="broke off"):
        obtain(file, KEPT)
    server.cut, server.headers["Content-Range"] = None, f"bytes 7-{len(BODY) - 1}/{len(BODY)}"
    assert_kept(obtain(file, KEPT))


@pytest.mark.parametrize(
    ("start", "reason"), [(BODY, "serves more than 1 MiB"), (b"<html>", "serves no such file but")]
)
def test_a_server_that_never_ends_is_left(server, monkeypatch, start, reason):
    monkeypatch.setattr(download, "LARGEST_BYTES", 1 << 20)
    server.files["/a.tar.gz"] = start
    server.endless = bytes(1 << 16)
    with pytest.raises(GenrebenchError, match=reason):
        obtain(remote(f"{server.url}/a.tar.gz"), KEPT)
    assert list(KEPT.iterdir()) == []


def test_bytes_are_kept_as_stored_when_the_server_calls_them_compressed(server):
    server.files["/a.tar.gz"] = gzip.compress(b"tar")
    server.headers["Content-Encoding"] = "gzip"
    assert obtain(remote(f"{server.url}/a.tar.gz"), KEPT).path.read_bytes() == server.files["/a.tar.gz"]


def test_one_error_names_every_address_with_its_reason_and_the_ways_out(server):
    page = b"<!DOCTYPE html><p>Sign in to the network</p>"
    server.files |= {"/page": page, "/other": BODY[:-1]}
    file = RemoteFile(
        "a.tar.gz",
        b"\x1f\x8b",
        (
            Address("http://127.0.0.1:1/closed", None),
            Address(f"{server.url}/absent", None),
            Address(f"{server.url}/page", None),
            Address(f"{server.url}/other", SHA256),
        ),
        ("ask a friend",),
    )
    start = time.monotonic()
    with pytest.raises(GenrebenchError) as raised:
        obtain(file, KEPT)
    assert time.monotonic() - start < 5
    lines = str(raised.value).splitlines()
    assert lines[0] == "a.tar.gz could not be obtained. Tried:"
    assert "127.0.0.1:1/closed: " in lines[1]
    assert "Connection refused" in lines[1]
    assert lines[2] == f"  {server.url}/absent: HTTP 404 Not Found"
    assert "/page: serves no such file but something that begins with b'<!DOCTYPE html>" in lines[3]
    assert SHA256 in lines[4]
    assert hashlib.sha256(BODY[:-1]).hexdigest() in lines[4]
    assert "GENREBENCH_MIRROR" in lines[6]
    assert lines[7] == "  - ask a friend"
    assert list(KEPT.iterdir()) == []


def test_the_next_address_is_tried(server):
    server.files["/b"] = BODY
    assert_kept(obtain(remote(f"{server.url}/a", f"{server.url}/b"), KEPT))


def test_parts_of_different_addresses_are_not_joined(server):
    server.files |= {"/a": b"\x1f\x8b" + bytes(9000), "/b": BODY}
    server.cut = 1000
    with pytest.raises(GenrebenchError):
        obtain(remote(f"{server.url}/a"), KEPT)
    server.cut = None
    assert obtain(remote(f"{server.url}/b"), KEPT).path.read_bytes() == BODY


def test_a_kept_file_that_has_changed_is_downloaded_again(server):
    server.files["/a.tar.gz"] = BODY
    file = remote(f"{server.url}/a.tar.gz")
    obtain(file, KEPT)
    (KEPT / "a.tar.gz").write_bytes(BODY[:-1])
    assert_kept(obtain(file, KEPT))


def test_a_kept_file_that_has_changed_is_named_when_it_cannot_be_downloaded_again():
    KEPT.mkdir()
    (KEPT / "a.tar.gz").write_bytes(BODY[:-1])
    with pytest.raises(GenrebenchError, match=rf"a\.tar\.gz: sha256 is \w+, expected {SHA256}; removed"):
        obtain(remote("http://127.0.0.1:1/", sha256=SHA256), KEPT)
    assert not (KEPT / "a.tar.gz").exists()


def test_a_published_checksum_outranks_a_recorded_one(server):
    KEPT.mkdir()
    (KEPT / "a.tar.gz").write_bytes(BODY[:-1])
    (KEPT / "a.tar.gz.sha256").write_text(f"{hashlib.sha256(BODY[:-1]).hexdigest()}  a.tar.gz\n")
    server.files["/a.tar.gz"] = BODY
    assert_kept(obtain(remote(f"{server.url}/a.tar.gz", sha256=SHA256), KEPT))


def test_a_file_laid_into_the_downloads_by_hand_is_used():
    KEPT.mkdir()
    (KEPT / "a.tar.gz").write_bytes(BODY)
    assert obtain(remote("http://127.0.0.1:1/"), KEPT).sha256 == SHA256


def test_a_mirror_folder_is_tried_first_and_read_in_place(server, tmp_path, monkeypatch):
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "a.tar.gz").write_bytes(BODY)
    monkeypatch.setenv("GENREBENCH_MIRROR", str(mirror))
    found = obtain(remote(f"{server.url}/a.tar.gz", sha256=SHA256), KEPT)
    assert found == LocalFile(mirror / "a.tar.gz", SHA256)
    assert not KEPT.exists()
    assert server.requests == []


@pytest.mark.parametrize("content", [None, BODY[:-1]])
def test_a_mirror_folder_without_the_right_file_is_left_as_it_is(server, tmp_path, monkeypatch, content):
    server.files["/a.tar.gz"] = BODY
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    if content:
        (mirror / "a.tar.gz").write_bytes(content)
    monkeypatch.setenv("GENREBENCH_MIRROR", str(mirror))
    assert_kept(obtain(remote(f"{server.url}/a.tar.gz", sha256=SHA256), KEPT))
    assert [path.read_bytes() for path in mirror.iterdir()] == [content] * bool(content)


def test_a_mirror_address_is_tried_first(server, monkeypatch):
    server.files |= {"/mirror/a.tar.gz": BODY, "/public": BODY}
    monkeypatch.setenv("GENREBENCH_MIRROR", f"{server.url}/mirror/")
    assert_kept(obtain(remote(f"{server.url}/public", sha256=SHA256), KEPT))
    assert [path for path, _ in server.requests] == ["/mirror/a.tar.gz"]


def test_a_file_is_taken_from_a_folder_and_left_as_it_is(tmp_path):
    (tmp_path / "a.tar.gz").write_bytes(BODY)
    file = remote("http://127.0.0.1:1/", sha256=SHA256)
    assert take(file, tmp_path) == LocalFile(tmp_path / "a.tar.gz", SHA256)
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar.gz"]


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "no such file"), (BODY[:-1], rf"sha256 is \w{{64}}, expected {SHA256}")]
)
def test_a_folder_without_the_right_file_is_an_error_that_says_where_to_get_it(tmp_path, content, reason):
    if content:
        (tmp_path / "a.tar.gz").write_bytes(content)
    with pytest.raises(GenrebenchError, match=rf"a\.tar\.gz: {reason}; put the file there from http://127\.0\.0\.1:1/"):
        take(remote("http://127.0.0.1:1/", sha256=SHA256), tmp_path)
    assert len(list(tmp_path.iterdir())) == bool(content)


def test_a_second_command_waits_and_takes_what_the_first_one_fetched(server, capsys):
    server.files["/a.tar.gz"] = BODY
    file = remote(f"{server.url}/a.tar.gz")
    with ThreadPoolExecutor() as threads:
        with download._alone(KEPT / "a.tar.gz"):
            second = threads.submit(obtain, file, KEPT)
            while "waiting for another process that fetches a.tar.gz" not in capsys.readouterr().err:
                time.sleep(0.01)
            assert not server.requests
            download._obtain(file, KEPT / "a.tar.gz")
        assert second.result() == LocalFile(KEPT / "a.tar.gz", SHA256)
    assert len(server.requests) == 1
