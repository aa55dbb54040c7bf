"""One published study: its claim, and how it came to it, from the `study.yaml` of its folder."""

import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from benchmarks.configuration import Name, Section, from_environment, merged, read_yaml, validated
from benchmarks.errors import GenrebenchError
from benchmarks.files import stamp
from benchmarks.studies.protocol import Ablation, Protocol, Selection, require_windows

FILE: Final = "study.yaml"
# a study that is not the first has a page of its name beside these
_PAGES: Final = ("parity", "parity-provenance", "published-weights", "studies")
# a folder of studies that are no part of this project, beside those that are
FOLDER_VARIABLE: Final = "GENREBENCH_STUDIES"
_OWN: Final = Path(__file__).parent

Fraction = Annotated[float, Field(ge=0, le=1)]
# what is counted: tracks, by the mean of the probabilities of their windows or by the votes of these, or windows
Unit = Literal["track", "vote", "window"]


class PrintedResult(Section):
    """One printed result of one model: one run.

    Attributes
    ----------
    architecture : str
        The architecture's name in this project.
    model : str
        The model's name as the study prints it.
    accuracy : float
        Fraction of the test tracks, or of their windows.
    loss : float, optional
        Cross-entropy on them, nats.
    unit : {"track", "vote", "window"}
        What is counted, see `benchmarks.scoring.units`.
    penalised : bool
        Whether the loss holds the penalties of the architecture, as Keras prints it.
    source : str
        Where it is printed.
    """

    architecture: Name
    model: str
    loss: float | None = Field(default=None, ge=0)
    accuracy: Fraction
    unit: Unit = "track"
    penalised: bool = False
    source: str


class Claim(Section):
    """What is claimed, and of what.

    Attributes
    ----------
    dataset : str
        The dataset that the numbers are about: built in, or one of params.yaml.
    protocol : str
        The protocol that does what the study did.
    selection : str
        Which of its epochs the numbers are of.
    train_tracks, test_tracks : int
        Sizes of the parts of its split.
    results : tuple of PrintedResult
        One an architecture and unit; of an architecture, the first is what is claimed before all.
    """

    dataset: Name
    protocol: Name
    selection: Selection
    train_tracks: int = Field(ge=1)
    test_tracks: int = Field(ge=1)
    results: tuple[PrintedResult, ...] = Field(min_length=1)

    @property
    def tracks(self) -> int:
        """How many tracks the dataset has."""
        return self.train_tracks + self.test_tracks

    @property
    def headlines(self) -> tuple[PrintedResult, ...]:
        """What is claimed before all, one an architecture."""
        return tuple(it for it in self.results if self.of(it.architecture) is it)

    def of(self, architecture: str) -> PrintedResult | None:
        """Return what is claimed of an architecture before all; None where nothing is."""
        return next((it for it in self.results if it.architecture == architecture), None)


class PublishedFile(Section):
    """A file that the study's authors published.

    Attributes
    ----------
    path : str
        Below `PublishedWeights.address`.
    sha256 : str
        Its checksum.
    """

    path: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.rpartition("/")[2]


class PublishedLabels(PublishedFile):
    """One-hot labels of the test tracks, an array of float32 saved by NumPy.

    Attributes
    ----------
    counts : dict of str to int
        How many of them each genre has.
    """

    counts: dict[str, int]


class TrainedModel(PublishedFile):
    """One trained model, saved by Keras 2 as HDF5.

    Attributes
    ----------
    architecture : str
        The architecture's name in this project.
    sizes : dict
        What of the architecture is another size in the file.
    features : dict of str to str
        Variants of what it is shown, by name: feature sets, the one that it was trained on first.
    labels : dict of str to tuple of str
        Variants of what its outputs mean, by name: for each genre of `PublishedWeights.genres`, the genre whose column
        answers for it.
    """

    architecture: Name
    sizes: dict[str, Any] = Field(default_factory=dict)
    features: dict[str, Name] = Field(min_length=1)
    labels: dict[str, tuple[str, ...]] = Field(min_length=1)


class Mistake(Section):
    """What two variants of a trained model show where one is better beyond doubt.

    Attributes
    ----------
    architecture : str
        Of the model.
    factor : {"features", "labels"}
        What is varied.
    better, worse : str
        Names of the variants.
    finding : str
        A few words.
    names : dict
        What ``worse`` and ``better`` are called beside their numbers.
    words : str
        The same as a paragraph, with ``{better}`` and ``{worse}`` for the accuracies.
    """

    architecture: Name
    factor: Literal["features", "labels"]
    better: str
    worse: str
    finding: str
    names: dict[Literal["worse", "better"], str]
    words: str


class PublishedWeights(Section):
    """The trained models that the authors published.

    Attributes
    ----------
    address : str
        Where the files lie.
    page : str
        Name of the page about them, in the folder of reports.
    genres : tuple of str
        The classes, in the order of the models' outputs and of the columns of the labels.
    test_labels : PublishedLabels
        Of the claim's split.
    models : tuple of TrainedModel
        One an architecture.
    note, variants : str
        Markdown for the page of the weights: what to know of the files, and what the variants mean.
    mistakes : tuple of Mistake
        What the variants can show.
    """

    address: str
    page: str = Field(pattern=r"^[a-z0-9_-]+\.md$")
    genres: tuple[str, ...] = Field(min_length=2)
    test_labels: PublishedLabels
    models: tuple[TrainedModel, ...] = Field(min_length=1)
    note: str
    variants: str
    mistakes: tuple[Mistake, ...] = ()

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        models = {it.architecture: it for it in self.models}
        for model in self.models:
            for name, columns in model.labels.items():
                if sorted(columns) != sorted(self.genres):
                    raise ValueError(f"models: {model.architecture}: labels {name!r} are not all genres, once each")
        for it in self.mistakes:
            variants = getattr(models.get(it.architecture), it.factor, {})
            if missing := [name for name in (it.better, it.worse) if name not in variants]:
                raise ValueError(f"mistakes: {it.architecture} has no {it.factor} {missing[0]!r}")
        return self


class Bars(Section):
    """What the times have to reach, see `benchmarks.timing`: ratios.

    Attributes
    ----------
    training : dict
        By architecture and framework: time of stock code / this project's, at least.
    limit : dict
        By architecture and framework: this project's time / time at the speed of matrix products, at most.
    features : dict
        By feature set: time of stock code / this project's, for a list of tracks, at least.
    """

    training: dict[Name, dict[Name, float]] = Field(default_factory=dict)
    limit: dict[Name, dict[Name, float]] = Field(default_factory=dict)
    features: dict[Name, float] = Field(default_factory=dict)

    def joined(self, others: "Iterable[Bars]") -> "Bars":
        """Return these bars and those of other studies; of two for the same thing, the first."""
        found = self.model_dump()
        for other in others:
            found = merged(other.model_dump(), found)
        return Bars.model_validate(found)


class Study(Section):
    """All of ``study.yaml``.

    Attributes
    ----------
    name : str
        Of its folder.
    title, source : str
        What it is, and the address where it was published.
    claim : Claim
        The numbers to test.
    other_results : tuple of PrintedResult
        Further runs of the same code that its authors printed.
    results_note : str
        Markdown: what the printed runs are, above their table.
    genre_order : tuple of str
        The order in which the study lists the genres, which decides what a random split draws. Others come after.
    weights : PublishedWeights, optional
        The trained models, where the authors published them.
    architectures : tuple of str
        What is trained.
    frameworks : tuple of str
        In which; empty where every framework has its architectures.
    protocols : dict of str to Protocol
        What the study did, and other ways to do it.
    protocols_note : str
        Markdown: what each of them is, in half a sentence.
    ablation : Ablation
        The ladder of flaws between two of them.
    windows_split_note : str
        Markdown beside what split windows are worth: what others said that it is. May be empty.
    bars : Bars
        What its times have to reach.
    """

    name: Name
    title: str
    source: str
    claim: Claim
    other_results: tuple[PrintedResult, ...] = ()
    results_note: str
    genre_order: tuple[str, ...]
    weights: PublishedWeights | None = None
    architectures: tuple[Name, ...] = Field(min_length=1)
    frameworks: tuple[Name, ...]
    protocols: dict[Name, Protocol] = Field(min_length=1)
    protocols_note: str
    ablation: Ablation
    windows_split_note: str = ""
    bars: Bars = Bars()

    @model_validator(mode="after")
    def _the_claim_is_of_a_protocol(self) -> Self:
        claim = self.claim
        if claim.protocol not in self.protocols:
            legal = ", ".join(self.protocols)
            raise ValueError(f"claim.protocol: {claim.protocol!r} is not defined; defined: {legal}")
        protocol = self.protocols[claim.protocol]
        if claim.selection not in protocol.selections:
            legal = ", ".join(protocol.selections)
            raise ValueError(f"claim.selection: protocol {claim.protocol!r} has no {claim.selection}; it has: {legal}")
        if unseen := [it.architecture for it in claim.results if it.architecture not in protocol.features]:
            raise ValueError(f"claim.results: protocol {claim.protocol!r} has no features for {', '.join(unseen)}")
        for name, given in self.protocols.items():
            if blind := [it for it in self.architectures if it not in given.features]:
                raise ValueError(f"protocols.{name}.features: none for {', '.join(blind)}")
        names = [(it.architecture, it.unit) for it in claim.results]
        if len(set(names)) < len(names):
            raise ValueError("claim.results: an architecture stands there twice")
        if protocol.windows is None and (cut := [it.unit for it in claim.results if it.unit != "track"]):
            raise ValueError(f"claim.results: unit: {cut[0]} needs windows, which {claim.protocol} has not")
        return self

    @model_validator(mode="after")
    def _windows_are_split_where_there_are_some(self) -> Self:
        require_windows(self.ablation, self.protocols)
        return self

    def deviations(self, protocol: Mapping[str, Any]) -> list[str]:
        """Say in which settings a run differs from the study's.

        Parameters
        ----------
        protocol : mapping
            The protocol of a run as it is recorded; settings that the study does not have, and those that are not
            recorded, are passed over.
        """
        own = self.protocols[self.claim.protocol].model_dump(mode="json", exclude={"selections"})
        return [
            f"{name.replace('_', ' ')} {given} instead of {value}"
            for section, settings in own.items()
            for name, value, given in _pairs(section, settings, protocol.get(section, settings))
            if given != value
        ]


def _pairs(section: str, settings: Any, given: Any) -> list[tuple[str, Any, Any]]:
    """Return the settings of a section with their names, and what stands in their place."""
    if isinstance(settings, Mapping):
        return [(key, value, given.get(key, value)) for key, value in settings.items()]
    return [(section, settings, given)]


def study_folders() -> dict[str, Path]:
    """Return the folder of every study by its name: this project's, and those of GENREBENCH_STUDIES.

    Raises
    ------
    GenrebenchError
        If that is no folder, or has a study of a name that there is already.
    """
    own = _folders(_OWN)
    if not (given := from_environment(FOLDER_VARIABLE)):
        return own
    folder = Path(given).expanduser()
    if not folder.is_dir():
        raise GenrebenchError(f"{FOLDER_VARIABLE}={given}: no such folder; give one that holds a folder a study")
    others = _folders(folder)
    if twice := sorted(own.keys() & others.keys()):
        raise GenrebenchError(f"{folder / twice[0]}: there is a study {twice[0]!r} already; choose another name")
    return own | others


def is_own(name: str) -> bool:
    """Tell whether a study is one of this project's, which every checkout has."""
    return name in _folders(_OWN)


def files_of_others(place: str) -> dict[str, Path]:
    """Return every file of the studies that are none of this project's, by where it is to lie below a place.

    Where GENREBENCH_STUDIES names that place, they are found there.
    """
    return {
        f"{place}/{folder.name}/{path.relative_to(folder).as_posix()}": path
        for name, folder in study_folders().items()
        if not is_own(name)
        for path in files_of(folder)
    }


def files_of(folder: Path) -> list[Path]:
    """Return every file of a study's folder, but what Python compiled."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


# once a process: features of every track ask for it
@lru_cache(maxsize=16)
def _folders(folder: Path) -> dict[str, Path]:
    return {path.parent.name: path.parent for path in sorted(folder.glob(f"*/{FILE}"))}


def defined_in(path: Path, name: str) -> Any:
    """Return what a Python file of a study's folder defines by a name; the folder need not be part of a package.

    Raises
    ------
    GenrebenchError
        If the file cannot be loaded, or does not define it.
    """
    module_name = f"study_{path.parent.name}_{path.stem}"
    # where dataclasses, for instance, look for it
    module = sys.modules[module_name] = ModuleType(module_name)
    try:
        SourceFileLoader(module_name, str(path)).exec_module(module)
        return getattr(module, name)
    except Exception as error:  # whatever a person's own code raises
        raise GenrebenchError(f"{path}: cannot be loaded ({type(error).__name__}: {error})") from error


def load_study(name: str) -> Study:
    """Read and validate a study.

    Raises
    ------
    GenrebenchError
        If there is no such study, or its file is not legal; the message names file and keys.
    """
    folders = study_folders()
    if name not in folders:
        raise GenrebenchError(f"no study {name!r}; there are: {', '.join(folders)}")
    path = folders[name] / FILE
    return _load(path, stamp(path))


@lru_cache(maxsize=16)
def _load(path: Path, _: tuple[int, int]) -> Study:
    content = read_yaml(path, f"a study is a folder with a {FILE}")
    if (name := path.parent.name) in _PAGES:
        raise GenrebenchError(f"{path}: {name}.md is another page of the reports; give the study's folder another name")
    # what is no mapping is refused as what it is
    named = {**content, "name": name} if isinstance(content, dict) else content
    return validated(Study, named, path)
