"""Copies of GTZAN that are damaged, are something else, or mean harm: ``GENREBENCH_GTZAN``."""

import gzip
import io
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from ruamel.yaml import YAML

from tests.bad_inputs import audio
from tests.bad_inputs.case import Case, Group, cut, patched, writes
from tests.builders import plain_params

FETCH = ("fetch", "--dataset", "gtzan")
TRACK = "genres/blues/blues.00000.wav"
ELSEWHERE = "/etc/hostname"


def start(folder: Path) -> None:
    YAML().dump(plain_params(), folder / "params.yaml")


def packed(files: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def tarred(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for member, content in members:
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


def member(name: str = TRACK, content: bytes = b"", **facts: object) -> tuple[tarfile.TarInfo, bytes]:
    made = tarfile.TarInfo(name)
    made.size = len(content)
    for key, value in facts.items():
        setattr(made, key, value)
    return made, content


def link_in_a_zip() -> bytes:
    target, made = io.BytesIO(), zipfile.ZipInfo(TRACK)
    made.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(made, ELSEWHERE)
    return target.getvalue()


def encrypted() -> bytes:
    """A zip whose flags say that its member is."""
    whole = packed({TRACK: b"audio"})
    return patched(whole.index(b"PK\x01\x02") + 8, b"\x01")(patched(6, b"\x01")(whole))


def of_method(number: int) -> bytes:
    whole = packed({TRACK: b"audio"})
    return patched(whole.index(b"PK\x01\x02") + 10, bytes([number]))(patched(8, bytes([number]))(whole))


def header(kind: bytes, size: int) -> bytes:
    made = tarfile.TarInfo(TRACK)
    made.type, made.size = kind, size
    return gzip.compress(made.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 16))


def many_in_a_tar() -> bytes:
    return gzip.compress(tarfile.TarInfo("x/y").tobuf() * 200_000, 1)


def many_in_a_zip() -> bytes:
    """A list of 400,000 members, each its 46 bytes, at whose end stands how long it is."""
    one = b"PK\x01\x02" + bytes(42)
    listed = one * 400_000
    end = b"PK\x05\x06" + bytes(4) + b"\xff\xff\xff\xff" + len(listed).to_bytes(4, "little") + bytes(6)
    return listed + end


def bomb() -> bytes:
    """Ten GiB of zeros behind the end of the members."""
    piece = gzip.compress(bytes(64 << 20), 9)
    return gzip.compress(tarfile.TarInfo("x/y").tobuf() + bytes(1024)) + piece * 160


def sparse_by_pax() -> bytes:
    """A header that says that a list of parts follows, and numbers without an end."""
    told = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n"
    made, data = tarfile.TarInfo("x"), tarfile.TarInfo(TRACK)
    made.type, made.size, data.size = tarfile.XHDTYPE, len(told), 1 << 30
    numbers = b"999999999\n" + b"1\n" * (32 << 20)
    return gzip.compress(made.tobuf(tarfile.GNU_FORMAT) + told.ljust(512, b"\0") + data.tobuf() + numbers, 1)


def lists_of_zip64() -> bytes:
    """An end record that says little, before it one that says 4 GiB."""
    whole = packed({TRACK: b"audio"})
    place = whole.index(b"PK\x05\x06")
    record = b"PK\x06\x06" + struct.pack("<Q2H2L4Q", 44, 45, 45, 0, 0, 1, 1, 4 << 30, 0)
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, place, 1)
    return whole[:place] + record + locator + whole[place:]


def wavs(*ids: str) -> dict[str, bytes]:
    return {f"genres/{it.partition('.')[0]}/{it}.wav": audio.encoded("WAV") for it in ids}


def of_copy(name: str, words: str, spoil: Callable[[Path], object]) -> Case:
    return Case(name, words, spoil, FETCH, environment={"GENREBENCH_GTZAN": "copy"})


def bad(name: str, content: bytes | str, words: str) -> Case:
    return of_copy(name, rf"copy: {words}", writes("copy", content))


def built(name: str, make: Callable[[], bytes], words: str) -> Case:
    """An archive that is made when it is tried."""

    def build(folder: Path) -> None:
        (folder / "copy").write_bytes(make())

    return of_copy(name, rf"copy: {words}", build)


NO_ARCHIVE = "neither a zip nor a tar.gz archive, or a damaged one"
DAMAGED = r"the archive is damaged or incomplete \(.+\); delete it and fetch again"
NO_TRACK = "holds no track of GTZAN; expected files such as blues/blues.00000.wav"
TOO_MUCH = "has more than 100000 members, or more than 200 MiB when it is unpacked; .*give another one"
LARGE = r"'genres/blues/blues\.00000\.wav' has more than 64 MiB; no track of GTZAN is that large"
CASES = [
    of_copy("nothing there", r"GENREBENCH_GTZAN=copy: no such file or folder; give", lambda _: None),
    bad("an empty file", b"", NO_ARCHIVE),
    bad("text", "GTZAN is not here\n", NO_ARCHIVE),
    bad("an error page", "<!DOCTYPE html>" * 99, NO_ARCHIVE),
    bad("noise", audio.NOISE, NO_ARCHIVE),
    bad("a RAR", b"Rar!\x1a\x07\x01\x00" + audio.NOISE, NO_ARCHIVE),
    bad("a 7z", b"7z\xbc\xaf\x27\x1c" + audio.NOISE, NO_ARCHIVE),
    bad("an xz", b"\xfd7zXZ\x00" + audio.NOISE, NO_ARCHIVE),
    bad("gzip's first two bytes", b"\x1f\x8b", DAMAGED),
    bad("gzip of noise", gzip.compress(audio.NOISE), DAMAGED),
    bad("gzip of nothing", gzip.compress(b""), f"{DAMAGED}|{NO_TRACK}"),
    bad("an empty zip", packed({}), NO_TRACK),
    bad("an empty tar", tarred(), NO_TRACK),
    bad("a cut zip", cut(0.7)(packed(wavs("blues.00000", "blues.00001"))), NO_ARCHIVE),
    bad("a zip cut in its list", cut(0.9999)(packed(wavs("blues.00000"))), NO_ARCHIVE),
    bad("a cut tar.gz", cut(0.7)(tarred(*(member(*it) for it in wavs("blues.00000", "blues.00001").items()))), DAMAGED),
    bad("a zip with a wrong checksum", patched(60, b"other")(packed({TRACK: bytes(999)})), DAMAGED),
    bad("a tar.gz with a wrong checksum", patched(-8, b"else")(tarred(member(content=audio.encoded("WAV")))), DAMAGED),
    bad("a zip with a password", encrypted(), DAMAGED),
    bad("a zip of an unknown method", of_method(99), DAMAGED),
    bad("a zip in a zip", packed({"genres.zip": packed(wavs("blues.00000"))}), NO_TRACK),
    bad("names that lead out", packed({f"../../x/{number}.wav": b"" for number in range(3)}), NO_TRACK),
    bad("a link in a zip", link_in_a_zip(), NO_TRACK),
    bad("a link in a tar", tarred(member(type=tarfile.SYMTYPE, linkname=ELSEWHERE)), NO_TRACK),
    bad("a hard link in a tar", tarred(member(type=tarfile.LNKTYPE, linkname=ELSEWHERE)), NO_TRACK),
    bad("a device in a tar", tarred(member(type=tarfile.CHRTYPE, devmajor=1, devminor=5)), NO_TRACK),
    bad("a pipe in a tar", tarred(member(type=tarfile.FIFOTYPE)), NO_TRACK),
    bad(
        "a track twice",
        tarred(member(content=b"a"), member("x/blues/blues.00000.au", b"b")),
        "track blues.00000 is there twice; leave one",
    ),
    bad("a track of 4 GiB in a tar", header(tarfile.REGTYPE, 4 << 30), LARGE),
    built("a track of 65 MiB in a zip", lambda: packed({TRACK: bytes(65 << 20)}, zipfile.ZIP_DEFLATED), LARGE),
    bad("a header of 8 GiB", header(tarfile.XHDTYPE, (8 << 30) - 1), DAMAGED),
    bad("a long name of 4 GiB", header(tarfile.GNUTYPE_LONGNAME, 4 << 30), DAMAGED),
    bad("a sparse file", header(tarfile.GNUTYPE_SPARSE, 1024), DAMAGED),
    built("200,000 members in a tar", many_in_a_tar, TOO_MUCH),
    built("400,000 members in a zip", many_in_a_zip, TOO_MUCH),
    built("ten GiB of zeros", bomb, TOO_MUCH),
    built("a list of parts without an end", sparse_by_pax, DAMAGED),
    bad("another list of members", lists_of_zip64(), f"{TOO_MUCH}|{DAMAGED}|{NO_ARCHIVE}"),
    built(
        "four tracks of 60 MiB",
        lambda: packed({f"blues/blues.{number:05}.wav": bytes(60 << 20) for number in range(4)}, zipfile.ZIP_DEFLATED),
        TOO_MUCH,
    ),
    bad(
        "three of the 1000 tracks",
        packed(wavs("blues.00000", "jazz.00001", "rock.00099")),
        r"997 of 1000 tracks cannot be used:(.|\n)*Mend the copy, or set",
    ),
    of_copy(
        "a track that is no audio",
        r"blues\.00000: not readable as audio",
        writes("copy/blues/blues.00000.wav", audio.NOISE),
    ),
    of_copy("a folder of other files", rf"copy: {NO_TRACK}", writes("copy/jazz/song.wav", audio.NOISE)),
    Case(
        "a mirror without the file",
        r"genres\.tar\.gz could not be obtained\. Tried:(.|\n)*nowhere(.|\n)*Check the network, or:",
        lambda _: None,
        FETCH,
        environment={
            "GENREBENCH_MIRROR": "nowhere",
            "HTTPS_PROXY": "http://127.0.0.1:1",
            "https_proxy": "http://127.0.0.1:1",
        },
    ),
]
GROUP = Group(start, CASES)
