"""What the stages of dvc.yaml depend on, beside what the imports say they do."""

import ast
from functools import cache
from pathlib import Path

import grimp
import pytest
from ruamel.yaml import YAML

from tests.builders import REPOSITORY

STAGES = YAML(typ="safe").load(REPOSITORY / "dvc.yaml")["stages"]
# the function of the command line that a stage calls, and those that every command goes through first
COMMAND = {"fetch-subset": "_fetch", "fetch-folder": "_fetch"}
ALWAYS = ("_settings", "_prepare")
# started as a process of its own, by a name that no import tells; what two commands share
ALSO = {"train": ("_run",), "score": ("_write_scores",), "report": ("_write_pages",)}
# a stage's own study, which it finds by its name
OF_A_STUDY = "benchmarks/studies/${item.study}"
# found when they are asked for: by the registry, by looking for studies
LATE = {"train": ("implementations",), "features": (OF_A_STUDY,)}


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("benchmarks", "implementations", exclude_type_checking_imports=True)


def functions() -> dict[str, ast.AST]:
    tree = ast.parse((REPOSITORY / "benchmarks" / "__main__.py").read_text(encoding="utf-8"))
    module = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)} | {
        "": ast.Module(module, type_ignores=[])
    }


def imported(node: ast.AST) -> set[str]:
    """The project's modules that code imports, wherever in it."""
    found = set()
    for it in ast.walk(node):
        if isinstance(it, ast.ImportFrom) and it.module:
            for alias in it.names:
                full = f"{it.module}.{alias.name}"
                found.add(full if full in graph().modules else it.module)
    return found & graph().modules


def files_of(stage: str) -> set[str]:
    """The files that a stage's command runs, as the imports tell."""
    known = functions()
    names = (COMMAND.get(stage, f"_{stage}"), *ALWAYS, *ALSO.get(stage, ()))
    # what the command line loads before any command is the timing's defaults, and no result depends on them
    start = set().union(*(imported(known[name]) for name in names)) | (imported(known[""]) - {"benchmarks.timing"})
    modules = start.union(*(graph().find_upstream_modules(module) for module in start))
    return {"benchmarks/__main__.py", *(file_of(module) for module in modules)} - empty_packages()


def file_of(module: str) -> str:
    path = Path(*module.split("."))
    return str(path / "__init__.py" if (REPOSITORY / path).is_dir() else path.with_suffix(".py"))


def empty_packages() -> set[str]:
    """The ``__init__.py`` that hold a docstring and no code."""
    found = (path for name in ("benchmarks", "implementations") for path in (REPOSITORY / name).rglob("__init__.py"))
    return {
        str(path.relative_to(REPOSITORY)) for path in found if len(ast.parse(path.read_text(encoding="utf-8")).body) < 2
    }


def code_deps(stage: str) -> list[str]:
    given = STAGES[stage].get("do", STAGES[stage])["deps"]
    return [name for name in given if name.startswith(("benchmarks", "implementations"))]


def covers(dep: str, file: str) -> bool:
    return file == dep or file.startswith(f"{dep}/")


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_all_the_code_that_it_runs(stage: str) -> None:
    deps = code_deps(stage)
    missing = [file for file in sorted(files_of(stage)) if not any(covers(dep, file) for dep in deps)]
    assert missing == []


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_no_code_that_it_does_not_run(stage: str) -> None:
    files = files_of(stage) | {f"{name}/" for name in LATE.get(stage, ())}
    needless = [dep for dep in code_deps(stage) if not any(covers(dep, file) for file in files)]
    assert needless == []
    assert all((REPOSITORY / dep).exists() for dep in code_deps(stage) if dep != OF_A_STUDY)


def test_the_test_sees_what_is_imported_inside_functions() -> None:
    # `settings.py` decides the heading of every table; no stage depended on it once
    assert "benchmarks/settings.py" in files_of("report")
    assert "benchmarks/features/mel.py" in files_of("features")
    assert "benchmarks/reporting/dataset_page.py" not in files_of("train")


def test_stages_whose_numbers_come_from_libraries_depend_on_their_versions() -> None:
    for stage in ("fetch", "fetch-subset", "fetch-folder", "features", "audit", "train", "score", "report"):
        assert "constraints.txt" in STAGES[stage]["do"]["deps"]
