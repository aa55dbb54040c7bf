import gzip
import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from benchmarks.datasets import archives
from benchmarks.datasets.archives import take_tracks
from benchmarks.errors import GenrebenchError

IDS = ("blues.00000", "blues.00001", "jazz.00054")
NOISE = {
    "genres/.DS_Store": b"x",
    "genres/bl.mf": b"x",
    "genres/blues/._blues.00000.wav": b"resource fork",
    "genres/blues/blues.00000.mf": b"x",
    "genres/blues/blues.00099.wav": b"not asked for",
    "genres/jazz/blues.00000.wav": b"in the wrong genre",
    "blues.00001.wav": b"in no genre",
    "genres/blues/blues.00000.png": b"picture",
}


def make_folder(path: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def make_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def make_tar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def written(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("make", [make_folder, make_zip, make_tar])
@pytest.mark.parametrize("prefix", ["", "genres/", "Data/genres_original/"])
def test_known_tracks_are_taken_from_any_layout(tmp_path, make, prefix):
    files = {
        f"{prefix}blues/blues.00000.wav": b"first",
        f"{prefix}blues/blues.00001.au": b"second",
        f"{prefix}jazz/jazz.00054.WAV": b"third",
    }
    taken = take_tracks(make(tmp_path / "source", NOISE | files), IDS, tmp_path / "audio")
    assert taken == {
        "blues.00000": "blues/blues.00000.wav",
        "blues.00001": "blues/blues.00001.au",
        "jazz.00054": "jazz/jazz.00054.wav",
    }
    assert written(tmp_path / "audio") == dict(zip(taken.values(), [b"first", b"second", b"third"], strict=True))


@pytest.mark.parametrize("make", [make_folder, make_zip, make_tar])
@pytest.mark.parametrize("prefix", ["", "Data\\genres_original\\", "C:\\music\\", "Data/genres_original\\"])
def test_paths_as_windows_writes_them_are_understood(tmp_path, make, prefix):
    files = {
        f"{prefix}blues\\blues.00000.wav": b"first",
        f"{prefix}jazz\\jazz.00054.au": b"second",
        f"{prefix}jazz\\blues.00001.wav": b"in the wrong genre",
    }
    taken = take_tracks(make(tmp_path / "source", files), IDS, tmp_path / "audio")
    assert written(tmp_path / "audio") == {"blues/blues.00000.wav": b"first", "jazz/jazz.00054.au": b"second"}
    assert list(taken) == ["blues.00000", "jazz.00054"]


@pytest.mark.parametrize("make", [make_zip, make_tar])
@pytest.mark.parametrize(
    "name",
    [
        "../../blues/blues.00000.wav",
        "/srv/blues/blues.00000.wav",
        "a/../blues/blues.00000.wav",
        "..\\..\\blues\\blues.00000.wav",
    ],
)
def test_no_name_decides_where_a_file_is_written(tmp_path, make, name):
    source = make(tmp_path / "source", {name: b"audio"})
    work = tmp_path / "a" / "b"
    take_tracks(source, IDS, work / "audio")
    assert written(tmp_path) == {"source": source.read_bytes(), "a/b/audio/blues/blues.00000.wav": b"audio"}


def test_links_and_devices_in_a_tar_are_passed_over(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE):
            member = tarfile.TarInfo("blues/blues.00000.wav")
            member.type = kind
            member.linkname = str(secret)
            archive.addfile(member)
    assert take_tracks(tmp_path / "a.tar.gz", IDS, tmp_path / "audio") == {}


def test_links_in_a_zip_are_passed_over(tmp_path):
    link = zipfile.ZipInfo("blues/blues.00000.wav")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert take_tracks(tmp_path / "a.zip", IDS, tmp_path / "audio") == {}


@pytest.mark.parametrize("make", [make_folder, make_zip, make_tar])
def test_a_track_too_large_is_refused(tmp_path, monkeypatch, make):
    monkeypatch.setattr(archives, "MAX_TRACK_BYTES", 1000)
    source = make(tmp_path / "source", {"blues/blues.00000.wav": bytes(1000), "blues/blues.00001.wav": bytes(1001)})
    with pytest.raises(GenrebenchError, match=r"'blues/blues\.00001\.wav' has more than"):
        take_tracks(source, IDS, tmp_path / "audio")


def test_a_zip_that_lies_about_a_size_writes_no_more_than_it_says(tmp_path):
    source = make_zip(tmp_path / "a.zip", {"blues/blues.00000.wav": bytes(50_000)})
    source.write_bytes(source.read_bytes().replace((50_000).to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    with pytest.raises(GenrebenchError, match="damaged"):
        take_tracks(source, IDS, tmp_path / "audio")
    assert (tmp_path / "audio/blues/blues.00000.wav").stat().st_size <= 1000


@pytest.mark.parametrize("make", [make_folder, make_zip, make_tar])
def test_a_track_that_is_there_twice_is_refused(tmp_path, make):
    source = make(tmp_path / "source", {"a/blues/blues.00000.wav": b"x", "b/blues/blues.00000.au": b"y"})
    with pytest.raises(GenrebenchError, match=r"track blues\.00000 is there twice"):
        take_tracks(source, IDS, tmp_path / "audio")


@pytest.mark.parametrize("make", [make_zip, make_tar])
@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9, 0.999])
def test_an_archive_cut_short_is_one_clear_error(tmp_path, make, share):
    noise = bytes((i * i >> 3) % 251 for i in range(20_000))
    source = make(tmp_path / "source", {f"blues/{track_id}.wav": noise for track_id in IDS[:2]})
    whole = source.read_bytes()
    source.write_bytes(whole[: round(len(whole) * share)])
    with pytest.raises(GenrebenchError, match="damaged"):
        take_tracks(source, IDS, tmp_path / "audio")


@pytest.mark.parametrize("make", [make_zip, make_tar])
@pytest.mark.parametrize("damage", [b"\x00", b"U" * 200])
def test_damage_in_the_middle_is_noticed(tmp_path, make, damage):
    noise = bytes((i * i >> 3) % 251 for i in range(20_000))
    source = make(tmp_path / "source", {"blues/blues.00000.wav": noise})
    content = bytearray(source.read_bytes())
    middle = len(content) // 2
    content[middle : middle + len(damage)] = damage
    source.write_bytes(content)
    with pytest.raises(GenrebenchError, match="damaged"):
        take_tracks(source, IDS, tmp_path / "audio")


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b"a text, no tar" * 999),
        gzip.compress(b"")[:10] + b"\xff" * 99,
        gzip.compress(b"")[:9],
        b"PK\x03\x04" + bytes(99),
    ],
    # gzip writes the time of day: workers that run tests in parallel would not agree on names made of it
    ids=["gzip of a text", "gzip of noise", "cut gzip", "cut zip"],
)
def test_what_only_begins_like_an_archive_is_damaged(tmp_path, content):
    (tmp_path / "source").write_bytes(content)
    with pytest.raises(GenrebenchError, match="damaged"):
        take_tracks(tmp_path / "source", IDS, tmp_path / "audio")


def test_a_name_that_is_no_unicode_is_damage(tmp_path):
    source = make_zip(tmp_path / "a.zip", {"blues/blaés.wav": b"x"})
    source.write_bytes(source.read_bytes().replace("é".encode(), b"\xff\xff"))
    with pytest.raises(GenrebenchError, match="damaged"):
        take_tracks(source, IDS, tmp_path / "audio")


def test_a_target_that_cannot_be_written_is_named(tmp_path):
    source = make_folder(tmp_path / "source", {"blues/blues.00000.wav": b"x"})
    (tmp_path / "audio").write_bytes(b"in the way")
    with pytest.raises(GenrebenchError, match=r"source: cannot be copied to .*audio: "):
        take_tracks(source, IDS, tmp_path / "audio")


def test_another_kind_of_file_is_refused(tmp_path):
    (tmp_path / "a.rar").write_bytes(b"Rar!")
    with pytest.raises(GenrebenchError, match=r"a\.rar: neither a zip nor a tar\.gz"):
        take_tracks(tmp_path / "a.rar", IDS, tmp_path / "audio")


@pytest.mark.parametrize("place", ["first", "later"])
@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_SPARSE])
def test_a_header_of_any_length_is_not_read_into_memory(tmp_path, kind, place):
    member = tarfile.TarInfo("blues/blues.00000.wav")
    member.type, member.size = kind, 4 << 30
    before = tarfile.TarInfo("other").tobuf() * (place == "later")
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(before + member.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 16)))
    reason = "it holds a sparse file" if kind == tarfile.GNUTYPE_SPARSE else "a header says that it has 4294967296"
    with pytest.raises(GenrebenchError, match=rf"a\.tar\.gz: the archive is damaged .*{reason}"):
        take_tracks(tmp_path / "a.tar.gz", IDS, tmp_path / "audio")


def test_an_archive_of_very_many_members_or_bytes_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_MEMBERS", 10)
    monkeypatch.setattr(archives, "MAX_BYTES", 1 << 20)
    monkeypatch.setattr(archives, "_MAX_ZIP_LIST", 10 * 50)
    many = {f"other/{number}": b"" for number in range(11)}
    sources = [make_zip(tmp_path / "many.zip", many), make_tar(tmp_path / "many.tar.gz", many)]
    sources.append(make_tar(tmp_path / "large.tar.gz", {"other": bytes(1 << 20)}))
    end = gzip.compress(tarfile.TarInfo("other").tobuf() + bytes(3 << 20))
    (tmp_path / "end.tar.gz").write_bytes(end)
    for source in (*sources, tmp_path / "end.tar.gz"):
        with pytest.raises(GenrebenchError, match="has more than 10 members, or more than"):
            take_tracks(source, IDS, tmp_path / "audio")
