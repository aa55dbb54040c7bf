"""The whole pipeline through DVC, in a copy of the project with a tiny study."""

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
from ruamel.yaml import YAML

from benchmarks.settings import add_folder
from benchmarks.studies.study import FOLDER_VARIABLE, study_folders
from tests.builders import REPOSITORY, STUDY, folder_bytes, plain_params

# one is enough for what DVC does with runs, and each run is a process that loads a framework
ARCHITECTURES = STUDY.architectures[-1:]
CODE = ("benchmarks", "implementations", "constraints.txt", "dvc.yaml", ".dvcignore", ".gitignore")
# what a stage depends on lies in the project, as a study of its own does
STUDIES = Path("benchmarks", "studies")
DVC = (".dvc/config", ".dvc/plots", ".dvc/.gitignore")
BIN = Path(sys.executable).parent
SCREEN = 160  # columns


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the code with two epochs, two seeds, one framework and one architecture."""
    return make_project(tmp_path / "project")


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose synthetic report was made and committed."""
    folder = make_project(tmp_path_factory.mktemp("made") / "project")
    done = dvc(folder, "repro", "report@synthetic")
    assert done.returncode == 0, done.stdout + done.stderr
    commit(folder, "A report")
    return folder


@pytest.fixture
def finished(made_once: Path, tmp_path: Path) -> Path:
    """A copy of that project, to be changed."""
    folder = tmp_path / "finished"
    shutil.copytree(made_once, folder, symlinks=True)
    return folder


def commit(folder: Path, words: str) -> None:
    name = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    subprocess.run(["git", *name, "commit", "-qm", words], cwd=folder, check=True)


def status(folder: Path) -> list[str]:
    """What git calls changed."""
    done = subprocess.run(["git", "status", "--short"], cwd=folder, capture_output=True, text=True, check=True)
    return [line.split()[1] for line in done.stdout.splitlines()]


def environment(code: Path) -> dict[str, str]:
    """What a process is told that runs a copy of the code, which has the made-up study in its folder."""
    inherited = {name: value for name, value in os.environ.items() if name != FOLDER_VARIABLE}
    return {**inherited, "PYTHONPATH": str(code)}


def command(folder: Path, *words: str, code: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command of the project's copy of the code, which lies in the folder itself unless told."""
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *words],
        cwd=folder,
        env={**environment(code or folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def change(path: Path, edit: Callable[[Any], object]) -> None:
    """Edit a file of YAML or JSON in place."""
    content = YAML(typ="safe").load(path)
    edit(content)
    path.unlink()
    if path.suffix == ".json":
        path.write_text(json.dumps(content), encoding="utf-8")
    else:
        YAML().dump(content, path)


def verify(folder: Path) -> subprocess.CompletedProcess[str]:
    """Compare the runs with the committed record, as the session does after the pipeline."""
    return command(folder, "verify", "--dataset", "synthetic")


def make_project(folder: Path) -> Path:
    for name in (*CODE, *DVC):
        source, target = REPOSITORY / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    shutil.copytree(study_folders()[STUDY.name], folder / STUDIES / STUDY.name)
    content = plain_params()
    content["synthetic"]["tracks_per_genre"] = 5
    content["study"].update(frameworks=["pytorch"], seeds=[0, 1])
    content["reports"]["synthetic"]["architectures"] = list(ARCHITECTURES)
    for protocol in content["protocols"].values():
        protocol["schedule"]["epochs"] = 2
    YAML().dump(content, folder / "params.yaml")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    return folder


def dvc(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    given = {**environment(folder), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    for name in ("GENREBENCH_MIRROR", "GENREBENCH_GTZAN"):
        given.pop(name, None)
    return subprocess.run(
        [str(BIN / "dvc"), *arguments], cwd=folder, env=given, capture_output=True, text=True, check=False
    )


def write_genre(folder: Path, genre: str, count: int, suffix: str, rate: int, channels: int) -> None:
    (folder / genre).mkdir(parents=True)
    for number in range(count):
        noise = np.random.default_rng(number).normal(0, 0.1, (16 * rate, channels))
        soundfile.write(folder / genre / f"{number}{suffix}", noise, rate)


@pytest.mark.slow
def test_from_audio_to_report_and_again_without_training(finished: Path) -> None:
    project = finished
    report = project / "reports" / "synthetic"
    results = pd.read_csv(report / "results.csv")
    # two scored epochs under `published`, one under `corrected`
    assert len(results) == 3 * len(ARCHITECTURES)
    assert set(results["seeds"]) == {2}
    sizes = results.groupby("protocol")[["n_train", "n_test"]].first()
    assert sizes.loc["published"].tolist() == [37, 13]
    assert sizes.loc["corrected"].tolist() == [30, 10]
    page = (report / "README.md").read_text()
    assert "SYNTHETIC" in page.splitlines()[0]
    figures = re.findall(r"\((figures/[^)]+)\)", page)
    assert "figures/accuracy.png" in figures
    assert all((report / name).exists() for name in figures)
    baselines = pd.read_csv(report / "baselines.csv")
    assert list(zip(baselines["protocol"], baselines["n_train"], baselines["n_test"], strict=True)) == [
        *[("published", 37, 13)] * 2,
        *[("corrected", 30, 10)] * 2,
    ]
    # the ladder is climbed only when asked for
    assert "not measured here: `python -m nox -s ablation -- --dataset synthetic`" in page
    assert "synthetic/README.md" in (project / "reports" / "README.md").read_text()
    before = folder_bytes(report)

    again = dvc(project, "repro", "report@synthetic")
    assert "Data and pipelines are up to date" in again.stdout

    # the same runs give the same bytes
    assert dvc(project, "repro", "--force", "--single-item", "score@synthetic", "report@synthetic").returncode == 0
    assert folder_bytes(report) == before

    # one seed more trains only that one
    params = YAML().load(project / "params.yaml")
    params["study"]["seeds"] = [0, 1, 2]
    YAML().dump(params, project / "params.yaml")
    more = dvc(project, "repro", "report@synthetic")
    runs = 2 * len(ARCHITECTURES)
    assert f"{runs} of {3 * runs} runs to make, {2 * runs} of {3 * runs} are finished and kept" in more.stderr
    assert set(pd.read_csv(report / "results.csv")["seeds"]) == {3}


@pytest.mark.slow
def test_metrics_and_experiments_fit_a_screen(finished: Path) -> None:
    # a second dataset with the same protocols and implementations
    other = finished / "reports" / "gtzan-mini"
    shutil.copytree(finished / "reports" / "synthetic", other)
    accuracy = other / "accuracy.json"
    accuracy.write_text(accuracy.read_text(encoding="utf-8").replace("synthetic", "gtzan-mini"), encoding="utf-8")
    commit(finished, "Another report")
    # what an experiment leaves: params, metrics and runs
    change(finished / "params.yaml", lambda content: content["protocols"]["published"]["schedule"].update(epochs=3))
    change(
        finished / "reports" / "synthetic" / "accuracy.json", lambda content: content["synthetic"].update(published=1)
    )
    change(
        finished / "dvc.lock", lambda content: content["stages"]["report@synthetic"]["deps"][-1].update(md5=32 * "0")
    )

    shown = dvc(finished, "exp", "show", "--only-changed").stdout
    titles = shown.splitlines()[1].split()
    assert titles == [
        "Experiment",
        "Created",
        "synthetic.published",
        "params.yaml:protocols.published.schedule.epochs",
        "runs/synthetic",
    ]
    means = dvc(finished, "metrics", "show").stdout
    assert "synthetic.published" in means
    runs = dvc(finished, "metrics", "show", "reports/synthetic/metrics").stdout
    assert runs.splitlines()[0].split() == ["Path", "accuracy", "loss", "macro_f1"]
    assert len(runs.splitlines()) == 1 + 2 * len(ARCHITECTURES)
    assert max(len(line) for line in (shown + means + runs).splitlines()) <= SCREEN


@pytest.mark.slow
def test_plots_are_the_figures_and_need_no_network(finished: Path) -> None:
    for command in ("show", "diff"):
        done = dvc(finished, "plots", command, "--out", command)
        assert done.returncode == 0, done.stderr
        page = (finished / command / "index.html").read_text(encoding="utf-8")
        assert "http" not in page
        pictures = re.findall('src="([^"]+)"', page)
        assert len(pictures) >= 5
        assert all((finished / command / name).stat().st_size > 0 for name in pictures)


@pytest.mark.slow
def test_a_second_clone_pulls_the_runs_and_trains_nothing(finished: Path, tmp_path: Path) -> None:
    assert dvc(finished, "remote", "add", "--default", "ours", str(tmp_path / "remote")).returncode == 0
    commit(finished, "A remote")
    pushed = dvc(finished, "push", "--with-deps", "report@synthetic")
    assert pushed.returncode == 0, pushed.stderr
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "-q", str(finished), str(other)], check=True)
    pulled = dvc(other, "pull", "--with-deps", "report@synthetic")
    assert pulled.returncode == 0, pulled.stderr
    done = dvc(other, "repro", "--allow-missing", "report@synthetic")
    assert done.returncode == 0, done.stderr
    assert "Running stage" not in done.stdout
    # the audio was not pushed, and nothing needed it
    assert not (other / "data" / "synthetic" / "audio").exists()
    found = verify(other)
    assert found.returncode == 0, found.stderr
    count = 2 * 2 * len(ARCHITECTURES)
    assert found.stdout.startswith(f"identical: {count} of {count} runs of synthetic")
    assert status(other) == []


@pytest.mark.slow
def test_a_comment_trains_nothing_and_a_constant_trains_again(finished: Path) -> None:
    interface = finished / "implementations" / "interface.py"
    text = interface.read_text(encoding="utf-8")
    count = 2 * 2 * len(ARCHITECTURES)
    interface.write_text(text.replace('"""The interface', '# a comment\n"""The interface'), encoding="utf-8")
    done = dvc(finished, "repro", "train@synthetic")
    assert f"0 of {count} runs to make, {count} of {count} are finished and kept" in done.stderr
    assert "batch_size: int = 32" in text
    interface.write_text(text.replace("batch_size: int = 32", "batch_size: int = 16"), encoding="utf-8")
    done = dvc(finished, "repro", "train@synthetic")
    assert f"{count} of {count} runs to make" in done.stderr


@pytest.mark.slow
def test_a_damaged_run_is_named_and_made_again_and_the_verdict_is_identical(finished: Path) -> None:
    array = next((finished / "runs" / "synthetic").glob("published/*/seed-0/last_epoch.npy"))
    # DVC may have linked it to its cache
    content = array.read_bytes()
    array.unlink()
    array.write_bytes(content[:-40])
    found = verify(finished)
    assert found.returncode == 1
    assert "damaged: " in found.stdout
    assert "last_epoch.npy is not what the run wrote" in found.stdout.replace("\n", " ")
    scored = command(finished, "score", "--dataset", "synthetic")
    assert scored.returncode == 1
    assert scored.stderr.startswith(f"error: {array.parent.relative_to(finished)}: not a finished run")
    done = dvc(finished, "repro", "report@synthetic")
    assert "damaged, made again: " in done.stderr
    assert "1 of " in done.stderr
    assert verify(finished).stdout.startswith("identical: ")
    # dvc.lock, tables, figures and pages are what they were
    assert status(finished) in ([], ["reports/synthetic/provenance.md"])


@pytest.mark.slow
def test_another_learning_rate_is_named_and_reports_refuse_the_old_runs(finished: Path) -> None:
    params = YAML().load(finished / "params.yaml")
    params["protocols"]["published"]["schedule"]["learning_rate"] = 0.001
    YAML().dump(params, finished / "params.yaml")
    refused = command(finished, "report", "--dataset", "synthetic")
    assert refused.returncode == 1
    assert (
        "ask for now: protocol schedule.learning_rate: 0.0005 then, 0.001 now; make it with: dvc repro"
        in refused.stderr
    )
    done = dvc(finished, "repro", "train@synthetic")
    assert done.returncode == 0, done.stderr
    assert "protocol schedule.learning_rate: 0.0005 then, 0.001 now" in verify(finished).stdout


@pytest.mark.slow
def test_a_first_visit_makes_a_marked_report_and_touches_nothing_that_git_sees(finished: Path) -> None:
    (finished / "docs").mkdir()
    for name in ("reading-a-report.md", "rules.md"):
        (finished / "docs" / name).touch()
    commit(finished, "Docs")
    done = command(finished, "quick")
    assert done.returncode == 0, done.stderr
    quick = finished / "quick"
    change(quick / "params.yaml", lambda content: content["protocols"]["published"]["schedule"].update(epochs=1))
    for stage in ("fetch", "features", "audit", "train", "score", "report"):
        done = command(quick, stage, "--dataset", "synthetic", code=finished)
        assert done.returncode == 0, done.stderr
    page = (quick / "reports" / "synthetic" / "README.md").read_text(encoding="utf-8")
    assert page.startswith("# QUICK, SYNTHETIC: ")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", page)]
    dead = [link for link in links if "//" not in link and not (quick / "reports" / "synthetic" / link).exists()]
    # nobody has climbed the parity ladder in this project
    assert dead == ["../parity.md"]
    assert status(finished) == []


def test_without_data_a_single_stage_ends_in_one_error(project: Path) -> None:
    for option in ("--single-item", "--dry"):
        done = dvc(project, "repro", option, "report@synthetic")
        assert done.returncode != 0
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
        assert len(errors) == 1
        assert "data/synthetic/" in errors[0]
        assert "Traceback" not in done.stderr
    assert dvc(project, "status", "--with-deps", "report@synthetic").returncode == 0


@pytest.mark.slow
def test_a_folder_of_flac_and_stereo_wav_runs_through(project: Path, tmp_path: Path) -> None:
    audio = tmp_path / "My audio"
    write_genre(audio, "ambient", 5, ".flac", 22050, 1)
    write_genre(audio, "bossa nova", 5, ".wav", 44100, 2)
    write_genre(audio, "drum & bass", 5, ".wav", 44100, 2)
    assert add_folder(audio, path=project / "params.yaml") == "my-audio"
    # every architecture, as who enters a folder gets it
    change(project / "params.yaml", lambda content: content["study"].update(seeds=[0]))
    done = dvc(project, "repro", "report@my-audio")
    assert done.returncode == 0, done.stdout + done.stderr
    page = (project / "reports" / "my-audio" / "README.md").read_text()
    assert "SYNTHETIC" not in page
    assert "bossa nova" in page


def test_a_bad_file_in_a_folder_ends_before_any_training(project: Path, tmp_path: Path) -> None:
    audio = tmp_path / "bad"
    write_genre(audio, "a", 2, ".wav", 8000, 1)
    write_genre(audio, "b", 2, ".wav", 8000, 1)
    (audio / "b" / "text.wav").write_text("no audio")
    add_folder(audio, path=project / "params.yaml")
    done = dvc(project, "repro", "report@bad")
    assert done.returncode != 0
    assert "text.wav" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (project / "runs").exists()


@pytest.mark.slow
def test_a_dataset_that_cannot_be_split_ends_before_any_training(project: Path, tmp_path: Path) -> None:
    audio = tmp_path / "few"
    for genre in ("a", "b"):
        write_genre(audio, genre, 3, ".wav", 8000, 1)
    add_folder(audio, path=project / "params.yaml")
    done = dvc(project, "repro", "report@few")
    assert done.returncode != 0
    assert "fewer than 5 usable tracks of a, b" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (project / "runs").exists()


@pytest.mark.slow
def test_a_copy_stays_on_one_side_of_the_corrected_split(project: Path, tmp_path: Path) -> None:
    audio = tmp_path / "copies"
    for genre, first in (("a", 0), ("b", 100)):
        (audio / genre).mkdir(parents=True)
        for number in range(6):
            soundfile.write(audio / genre / f"{number}.wav", melody(first + number), 22050)
    # at half gain, two seconds later, in another format
    original = melody(0)
    soundfile.write(audio / "b" / "copy.flac", 0.5 * np.concatenate([np.zeros(2 * 22050), original]), 22050)
    add_folder(audio, path=project / "params.yaml")
    for stage in ("fetch", "audit"):
        done = command(project, stage, "--dataset", "copies")
        assert done.returncode == 0, done.stderr
    assert "near duplicates: a.0, b.copy" in done.stdout
    code = (
        "from benchmarks.audit.record import Audit; from benchmarks.datasets.manifest import Manifest\n"
        "from benchmarks.paths import audit_path, manifest_path; from benchmarks.protocols import make_split\n"
        "from benchmarks.settings import load_settings\n"
        "manifest = Manifest.read(manifest_path('copies')); audit = Audit.read(audit_path('copies'), manifest)\n"
        "choice = load_settings().protocols['corrected'].split\n"
        "split = make_split(manifest, choice, [group.tracks for group in audit.groups], genre_order=())\n"
        "sides = [name for name, rows in split.parts.items() for row in rows\n"
        "         if manifest.used[row].id in audit.groups[0].tracks]\n"
        "assert len(sides) == 2 and len(set(sides)) == 1, sides"
    )
    subprocess.run([sys.executable, "-c", code], cwd=project, env=environment(project), check=True)


def melody(seed: int) -> np.ndarray:
    """20 s of notes with harmonics, drawn from the seed."""
    rng = np.random.default_rng(seed)
    times = np.arange(22050 // 4) / 22050
    notes = []
    for pitch in rng.integers(40, 80, size=80):
        frequency = 440 * 2 ** ((pitch - 69) / 12)
        tones = [np.sin(2 * np.pi * k * frequency * times) / k for k in range(1, 6)]
        notes.append(np.exp(-5 * times) * np.sum(tones, axis=0))
    return 0.2 * np.concatenate(notes) + rng.normal(0, 0.001, 80 * len(times))


def test_the_graph_has_every_stage_of_every_dataset(project: Path) -> None:
    graph = dvc(project, "dag", "--dot").stdout
    for dataset in ("gtzan", "gtzan-mini", "synthetic"):
        # the baselines
        assert f'"features@{dataset}" -> "score@{dataset}";' in graph
        for made in ("features", "audit"):
            chain = (f"{name}@{dataset}" for name in ("fetch", made, "train", "score", "report"))
            for before, after in itertools.pairwise(chain):
                assert f'"{before}" -> "{after}";' in graph


def test_a_folder_that_cannot_be_used_is_not_entered(project: Path, tmp_path: Path) -> None:
    write_genre(tmp_path / "bad", "only genre", 2, ".wav", 8000, 1)
    before = (project / "params.yaml").read_text()
    done = command(project, "dataset", "--audio-dir", str(tmp_path / "bad"))
    assert done.returncode == 1
    assert "the only genre; needs at least 2" in done.stderr
    assert (project / "params.yaml").read_text() == before
