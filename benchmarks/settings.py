"""What is measured: params.yaml, validated."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from benchmarks.errors import GenrebenchError
from benchmarks.execution.arithmetic import Arithmetic
from benchmarks.files import replacing
from implementations.device import Device

PARAMS = Path("params.yaml")

BUILT_IN_DATASETS = ("gtzan", "gtzan-mini", "synthetic")

_NAME = "^[a-z0-9][a-z0-9_-]*$"
# what the baselines see, whatever the protocols use
BASELINE_FEATURES = "mfcc_15s"
# names of folders under data/, runs/ and reports/ that hold no dataset of the user's own
_RESERVED = (*BUILT_IN_DATASETS, "ablation", "downloads", "kept", "parity", "provenance", "timing")

Name = Annotated[str, Field(pattern=_NAME)]
Selection = Literal["last_epoch", "lowest_test_loss", "lowest_validation_loss"]
Scaling = Literal["none", "standardise"]


# whose scores stand first: the study's choice, then the one that looks at no test track, then the one without choice
_ORDER = ("lowest_test_loss", "lowest_validation_loss", "last_epoch")


def headline(selections: Iterable[str]) -> str:
    """Return the selection whose scores stand first."""
    return min(selections, key=_ORDER.index)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Study(_Section):
    """The combinations to run."""

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


class Subset(_Section):
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


class Gtzan(_Section):
    """How GTZAN and its parts are read."""

    allow_incomplete: bool


class Synthetic(_Section):
    """How the embedded dataset is generated."""

    seed: int = Field(ge=0)
    tracks_per_genre: int = Field(ge=2, le=1000)


class RandomSplit(_Section):
    """One random split of the tracks, not stratified; a validation part is taken from what does not test."""

    kind: Literal["random"]
    test_share: float = Field(gt=0, lt=1)
    validation_share: float = Field(ge=0, lt=1)
    random_state: int = Field(ge=0)

    @model_validator(mode="after")
    def _something_is_left_to_train_on(self) -> Self:
        if self.test_share + self.validation_share >= 1:
            raise ValueError(
                f"test_share {self.test_share} and validation_share {self.validation_share} leave nothing to train "
                "on; legal: a sum below 1"
            )
        return self

    @property
    def validates(self) -> bool:
        """Whether there is a validation part."""
        return self.validation_share > 0


class GroupedSplit(_Section):
    """60% train, 20% validate, 20% test, stratified by genre; duplicates, and an artist's tracks, stay together.

    GTZAN is split as Kereliuk, Sturm and Larsen (2015) split it instead: the fault-filtered partition.
    """

    kind: Literal["grouped"]
    random_state: int = Field(ge=0)

    @property
    def validates(self) -> bool:
        """Whether there is a validation part."""
        return True


class Schedule(_Section):
    """Epochs, batches and the optimiser Adam, by their names in the study's framework."""

    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    beta_1: float = Field(ge=0, lt=1)
    beta_2: float = Field(ge=0, lt=1)
    epsilon: float = Field(gt=0)


_KINDS = {("split", "random"), ("split", "grouped")}


class Protocol(_Section):
    """Which tracks train, validate and test, what each architecture sees, which epochs are scored."""

    split: Annotated[RandomSplit | GroupedSplit, Field(discriminator="kind")]
    features: dict[Name, Name]
    scaling: Scaling
    schedule: Schedule
    selections: tuple[Selection, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _validation_is_there_when_needed(self) -> Self:
        if "lowest_validation_loss" in self.selections and not self.split.validates:
            raise ValueError("selections: lowest_validation_loss needs a split with validation_share above 0")
        return self

    @property
    def watches_test(self) -> bool:
        """Whether the test tracks are scored after every epoch, and not only once at the end."""
        return "lowest_test_loss" in self.selections or not self.split.validates


class Ablation(_Section):
    """The ladder of flaws: from one protocol to another over steps, each of which changes one factor.

    Attributes
    ----------
    start, end : str
        Names of protocols.
    steps : dict of str to dict
        In order: the name of a protocol between them, and what it changes in the one before.
    """

    start: Name
    steps: dict[Name, dict[str, Any]]
    end: Name


class Settings(_Section):
    """All of params.yaml."""

    study: Study
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
    """Read and validate params.yaml.

    Raises
    ------
    GenrebenchError
        If the file is missing, is not YAML, or a key or value is not legal; the message names each such key.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise GenrebenchError(f"{path}: no such file; run the command in the project's top folder") from None
    except YAMLError as error:
        raise GenrebenchError(f"{path}: not YAML: {error}") from None
    return _validated(path, content)


def _validated(path: Path, content: Any) -> Settings:
    try:
        return Settings.model_validate(content)
    except ValidationError as error:
        lines = [f"  {words}" for words in wrong_keys(error)]
        raise GenrebenchError("\n".join([f"{path} is not valid:", *lines])) from None


def wrong_keys(error: ValidationError) -> list[str]:
    """Name each wrong key of a file with what is wrong."""
    return [f"{_key(it['loc']) or 'top level'}: {_what_is_wrong(it)}" for it in error.errors()]


def _what_is_wrong(error: ErrorDetails) -> str:
    match error["type"]:
        case "extra_forbidden":
            return "there is no such key"
        case "too_short":
            least = error["ctx"]["min_length"]
            return f"needs at least {'one value' if least == 1 else f'{least} values'}"
        case _:
            return error["msg"].removeprefix("Value error, ")


def _key(place: tuple[int | str, ...]) -> str:
    """Return the key as it stands in the file: pydantic adds the kind of a split behind `split`."""
    behind = (None, *place)
    return ".".join(str(part) for before, part in zip(behind, place, strict=False) if (before, part) not in _KINDS)


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
    from ruamel.yaml import YAML

    if not audio.is_dir():
        raise GenrebenchError(f"--audio-dir {audio}: no such folder; give one that holds a sub-folder a genre")
    name = name or re.sub("[^a-z0-9_]+", "-", audio.resolve().name.lower()).strip("-_") or "audio"
    if not re.fullmatch(_NAME, name):
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
    yaml = YAML()
    yaml.preserve_quotes = True
    content = yaml.load(path.read_text(encoding="utf-8"))
    if name not in content["folders"]:
        # in front: what follows the last entry, a blank line and a comment, belongs to the next section
        content["folders"].insert(0, name, here)
    if name not in content["study"]["datasets"]:
        content["study"]["datasets"].append(name)
    _validated(path, content)
    with replacing(path) as temporary:
        yaml.dump(content, temporary)
    return name
