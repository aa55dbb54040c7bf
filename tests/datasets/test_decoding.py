"""Headers that declare no length, a wrong one or one that was never filled in."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.datasets.decoding import open_audio
from benchmarks.datasets.folder import provide
from benchmarks.datasets.inspection import Candidate, inspect_track
from benchmarks.datasets.manifest import Track
from benchmarks.errors import GenrebenchError
from benchmarks.features.audio import load_audio
from tests.builders import REPOSITORY

SECONDS = 20
CASES = REPOSITORY.parent / "shared" / "cases"
PICTURE = b"ID3\x04\x00\x00" + bytes([0, 6, 0, 0]) + b"\xff\xfb" * (6 << 13)


def inspect(path: Path) -> Track:
    return inspect_track(path.parent, Candidate("a.b", "a", path.name))


def noise(seconds: float, rate: int, level: float = 0.5, channels: int = 1) -> np.ndarray:
    return level * np.random.default_rng(0).uniform(-1, 1, (round(seconds * rate), channels))


def patched(path: Path, place: int, content: bytes) -> Path:
    whole = bytearray(path.read_bytes())
    whole[place : place + len(content)] = content
    path.write_bytes(whole)
    return path


def shortened(path: Path, share: float) -> Path:
    path.write_bytes(path.read_bytes()[: round(path.stat().st_size * share)])
    return path


def write(path: Path, rate: int = 22050, **how: str) -> Path:
    soundfile.write(path, noise(SECONDS, rate), rate, **how)
    return path


def vbr(path: Path, first: float, then: float, rate: int = 44100, channels: int = 1) -> Path:
    """Write MP3 of variable bit rate, of two levels, and take away the frame that states how many there are."""
    parts = [noise(4, rate, first, channels), noise(SECONDS - 4, rate, then, channels)]
    with soundfile.SoundFile(path, "w", rate, channels, "MPEG_LAYER_III", format="MP3", bitrate_mode="VARIABLE") as mp3:
        mp3.write(np.concatenate(parts))
    whole = path.read_bytes()
    path.write_bytes(whole[whole.index(whole[:2], 4) :])
    return path


def chained(folder: Path) -> Path:
    one, other = (
        write(folder / f"{rate}.ogg", rate, format="OGG", subtype="VORBIS").read_bytes() for rate in (22050, 8000)
    )
    (folder / "a.ogg").write_bytes(one + other)
    return folder / "a.ogg"


@pytest.mark.parametrize("levels", [(0.9, 0), (0, 0.9)], ids=["loud first", "quiet first"])
@pytest.mark.parametrize(("rate", "channels"), [(44100, 1), (48000, 2), (22050, 1), (16000, 2), (8000, 1)])
def test_an_estimate_of_vbr_mp3_is_no_declaration(
    tmp_path: Path, levels: tuple[float, float], rate: int, channels: int
) -> None:
    path = vbr(tmp_path / "a.mp3", *levels, rate, channels)
    with soundfile.SoundFile(path) as file:
        assert abs(file.frames / rate - SECONDS) > 5
    track = inspect(path)
    assert (track.status, round(track.duration), track.channels) == ("used", SECONDS, channels)
    # what features see goes as far
    assert len(load_audio(path, 15)) == 15 * 22050
    (tmp_path / "b.mp3").write_bytes(PICTURE + path.read_bytes())
    assert inspect(tmp_path / "b.mp3").pcm_md5 == track.pcm_md5


def test_mp3_that_states_its_length_is_held_to_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "a.mp3")
    whole = inspect(path)
    assert (whole.status, whole.duration) == ("used", SECONDS)
    assert "cut short: 16.0 s are there of 20.0 s declared" in inspect(shortened(path, 0.8)).reason
    # what its decoder writes past Python has the name of the file
    lines = capfd.readouterr().err.splitlines()
    assert lines
    assert all(line.startswith(f"{path}: ") for line in lines)


def test_the_samples_of_mp3_do_not_depend_on_how_many_are_read_at_a_time(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp3")
    found = []
    for reads in (1, 100):
        with open_audio(path) as audio:
            found.append(np.concatenate([audio.read(SECONDS * 22050 // reads) for _ in range(reads)]))
    np.testing.assert_array_equal(*found)


def test_flac_that_states_no_length_is_used(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac")
    stated = inspect(path)
    # the lower half of this byte and four more
    patched(path, 21, bytes([path.read_bytes()[21] & 0xF0, 0, 0, 0, 0]))
    assert inspect(path) == stated
    assert len(load_audio(path, 15)) == 15 * 22050


@pytest.mark.parametrize("share", [0.5, 0.8, 0.99])
@pytest.mark.parametrize(("subtype", "rate"), [("VORBIS", 22050), ("OPUS", 48000)])
def test_ogg_without_its_last_page_is_cut_short(tmp_path: Path, subtype: str, rate: int, share: float) -> None:
    path = write(tmp_path / "a.ogg", rate, format="OGG", subtype=subtype)
    assert inspect(path).status == "used"
    path.write_bytes(path.read_bytes() + b"TAG of a player that does not know better")
    assert inspect(path).status == "used"
    assert inspect(shortened(path, share)).reason == "cut short: the page that ends it is missing"
    # at the end of a page, too
    path.write_bytes(path.read_bytes()[: path.read_bytes().rindex(b"OggS")])
    assert inspect(path).reason == "cut short: the page that ends it is missing"


def test_ogg_of_several_recordings_is_named(tmp_path: Path) -> None:
    assert inspect(chained(tmp_path)).reason.startswith("holds several recordings, one behind the other")


@pytest.mark.parametrize(("name", "place", "declared"), [("a.wav", 40, 0), ("a.wav", 40, 1000), ("a.au", 8, 0)])
def test_a_header_that_was_never_finished_is_named(tmp_path: Path, name: str, place: int, declared: int) -> None:
    path = patched(write(tmp_path / name), place, declared.to_bytes(4, "little"))
    reason = inspect(path).reason
    assert reason.startswith("the header was never finished: it declares 0.0 s in a file of 882")
    assert "sox --ignore-length OLD NEW" in reason


@pytest.mark.parametrize(("name", "place"), [("a.wav", 4), ("a.aiff", 4), ("a.au", 8)])
def test_a_size_that_a_writer_to_a_pipe_left_open_is_none(tmp_path: Path, name: str, place: int) -> None:
    assert inspect(patched(write(tmp_path / name), place, b"\xff" * 4)).status == "used"


@pytest.mark.parametrize("name", ["a.wav", "a.aiff", "a.au"])
def test_pictures_behind_the_samples_are_no_samples(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name)
    path.write_bytes(path.read_bytes() + b"APPL" + (200_000).to_bytes(4, "little") + bytes(200_000))
    assert inspect(path).duration == SECONDS


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("vbr_noxing_quiet_first.mp3", "20"),
        ("flac_unknown_length.flac", "20"),
        ("one_sample_3e25.wav", "16"),
        ("cut_v.ogg", "cut short: the page that ends it is missing"),
        ("size0.wav", "the header was never finished: it declares 0.0 s in a file of 882044 bytes"),
    ],
)
def test_the_cases_that_were_collected(name: str, found: str) -> None:
    if not (CASES / name).is_file():
        pytest.skip("needs ../shared/cases")
    track = inspect(CASES / name)
    assert (track.reason or f"{track.duration:.0f}").startswith(found)


def test_a_folder_names_every_one_of_them(tmp_path: Path) -> None:
    for genre in ("dub", "ska"):
        (tmp_path / genre).mkdir()
        for number in range(2):
            vbr(tmp_path / genre / f"{number}.mp3", 0, 0.9)
    assert {track.status for track in provide("mine", tmp_path).tracks} == {"used"}
    shortened(write(tmp_path / "dub" / "2.ogg", format="OGG", subtype="VORBIS"), 0.8)
    patched(write(tmp_path / "ska" / "2.wav"), 40, bytes(4))
    with pytest.raises(GenrebenchError) as raised:
        provide("mine", tmp_path)
    assert "dub/2.ogg: cut short: " in str(raised.value)
    assert "ska/2.wav: the header was never finished: " in str(raised.value)
