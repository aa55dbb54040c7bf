"""`python -m benchmarks verify` as a person calls it: its exit status, and what it keeps."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import provenance
from benchmarks.__main__ import main
from benchmarks.datasets.manifest import Manifest
from benchmarks.execution import plan
from benchmarks.verification import compare, screen
from benchmarks.verification.compare import Compared, Verdict, Verification
from benchmarks.verification.screen import REPRODUCTIONS, read_reproductions
from tests.builders import REPOSITORY, fake_manifest

Command = Callable[..., int]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Call the command with what the comparison finds in its place."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_bytes((REPOSITORY / "params.yaml").read_bytes())
    facts = {"cpu": "A CPU", "cores": 2, "system": "Linux", "python": "3.12.1"}
    monkeypatch.setattr(provenance, "machine", lambda: facts)
    monkeypatch.setattr(screen, "recorded", lambda *_: ({}, "abc"))
    monkeypatch.setattr(screen, "recorded_at", lambda *_: None)
    monkeypatch.setattr(plan, "make_plans", lambda *_: [])
    monkeypatch.setattr(Manifest, "read", lambda *_: fake_manifest())

    def call(verdict: Verdict, *options: str, made_here: int = 1) -> int:
        run = Compared("published cnn2d-pytorch seed 0", verdict, "an epoch", (0.5, 0.4), (1.0, 1.1))
        found = Verification("synthetic", (run,), (), made_here)
        monkeypatch.setattr(compare, "verify", lambda *_: found)
        monkeypatch.setattr(sys, "argv", ["benchmarks", "verify", "--dataset", "synthetic", *options])
        return main()

    return call


@pytest.mark.parametrize(("verdict", "status"), [("identical", 0), ("consistent", 0), ("differs", 1)])
def test_only_what_differs_fails(
    command: Command, capsys: pytest.CaptureFixture[str], verdict: Verdict, status: int
) -> None:
    assert command(verdict) == status
    out, err = capsys.readouterr()
    assert out.startswith(f"{verdict}: ")
    assert ("error: differs: " in err) == bool(status)
    assert not Path("reports", REPRODUCTIONS).exists()


def test_a_verification_is_kept_when_asked(command: Command) -> None:
    assert command("differs", "--keep") == 1
    assert command("identical", "--keep") == 0
    assert [row["verdict"] for row in read_reproductions(Path("reports"))] == ["differs", "identical"]


def test_runs_of_another_checkout_reproduce_nothing(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("identical", "--keep", made_here=0) == 1
    assert "none of these runs was made in this checkout after the record" in capsys.readouterr().err
    assert not Path("reports", REPRODUCTIONS).exists()
