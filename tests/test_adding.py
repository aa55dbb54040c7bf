"""docs/adding.md is followed to the letter in a copy of the project: every piece of code in it runs."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.builders import REPOSITORY
from tests.guides import LAST_IMPLEMENTATION, Guide, copy_of_the_project, insert, python

GUIDE = Guide("adding.md")
# where the guide says "add this": what stands in front of a snippet
LAST_FEATURE_SET = '    FeatureSet("mfcc_29s", 29.0, (1249, 20), mfcc, _MFCC.format(29)),\n'
LAST_INSPECTOR = '    "tensorflow": "implementations.tensorflow.inspection:TensorFlowInspector",\n'


def follow(project: Path) -> None:
    """Do what the guide says."""
    GUIDE.write_files(project)
    (project / "implementations" / "plain_numpy" / "__init__.py").write_text('"""The implementations in NumPy."""\n')

    sets = project / "benchmarks" / "features" / "sets.py"
    insert(sets, LAST_FEATURE_SET, GUIDE.snippet("FeatureSet("))
    insert(
        sets,
        "from benchmarks.features.mfcc import mfcc\n",
        "from benchmarks.features.mfcc_mean import mfcc_mean\n",
    )
    GUIDE.add_architecture(project, "MeanMLP")

    registry = project / "implementations" / "registry.py"
    insert(registry, LAST_IMPLEMENTATION, GUIDE.snippet('("mean_mlp", "pytorch")'))
    insert(registry, LAST_INSPECTOR, GUIDE.snippet('"plain_numpy": '))
    entry, packages = GUIDE.snippet('("mean_mlp", "plain_numpy")').split("}\n", 1)
    insert(registry, LAST_IMPLEMENTATION, entry)
    content = registry.read_text(encoding="utf-8")
    old = re.search(r"^_PACKAGES = .*?$", content, re.MULTILINE)
    assert old
    registry.write_text(content.replace(old[0], packages.strip()))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the guide has been followed."""
    copy = copy_of_the_project(tmp_path_factory.mktemp("project"))
    follow(copy)
    return copy


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
    added = YAML(typ="safe").load(GUIDE.snippet("reports:", "yaml"))
    (first, *_) = content["reports"].values()
    # the page names this project's study, which is that of params.yaml
    content["reports"].update({name: {**it, "study": first["study"]} for name, it in added["reports"].items()})
    content["protocols"] = added["protocols"]
    YAML().dump(content, project / "params.yaml")
    python(
        project,
        "-c",
        "from benchmarks.settings import load_settings; print(load_settings(report='synthetic').features)",
    )


@pytest.mark.slow
def test_all_three_frameworks_keep_the_contract(project: Path) -> None:
    python(project, "-m", "pytest", "-q", "tests/implementations/test_contract.py", "-k", "mean_mlp")
