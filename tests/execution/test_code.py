"""What source code means."""

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

from benchmarks.errors import GenrebenchError
from benchmarks.execution import code
from benchmarks.execution.code import code_digests
from benchmarks.meaning import meaning_digest
from implementations.registry import frameworks
from tests.builders import REPOSITORY

CODE = '''
"""What this is."""
RATE = 0.25  # a quarter


class Layer:
    """A layer."""

    def call(self, x, *, scale=2):
        """Call it."""
        return f"{x * scale:.2f}"
'''


@pytest.fixture
def digest(tmp_path: Path):
    def of(text: str) -> str:
        path = tmp_path / f"code{len(list(tmp_path.iterdir()))}.py"
        path.write_text(text)
        return meaning_digest(path)

    return of


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  # a quarter", "  # one fourth"),
        ('"""A layer."""', '"""Another\n\n    text."""'),
        ('        """Call it."""\n', ""),
        ("RATE = 0.25", "RATE = (\n    0.25\n)"),
        ("scale=2", "scale = 2"),
        ('f"{x * scale:.2f}"', "f'{x * scale:.2f}'"),
    ],
)
def test_what_changes_no_meaning_changes_no_digest(digest, old: str, new: str) -> None:
    assert old in CODE
    assert digest(CODE.replace(old, new)) == digest(CODE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0.25", "0.5"),
        ("0.25", "'0.25'"),
        ("scale=2", "scale=2.0"),
        ("x * scale", "scale * x"),
        (":.2f", ":.3f"),
        ("class Layer", "class Other"),
        ("*, ", ""),
        ('return f"', 'return "'),
    ],
)
def test_what_changes_the_meaning_changes_the_digest(digest, old: str, new: str) -> None:
    assert old in CODE
    assert digest(CODE.replace(old, new)) != digest(CODE)


def test_a_string_that_is_no_docstring_counts(digest) -> None:
    assert digest("x = 1\n'a'\n") != digest("x = 1\n'b'\n")


def test_a_file_that_is_not_python_is_one_error(digest) -> None:
    with pytest.raises(GenrebenchError, match=r"code0\.py: not Python: "):
        digest("def (")


def test_a_run_depends_on_the_interface_and_its_own_framework_alone() -> None:
    found = code_digests("cnn2d", "pytorch")
    assert "implementations/interface.py" in found
    assert "implementations/pytorch/cnn2d.py" in found
    assert not [name for name in found if "cnn_lstm" in name or "tensorflow" in name]


def other_pythons() -> list[str]:
    """Interpreters of other versions than this one that lie beside it or on the path."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    found = []
    for minor in ("3.11", "3.12", "3.13"):
        roots = sorted(Path(sys.base_prefix).parent.glob(f"{minor}*/bin/python"))
        if minor != here and roots:
            found.append(str(roots[-1]))
    return found


@pytest.mark.skipif(not other_pythons(), reason="no other version of Python is beside this one")
def test_another_version_of_python_gives_the_same_digests() -> None:
    files = [str(path) for path in sorted((REPOSITORY / "implementations").rglob("*.py"))]
    code = (
        "import sys, types\nfrom pathlib import Path\n"
        # only the standard library is there
        "registry = types.ModuleType('implementations.registry'); registry.source_files = None\n"
        "sys.modules['implementations.registry'] = registry\n"
        "from benchmarks.meaning import meaning_digest\n"
        "print(*(meaning_digest(Path(name)) for name in sys.argv[1:]))"
    )
    expected = [meaning_digest(Path(name)) for name in files]
    for python in other_pythons():
        done = subprocess.run([python, "-c", code, *files], cwd=REPOSITORY, capture_output=True, text=True, check=False)
        assert done.stdout.split() == expected, done.stderr


# read by everything that decides a run, and decide none themselves: names, errors, records and where things lie
NO_DECISION = {
    "benchmarks.errors",
    "benchmarks.files",
    "benchmarks.paths",
    "benchmarks.provenance",
    # its choices are in the record: the protocol, as data
    "benchmarks.settings",
    "benchmarks.studies.protocol",
    # what it makes is in the record: splits, features, plans, initial weights and sizes, by their digests
    "benchmarks.protocols",
    "benchmarks.runs",
    "benchmarks.execution.plan",
    # gives back what it was given: a run that is resumed leaves the bits of one that was not stopped, as tests show
    "benchmarks.execution.checkpoints",
    # says what code is, and computes nothing
    "benchmarks.execution.code",
    "implementations.architectures",
    "implementations.device",
    "implementations.registry",
}


def test_code_that_gives_the_same_results_keeps_the_digest_of_its_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "_SAME_RESULTS", {})
    before = code_digests("cnn2d", "pytorch")
    name = "benchmarks/execution/run.py"
    monkeypatch.setattr(code, "_SAME_RESULTS", {meaning_digest(REPOSITORY / name): "an earlier one"})
    assert code_digests("cnn2d", "pytorch") == before | {name: "an earlier one"}


def test_every_file_that_is_said_to_give_the_same_results_is_as_it_was_then() -> None:
    files = [REPOSITORY / name for name in code._SHARED]
    files += [path for it in frameworks() for path in (REPOSITORY / "implementations" / it).glob("*.py")]
    assert code._SAME_RESULTS.keys() <= {meaning_digest(path) for path in files}


@pytest.mark.parametrize("framework", frameworks())
def test_all_code_that_a_run_goes_through_is_digested(framework: str) -> None:
    graph = grimp.build_graph("benchmarks", "implementations", exclude_type_checking_imports=True)
    seen: set[str] = set()
    ahead = {"benchmarks.execution.run", "benchmarks.processes.environment", f"implementations.{framework}.cnn2d"}
    while ahead:
        module = ahead.pop()
        seen.add(module)
        ahead |= graph.find_modules_directly_imported_by(module) - seen - NO_DECISION
    digested = code_digests("cnn2d", framework)
    files = {Path(*module.split(".")).with_suffix(".py") for module in seen}
    walked = {path.as_posix() for path in files if (REPOSITORY / path).is_file()}
    assert walked <= digested.keys()
    # of a framework's folder, all that is no other architecture's: what a run does not go through today it may tomorrow
    needless = {name for name in digested.keys() - walked if not name.endswith("__init__.py")}
    assert all(name.startswith(f"implementations/{framework}/") for name in needless)
