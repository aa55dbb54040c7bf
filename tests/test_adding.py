"""docs/adding.md is followed to the letter in a copy of the project: every piece of code in it runs."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.builders import REPOSITORY

GUIDE = REPOSITORY / "docs" / "adding.md"
# where the guide says "add this": what stands in front of a snippet
LAST_FEATURE_SET = '    FeatureSet("mfcc_29s", 29.0, (1249, 20), mfcc, _MFCC.format(29)),\n'
LAST_INSPECTOR = '    "tensorflow": "implementations.tensorflow.inspection:TensorFlowInspector",\n'
LAST_IMPLEMENTATION = '"implementations.tensorflow.cnn_lstm:TensorFlowCNNLSTM",\n'


def snippets() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def new_files() -> dict[str, str]:
    """The snippets that are files of their own: a path that does not exist yet stands in front of them."""
    found = re.findall(
        r"`([\w/]+\.py)`:\n\n```python\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    return {name: text for name, text in found if not (REPOSITORY / name).exists()}


def snippet(start: str) -> str:
    return next(text for text in snippets() if text.lstrip().startswith(start))


def insert(path: Path, behind: str, text: str) -> None:
    content = path.read_text(encoding="utf-8")
    assert content.count(behind) == 1, f"{path.name} has changed: {behind}"
    path.write_text(content.replace(behind, behind + text), encoding="utf-8")


def follow(project: Path) -> None:
    """Do what the guide says."""
    for name, text in new_files().items():
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    (project / "implementations" / "plain_numpy" / "__init__.py").write_text('"""The implementations in NumPy."""\n')

    sets = project / "benchmarks" / "features" / "sets.py"
    insert(sets, LAST_FEATURE_SET, snippet("FeatureSet("))
    insert(
        sets,
        "from benchmarks.features.mfcc import mfcc\n",
        "from benchmarks.features.mfcc_mean import mfcc_mean\n",
    )

    architectures = project / "implementations" / "architectures.py"
    content = architectures.read_text(encoding="utf-8")
    old = re.search(r"^ARCHITECTURES: .*?\n(?=\n)", content, re.DOTALL | re.MULTILINE)
    assert old
    architectures.write_text(content.replace(old[0], snippet("@dataclass(frozen=True)\nclass MeanMLP")))

    registry = project / "implementations" / "registry.py"
    insert(registry, LAST_IMPLEMENTATION, snippet('("mean_mlp", "pytorch")'))
    insert(registry, LAST_INSPECTOR, snippet('"plain_numpy": '))
    entry, packages = snippet('("mean_mlp", "plain_numpy")').split("}\n", 1)
    insert(registry, LAST_IMPLEMENTATION, entry)
    content = registry.read_text(encoding="utf-8")
    old = re.search(r"^_PACKAGES = .*?$", content, re.MULTILINE)
    assert old
    registry.write_text(content.replace(old[0], packages.strip()))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the guide has been followed."""
    copy = tmp_path_factory.mktemp("project")
    for name in ("benchmarks", "implementations", "tests"):
        shutil.copytree(REPOSITORY / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "pyproject.toml", copy)
    follow(copy)
    return copy


def python(project: Path, *arguments: str) -> None:
    done = subprocess.run([sys.executable, *arguments], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_feature_set_has_its_shape(project: Path) -> None:
    code = (
        "import numpy as np; from benchmarks.features.sets import feature_set\n"
        "one = feature_set('mfcc_mean_15s')\n"
        "array = one.compute(np.zeros(15 * 22050, np.float32))\n"
        "assert (array.shape, array.dtype) == (one.shape, np.float32)"
    )
    python(project, "-c", code)


def test_it_is_written_in_the_style_of_the_project(project: Path) -> None:
    for command in (["check", "."], ["format", "--check", "."]):
        python(project, "-m", "ruff", *command)


def test_the_study_takes_it(project: Path) -> None:
    content = YAML(typ="safe").load(REPOSITORY / "params.yaml")
    added = YAML(typ="safe").load(GUIDE.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0])
    content["study"].update(added["study"])
    content["protocols"] = added["protocols"]
    YAML().dump(content, project / "params.yaml")
    python(project, "-c", "from benchmarks.settings import load_settings; load_settings()")


@pytest.mark.slow
def test_all_three_frameworks_keep_the_contract(project: Path) -> None:
    python(project, "-m", "pytest", "-q", "tests/implementations/test_contract.py", "-k", "mean_mlp")
