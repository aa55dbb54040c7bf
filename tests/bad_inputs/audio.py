"""Audio that is damaged, unfinished, of another format or full of values that no feature can be made of."""

import io
import struct
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
from ruamel.yaml import YAML

from benchmarks.datasets.folder import provide
from tests.bad_inputs.case import Case, Group, cut, patched, writes
from tests.builders import STUDY, plain_params

RATE = 4000
SECONDS = 16
FETCH = ("fetch", "--dataset", "mine")
SUFFIXES = ("aif", "aifc", "aiff", "au", "caf", "flac", "mp3", "oga", "ogg", "opus", "rf64", "snd", "w64", "wav")
OTHER_FORMATS = ("aac", "ape", "m4a", "mp4", "mpc", "webm", "wma", "wv")


def samples(rate: int = RATE, seconds: float = SECONDS) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.5, 0.5, round(rate * seconds))


@cache
def encoded(container: str, subtype: str | None = None, rate: int = RATE, seconds: float = SECONDS) -> bytes:
    target = io.BytesIO()
    soundfile.write(target, samples(rate, seconds), rate, format=container, subtype=subtype)
    return target.getvalue()


def of_values(*values: float) -> bytes:
    """WAV of float32 with some values among the noise."""
    target, noise = io.BytesIO(), samples().astype(np.float32)
    noise[100 : 100 + len(values)] = values
    soundfile.write(target, noise, RATE, format="WAV", subtype="FLOAT")
    return target.getvalue()


def wav(*, code: int = 1, channels: int = 1, rate: int = RATE, bits: int = 16, size: int | None = None) -> bytes:
    """WAV with 16 s of silence behind a header that says what it likes."""
    data = bytes(2 * RATE * SECONDS)
    fields = (code, channels, rate, rate * channels * bits // 8 % (1 << 32), channels * bits // 8 % (1 << 16), bits)
    header = b"fmt " + struct.pack("<L2H2L2H", 16, *fields)
    body = b"WAVE" + header + b"data" + struct.pack("<L", len(data) if size is None else size) + data
    return b"RIFF" + struct.pack("<L", len(body)) + body


def zipped() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("jazz.wav", b"audio")
    return target.getvalue()


def start(folder: Path) -> None:
    """Two genres of two tracks each, entered in params.yaml."""
    for genre in ("blues", "jazz"):
        for name in ("one", "two"):
            writes(f"music/{genre}/{name}.wav", encoded("WAV"))(folder)
    content = plain_params()
    content["folders"] = {"mine": "music"}
    content["reports"]["mine"] = {"study": STUDY.name, "dataset": "mine"}
    YAML().dump(content, folder / "params.yaml")


def fetched(name: str, content: bytes) -> Callable[[Path], object]:
    """Return what writes a track and lets the dataset be fetched with it."""

    def write(folder: Path) -> None:
        writes(f"music/{name}", content)(folder)
        manifest = provide("mine", folder / "music")
        manifest.write(folder / "data" / "mine" / "manifest.json")

    return write


def bad(name: str, suffix: str, content: bytes | str, words: str) -> Case:
    return Case(name, rf"jazz/bad\.{suffix}: {words}", writes(f"music/jazz/bad.{suffix}", content), FETCH)


def changed(name: str, suffix: str, whole: bytes, change: Callable[[bytes], bytes], words: str) -> Case:
    return bad(name, suffix, change(whole), words)


NOISE = np.random.default_rng(1).bytes(5000)
UNREADABLE = r"not readable as audio \(\w.*\)"
CUT = r"cut short: \d\.\d s are there of 16\.\d s declared"
# a genre then has too few tracks that can be used
SHORT = r"jazz: usable tracks: 1, needs at least 2; jazz/two\.wav is left out: {} s long, needs 15 s"
CASES = [
    *(
        bad(f"noise in {suffix}", suffix, NOISE, r"not readable as audio \(the format is not known\)")
        for suffix in SUFFIXES
    ),
    *(bad(f"nothing in {suffix}", suffix, b"", "the file is empty") for suffix in SUFFIXES),
    *(bad(f"another format, {suffix}", suffix, NOISE, UNREADABLE) for suffix in OTHER_FORMATS),
    bad("text", "wav", "no audio at all\n", UNREADABLE),
    bad("an error page", "mp3", "<!DOCTYPE html><p>404</p>" * 50, UNREADABLE),
    bad("a zip", "wav", zipped(), UNREADABLE),
    bad("a picture", "flac", b"\x89PNG\r\n\x1a\n" + NOISE, UNREADABLE),
    bad("one byte", "wav", b"R", UNREADABLE),
    bad("a header of four letters", "wav", b"RIFF", UNREADABLE),
    bad("nothing behind the header", "wav", wav()[:44], "holds no samples"),
    bad("no format", "wav", b"RIFF\x24\0\0\0WAVEdata\x10\0\0\0" + bytes(16), UNREADABLE),
    bad("an unknown codec", "wav", wav(code=0x9999), UNREADABLE),
    bad("no channel", "wav", wav(channels=0), UNREADABLE),
    bad("65,535 channels", "wav", wav(channels=0xFFFF), UNREADABLE),
    bad("no rate", "wav", wav(rate=0), UNREADABLE),
    bad("no bits", "wav", wav(bits=0), UNREADABLE),
    bad(
        "twice as much declared", "wav", wav(size=4 * RATE * SECONDS), "cut short: 16.0 s are there of 32.0 s declared"
    ),
    bad("a size that was never filled in", "wav", wav(size=0), "the header was never finished: .* write it anew"),
    bad("not a number", "wav", of_values(np.nan), "holds samples that are no finite numbers"),
    bad("infinity", "wav", of_values(np.inf, -np.inf), "holds samples that are no finite numbers"),
    Case("one second", SHORT.format("1.0"), writes("music/jazz/two.wav", encoded("WAV", seconds=1)), FETCH),
    Case("one sample", SHORT.format("0.0"), writes("music/jazz/two.wav", encoded("WAV", seconds=1 / RATE)), FETCH),
    changed("a cut WAV", "wav", encoded("WAV"), cut(0.5), CUT),
    changed("a cut AIFF", "aiff", encoded("AIFF"), cut(0.5), CUT),
    changed("a cut AU", "au", encoded("AU"), cut(0.5), CUT),
    changed("a cut CAF", "caf", encoded("CAF"), cut(0.5), UNREADABLE),
    changed("a cut W64", "w64", encoded("W64"), cut(0.5), CUT),
    changed("a cut RF64", "rf64", encoded("RF64"), cut(0.5), CUT),
    changed("a cut FLAC", "flac", encoded("FLAC"), cut(0.5), UNREADABLE),
    changed("a cut MP3", "mp3", encoded("MP3", rate=16000), cut(0.5), CUT),
    changed(
        "a cut Ogg", "ogg", encoded("OGG", "VORBIS", rate=8000), cut(0.5), "cut short: the page that ends it is missing"
    ),
    changed(
        "a cut Opus", "opus", encoded("OGG", "OPUS", rate=8000), cut(0.5), "cut short: the page that ends it is missing"
    ),
    changed("damage inside FLAC", "flac", encoded("FLAC"), patched(20_000, NOISE), UNREADABLE),
    changed("FLAC that is all header", "flac", encoded("FLAC"), lambda whole: whole[:42], "holds no samples|cut short"),
    changed(
        "AU whose audio begins nowhere",
        "au",
        encoded("AU"),
        patched(4, b"\x7f\xff\xff\xff"),
        "the header was never finished",
    ),
    changed("AU of an unknown encoding", "au", encoded("AU"), patched(12, b"\0\0\x03\xe7"), UNREADABLE),
    Case(
        "one sample of 3e25",
        r"jazz/two\.wav: .*infinit|jazz/two\.wav: .*finite",
        fetched("jazz/two.wav", of_values(3e25)),
        ("features", "--dataset", "mine"),
    ),
]
GROUP = Group(start, CASES)
