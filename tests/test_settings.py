from pathlib import Path

import pytest
from ruamel.yaml import YAML

from benchmarks.datasets.kinds import BUILT_IN
from benchmarks.errors import GenrebenchError
from benchmarks.settings import add_folder, load_settings, report_name
from benchmarks.studies.protocol import headline
from tests.builders import REPOSITORY, STUDY, add_study, plain_params


def plain_file(tmp_path: Path) -> Path:
    """params.yaml with its comments, without datasets of the user's own."""
    content = YAML().load(REPOSITORY / "params.yaml")
    content["reports"] = plain_params()["reports"]
    content["subsets"] = {}
    content["folders"] = {}
    path = tmp_path / "params.yaml"
    YAML().dump(content, path)
    return path


def changed(tmp_path: Path, key: str, value: object) -> Path:
    """params.yaml with one value changed."""
    content = plain_params()
    *parents, last = key.split(".")
    place = content
    for parent in parents:
        place = place[parent]
    place[last] = value
    path = tmp_path / "params.yaml"
    YAML().dump(content, path)
    return path


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("study.seeds", [], "study.seeds: needs at least one value"),
        ("study.seeds", [0, 0], "study: seeds: a value stands there twice"),
        ("study.seeds", [-1], "study.seeds.0: .*greater than or equal to 0"),
        ("reports", {}, "reports: needs at least one value"),
        ("reports.gtzan.dataset", "nowhere", "'nowhere' is no dataset; legal: gtzan, gtzan-mini, synthetic"),
        ("reports.gtzan.study", "nothing", "no study 'nothing'; there are: .*made_up"),
        (
            "reports.gtzan.protocols",
            ["perfect"],
            "reports.gtzan.protocols: 'perfect' is not defined; defined: published",
        ),
        ("reports.gtzan.architectures", ["cnn2d", "cnn2d"], "reports.gtzan: architectures: a value stands there twice"),
        ("reports.mini", {"study": STUDY.name, "dataset": "gtzan-mini"}, "gtzan-mini, mini are of the same study"),
        ("reports.timing", {"study": STUDY.name, "dataset": "gtzan-mini"}, "reports.timing: .*reserved; choose"),
        ("reports.synthetic.dataset", "gtzan-mini", "reports.synthetic: the name is that of another dataset"),
        ("study.colour", "blue", "study.colour: there is no such key"),
        ("protocols.published.split.test_share", 1.5, "protocols.published.split.test_share: .*less than 1"),
        ("protocols.published.split.kind", "stratified", "protocols.published.split: .*'random', 'grouped'"),
        ("protocols.published.split.validation_share", 0.9, "protocols.published.split: .*leave nothing to train on"),
        ("protocols.published.selections", ["lowest_validation_loss"], "protocols.published: .*needs a split with"),
        ("protocols.corrected.scaling", "whiten", "protocols.corrected.scaling: .*'none' or 'standardise'"),
        ("protocols.published.schedule.epochs", 0, "protocols.published.schedule.epochs: .*greater than or equal to 1"),
        ("protocols.published.selections", ["best"], "protocols.published.selections.0: .*'last_epoch'"),
        ("study.device", "tpu", "study.device: .*'auto', 'cpu' or 'cuda'"),
        ("study.device", None, "study.device: .*'auto', 'cpu' or 'cuda'"),
        ("ablation.start", "perfect", "ablation.start: 'perfect' is not defined; defined: published, corrected"),
        ("ablation.end", "perfect", "ablation.end: 'perfect' is not defined"),
        ("ablation.steps", {"corrected": {}}, "ablation.steps: corrected is the name of a protocol; choose another"),
        ("ablation.steps", {"A Step": {}}, "ablation.steps.A Step"),
        ("ablation.steps", {"a_step": None}, "ablation.steps.a_step: .*dictionary"),
        (
            "ablation.windows_split",
            {"published": {}},
            "ablation.windows_split.published: the protocol cuts tracks into no",
        ),
        ("folders", {"gtzan": "somewhere"}, "the name 'gtzan' is reserved"),
        ("folders", {"My Music": "somewhere"}, "folders.My Music"),
        ("subsets", {"gtzan": {"of": "gtzan", "genres": ["jazz", "pop"]}}, "subsets: the name 'gtzan' is reserved"),
        ("subsets", {"one": {"of": "gtzan", "genres": ["jazz"]}}, "subsets.one.genres: needs at least 2 values"),
        ("subsets", {"one": {"of": "gtzan", "genres": ["jazz", "jazz"]}}, "subsets.one: genres: .*twice"),
        (
            "subsets",
            {"one": {"of": "synthetic", "genres": ["jazz", "pop"]}},
            "subsets.one.of: 'synthetic' has no subsets; legal: gtzan",
        ),
        ("synthetic.tracks_per_genre", 1, "synthetic.tracks_per_genre: .*greater than or equal to 2"),
    ],
)
def test_a_wrong_value_is_named_with_its_key(tmp_path: Path, key: str, value: object, message: str) -> None:
    with pytest.raises(GenrebenchError, match=message):
        load_settings(changed(tmp_path, key, value))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("study.seeds", [0.5]),
        ("study.frameworks", ["Py Torch"]),
        ("subsets", {"one": {"of": "gtzan", "genres": [1, 2]}}),
    ],
)
def test_a_wrong_value_in_a_list_does_not_make_it_short_too(tmp_path: Path, key: str, value: object) -> None:
    with pytest.raises(GenrebenchError) as raised:
        load_settings(changed(tmp_path, key, value))
    assert "needs at least" not in str(raised.value)
    assert f"{key}.0: " in str(raised.value) or "subsets.one.genres.0: " in str(raised.value)


def test_a_subset_is_a_dataset(tmp_path: Path) -> None:
    path = changed(tmp_path, "subsets", {"two": {"of": "gtzan", "genres": ["jazz", "pop"]}})
    settings = load_settings(path)
    assert settings.datasets == (*BUILT_IN, "two")
    assert settings.subsets["two"].genres == ("jazz", "pop")


def test_a_folder_is_not_called_like_a_subset(tmp_path: Path) -> None:
    path = changed(tmp_path, "subsets", {"two": {"of": "gtzan", "genres": ["jazz", "pop"]}})
    with pytest.raises(GenrebenchError, match="'two' is the name of a subset"):
        add_folder(tmp_path, "two", path)
    content = YAML(typ="safe").load(path)
    YAML().dump(content | {"folders": {"two": "somewhere"}}, path)
    with pytest.raises(GenrebenchError, match="folders: the name 'two' is that of a subset"):
        load_settings(path)


def test_a_report_has_the_seeds_of_all_unless_it_has_its_own(tmp_path: Path) -> None:
    content = plain_params()
    content["reports"]["gtzan-mini"]["seeds"] = [5, 3]
    path = tmp_path / "params.yaml"
    YAML().dump(content, path)
    every, own = load_settings(path), load_settings(path, report="gtzan-mini")
    assert every.report.seeds == tuple(content["study"]["seeds"])
    assert own.report.seeds == (5, 3)
    assert every.of_first_seed.report.seeds == every.report.seeds[:1]
    assert own.of_first_seed.report.seeds == (5,)


def test_reports_of_two_studies_stand_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # the other study has one protocol, of another name
    other = STUDY.model_dump(mode="json", exclude={"name"})
    other["protocols"] = {"sloppy": other["protocols"]["published"], "corrected": other["protocols"]["corrected"]}
    other["claim"]["protocol"] = other["ablation"]["start"] = "sloppy"
    add_study(tmp_path / "studies", other, monkeypatch)
    content = plain_params()
    del content["ablation"]
    content["reports"]["small-mini"] = {"study": "small", "dataset": "gtzan-mini", "architectures": ["cnn2d"]}
    content["protocols"] = {"published": {"schedule": {"epochs": 5}}, "sloppy": {"schedule": {"epochs": 7}}}
    path = tmp_path / "params.yaml"
    YAML().dump(content, path)
    first, second = load_settings(path), load_settings(path, report="small-mini")
    assert (first.original.name, list(first.protocols)) == (STUDY.name, ["published", "corrected"])
    assert (second.original.name, list(second.protocols)) == ("small", ["sloppy", "corrected"])
    assert (first.protocols["published"].schedule.epochs, second.protocols["sloppy"].schedule.epochs) == (5, 7)
    assert (first.report.architectures, second.report.architectures) == (("cnn2d", "cnn_lstm"), ("cnn2d",))
    assert [it.name for it in first.studies] == [STUDY.name, "small"]
    assert report_name("gtzan-mini", path=path) == "gtzan-mini"
    assert report_name("gtzan-mini", "small", path) == report_name("small-mini", path=path) == "small-mini"
    assert report_name("small-mini", "small", path) == "small-mini"
    # a ladder between protocols of one study is not that of another
    YAML().dump({**content, "ablation": {"start": "published", "steps": {}, "end": "corrected"}}, path)
    assert load_settings(path).ablation.steps == {}
    assert load_settings(path, report="small-mini").ablation.start == "sloppy"
    YAML().dump(content, path)
    with pytest.raises(GenrebenchError, match=r"'gtzan' is no dataset of .* with a report of small; legal: gtzan-mini"):
        report_name("gtzan", "small", path)
    with pytest.raises(GenrebenchError, match="no report of study 'large'; it has reports of: made_up, small"):
        report_name("gtzan", "large", path)


def test_a_folder_gets_a_report_of_the_study_that_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_study(tmp_path / "studies", STUDY.model_dump(mode="json", exclude={"name"}), monkeypatch)
    (tmp_path / "music").mkdir()
    path = plain_file(tmp_path)
    assert add_folder(tmp_path / "music", "mine", path, study="small") == "small-mine"
    assert add_folder(tmp_path / "music", "mine", path) == "mine"
    reports = {name: (it.study, it.dataset) for name, it in load_settings(path).reports.items()}
    assert (reports["small-mine"], reports["mine"]) == (("small", "mine"), (STUDY.name, "mine"))


@pytest.mark.parametrize("device", ["auto", "cpu", "cuda"])
def test_a_device_can_be_chosen(tmp_path: Path, device: str) -> None:
    assert load_settings(changed(tmp_path, "study.device", device)).study.device == device


@pytest.mark.parametrize(
    ("selections", "first"),
    [
        (["last_epoch", "lowest_test_loss"], "lowest_test_loss"),
        (["lowest_validation_loss", "lowest_test_loss"], "lowest_test_loss"),
        (["lowest_validation_loss", "last_epoch"], "lowest_validation_loss"),
        (["lowest_validation_loss"], "lowest_validation_loss"),
    ],
)
def test_the_study_s_epoch_stands_first_then_the_one_of_validation(selections: list[str], first: str) -> None:
    assert headline(selections) == headline(selections[::-1]) == first


@pytest.mark.parametrize("text", ["study: [", "- a list", ""])
def test_what_is_no_settings_file_is_one_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(GenrebenchError, match=r"params\.yaml"):
        load_settings(path)


def test_missing_file_says_where_to_stand(tmp_path: Path) -> None:
    with pytest.raises(GenrebenchError, match="run the command in the project's top folder"):
        load_settings(tmp_path / "params.yaml")


def test_a_folder_becomes_a_dataset_and_comments_stay(tmp_path: Path) -> None:
    path = plain_file(tmp_path)
    audio = tmp_path / "My Musik (2)"
    audio.mkdir()
    assert add_folder(audio, path=path) == "my-musik-2"
    settings = load_settings(path)
    assert settings.folders == {"my-musik-2": str(audio)}
    assert settings.reports["my-musik-2"].dataset == "my-musik-2"
    assert "# Your own audio, `name: folder" in path.read_text()
    (tmp_path / "second").mkdir()
    add_folder(tmp_path / "second", path=path)
    assert "  second: " in path.read_text().split("my-musik-2: ")[0]  # beside the first, not below the next comment
    once = path.read_text()
    assert add_folder(audio, "my-musik-2", path) == "my-musik-2"
    assert path.read_text() == once


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("taken", "choose another --name"),
        ("synthetic", "reserved"),
        ("timing", "reserved"),
        ("downloads", "reserved"),
        ("ablation", "reserved"),
        ("No Name", "--name 'No Name' is not legal"),
    ],
)
def test_a_name_that_cannot_be_used_leaves_the_file_as_it_was(tmp_path: Path, name: str, message: str) -> None:
    path = plain_file(tmp_path)
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    add_folder(tmp_path / "one", "taken", path)
    before = path.read_text()
    with pytest.raises(GenrebenchError, match=message):
        add_folder(tmp_path / "two", name, path)
    assert path.read_text() == before


def test_a_missing_audio_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(GenrebenchError, match="no such folder"):
        add_folder(tmp_path / "nowhere", path=tmp_path / "params.yaml")
