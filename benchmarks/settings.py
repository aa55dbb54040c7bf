"""What is measured: params.yaml, validated."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from benchmarks.configuration import NAME, Name, Section, edited, merged, read_yaml, validated
from benchmarks.errors import GenrebenchError
from benchmarks.execution.arithmetic import Arithmetic
from benchmarks.studies.protocol import Ablation, Protocol
from benchmarks.studies.study import Study, load_study
from implementations.device import Device

PARAMS = Path("params.yaml")

BUILT_IN_DATASETS = ("gtzan", "gtzan-mini", "synthetic")

# what the baselines see, whatever the protocols use
BASELINE_FEATURES = "mfcc_15s"
# names of folders under data/, runs/ and reports/ that hold no dataset of the user's own
_RESERVED = (*BUILT_IN_DATASETS, "ablation", "downloads", "kept", "parity", "provenance", "timing")


class Chosen(Section):
    """Which study, and what of it is run."""

    name: Name
    datasets: tuple[Name, ...] = Field(min_length=1)
    protocols: tuple[Name, ...] = Field(min_length=1)
    architectures: tuple[Name, ...] = Field(min_length=1)
    frameworks: tuple[Name, ...] = Field(min_length=1)
    features: tuple[Name, ...] = Field(min_length=1)
    seeds: tuple[Annotated[int, Field(ge=0)], ...] = Field(min_length=1)
    device: Device
    arithmetic: Arithmetic = "portable"
    # a study too small for results, see `benchmarks.quick`: its reports say so
    quick: bool = False

    @model_validator(mode="after")
    def _nothing_twice(self) -> Self:
        for key, values in self:
            if isinstance(values, tuple) and len(set(values)) < len(values):
                raise ValueError(f"{key}: a value stands there twice")
        return self


class Subset(Section):
    """A dataset made of the tracks of some genres of another one.

    Attributes
    ----------
    of : {"gtzan", "gtzan-mini"}
        The other dataset.
    genres : tuple of str
        At least two of its genres.
    """

    of: Literal["gtzan", "gtzan-mini"]
    genres: tuple[str, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _no_genre_twice(self) -> Self:
        if len(set(self.genres)) < len(self.genres):
            raise ValueError("genres: a value stands there twice")
        return self


class Gtzan(Section):
    """How GTZAN and its parts are read."""

    allow_incomplete: bool


class Synthetic(Section):
    """How the embedded dataset is generated."""

    seed: int = Field(ge=0)
    tracks_per_genre: int = Field(ge=2, le=1000)


class _NamedStudy(BaseModel):
    name: Name


class _Named(BaseModel):
    """The part of params.yaml that says which other file is needed."""

    study: _NamedStudy


class Settings(Section):
    """All of params.yaml, and the protocols and the ladder of its study."""

    study: Chosen
    subsets: dict[Name, Subset]
    folders: dict[Name, str]
    gtzan: Gtzan
    synthetic: Synthetic
    protocols: dict[Name, Protocol]
    ablation: Ablation

    @property
    def datasets(self) -> tuple[str, ...]:
        """The names of all datasets that there are, whether or not the study asks for them."""
        return (*BUILT_IN_DATASETS, *self.subsets, *self.folders)

    @property
    def original(self) -> Study:
        """The study as it was published."""
        return load_study(self.study.name)

    @property
    def of_first_seed(self) -> "Settings":
        """The same with the first seed alone."""
        study = self.study.model_copy(update={"seeds": self.study.seeds[:1]})
        return self.model_copy(update={"study": study})

    @model_validator(mode="after")
    def _the_ladder_has_ends(self) -> Self:
        given = self.ablation
        for key in ("start", "end"):
            if (name := getattr(given, key)) not in self.protocols:
                raise ValueError(f"ablation.{key}: {name!r} is not defined; defined: {', '.join(self.protocols)}")
        if taken := given.steps.keys() & self.protocols.keys():
            raise ValueError(f"ablation.steps: {', '.join(sorted(taken))} is the name of a protocol; choose another")
        return self

    @model_validator(mode="after")
    def _names_exist_once(self) -> Self:
        for key, names in (("subsets", self.subsets), ("folders", self.folders)):
            if reserved := [name for name in names if name in _RESERVED]:
                raise ValueError(f"{key}: the name {reserved[0]!r} is reserved; choose another")
        if twice := [name for name in self.folders if name in self.subsets]:
            raise ValueError(f"folders: the name {twice[0]!r} is that of a subset; choose another")
        for name in self.study.protocols:
            if name not in self.protocols:
                raise ValueError(f"study.protocols: {name!r} is not defined; defined: {', '.join(self.protocols)}")
            missing = set(self.protocols[name].features.values()) - set(self.study.features)
            if missing:
                raise ValueError(f"study.features: protocol {name!r} also needs {', '.join(sorted(missing))}")
        if BASELINE_FEATURES not in self.study.features:
            raise ValueError(f"study.features: the baselines need {BASELINE_FEATURES}")
        for name in self.study.datasets:
            if name not in self.datasets:
                raise ValueError(f"study.datasets: {name!r} is no dataset; legal: {', '.join(self.datasets)}")
        return self


def load_settings(path: Path = PARAMS) -> Settings:
    """Read and validate params.yaml and the study that it names.

    Raises
    ------
    GenrebenchError
        If a file is missing, is not YAML, or a key or value is not legal; the message names each such key.
    """
    return _validated(path, read_yaml(path, "run the command in the project's top folder"))


def _validated(path: Path, content: Any) -> Settings:
    """Put what params.yaml says of protocols, key by key, or of the ladder as a whole in the place of the study's."""
    named = validated(_Named, content, path)
    own = load_study(named.study.name).model_dump(mode="json", include={"protocols", "ablation"})
    return validated(Settings, merged({"protocols": own["protocols"]}, {"ablation": own["ablation"], **content}), path)


def known_dataset(name: str, path: Path = PARAMS) -> str:
    """Return the name of a dataset of the study.

    Raises
    ------
    GenrebenchError
        If it is none; the message lists those that there are.
    """
    legal = load_settings(path).study.datasets
    if name not in legal:
        raise GenrebenchError(f"{name!r} is no dataset of {path}; legal: {', '.join(legal)}, or --audio-dir DIR")
    return name


def remove_folder(name: str, path: Path = PARAMS) -> None:
    """Take a folder of audio out of params.yaml.

    Raises
    ------
    GenrebenchError
        If there is none of this name, or no dataset would be left.
    """
    settings = load_settings(path)
    if name not in settings.folders:
        legal = ", ".join(settings.folders) or "none"
        raise GenrebenchError(f"{name!r} is no folder of your own in {path}; there are: {legal}")
    with edited(path) as content:
        del content["folders"][name]
        if name in content["study"]["datasets"]:
            content["study"]["datasets"].remove(name)
        _validated(path, content)


def add_folder(audio: Path, name: str | None = None, path: Path = PARAMS) -> str:
    """Enter a folder of audio in params.yaml as a dataset of the study.

    Parameters
    ----------
    audio : Path
        One sub-folder a genre.
    name : str, optional
        The dataset's name; by default made from the folder's.
    path : Path
        The file to change; its comments stay.

    Returns
    -------
    str
        The dataset's name.

    Raises
    ------
    GenrebenchError
        If the folder does not exist or the name is not legal or taken.
    """
    if not audio.is_dir():
        raise GenrebenchError(f"--audio-dir {audio}: no such folder; give one that holds a sub-folder a genre")
    name = name or re.sub("[^a-z0-9_]+", "-", audio.resolve().name.lower()).strip("-_") or "audio"
    if not re.fullmatch(NAME, name):
        raise GenrebenchError(
            f"--name {name!r} is not legal: use small letters, digits, '-' and '_', the first a letter or a digit"
        )
    if name in _RESERVED:
        raise GenrebenchError(f"--name {name!r} is reserved; choose another name")
    settings = load_settings(path)
    if name in settings.subsets:
        raise GenrebenchError(f"--name {name!r} is the name of a subset of params.yaml; choose another name")
    here = str(audio.resolve())
    if settings.folders.get(name, here) != here:
        raise GenrebenchError(
            f"dataset {name!r} in params.yaml is the folder {settings.folders[name]}; choose another --name"
        )
    with edited(path) as content:
        if name not in content["folders"]:
            # in front: what follows the last entry, a blank line and a comment, belongs to the next section
            content["folders"].insert(0, name, here)
        if name not in content["study"]["datasets"]:
            content["study"]["datasets"].append(name)
        _validated(path, content)
    return name
