"""What is measured: params.yaml, validated."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from benchmarks.configuration import NAME, Choices, Name, Section, edited, merged, read_yaml, validated, wrong_keys
from benchmarks.datasets.kinds import BUILT_IN, DIVISIBLE
from benchmarks.errors import GenrebenchError
from benchmarks.files import is_unicode
from benchmarks.paths import DATA, REPORTS, RUNS
from benchmarks.processes.arithmetic import Arithmetic
from benchmarks.studies.protocol import Ablation, Protocol, Windows, require_windows
from benchmarks.studies.study import Study, load_study, study_folders
from implementations.device import Device

PARAMS = Path("params.yaml")

# what the baselines see, whatever the protocols use
BASELINE_FEATURES = "mfcc_15s"
# names of folders under data/, runs/ and reports/ that hold no dataset of the user's own
_RESERVED = (*BUILT_IN, "ablation", "downloads", "kept", "parity", "provenance", "timing")


Seeds = tuple[Annotated[int, Field(ge=0)], ...]


class Chosen(Choices):
    """How studies are run."""

    frameworks: tuple[Name, ...] = Field(min_length=1)
    seeds: Seeds = Field(min_length=1)
    device: Device
    arithmetic: Arithmetic = "portable"
    # a study too small for results, see `benchmarks.quick`: its reports say so
    quick: bool = False


class Report(Choices):
    """One report: a study on a dataset.

    Attributes
    ----------
    study : str
        A folder of studies.
    dataset : str
        Where the tracks come from.
    protocols, architectures, frameworks : tuple of str
        What is run. Where params.yaml does not say, none here, which stands for all of the study's protocols and
        architectures, and for all frameworks that have them.
    seeds : tuple of int
        One run of each for every seed; none here stands for those of `Chosen`.
    """

    study: Name
    dataset: Name
    protocols: tuple[Name, ...] = ()
    architectures: tuple[Name, ...] = ()
    frameworks: tuple[Name, ...] = ()
    seeds: Seeds = ()


class Subset(Choices):
    """A dataset made of the tracks of some genres of another one.

    Attributes
    ----------
    of : str
        The other dataset, one of `benchmarks.datasets.kinds.DIVISIBLE`.
    genres : tuple of str
        At least two of its genres.
    """

    of: str
    genres: tuple[str, ...] = Field(min_length=2)

    @field_validator("of")
    @classmethod
    def _can_be_divided(cls, of: str) -> str:
        if of not in DIVISIBLE:
            raise ValueError(f"{of!r} has no subsets; legal: {', '.join(DIVISIBLE)}")
        return of


class Gtzan(Section):
    """How GTZAN and its parts are read."""

    allow_incomplete: bool


class Synthetic(Section):
    """How the embedded dataset is generated."""

    seed: int = Field(ge=0)
    tracks_per_genre: int = Field(ge=2, le=1000)


class Params(Section):
    """All of params.yaml as it is written."""

    study: Chosen
    # the first one's study is that of commands which name none
    reports: dict[Name, Report] = Field(min_length=1)
    subsets: dict[Name, Subset]
    folders: dict[Name, str]
    gtzan: Gtzan
    synthetic: Synthetic
    protocols: dict[Name, Any]
    ablation: Any = Field(default_factory=dict)


class Settings(Params):
    """All of params.yaml as one report sees it: with the protocols and the ladder of its study.

    Attributes
    ----------
    name : str
        The report's. Its runs, features and stages go by the same name.
    """

    name: Name
    protocols: dict[Name, Protocol]
    ablation: Ablation

    @property
    def report(self) -> Report:
        """Which study on which dataset, with all that is run."""
        written, study = self.reports[self.name], self.original
        whole = {
            "protocols": tuple(study.protocols),
            "architectures": study.architectures,
            "frameworks": tuple(it for it in self.study.frameworks if it in study.frameworks or not study.frameworks),
            "seeds": self.study.seeds,
        }
        return written.model_copy(update={key: value for key, value in whole.items() if not getattr(written, key)})

    @property
    def datasets(self) -> tuple[str, ...]:
        """The names of all datasets that there are, whether or not there is a report of them."""
        return (*BUILT_IN, *self.subsets, *self.folders)

    def find(self, study: str, dataset: str) -> str | None:
        """Return the name of the report of a study on a dataset; None where there is none."""
        return next((name for name, it in self.reports.items() if (it.study, it.dataset) == (study, dataset)), None)

    @property
    def original(self) -> Study:
        """The study as it was published."""
        return load_study(self.reports[self.name].study)

    @property
    def studies(self) -> tuple[Study, ...]:
        """Every study that there are reports of, the first one first."""
        return tuple(load_study(name) for name in dict.fromkeys(it.study for it in self.reports.values()))

    @property
    def features(self) -> tuple[str, ...]:
        """The feature sets that runs, ladder, runs with windows split, baselines and published weights see."""
        asked = [self.protocols[name].model_dump(mode="json") for name in self.report.protocols]
        if {self.ablation.start, self.ablation.end} <= {*self.report.protocols}:
            step = self.protocols[self.ablation.start].model_dump(mode="json")
            for change in self.ablation.steps.values():
                step = merged(step, change)
                asked.append(step)
        asked += [it.model_dump(mode="json") for it in self.cut_into_windows.values()]
        seen = [_seen(it, name) for it in asked for name in self.report.architectures if name in it["features"]]
        weights = self.original.weights
        shown = [name for model in (weights.models if weights else ()) for name in model.features.values()]
        return tuple(dict.fromkeys((*seen, BASELINE_FEATURES, *shown)))

    @property
    def cut_into_windows(self) -> dict[str, Protocol]:
        """The protocols of the report that are run with windows split, with the windows that they get for that."""
        asked = {name: change for name, change in self.ablation.windows_split.items() if name in self.report.protocols}
        return {name: self.protocols[name].changed(change) for name, change in asked.items()}

    @property
    def of_first_seed(self) -> "Settings":
        """The same with the first seed alone."""
        first = self.reports[self.name].model_copy(update={"seeds": self.report.seeds[:1]})
        return self.model_copy(update={"reports": {**self.reports, self.name: first}})

    @model_validator(mode="after")
    def _the_ladder_has_ends(self) -> Self:
        given = self.ablation
        for key in ("start", "end"):
            if (name := getattr(given, key)) not in self.protocols:
                raise ValueError(f"ablation.{key}: {name!r} is not defined; defined: {', '.join(self.protocols)}")
        require_windows(given, self.protocols)
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
        if not self.report.frameworks:
            legal = ", ".join(self.original.frameworks)
            raise ValueError(
                f"study.frameworks: none that has the architectures of {self.report.study}; legal: {legal}"
            )
        for name in self.report.protocols:
            if name not in self.protocols:
                raise ValueError(
                    f"reports.{self.name}.protocols: {name!r} is not defined; defined: {', '.join(self.protocols)}"
                )
        return self

    @model_validator(mode="after")
    def _reports_are_of_datasets(self) -> Self:
        for name, report in self.reports.items():
            if report.dataset not in self.datasets:
                legal = ", ".join(self.datasets)
                raise ValueError(f"reports.{name}.dataset: {report.dataset!r} is no dataset; legal: {legal}")
            if name != report.dataset and name in {*self.datasets, *_RESERVED}:
                raise ValueError(f"reports.{name}: the name is that of another dataset, or reserved; choose another")
        if (claimed := self.original.claim.dataset) not in self.datasets:
            raise ValueError(
                f"reports.{self.name}.study: the claim of {self.report.study} is about {claimed!r}, which is no "
                f"dataset; legal: {', '.join(self.datasets)}; enter a folder of your own with --audio-dir DIR "
                f"--name {claimed}"
            )
        pairs = [(report.study, report.dataset) for report in self.reports.values()]
        if twice := [name for name, pair in zip(self.reports, pairs, strict=True) if pairs.count(pair) > 1]:
            raise ValueError(f"reports: {', '.join(twice)} are of the same study and dataset; leave one of them")
        return self


def _seen(protocol: Mapping[str, Any], architecture: str) -> str:
    """Return `Protocol.seen_by` of what may be no legal protocol."""
    name: str = protocol["features"][architecture]
    if protocol.get("windows") is None:
        return name
    try:
        return Windows.model_validate(protocol["windows"]).of(name)
    except ValidationError as error:
        raise GenrebenchError(f"ablation: a step's windows are not legal: {'; '.join(wrong_keys(error))}") from None


def load_settings(path: Path = PARAMS, *, report: str | None = None) -> Settings:
    """Read and validate params.yaml and the study of one report.

    Parameters
    ----------
    path : Path
        The file.
    report : str, optional
        The name of the report; by default the first one.

    Raises
    ------
    GenrebenchError
        If a file is missing, is not YAML, or a key or value is not legal; the message names each such key.
    """
    return _validated(path, read_yaml(path, "run the command in the project's top folder"), report)


def _validated(path: Path, content: Any, name: str | None = None) -> Settings:
    """Put what params.yaml says of protocols, key by key, or of the ladder as a whole in the place of the study's."""
    written = validated(Params, content, path)
    name = name or next(iter(written.reports))
    unfit = {key: _unfit(folder, path.parent) for key, folder in written.folders.items()}
    if wrong := [f"  folders.{key}: {words}" for key, words in unfit.items() if words]:
        raise GenrebenchError("\n".join([f"{path} is not valid:", *wrong]))
    if name not in written.reports:
        raise GenrebenchError(f"{name!r} is no report of {path}; legal: {', '.join(written.reports)}")
    study = load_study(written.reports[name].study)
    own = study.model_dump(mode="json", include={"protocols", "ablation"})
    elsewhere = _protocols_elsewhere(study) if written.protocols.keys() - own["protocols"].keys() else set()
    # what changes a protocol of another study is none of this one's
    asked = {key: value for key, value in written.protocols.items() if key in own["protocols"] or key not in elsewhere}
    whole = {**written.model_dump(mode="json"), "name": name, "protocols": merged(own["protocols"], asked)}
    ends = {written.ablation.get(key) for key in ("start", "end")} if isinstance(written.ablation, dict) else set()
    if not written.ablation or (ends - whole["protocols"].keys() and ends <= _protocols_elsewhere(study)):
        whole["ablation"] = own["ablation"]
    return validated(Settings, whole, path)


def folder_path(given: str | Path, top: Path = Path()) -> Path:
    """Return the one form of a folder's path that is compared and entered: absolute, without links or ``~``.

    Parameters
    ----------
    given : str or Path
        The path as somebody wrote it.
    top : Path
        The project's top folder, which a relative path starts from.

    Raises
    ------
    GenrebenchError
        If it can be no path, or begins with the name of nobody's home folder.
    """
    try:
        return (top / Path(given).expanduser()).resolve()
    except (RuntimeError, ValueError) as error:  # nobody's home; a null in it
        raise GenrebenchError(f"{given}: {error}; give the whole path") from None


def _unfit(given: str, top: Path) -> str:
    """Say why a path of params.yaml can be no folder of a person's own; empty where it can be one."""
    if not given.strip():
        return "is empty; give a folder that holds a sub-folder a genre, or take the entry out"
    folder = folder_path(given, top)
    if given.startswith("~"):
        return f"DVC does not know what ~ stands for; write {folder}"
    if not is_unicode(given):
        return "the path is not valid UTF-8; rename the folder"
    for name in (DATA, RUNS, REPORTS):
        own = (top / name).resolve()
        if folder == own or own in folder.parents or folder in own.parents:
            return f"lies in the project's {name}/, which the pipeline writes, or holds it; put the audio elsewhere"
    return ""


def _protocols_elsewhere(study: Study) -> set[str]:
    """Return the names of the protocols of all other studies."""
    return {name for other in study_folders() if other != study.name for name in load_study(other).protocols}


def report_name(dataset: str, study: str | None = None, path: Path = PARAMS) -> str:
    """Return the name of the report of a study on a dataset.

    Parameters
    ----------
    dataset : str
        The dataset, or the name of the report itself.
    study : str, optional
        By default that of the first report.
    path : Path
        The settings.

    Raises
    ------
    GenrebenchError
        If there is none; the message lists those that there are.
    """
    settings = load_settings(path)
    if dataset in settings.reports and study in {None, settings.reports[dataset].study}:
        return dataset
    wanted = settings.report.study if study is None else study
    if name := settings.find(wanted, dataset):
        return name
    of_study = [it.dataset for it in settings.reports.values() if it.study == wanted]
    if not of_study:
        legal = ", ".join(dict.fromkeys(it.study for it in settings.reports.values()))
        raise GenrebenchError(f"{path} has no report of study {wanted!r}; it has reports of: {legal}")
    raise GenrebenchError(
        f"{dataset!r} is no dataset of {path} with a report of {wanted}; legal: {', '.join(of_study)}, "
        "or --audio-dir DIR"
    )


def remove_folder(name: str, path: Path = PARAMS) -> list[str]:
    """Take a folder of audio, and all reports of it, out of params.yaml.

    Returns
    -------
    list of str
        Names of the reports.

    Raises
    ------
    GenrebenchError
        If there is none of this name, or no report would be left.
    """
    settings = load_settings(path)
    if name not in settings.folders:
        legal = ", ".join(settings.folders) or "none"
        raise GenrebenchError(f"{name!r} is no folder of your own in {path}; there are: {legal}")
    reports = [report for report, it in settings.reports.items() if it.dataset == name]
    with edited(path) as content:
        del content["folders"][name]
        for report in reports:
            del content["reports"][report]
        for report in content["reports"] or [None]:
            _validated(path, content, report)
    return reports


def add_folder(
    audio: Path,
    name: str | None = None,
    path: Path = PARAMS,
    *,
    study: str | None = None,
    inspect: Callable[[str, Path], object] | None = None,
) -> str:
    """Enter a folder of audio in params.yaml, and a report of it.

    Parameters
    ----------
    audio : Path
        One sub-folder a genre.
    name : str, optional
        The dataset's name; by default the one that it was entered by, or made from the folder's.
    path : Path
        The file to change; its comments stay.
    study : str, optional
        Whose report; by default the first report's.
    inspect : callable, optional
        Is given name and folder before a new one is entered, and raises an error where it cannot be used.

    Returns
    -------
    str
        The report's name: the dataset's, where the first study has no report of it yet.

    Raises
    ------
    GenrebenchError
        If the folder does not exist or cannot be used, or the name is not legal or taken; the file is as it was.
    """
    folder = folder_path(audio)
    if not folder.is_dir():
        raise GenrebenchError(f"--audio-dir {audio}: no such folder; give one that holds a sub-folder a genre")
    settings = load_settings(path)
    entered = [key for key, it in settings.folders.items() if folder_path(it, path.parent) == folder]
    name = name or next(iter(entered), re.sub("[^a-z0-9_]+", "-", folder.name.lower()).strip("-_") or "audio")
    if not re.fullmatch(NAME, name):
        raise GenrebenchError(
            f"--name {name!r} is not legal: use small letters, digits, '-' and '_', the first a letter or a digit"
        )
    if name in _RESERVED:
        raise GenrebenchError(f"--name {name!r} is reserved; choose another name")
    if name in settings.subsets:
        raise GenrebenchError(f"--name {name!r} is the name of a subset of params.yaml; choose another name")
    if name in settings.folders and name not in entered:
        raise GenrebenchError(
            f"dataset {name!r} in params.yaml is the folder {settings.folders[name]}; choose another --name"
        )
    if words := _unfit(str(folder), path.parent):
        raise GenrebenchError(f"--audio-dir {audio}: {words}")
    if inspect and not entered:
        inspect(name, folder)
    with edited(path) as content:
        if name not in content["folders"]:
            # in front: what follows the last entry, a blank line and a comment, belongs to the next section
            content["folders"].insert(0, name, str(folder))
        first = settings.report.study
        wanted = first if study is None else study
        report = settings.find(wanted, name)
        if report is None:
            report = name if wanted == first else f"{wanted}-{name}"
            content["reports"].insert(len(content["reports"]), report, {"study": wanted, "dataset": name})
        _validated(path, content, report)
    return report
