"""The validated list of a dataset's tracks, the only thing later stages know of a dataset."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from benchmarks.datasets.kinds import KINDS
from benchmarks.errors import GenrebenchError
from benchmarks.files import write_json


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of dataset; there are: {', '.join(KINDS)}")
    return kind


DatasetKind = Annotated[str, AfterValidator(_known)]
Part = Literal["train", "validation", "test", "excluded"]


def _stays_inside(path: str) -> str:
    if Path(path).is_absolute() or ".." in Path(path).parts:
        raise ValueError("must be relative and stay inside the dataset's audio folder")
    return path


class Track(BaseModel):
    """One recording.

    Attributes
    ----------
    id : str
        Unique inside the dataset, for instance ``blues.00000``.
    genre : str
        The name of the folder the track lies in.
    path : str
        Where the file is, relative to the dataset's audio folder, with forward slashes.
    duration : float
        Seconds; 0 where the track could not be read.
    sample_rate : int
        Frames a second as stored in the file, Hz; 0 where the track could not be read.
    channels : int
        Number of channels as stored in the file; 0 where the track could not be read.
    pcm_md5 : str
        md5 of the decoded samples as little-endian int16, channels interleaved: equal for any lossless
        container of the same audio. Empty where the track could not be read.
    status : {"used", "left_out"}
        Whether later stages use the track.
    reason : str
        Why a track was left out; empty for a used one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    genre: str = Field(min_length=1)
    path: Annotated[str, AfterValidator(_stays_inside)]
    duration: float = Field(ge=0)
    sample_rate: int = Field(ge=0)
    channels: int = Field(ge=0)
    pcm_md5: str = Field(pattern="^([0-9a-f]{32})?$")
    status: Literal["used", "left_out"] = "used"
    reason: str = ""

    @model_validator(mode="after")
    def _reason_matches_status(self) -> Self:
        if (self.status == "left_out") != bool(self.reason):
            raise ValueError(f"track {self.id}: a track has a reason when, and only when, it is left out")
        if self.status == "used" and not (self.pcm_md5 and self.duration and self.sample_rate and self.channels):
            raise ValueError(f"track {self.id}: a used track needs its duration, sample rate, channels and digest")
        return self


def small_genres(tracks: Iterable[Track]) -> list[str]:
    """Return one line for each genre with too few used tracks to train on one and test on another."""
    of_genre: dict[str, list[Track]] = {}
    for track in tracks:
        of_genre.setdefault(track.genre, []).append(track)
    return [
        f"{genre}: usable tracks: {len(used)}, needs at least 2{_first_left_out(found)}"
        for genre, found in sorted(of_genre.items())
        if len(used := [track for track in found if track.status == "used"]) < 2
    ]


def _first_left_out(tracks: Iterable[Track]) -> str:
    """Name a track that could be read and is left out all the same; others are named by those who list the tracks."""
    left_out = [f"; {it.path} is left out: {it.reason}" for it in tracks if it.status == "left_out" and it.pcm_md5]
    return f"{left_out[0]}{f', and {len(left_out) - 1} more' if left_out[1:] else ''}" if left_out else ""


class Manifest(BaseModel):
    """All tracks of a dataset, sorted by genre and id.

    Attributes
    ----------
    dataset : str
        Name of the dataset, also the name of its folders.
    kind : str
        Where the audio comes from, one of `benchmarks.datasets.kinds.KINDS`; reports label synthetic results by it.
    source : str
        One sentence for the report: which archive, generator or folder, without a path of this machine.
    tracks : tuple of Track
        Every track, the left-out ones too.
    artists : dict of str to str, optional
        The artist of each track that is known, by track id, where a folder of the user's own says so.
    parts : dict of str to str, optional
        The part of every track in a partition of the user's own, by track id.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str = Field(pattern="^[a-z0-9][a-z0-9_-]*$")
    kind: DatasetKind
    source: str = Field(min_length=1)
    tracks: tuple[Track, ...]
    artists: dict[str, str] | None = None
    parts: dict[str, Part] | None = None
    own_name: str | None = None

    @model_validator(mode="after")
    def _is_a_classification_problem(self) -> Self:
        twice = [track_id for track_id, count in Counter(track.id for track in self.tracks).items() if count > 1]
        if twice:
            raise ValueError(f"track ids must be unique; more than once: {', '.join(sorted(twice))}")
        if list(self.tracks) != sorted(self.tracks, key=lambda track: (track.genre, track.id)):
            raise ValueError("tracks must be sorted by genre, then by id")
        known = {track.id for track in self.tracks}
        if unknown := sorted({*(self.artists or ()), *(self.parts or ())} - known):
            raise ValueError(f"artists or parts of tracks that are not listed: {', '.join(unknown)}")
        if self.parts is not None and (lost := sorted(known - self.parts.keys())):
            raise ValueError(f"tracks without a part: {', '.join(lost)}")
        if len(self.genres) < 2:
            raise ValueError(f"a dataset needs tracks of at least 2 genres, found {len(self.genres)}")
        return self

    @property
    def used(self) -> tuple[Track, ...]:
        """The tracks that later stages use, in the manifest's order: the order of every cached array."""
        return tuple(track for track in self.tracks if track.status == "used")

    @property
    def left_out(self) -> tuple[Track, ...]:
        """The tracks that no later stage uses, each with its reason."""
        return tuple(track for track in self.tracks if track.status == "left_out")

    @property
    def genres(self) -> tuple[str, ...]:
        """The genres of the used tracks in alphabetical order: the order of the classes everywhere."""
        return tuple(sorted({track.genre for track in self.used}))

    def write(self, path: Path) -> None:
        """Write the manifest as JSON, completely or not at all."""
        write_json(path, self.model_dump(exclude_none=True))

    @classmethod
    def read(cls, path: Path, name: str | None = None) -> Self:
        """Read and validate a manifest.

        Parameters
        ----------
        path : Path
            The file.
        name : str, optional
            What to call the dataset, where that is not its own name: a report of another study goes by another.

        Raises
        ------
        GenrebenchError
            If the file is missing or is no manifest.
        """
        try:
            manifest = cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise GenrebenchError(
                f"{path}: no manifest; make it with: python -m benchmarks fetch --dataset {path.parent.name}"
            ) from None
        except ValidationError as error:
            raise GenrebenchError(
                f"{path}: not a valid manifest, delete it and fetch the dataset again: {error}"
            ) from None
        return manifest if name is None else manifest.model_copy(update={"dataset": name, "own_name": manifest.dataset})

    @property
    def origin(self) -> str:
        """The dataset's own name, where a report of it goes by another."""
        return self.own_name or self.dataset
