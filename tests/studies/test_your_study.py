"""docs/your-study.md is followed to the letter in a copy of the project, from nothing to a verdict on the claim."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from ruamel.yaml import YAML

from tests.guides import LAST_IMPLEMENTATION, Guide, copy_of_the_project, insert, python

GUIDE = Guide("your-study.md")
RATE = 22050
SEED_COUNT = 2


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the guide has been followed, beside a folder of audio."""
    copy = copy_of_the_project(tmp_path_factory.mktemp("project"))
    GUIDE.write_files(copy)
    GUIDE.add_architecture(copy, "SpreadMLP")
    insert(copy / "implementations" / "registry.py", LAST_IMPLEMENTATION, GUIDE.snippet('("spread_mlp", "pytorch")'))
    for place, genre in enumerate(("drone", "hiss", "pulse")):
        (copy / "music" / genre).mkdir(parents=True)
        for number in range(10):
            signal = sound(place, np.random.default_rng(100 * place + number))
            soundfile.write(copy / "music" / genre / f"{number}.wav", signal, RATE)
    return copy


def sound(genre: int, rng: np.random.Generator) -> np.ndarray:
    """Fifteen seconds that differ from genre to genre in their spectrum."""
    seconds = np.arange(15 * RATE) / RATE
    noise = rng.normal(size=seconds.size)
    tone = np.sin(2 * np.pi * (80 + 40 * rng.random()) * seconds)
    return 0.1 * (tone + 0.1 * noise, noise, noise * (seconds % 0.5 < 0.05))[genre]


def test_it_is_written_in_the_style_of_the_project(project: Path) -> None:
    for command in (["check", "."], ["format", "--check", "."]):
        python(project, "-m", "ruff", *command)


def test_a_report_on_another_dataset_is_an_entry(project: Path) -> None:
    content = YAML(typ="safe").load(project / "params.yaml")
    content["folders"]["mine"] = "music"
    content["reports"] |= YAML(typ="safe").load(GUIDE.snippet("reports:", "yaml"))["reports"]
    other = project / "other.yaml"
    YAML().dump(content, other)
    code = (
        "from pathlib import Path; from benchmarks.settings import load_settings\n"
        "seen = load_settings(Path('other.yaml'), report='mean_and_spread-synthetic')\n"
        "assert (seen.report.architectures, seen.report.frameworks) == (('spread_mlp',), ('pytorch',))\n"
        "assert set(seen.features) == {'mfcc_mean_and_spread', 'mfcc_15s'}"
    )
    python(project, "-c", code)


@pytest.mark.slow
def test_from_nothing_to_a_verdict_on_the_claim(project: Path) -> None:
    params = project / "params.yaml"
    text = params.read_text(encoding="utf-8")
    params.write_text(text.replace("seeds: [0, 1, 2]", f"seeds: {list(range(SEED_COUNT))}"), encoding="utf-8")
    entry = ("--study", "mean_and_spread", "--audio-dir", "music", "--name", "mine")
    assert python(project, "-m", "benchmarks", "dataset", *entry).strip() == "mean_and_spread-mine"
    python(project, "-m", "dvc", "init", "--quiet", "--no-scm")
    python(project, "-m", "dvc", "repro", "--quiet", "report@mean_and_spread-mine")
    reports = project / "reports"
    facts = json.loads((reports / "mean_and_spread-mine" / "report.json").read_text(encoding="utf-8"))
    assert (facts["study"], facts["origin"], facts["tracks"]) == ("mean_and_spread", "mine", 30)
    # of the claim's own dataset, so there is a verdict
    assert [(it["metric"], it["claimed"]) for it in facts["verdicts"]] == [("accuracy", 0.8), ("loss", 0.5)]
    page = (reports / "mean_and_spread.md").read_text(encoding="utf-8")
    assert "claims 80% (MLP) accuracy on the 30 tracks of mine" in page
    # its networks were not compared between frameworks
    assert "train the same model" not in page
    assert "One run on one random split, without an interval." in page
    assert "(mean_and_spread.md): another study" in (reports / "README.md").read_text(encoding="utf-8")
