"""Every reader of foreign bytes, given what damage makes of a file that is whole.

``python -m tests.bad_inputs.fuzz SECONDS SEED LOG`` damages a file of each kind again and again: bytes are changed, cut
off, doubled, moved, taken from another place or from a list of those that lie about sizes. A reader may take what it
gets or refuse it by this project's errors. All else is written to the log as JSON with the bytes: another exception,
more than ten seconds, more than 1 GiB. A crash ends the process, and its last input is in ``LOG.bytes``.
"""

import base64
import json
import os
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.audit.record import Audit
from benchmarks.configuration import read_yaml, validated
from benchmarks.datasets.archives import take_tracks
from benchmarks.datasets.folder_facts import read_artists, read_split
from benchmarks.datasets.gtzan_tracks import known_tracks
from benchmarks.datasets.inspection import Candidate, inspect_track
from benchmarks.datasets.manifest import Manifest
from benchmarks.errors import GenrebenchError
from benchmarks.features.cache import open_features
from benchmarks.runs import read_run
from benchmarks.scoring.table import read_table
from benchmarks.settings import Params
from tests.bad_inputs import archives, audio, folders, project_files, settings_files, weights
from tests.bad_inputs.runner import limit, too_long
from tests.builders import fake_manifest

SECONDS: Final = 10
_LIES = (
    b"\xff" * 8,
    b"\x00" * 8,
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\x80\0\0\0",
    b"9" * 20,
    b"[" * 50,
    b"\r\n",
)
_PATHS = ("blues/one.wav", "blues/two.wav", "jazz/one.wav", "jazz/two.wav")


def inspect(path: Path) -> object:
    return inspect_track(path.parent, Candidate("a.b", "a", path.name))


def unpack(path: Path) -> object:
    return take_tracks(path, known_tracks(), path.parent / "unpacked")


def settings(path: Path) -> object:
    return validated(Params, read_yaml(path, "write it again"), path)


def tables(read: Callable[[Path, tuple[str, ...]], object]) -> Callable[[Path], object]:
    return lambda path: read(path.parent, _PATHS)


def features(path: Path) -> object:
    manifest = fake_manifest(per_genre=6)
    (path.parent / "tracks.json").write_text(json.dumps([track.id for track in manifest.used]), encoding="utf-8")
    return open_features(path.parent, path.stem, manifest)


def run(path: Path) -> object:
    return read_run(path.parent)


def whole_files(folder: Path) -> dict[str, tuple[str, bytes, Callable[[Path], object]]]:
    """Return for each kind the name of its file, a whole one, and what reads it."""
    weights.start(folder)
    (folder / "project").mkdir()
    project_files.start(folder / "project")
    settings_files.start(folder)
    project, place = folder / "project", folder / "project" / project_files.FOLDER
    tracks = archives.wavs("blues.00000", "jazz.00001")
    found = {
        "zip": ("copy.zip", archives.packed(tracks), unpack),
        "tar.gz": ("copy.tar.gz", archives.tarred(*(archives.member(*it) for it in tracks.items())), unpack),
        "params.yaml": ("params.yaml", (folder / "params.yaml").read_bytes(), settings),
        "artists.csv": ("artists.csv", b"path,artist\nblues/one.wav,A\n", tables(read_artists)),
        "split.csv": ("split.csv", folders.SPLIT[0].encode(), tables(read_split)),
        "npy": (Path(project_files.FEATURES).name, (project / project_files.FEATURES).read_bytes()[:20_000], features),
        "run.json": ("run.json", (place / "run.json").read_bytes(), run),
        "manifest": ("manifest.json", (project / project_files.MANIFEST).read_bytes(), Manifest.read),
        "audit": ("audit.json", (project / project_files.AUDIT).read_bytes(), read_audit),
        "csv": ("history.csv", (place / "history.csv").read_bytes(), read_history),
        "h5": (weights.HDF5, (folder / weights.HDF5).read_bytes(), in_its_folder(weights.READ[weights.HDF5])),
        "safetensors": (
            weights.TENSORS,
            (folder / weights.TENSORS).read_bytes(),
            in_its_folder(weights.READ[weights.TENSORS]),
        ),
        "labels": (weights.LABELS, (folder / weights.LABELS).read_bytes(), in_its_folder(weights.READ[weights.LABELS])),
    }
    for container, subtype, rate in (
        *(("WAV", None, 4000), ("AIFF", None, 4000), ("AU", None, 4000), ("W64", None, 4000), ("RF64", None, 4000)),
        *(("CAF", None, 4000), ("FLAC", None, 8000), ("MP3", None, 16000), ("WAV", "MS_ADPCM", 4000)),
        *(("OGG", "VORBIS", 8000), ("OGG", "OPUS", 8000)),
    ):
        name = f"{container} {subtype or ''}".strip()
        found[name] = (f"a.{container.lower()}", audio.encoded(container, subtype, rate, seconds=2), inspect)
    return found


def read_audit(path: Path) -> object:
    return Audit.read(path, fake_manifest(per_genre=6))


def read_history(path: Path) -> object:
    try:
        return read_table(path, ("epoch",))
    except ValueError as error:  # as all who call it do
        raise GenrebenchError(str(error)) from None


def in_its_folder(read: Callable[[], object]) -> Callable[[Path], object]:
    """Return what reads a file by its name alone: the process works in its folder."""
    return lambda _: read()


def damaged(whole: bytes, draw: np.random.Generator) -> bytes:
    """Do one to four harms to a file."""
    content = bytearray(whole)
    for _ in range(int(draw.integers(1, 5))):
        if not content:
            break
        # the first bytes decide most
        place = int(len(content) * draw.random() ** 3)
        length = int(draw.integers(1, 64))
        match int(draw.integers(7)):
            case 0:
                content[place] ^= 1 << int(draw.integers(8))
            case 1:
                content[place : place + length] = draw.bytes(length)
            case 2:
                del content[place:]
            case 3:
                del content[place : place + length]
            case 4:
                content[place:place] = content[place : place + length] * int(draw.integers(1, 20))
            case 5:
                lie = _LIES[int(draw.integers(len(_LIES)))]
                content[place : place + len(lie)] = lie
            case _:
                other = int(draw.integers(len(content)))
                content[place : place + length] = content[other : other + length]
    return bytes(content)


def attempt(read: Callable[[Path], object], path: Path) -> str:
    """Read a file; returns what went wrong, empty for a result or an error of this project."""
    signal.alarm(SECONDS)
    try:
        with redirect_stderr(StringIO()):
            read(path)
    except GenrebenchError:
        return ""
    except BaseException:  # noqa: BLE001 -- whatever it is, it is told
        return traceback.format_exc()
    finally:
        signal.alarm(0)
    return ""


def main(seconds: float, seed: int, log: Path) -> Mapping[str, int]:
    """Damage and read until the time has passed; returns how many problems each kind had."""
    signal.signal(signal.SIGALRM, too_long)
    draw, end, log = np.random.default_rng(seed), time.monotonic() + seconds, log.resolve()
    counts, problems = Counter[str](), Counter[str]()
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder, log.open("w", encoding="utf-8") as file:
        files = whole_files(Path(folder))
        place = Path(folder) / "place"
        place.mkdir()
        os.chdir(place)
        limit()
        while time.monotonic() < end:
            for kind, (name, whole, read) in files.items():
                content = damaged(whole, draw)
                (place / name).write_bytes(content)
                log.with_name(f"{log.name}.bytes").write_bytes(f"{kind}\n".encode() + content)
                counts[kind] += 1
                if words := attempt(read, place / name):
                    problems[kind] += 1
                    told = {"kind": kind, "words": words[-2000:], "bytes": base64.b64encode(content).decode()}
                    print(json.dumps(told), file=file, flush=True)
                (place / name).unlink(missing_ok=True)
        os.chdir(before)
        print(json.dumps({"inputs": counts, "problems": problems}), file=file)
    return problems


if __name__ == "__main__":
    sys.exit(bool(main(float(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))))
