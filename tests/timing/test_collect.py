"""What a collection leaves behind when it succeeds and when it fails."""

import sys

import pytest
from ruamel.yaml import YAML

from benchmarks import __main__ as cli
from benchmarks.errors import GenrebenchError
from benchmarks.paths import manifest_path
from benchmarks.timing import collect as collecting
from benchmarks.timing.collect import collect
from benchmarks.timing.tracks import training_tracks
from tests.builders import fake_manifest, fake_runs, folder_bytes, plain_params, settings_of, write_fake_report
from tests.timing.results import epoch, written

SETTINGS = settings_of(plain_params())
ROWS = [epoch(("cnn2d", "pytorch"), variant, [seconds] * 9) for variant, seconds in (("stock", 4.0), ("tuned", 1.0))]


@pytest.fixture
def suites(tmp_path, monkeypatch):
    """Let the suites be a program that leaves a file of results, if any, and a status."""

    def be(rows, status=0):
        source = str(written(tmp_path / "made.json", rows)) if rows else None
        program = (
            "import shutil, sys\n"
            f"source = {source!r}\n"
            "if source: shutil.copy(source, sys.argv[1].partition('=')[2])\n"
            f"sys.exit({status})"
        )
        monkeypatch.setattr(collecting, "command", lambda _: [sys.executable, "-c", program])

    return be


@pytest.fixture
def folder(tmp_path):
    """A folder with a former report, and with what others keep there."""
    made = tmp_path / "reports" / "timing"
    made.mkdir(parents=True)
    (made / "README.md").write_text("former")
    (made / "other.json").write_text("another's")
    return made


def test_a_collection_takes_the_place_of_all_that_was_there(suites, folder):
    suites(ROWS)
    collect(folder, SETTINGS, 3)
    left = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert left == {"README.md", "timing.json"}
    assert (folder / "README.md").read_text().startswith("# Timing\n")
    assert [path.name for path in folder.parent.iterdir()] == ["timing"]


@pytest.mark.parametrize(("rows", "status"), [(ROWS, 1), (None, 0)], ids=["a suite fails", "nothing is measured"])
def test_a_failure_leaves_the_former_report(suites, folder, rows, status):
    suites(rows, status)
    before = folder_bytes(folder.parent)
    with pytest.raises(GenrebenchError, match=rf"suites failed \(pytest's exit status {status}\)"):
        collect(folder, SETTINGS, 3)
    assert folder_bytes(folder.parent) == before


@pytest.mark.parametrize("wrong", ["workers", "tracks"])
def test_what_would_end_the_report_ends_it_before_anything_is_timed(monkeypatch, folder, wrong):
    monkeypatch.setattr(collecting, "command", lambda _: pytest.fail("timed"))
    monkeypatch.setenv("GENREBENCH_WORKERS", "many" if wrong == "workers" else "1")
    before = folder_bytes(folder.parent)
    words = {
        "workers": "GENREBENCH_WORKERS='many'",
        "tracks": "--tracks 1: a training epoch that is timed needs at least 2 tracks",
    }
    with pytest.raises(GenrebenchError, match=words[wrong]):
        collect(folder, SETTINGS, 1 if wrong == "tracks" else 3)
    assert folder_bytes(folder.parent) == before


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Work in a project of the made-up study."""
    YAML().dump(plain_params(), tmp_path / "params.yaml")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def command_line(monkeypatch, folder, project):
    """The command `timing` with reports beside the tests; returns its status."""

    def call(*options):
        monkeypatch.setattr(cli, "REPORTS", folder.parent)
        monkeypatch.setattr(sys, "argv", ["benchmarks", "timing", *map(str, options)])
        return cli.main()

    return call


def test_a_baseline_that_cannot_be_used_is_told_before_anything_is_timed(monkeypatch, folder, command_line):
    monkeypatch.setattr(collecting, "command", lambda _: pytest.fail("timed"))
    before = folder_bytes(folder.parent)
    assert command_line("--baseline", folder / "other.json") == 1
    assert folder_bytes(folder.parent) == before


def test_report_and_index_are_written_and_then_what_became_slower_is_told(
    suites, folder, tmp_path, capsys, command_line
):
    suites(ROWS)
    manifest = fake_manifest()
    write_fake_report(folder.parent / manifest.dataset, manifest, fake_runs(manifest, seeds=(0,)))
    (folder.parent / "README.md").write_text("former index")
    old = written(tmp_path / "old.json", [epoch(("cnn2d", "pytorch"), "tuned", [0.5] * 5)])
    assert command_line("--baseline", old) == 1
    out, err = capsys.readouterr()
    assert "test_training_epoch[cnn2d-pytorch]: +100%" in err
    assert "Times as fast as stock" in out
    assert "at least 3.00x" in out
    assert (folder / "README.md").read_text() != "former"
    assert "timing/README.md" in (folder.parent / "README.md").read_text()
    assert command_line("--baseline", old, "--tolerance", 100) == 0
    assert "no row of this project is more than 100% slower" in capsys.readouterr().out


def test_an_epoch_has_the_number_asked_for_or_the_training_tracks_of_a_dataset(project):
    assert (training_tracks(None, None), training_tracks(None, 7)) == (750, 7)
    with pytest.raises(GenrebenchError, match=r"no manifest; make it with: .* fetch --dataset synthetic"):
        training_tracks("synthetic", None)
    fake_manifest(per_genre=10).write(manifest_path("synthetic"))
    # a quarter of 30 is tested, rounded up
    assert training_tracks("synthetic", None) == 22
    with pytest.raises(GenrebenchError, match="give one of them"):
        training_tracks("synthetic", 7)
    with pytest.raises(GenrebenchError, match="no dataset"):
        training_tracks("nonsense", None)
