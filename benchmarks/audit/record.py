"""What an audit found, as ``data/<dataset>/audit.json`` keeps it."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benchmarks.datasets.manifest import Manifest
from benchmarks.errors import GenrebenchError
from benchmarks.files import json_digest, write_json


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pair(_Part):
    """Two tracks and how alike they are.

    Attributes
    ----------
    first, second : str
        Ids of the tracks.
    score : float
        Share of equal bits of their fingerprints; one half is chance. 1 for equal samples.
    offset : float
        Where in the first track the second one begins, s; negative where it begins before the first.
    """

    first: str
    second: str
    score: float = Field(ge=0, le=1)
    offset: float


class Group(_Part):
    """Tracks that are copies of each other, directly or through others of the group.

    Attributes
    ----------
    kind : {"exact", "near"}
        ``exact`` where all have equal decoded samples.
    tracks : tuple of str
        Their ids, in the manifest's order.
    pairs : tuple of Pair
        What connects them.
    """

    kind: Literal["exact", "near"]
    tracks: tuple[str, ...] = Field(min_length=2)
    pairs: tuple[Pair, ...] = Field(min_length=1)

    @property
    def score(self) -> float:
        """The lowest score of its pairs."""
        return min(pair.score for pair in self.pairs)


class Audit(_Part):
    """The duplicates among the used tracks of a dataset.

    Attributes
    ----------
    dataset : str
        Name of the dataset.
    tracks_sha256 : str
        Digest of the ids and samples that were compared.
    groups : tuple of Group
        Sorted by first track; no track is in two.
    closest : Pair or None
        The two tracks that are most alike without counting as copies; None where no two could be compared.
    not_compared : tuple of str
        Ids of tracks that are too silent or too short for a fingerprint.
    """

    dataset: str
    tracks_sha256: str
    groups: tuple[Group, ...]
    closest: Pair | None
    not_compared: tuple[str, ...]

    def write(self, path: Path) -> None:
        """Write the audit as JSON, completely or not at all."""
        write_json(path, self.model_dump())

    @classmethod
    def read(cls, path: Path, manifest: Manifest) -> Self:
        """Read and validate the audit of a manifest's tracks.

        Raises
        ------
        GenrebenchError
            If the file is missing, is no audit, or is one of other tracks.
        """
        remedy = f"make it with: python -m benchmarks audit --dataset {manifest.dataset}"
        try:
            audit = cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise GenrebenchError(f"{path}: no audit; {remedy}") from None
        except ValidationError as error:
            raise GenrebenchError(f"{path}: not a valid audit, {remedy}: {error}") from None
        audit.require(manifest)
        return audit

    def require(self, manifest: Manifest) -> None:
        """Assert that the audit is one of the manifest's tracks.

        Raises
        ------
        GenrebenchError
            If it is one of other tracks.
        """
        if (self.dataset, self.tracks_sha256) != (manifest.dataset, tracks_digest(manifest)):
            raise GenrebenchError(
                f"the audit of {self.dataset} is one of other tracks than the manifest of {manifest.dataset} lists; "
                f"make it with: python -m benchmarks audit --dataset {manifest.dataset}"
            )


def tracks_digest(manifest: Manifest) -> str:
    """Return the sha256 of the ids and samples of the used tracks."""
    return json_digest([[track.id, track.pcm_md5] for track in manifest.used])
