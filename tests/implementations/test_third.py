"""An implementation that the tests have never heard of: entering it in the registry is all that it needs."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from implementations.registry import registered
from tests.builders import REPOSITORY

CONTRACT = "tests/implementations/test_contract.py"
FRAMEWORKS = ("numpy_one", "numpy_two")


def run_pytest(*arguments: str) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, CONTRACT]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def functions(tests: list[str], implementation: str) -> set[str]:
    """The functions among tests such as ``function[cnn2d-pytorch]`` that one implementation went through."""
    return {test.partition("[")[0] for test in tests if implementation in test}


@pytest.mark.slow
def test_a_third_implementation_goes_through_every_contract_test(tmp_path: Path) -> None:
    known = [line.partition("::")[2] for line in run_pytest("--collect-only").splitlines() if "::" in line]
    results = tmp_path / "results.xml"
    run_pytest("-p", "tests.implementations.dummy", "-k", "dummy", f"--junit-xml={results}")
    cases = list(ET.parse(results).iter("testcase"))  # noqa: S314 -- pytest wrote it just now
    passed = [case.attrib["name"] for case in cases if not len(case)]
    assert len(passed) == len(cases)
    for architecture, framework in registered():
        expected = functions(known, f"{architecture}-{framework}")
        assert len(expected) > 10
        for mine in FRAMEWORKS:
            assert functions(passed, f"dummy-{mine}") == expected
    # what else a test is asked for stands before
    pairs = {test[test.index("dummy-") :] for test in passed if all(framework in test for framework in FRAMEWORKS)}
    assert pairs == {"dummy-numpy_one-numpy_two]", "dummy-numpy_two-numpy_one]"}
