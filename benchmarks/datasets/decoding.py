"""Audio files as libsndfile decodes them, and how long each of them declares itself to be.

Only a real declaration can prove that a file was cut short. Many a header holds none: the length that libsndfile then
gives is an estimate or a placeholder, or that of a part, and it even stops reading at an estimate.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile

import soundfile

_NO_FILE = "File does not exist"
# libsndfile reads a cut wav, au, aiff, w64 or rf64 file without an error and only notes the difference in its log, for
# the last two that of the whole file
_DATA_SIZE = re.compile(r"^\s*(?:data|Data Size|SSND|riff|Riff size)\s*:\s*(\d+) \(should be (\d+)\)", re.MULTILINE)
# writers to a pipe cannot know the length and declare a placeholder of about 2 or 4 GiB
_PLACEHOLDER_BYTES = 0x7FFFF000
_PLACEHOLDER_FRAMES = 1 << 37
# what comes behind the samples that a header declares, libsndfile's log says, is nothing that it knows
_STRANGE = "Exiting parser"
_WORTH_A_WORD = 1 << 16
_WIDEST_SAMPLE = 8

# an ID3 tag before the audio: its size stands in seven bits of each of four bytes
_ID3, _ID3_HEADER = b"ID3", 10
_LAYER_3 = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]..", re.DOTALL)
_RATES = (44100, 48000, 32000)
# behind a frame's header and its side information: flags say whether the number of frames follows
_XING = re.compile(rb".{4}.{9,34}?(?:Xing|Info)...(.)", re.DOTALL)
_HAS_FRAMES, _ENDLESS = 0x01, 1 << 30

# RFC 3533: what a page begins with, the flags of a stream's first and last one, the place of its number
_PAGE, _PAGE_HEADER, _LARGEST_PAGE = b"OggS\x00", 27, 27 + 255 + 255 * 255
_FIRST_PAGE, _LAST_PAGE = 0x02, 0x04
_SERIAL = slice(14, 18)


class UndecodableError(Exception):
    """Why a file cannot be decoded, in a few words without its name."""


class AudioFile(soundfile.SoundFile):  # type: ignore[misc]
    """An audio file that is read from its start to its end.

    After every read soundfile seeks the place where it is. libsndfile cannot do that where a FLAC file states no
    length, and in an MP3 file it makes the samples depend on how many are read at a time.
    """

    def seekable(self) -> bool:
        """Return False: there is no going back."""
        return False


def _ignore(_: str) -> None:
    """Do nothing."""


@contextmanager
def open_audio(path: Path, tell: Callable[[str], None] = _ignore) -> Iterator[AudioFile]:
    """Open an audio file of any format that libsndfile reads.

    Parameters
    ----------
    path : Path
        The file.
    tell : callable
        Gets every line that a decoder writes to standard error, past Python and without the name of the file.

    Raises
    ------
    UndecodableError
        If the file cannot be opened or, inside the block, cannot be read on.
    """
    with _hearing(tell):
        try:
            with _opened(path) as audio:
                yield audio
        except soundfile.LibsndfileError as error:
            words = error.error_string.rstrip(".")
            # it says so of a file that is there, where it knows none of the first bytes
            reason = "the format is not known" if words.startswith(_NO_FILE) else words
            raise UndecodableError(f"not readable as audio ({reason})") from None
        except OSError as error:  # libsndfile calls a missing permission a system error
            raise UndecodableError(f"not readable ({error.strerror or error})") from None


@contextmanager
def _hearing(tell: Callable[[str], None]) -> Iterator[None]:
    with TemporaryFile() as said:
        before = os.dup(2)
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(before, 2)
            os.close(before)
            said.seek(0)
            for line in dict.fromkeys(said.read().decode(errors="replace").splitlines()):
                if line.strip():
                    tell(line.strip())


def _opened(path: Path) -> AudioFile:
    with path.open("rb") as file:
        if not file.read(1):
            raise UndecodableError("the file is empty")
    audio = AudioFile(path)
    if audio.format == "RAW":  # libsndfile takes any bytes for raw samples where the name ends in .au or .snd
        audio.close()
        raise UndecodableError("not readable as audio (no header)")
    if audio.subtype != "MPEG_LAYER_III":
        return audio
    content = path.read_bytes()
    begin = _first_frame(content, audio.samplerate)
    stated = _XING.match(content, begin)
    if begin < 0 or (stated and stated[1][0] & _HAS_FRAMES):
        return audio
    # libsndfile stops at a length that it estimates from the first frame; where a header states an endless one, it
    # reads to the end
    audio.close()
    return AudioFile(BytesIO(_endless_header(content[begin : begin + 4]) + content[begin:]))


def _first_frame(content: bytes, rate: int) -> int:
    """Return where the first frame of an MP3 file begins, behind tags; -1 where there is none of the sample rate."""
    begin = 0
    while content.startswith(_ID3, begin) and len(content) >= begin + _ID3_HEADER:
        begin += _ID3_HEADER + sum((content[begin + 6 + k] & 0x7F) << 7 * (3 - k) for k in range(4))
    for found in _LAYER_3.finditer(content, begin):
        if _rate(found[0]) == rate:
            return found.start()
    return -1


def _rate(frame: bytes) -> int:
    """Return the sample rate that the header of an MP3 frame states, Hz; 0 where it is no legal one."""
    halved = 0 if frame[1] & 0x08 else 1 if frame[1] & 0x10 else 2
    return {place: it >> halved for place, it in enumerate(_RATES)}.get(frame[2] >> 2 & 0x03, 0)


def _endless_header(frame: bytes) -> bytes:
    """Return an empty frame, of the kind of a given one, with a Xing header that states more frames than any file has.

    Parameters
    ----------
    frame : bytes
        The header of an MP3 frame.
    """
    mpeg_1, mono = frame[1] & 0x08, frame[3] >> 6 == 3
    # of a middle bit rate, so that all of it fits in, and without a checksum
    header = bytes([frame[0], frame[1] | 0x01, 9 << 4 | frame[2] & 0x0C, frame[3]])
    size = (144 * 128_000 if mpeg_1 else 72 * 80_000) // _rate(frame)
    side_information = (17 if mono else 32) if mpeg_1 else (9 if mono else 17)
    words = b"Xing" + _HAS_FRAMES.to_bytes(4, "big") + _ENDLESS.to_bytes(4, "big")
    return (header + bytes(side_information) + words).ljust(size, b"\x00")


def require_whole(path: Path, audio: AudioFile, frames: int, tolerance: float) -> None:
    """Compare what was decoded, to the end, with what a file declares.

    Parameters
    ----------
    path : Path
        The file.
    audio : AudioFile
        The same, still open.
    frames : int
        How many were read.
    tolerance : float
        Seconds that may be missing.

    Raises
    ------
    UndecodableError
        If the file was cut short, or holds more than its header says.
    """
    if audio.format == "OGG":
        _require_whole_ogg(path)
    size = path.stat().st_size
    # twice as much as the widest samples would need
    explained = _WORTH_A_WORD + 2 * frames * audio.channels * _WIDEST_SAMPLE
    if (not frames or _STRANGE in audio.extra_info) and size > explained:
        raise UndecodableError(
            f"the header was never finished: it declares {frames / audio.samplerate:.1f} s in a file of {size} bytes; "
            "write it anew, for instance with: sox --ignore-length OLD NEW"
        )
    if not frames:
        raise UndecodableError("holds no samples")
    declared = _declared(audio, frames)
    if (declared - frames) / audio.samplerate > tolerance:
        raise UndecodableError(
            f"cut short: {frames / audio.samplerate:.1f} s are there of {declared / audio.samplerate:.1f} s declared"
        )


def _declared(audio: AudioFile, frames: int) -> int:
    """Return how many frames a file declares; what is there, where it does not say."""
    declared: int = audio.frames if audio.frames < _PLACEHOLDER_FRAMES else frames
    noted = _DATA_SIZE.search(audio.extra_info)
    if noted and (size := int(noted[1])) < _PLACEHOLDER_BYTES:
        declared = max(declared, round(frames * size / int(noted[2])))
    return declared


def _require_whole_ogg(path: Path) -> None:
    """Look at the last page: it is marked as such, and belongs to a stream that begins where the file begins."""
    with path.open("rb") as file:
        begin = file.read(_LARGEST_PAGE)
        file.seek(max(0, path.stat().st_size - 2 * _LARGEST_PAGE))
        end = file.read()
    page = end[max(0, end.rfind(_PAGE)) :]
    if len(page) < max(_PAGE_HEADER, _page_length(page)) or not page[5] & _LAST_PAGE:
        raise UndecodableError("cut short: the page that ends it is missing")
    if page[_SERIAL] not in _first_serials(begin):
        raise UndecodableError(
            "holds several recordings, one behind the other, of which only the first can be read; split it, or join "
            "them, for instance with: ffmpeg -i OLD NEW"
        )


def _page_length(page: bytes) -> int:
    """Return the length of an Ogg page from its header; 0 where not even that is whole."""
    if len(page) < _PAGE_HEADER:
        return 0
    behind = _PAGE_HEADER + page[_PAGE_HEADER - 1]
    return behind + sum(page[_PAGE_HEADER:behind])


def _first_serials(begin: bytes) -> set[bytes]:
    """Return the numbers of the streams that begin where a file begins."""
    found = set()
    while begin.startswith(_PAGE) and (length := _page_length(begin)) and begin[5] & _FIRST_PAGE:
        found.add(begin[_SERIAL])
        begin = begin[length:]
    return found
