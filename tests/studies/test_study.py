"""A study as its file says it: legal or one error, found by its folder, and what deviates from it."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from benchmarks.errors import GenrebenchError
from benchmarks.features.sets import feature_set, feature_sets, require_feature_sets
from benchmarks.studies import study
from benchmarks.studies.study import FILE, FOLDER_VARIABLE, Bars, load_study, study_folders
from tests.builders import REPOSITORY, STUDY, edit, plain_params, settings_of

CONTENT = STUDY.model_dump(mode="json")
OWN = {key: value for key, value in CONTENT["protocols"]["published"].items() if key != "selections"}
WINDOWS = {"samples": 330_750, "hop": 1000, "count": 3}
KEYS = [(section, key) for section, given in OWN.items() for key in (given if isinstance(given, dict) else (None,))]


def write_study(folder: Path, content: Any, name: str = "small") -> Path:
    path = folder / name / FILE
    path.parent.mkdir(parents=True)
    YAML().dump(content, path)
    return path


@pytest.fixture
def studies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of studies outside the project."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    return tmp_path


def changed(key: str, value: object) -> dict[str, Any]:
    """The study with one value changed, taken away where that is None."""
    content = deepcopy(CONTENT)
    edit(content, key, value)
    return content


def test_a_study_outside_the_project_is_found_by_its_folder(studies: Path) -> None:
    write_study(studies, CONTENT)
    own = {path.parent.name for path in (REPOSITORY / "benchmarks" / "studies").glob(f"*/{FILE}")}
    assert study_folders().keys() == own | {"small"}
    assert load_study("small") == STUDY.model_copy(update={"name": "small"})


def test_an_unknown_study_is_one_error_that_names_those_that_there_are() -> None:
    with pytest.raises(GenrebenchError, match=r"no study 'another'; there are: .*made_up"):
        load_study("another")


def test_two_studies_of_one_name_are_one_error(studies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_study(studies, CONTENT)
    monkeypatch.setattr(study, "_OWN", studies)
    with pytest.raises(GenrebenchError, match="there is a study 'small' already; choose another name"):
        load_study("small")


def test_a_folder_of_studies_that_is_not_there_is_one_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(GenrebenchError, match=r"GENREBENCH_STUDIES=.*nowhere: no such folder"):
        load_study(STUDY.name)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("title", None, "title: Field required"),
        ("architectures", ["cnn2d", "mlp"], "protocols.published.features: none for mlp"),
        ("claim.colour", "blue", "claim.colour: there is no such key"),
        ("claim.protocol", "perfect", "claim.protocol: 'perfect' is not defined; defined: published, corrected"),
        ("claim.selection", "lowest_validation_loss", "claim.selection: protocol 'published' has no lowest_validation"),
        ("claim.results", [], "claim.results: needs at least one value"),
        ("claim.results.0.accuracy", 59, "claim.results.0.accuracy: .*less than or equal to 1"),
        ("claim.results.0.architecture", "cnn_lstm", "claim.results: an architecture stands there twice"),
        ("claim.results.0.architecture", "transformer", "claim.results: protocol 'published' has no features for tra"),
        ("claim.test_tracks", 0, "claim.test_tracks: .*greater than or equal to 1"),
        ("protocols.published.schedule.epochs", 0, "protocols.published.schedule.epochs: .*greater than or equal to 1"),
        ("ablation.end", None, "ablation.end: Field required"),
        (
            "ablation.windows_split",
            {"perfect": {}},
            "ablation.windows_split.perfect: no such protocol; defined: publish",
        ),
        (
            "ablation.windows_split",
            {"published": {}},
            "ablation.windows_split.published: the protocol cuts tracks into no windows; give windows",
        ),
        (
            "ablation.windows_split",
            {"published": {"windows": {"samples": 0, "hop": 5, "count": 3}}},
            "ablation.windows_split.published makes no legal protocol: windows.samples: .*greater than or equal to 1",
        ),
        (
            "protocols.published.split",
            {
                "kind": "windows",
                "tracks": {"kind": "random", "test_share": 2, "validation_share": 0, "random_state": 1},
            },
            "protocols.published.split.tracks.test_share: .*less than 1",
        ),
        (
            "ablation.windows_split",
            {"published": {"scaling": "standardise"}},
            "ablation.windows_split.published: scaling is not its to change; legal: windows, features",
        ),
        ("weights.models.0.sha256", None, "weights.models.0.sha256: Field required"),
        ("weights.models.0.sha256", "0" * 63, "weights.models.0.sha256: .*match pattern"),
        (
            "weights.models.0.labels.moved",
            ["jazz", "jazz"],
            "weights: models: cnn2d: labels 'moved' are not all",
        ),
        ("weights.mistakes.0.better", "guessed", "weights: mistakes: cnn2d has no labels 'guessed'"),
    ],
)
def test_a_wrong_value_is_named_with_file_and_key(studies: Path, key: str, value: object, message: str) -> None:
    path = write_study(studies, changed(key, value))
    with pytest.raises(GenrebenchError, match=rf"{path} is not valid:\n  (top level: )?{message}") as caught:
        load_study("small")
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "message"), [("- a list", "top level: .*valid dictionary"), ("title: [", "not YAML"), ("", "top level")]
)
def test_what_is_no_study_is_one_error(studies: Path, text: str, message: str) -> None:
    path = write_study(studies, {})
    path.write_text(text)
    with pytest.raises(GenrebenchError, match=rf"study\.yaml(.|\n)*{message}"):
        load_study("small")


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("steps", {"log_mel": {"features": {"cnn2d": "mel_film_5s"}}}),
        ("windows_split", {"corrected": {"windows": WINDOWS, "features": {"cnn2d": "mel_film_5s"}}}),
    ],
)
def test_a_feature_set_of_the_ladder_that_does_not_exist_is_named_with_its_place(
    key: str, change: dict[str, Any]
) -> None:
    content = plain_params()
    content["ablation"][key] = change
    message = rf"ablation\.{key}\.{next(iter(change))}\.features\.cnn2d: no feature set 'mel_film_5s'"
    with pytest.raises(GenrebenchError, match=message):
        require_feature_sets(settings_of(content))


def test_bars_of_studies_are_joined_and_the_first_one_counts_twice_named() -> None:
    first, other = Bars(features={"a": 2.0}), Bars(features={"a": 3.0, "b": 4.0}, limit={"x": {"pytorch": 1.5}})
    assert first.joined([other]) == Bars(features={"a": 2.0, "b": 4.0}, limit={"x": {"pytorch": 1.5}})


def test_a_feature_set_that_does_not_exist_is_named_with_its_place() -> None:
    content = plain_params()
    content["protocols"]["published"]["features"]["cnn2d"] = "mel_film_5s"
    message = r"study made_up: protocols\.published\.features\.cnn2d: no feature set 'mel_film_5s'; there are: log"
    with pytest.raises(GenrebenchError, match=message):
        require_feature_sets(settings_of(content))


def test_a_study_without_weights_is_legal(studies: Path) -> None:
    write_study(studies, changed("weights", None))
    assert load_study("small").weights is None


def test_an_edited_study_is_read_again(studies: Path) -> None:
    path = write_study(studies, CONTENT)
    before = load_study("small")
    YAML().dump(changed("title", "Another title"), path)
    assert (before.title, load_study("small").title) == (STUDY.title, "Another title")


def test_the_study_s_own_protocol_does_not_deviate() -> None:
    assert STUDY.deviations({**OWN, "selections": ["last_epoch"]}) == []


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_every_change_is_named(section: str, key: str | None) -> None:
    recorded = deepcopy(OWN)
    if key is None:
        recorded[section] = "another"
    else:
        recorded[section][key] = "another"
    (words,) = STUDY.deviations(recorded)
    assert words.startswith(f"{(key or section).replace('_', ' ')} another instead of ")


OWN_SETS = """
import numpy as np
from benchmarks.features.feature_set import FeatureSet
FEATURE_SETS = (FeatureSet("{}", 1.0, (1,), lambda signal: np.array([signal.max()]), "the loudest sample"),)
"""


def test_a_study_brings_its_own_feature_sets(studies: Path) -> None:
    path = write_study(studies, CONTENT)
    path.with_name("features.py").write_text(OWN_SETS.format("loudest_1s"))
    assert feature_set("loudest_1s").of_signal(np.ones(22050, np.float32), path).tolist() == [1.0]
    assert {"loudest_1s", "mfcc_15s"} <= feature_sets().keys()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (OWN_SETS.format("mfcc_15s"), "there is a feature set 'mfcc_15s' already"),
        ("import no_such_library", "cannot be loaded .ModuleNotFoundError: No module named 'no_such_library'"),
        ("SETS = ()", "cannot be loaded .AttributeError"),
    ],
)
def test_feature_sets_that_cannot_be_used_are_one_error(studies: Path, code: str, message: str) -> None:
    path = write_study(studies, CONTENT)
    path.with_name("features.py").write_text(code)
    with pytest.raises(GenrebenchError, match=rf"features\.py: {message}"):
        feature_sets()
