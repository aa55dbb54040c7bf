"""params.yaml and a study's study.yaml that cannot be read, or say what is not legal."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

from ruamel.yaml import YAML

from tests.bad_inputs.case import Case, Group, changes, writes
from tests.builders import STUDY, edit, plain_params

TRAIN = ("train", "--dataset", "synthetic")
STUDIES = {"GENREBENCH_STUDIES": "studies"}
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
CONFLICT = b"<<<<<<< HEAD\nstudy: 1\n=======\nstudy: 2\n>>>>>>> other\n"


def start(folder: Path) -> None:
    """Settings and a study that are legal."""
    YAML().dump(plain_params(), folder / "params.yaml")
    for name in (STUDY.name, "small"):
        (folder / "studies" / name).mkdir(parents=True)
        YAML().dump(STUDY.model_dump(mode="json"), folder / "studies" / name / "study.yaml")


def params(key: str, value: object, words: str) -> Case:
    def write(folder: Path) -> None:
        content = plain_params()
        edit(content, key, value)
        YAML().dump(content, folder / "params.yaml")

    return Case(f"params.yaml, {key}: {str(value)[:40]}", rf"params\.yaml is not valid:\n(.|\n)*{words}", write, TRAIN)


def study(key: str, value: object, words: str) -> Case:
    def write(folder: Path) -> None:
        content = deepcopy(STUDY.model_dump(mode="json"))
        edit(content, key, value)
        YAML().dump(content, folder / "studies" / STUDY.name / "study.yaml")

    return Case(
        f"study.yaml, {key}: {str(value)[:40]}",
        rf"study\.yaml is not valid:\n(.|\n)*{words}",
        write,
        TRAIN,
        environment=STUDIES,
    )


def unreadable(name: str, content: bytes | str, words: str) -> list[Case]:
    """The same content in both files."""
    return [
        Case(f"params.yaml, {name}", rf"params\.yaml: {words}", writes("params.yaml", content), TRAIN),
        Case(
            f"study.yaml, {name}",
            rf"study\.yaml: {words}",
            writes(f"studies/{STUDY.name}/study.yaml", content),
            TRAIN,
            environment=STUDIES,
        ),
    ]


def without(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


CASES = [
    Case(
        "no params.yaml",
        r"params\.yaml: .*no such file.*; run the command in the project's top folder|params\.yaml: .*",
        without("params.yaml"),
        TRAIN,
    ),
    *unreadable("Latin-1", "# caf\xe9\n".encode("latin-1"), r"not UTF-8 \(line 1: .*\); save it as UTF-8"),
    *unreadable("UTF-16", "study: 1\n".encode("utf-16"), "not UTF-8 .*; save it as UTF-8"),
    *unreadable("UTF-16 without a mark", "study: 1\n".encode("utf-16-le"), "not UTF-8, it seems to be UTF-16; save it"),
    *unreadable("a day that is none", "study: 2024-02-30\n", r"line 1: 2024-02-30 .*put it in quotes"),
    *unreadable("a number of 5,000 digits", b"study: " + b"9" * 5000, "line 1: 9{40}"),
    *unreadable("3,000 brackets", "study: " + "[" * 3000, "not YAML that can be read: too many brackets"),
    *unreadable("a merge", CONFLICT, "not YAML"),
    *unreadable("a key twice", "study: 1\nstudy: 2\n", "not YAML"),
    *unreadable("an open quote", 'study: "x\n', "not YAML"),
    *unreadable("a tab", "study:\n\tseeds: [0]\n", "not YAML"),
    *unreadable("an unknown reference", "study: *nothing\n", "not YAML"),
    *unreadable("a Python object", "study: !!python/object/apply:os.system ['true']\n", ""),
    *unreadable("a null", "study: \0\n", "not (UTF-8|YAML)"),
    Case("params.yaml, nothing", r"params\.yaml", writes("params.yaml", ""), TRAIN),
    Case(
        "params.yaml, a list", r"params\.yaml is not valid:\n.*dictionary", writes("params.yaml", "- a\n- b\n"), TRAIN
    ),
    Case("params.yaml, a word", r"params\.yaml is not valid:\n.*dictionary", writes("params.yaml", "study\n"), TRAIN),
    Case("params.yaml, a thousand million laughs", r"params\.yaml", writes("params.yaml", LAUGHS), TRAIN),
    Case(
        "params.yaml, noise",
        r"params\.yaml: not (UTF-8|YAML)",
        changes("params.yaml", lambda it: it[:99] + b"\x00\xff" * 99),
        TRAIN,
    ),
    params("study", None, "study: Field required"),
    params("reports", {}, "reports: needs at least one value"),
    params("colour", "blue", "colour: there is no such key"),
    params("study.seeds", "all", "study.seeds: "),
    params("study.seeds", [0.5], r"study\.seeds\.0: "),
    params("study.seeds", [-1], r"study\.seeds\.0: .*greater than or equal to 0"),
    params("study.seeds", [1, 1], "study: seeds: a value stands there twice"),
    params("study.frameworks", [], r"study\.frameworks: needs at least one value"),
    params("study.device", "tpu", r"study\.device: .*'auto', 'cpu' or 'cuda'"),
    params("study.arithmetic", "exact", r"study\.arithmetic: .*'portable'"),
    params("reports.synthetic.dataset", "nowhere", "'nowhere' is no dataset; legal: gtzan"),
    params("reports.synthetic.protocols", ["perfect"], "'perfect' is not defined; defined: published, corrected"),
    params("reports.UPPER", {"study": STUDY.name, "dataset": "synthetic"}, "reports.UPPER"),
    params("reports.timing", {"study": STUDY.name, "dataset": "synthetic"}, "reserved; choose another"),
    params("folders", {"mine": ""}, r"folders\.mine: is empty; give a folder"),
    params("folders", {"mine": "~/music"}, r"folders\.mine: DVC does not know what ~ stands for; write /"),
    params("folders", {"mine": "data/x"}, r"folders\.mine: lies in the project's data/"),
    params("folders", {"gtzan": "music"}, "the name 'gtzan' is reserved; choose another"),
    params("subsets", {"one": {"of": "gtzan", "genres": ["jazz"]}}, "needs at least 2 values"),
    params(
        "subsets", {"one": {"of": "synthetic", "genres": ["jazz", "pop"]}}, "'synthetic' has no subsets; legal: gtzan"
    ),
    params("synthetic.seed", -1, r"synthetic\.seed: .*greater than or equal to 0"),
    params("synthetic.tracks_per_genre", 10**6, r"synthetic\.tracks_per_genre: .*less than or equal to 1000"),
    params("gtzan.allow_incomplete", "perhaps", r"gtzan\.allow_incomplete: .*boolean"),
    params("protocols.published.split.kind", "stratified", "'random', 'grouped'"),
    params("protocols.published.split.test_share", 1.5, r"test_share: .*less than 1"),
    params("protocols.published.schedule.epochs", 0, r"schedule\.epochs: .*greater than or equal to 1"),
    params("protocols.published.schedule.batch_size", "many", r"schedule\.batch_size: "),
    params("protocols.published.schedule.learning_rate", float("nan"), r"schedule\.learning_rate: "),
    params("protocols.published.schedule.learning_rate", float("inf"), r"schedule\.learning_rate: "),
    params("protocols.published.selections", ["best"], r"selections\.0: .*'last_epoch'"),
    params("protocols.published.scaling", "whiten", r"scaling: .*'none' or 'standardise'"),
    params(
        "ablation", {"start": "nothing", "steps": {}, "end": "corrected"}, r"ablation\.start: 'nothing' is not defined"
    ),
    study("title", None, "title: Field required"),
    study("claim.colour", "blue", r"claim\.colour: there is no such key"),
    study("claim.dataset", "nowhere", "which is no dataset; legal|claim"),
    study("claim.protocol", "perfect", r"claim\.protocol: 'perfect' is not defined"),
    study("claim.results", [], r"claim\.results: needs at least one value"),
    study("claim.results.0.accuracy", 59, r"accuracy: .*less than or equal to 1"),
    study("claim.test_tracks", 0, r"claim\.test_tracks: .*greater than or equal to 1"),
    study("architectures", ["cnn2d", "mlp"], r"protocols\.published\.features: none for mlp"),
    study("weights.models.0.sha256", None, r"weights\.models\.0\.sha256: Field required"),
    study("weights.models.0.sha256", "0" * 63, r"sha256: .*match pattern"),
    study("protocols.published.schedule.epochs", -5, r"epochs: .*greater than or equal to 1"),
    study("ablation.end", None, r"ablation\.end: Field required"),
    study("genre_order", "alphabetical", "genre_order: "),
    Case(
        "no such feature set",
        r"study made_up: protocols\.published\.features\.cnn2d: no feature set 'mel_film_5s'; there are: log_mel",
        changes("params.yaml", lambda it: it.replace(b"mel_in_colour_5s", b"mel_film_5s")),
        ("features", "--dataset", "synthetic"),
    ),
    Case(
        "no such study",
        "no report of study 'nothing'|reports of: made_up",
        lambda _: None,
        (*TRAIN, "--study", "nothing"),
    ),
    Case(
        "a folder of studies that is not there",
        "GENREBENCH_STUDIES=elsewhere: no such folder",
        lambda _: None,
        TRAIN,
        environment={"GENREBENCH_STUDIES": "elsewhere"},
    ),
]
GROUP = Group(start, CASES)
