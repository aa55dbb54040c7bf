"""How a person starts things: ``python -m nox -l`` lists the sessions, ``python -m nox -s NAME`` runs one."""

import argparse
import hashlib
import os
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nox

nox.options.sessions = ["lint", "types", "tests"]

# One environment for all sessions, in .venv: it is large, and every session needs most of it. nox gives each session
# an environment of its own, so these have none and are run in the shared one.
ENVIRONMENT = Path(".venv").resolve()
PROGRAMS = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
EXTRAS = "pytorch,tensorflow,cluster,tests,types,lint,sessions"
PINNED = (Path("pyproject.toml"), Path("constraints.txt"))
# a file stays in one process, which makes what its tests share once
IN_PARALLEL = ("--numprocesses=logical", "--maxprocesses=4", "--dist=loadfile", "--no-loadscope-reorder")
# Intel's and AMD's; QEMU 7.2 loads wrong values with vgatherdps
EMULATED = ("Haswell", "Skylake-Server", "EPYC-Rome")
OLDEST_EMULATOR = 8

shared_session = nox.session(venv_backend="none")


def provide(session: nox.Session) -> None:
    """Make the pinned environment; anew, and only, when what is pinned has changed."""
    if not Path(".git").exists():
        # DVC would say so, after minutes of installation
        session.error(
            "this folder is no git clone, but a zip of one perhaps, and DVC works in none other: run `git init` here, "
            "or take a clone instead"
        )
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in PINNED)).hexdigest()
    stamp = ENVIRONMENT / "genrebench-pinned.sha256"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if Path(sys.prefix).resolve() == ENVIRONMENT:
        session.error("nox runs from .venv, which it must make anew: start it from another environment (deactivate)")
    session.run(sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT), external=True)
    session.log("installing the pinned environment into .venv; the first time this takes minutes")
    # not compiled: most of the modules are never imported, and Python compiles the others when they are
    install = ("pip", "install", "--quiet", "--no-compile", "-c", "constraints.txt", "-e", f".[{EXTRAS}]")
    run(session, "python", "-m", *install)
    stamp.write_text(wanted)


def run(session: nox.Session, program: str, *arguments: str, silent: bool = False) -> str:
    """Run a program of the shared environment; with `silent`, return what it writes to standard output."""
    search = os.pathsep.join([str(PROGRAMS), os.environ["PATH"]])
    # empty is off: where compiled modules are not kept, each of the many processes compiles all of TensorFlow anew
    environment = {"PATH": search, "VIRTUAL_ENV": str(ENVIRONMENT), "PYTHONDONTWRITEBYTECODE": ""}
    # what it starts ends with this process, however that is ended: benchmarks/processes/lifeline.py
    environment["GENREBENCH_NOX"] = str(os.getpid())
    command = [str(PROGRAMS / program), *arguments]
    said = session.run(*command, env=environment, external=True, silent=silent, stderr=None)
    return str(said).strip()


def dataset_arguments(session: nox.Session) -> argparse.ArgumentParser:
    """Return what reads which dataset the arguments after ``--`` ask for."""
    parser = argparse.ArgumentParser(prog=f"nox -s {session.name} --", allow_abbrev=False)
    parser.add_argument("--study", help="a study of params.yaml (default: the first)")
    parser.add_argument("--dataset", default="synthetic", help="a dataset of params.yaml (default: synthetic)")
    parser.add_argument("--audio-dir", help="a folder of your own audio, one sub-folder a genre")
    parser.add_argument("--name", help="the dataset's name for --audio-dir (default: made from the folder's name)")
    return parser


def report_name(session: nox.Session, asked: argparse.Namespace) -> str:
    """Return the name of the report that is asked for; a folder of audio is entered in params.yaml."""
    given = {
        "--study": asked.study,
        "--dataset": asked.dataset,
        "--audio-dir": asked.audio_dir,
        "--name": asked.name,
    }
    options = [word for flag, value in given.items() if value is not None for word in (flag, value)]
    return run(session, "python", "-m", "benchmarks", "dataset", *options, silent=True)


def chosen_report(session: nox.Session) -> str:
    """Return the name of the report that the arguments after ``--`` ask for."""
    # shows --help, and ends on an argument that does not exist
    return report_name(session, dataset_arguments(session).parse_args(session.posargs))


def make_report(session: nox.Session, name: str) -> None:
    """Run the pipeline for one report."""
    run(session, "dvc", "repro", f"report@{name}")


@shared_session
def benchmark(session: nox.Session) -> None:
    """Run a study, write its report [-- --study NAME --dataset NAME | --audio-dir DIR]; default: synthetic."""
    provide(session)
    parser = dataset_arguments(session)
    parser.add_argument("--scheduler", help="of a Dask cluster: its address, local or slurm (docs/cluster.md)")
    asked = parser.parse_args(session.posargs)
    name = report_name(session, asked)
    if asked.scheduler is not None:
        os.environ["GENREBENCH_SCHEDULER"] = asked.scheduler
    make_report(session, name)
    session.log(f"read reports/{name}/README.md")


@shared_session
def quick(session: nox.Session) -> None:
    """See a report in four minutes, in quick/, which git does not see; no result [-- --dataset NAME --epochs N ...]."""
    provide(session)
    parser = dataset_arguments(session)
    for option in ("--seeds", "--epochs"):
        parser.add_argument(option, help="how many")
    # shows --help, and ends on an argument that does not exist
    parser.parse_args(session.posargs)
    name = run(session, "python", "-m", "benchmarks", "quick", *session.posargs, silent=True)
    with session.chdir("quick"):
        for command in ("fetch", "features", "audit", "train", "score", "report"):
            run(session, "python", "-m", "benchmarks", command, "--dataset", name)
    session.log(f"a first look, not a result: read quick/reports/{name}/README.md")


@shared_session
def ablation(session: nox.Session) -> None:
    """Climb the ladder of flaws, or price split windows, for a report [-- --dataset NAME --windows-split]."""
    provide(session)
    parser = dataset_arguments(session)
    parser.add_argument(
        "--windows-split", action="store_true", help="price windows split instead of tracks, and climb no ladder"
    )
    parser.add_argument("--protocol", help="of split windows, those of this protocol alone")
    asked = parser.parse_args(session.posargs)
    if asked.protocol and not asked.windows_split:
        parser.error("--protocol goes with --windows-split")
    name = report_name(session, asked)
    alone = ["--windows-split"] if asked.windows_split else []
    alone += ["--protocol", asked.protocol] if asked.protocol else []
    if not alone:
        # a ladder that is not legal is refused before anything is trained
        run(session, "python", "-m", "benchmarks", "ladder", "--dataset", name)
    make_report(session, name)
    run(session, "python", "-m", "benchmarks", "ablation", "--dataset", name, *alone)
    # what the report reads besides its runs is no dependency of the stage: it is there only when asked for
    run(session, "dvc", "repro", "--single-item", "--force", f"report@{name}")
    session.log(f"read reports/{name}/README.md")


@shared_session
def verify(session: nox.Session) -> None:
    """Make the runs that are missing, compare all with the record [-- --dataset NAME --against COMMIT --keep]."""
    provide(session)
    parser = dataset_arguments(session)
    parser.add_argument("--against", default="HEAD", help="the commit whose record is compared with (default: HEAD)")
    parser.add_argument("--keep", action="store_true", help="add the verdict to reports/reproductions.csv")
    asked = parser.parse_args(session.posargs)
    name = report_name(session, asked)
    # a record that is not there is told before anything is made
    run(session, "python", "-m", "benchmarks", "recorded", "--dataset", name, "--against", asked.against)
    made = [Path("data", name, it) for it in ("audit.json", "features")]
    # runs that were pulled need no audio
    pulled = ["--allow-missing"] if all(path.exists() for path in (*made, Path("runs", name))) else []
    run(session, "dvc", "repro", *pulled, f"report@{name}")
    kept = ["--keep"] if asked.keep else []
    run(session, "python", "-m", "benchmarks", "verify", "--dataset", name, "--against", asked.against, *kept)


@shared_session
def report(session: nox.Session) -> None:
    """Score the saved runs of a dataset and write its report again [-- --dataset NAME]; default: synthetic."""
    provide(session)
    name = chosen_report(session)
    for command in ("score", "report"):
        run(session, "python", "-m", "benchmarks", command, "--dataset", name)


def run_tests(session: nox.Session, *words: str) -> None:
    """Run pytest in a temporary folder of its own: tests start it, too, and each one clears the folders of others."""
    with TemporaryDirectory(prefix="genrebench-tests-", ignore_cleanup_errors=True) as folder:
        run(session, "pytest", *IN_PARALLEL, f"--basetemp={folder}/pytest", *words)


@shared_session
def tests(session: nox.Session) -> None:
    """Run the tests that are not slow [-- pytest's arguments]: what holds while one edits, in minutes."""
    provide(session)
    run_tests(session, "-m", "not slow", *session.posargs)


@shared_session
def tests_all(session: nox.Session) -> None:
    """Run all tests [-- pytest's arguments]; real-data tests look for audio in ../shared and say when they skip."""
    provide(session)
    run_tests(session, *session.posargs)


@shared_session
def parity(session: nox.Session) -> None:
    """Compare what the frameworks compute, check by check, and write reports/parity.md; fails beyond a bound."""
    provide(session)
    run(session, "python", "-m", "benchmarks", "parity")


@shared_session
def emulated(session: nox.Session) -> None:
    """Compute the reference digests on processors that QEMU emulates, and compare [-- processors] (half an hour)."""
    provide(session)
    emulator = shutil.which("qemu-x86_64")
    if emulator is None:
        session.error(
            "qemu-x86_64 is not installed; on Debian and Ubuntu: apt-get install qemu-user, version 8 or later"
        )
    version = str(session.run(emulator, "--version", external=True, silent=True)).split("version ")[1].split()[0]
    if int(version.split(".")[0]) < OLDEST_EMULATOR:
        session.error(
            f"qemu-x86_64 is of version {version}, which computes an instruction of AVX2 wrongly that LSTMs use; "
            f"install {OLDEST_EMULATOR} or later (Debian 12: apt-get install -t bookworm-backports qemu-user)"
        )
    parts = run(session, "python", "-m", "benchmarks", "reference", silent=True).split()
    for processor in session.posargs or EMULATED:
        for part in parts:
            session.log(f"{processor}: {part}")
            python = str(PROGRAMS / "python")
            command = [emulator, "-cpu", processor, python, "-m", "benchmarks", "reference", "--part", part]
            session.run(*command, env={"PYTHONDONTWRITEBYTECODE": "", "PYTHONWARNINGS": ""}, external=True)


@shared_session
def timing(session: nox.Session) -> None:
    """Time all, beside stock code; write reports/timing [-- --dataset NAME | --tracks N] [--baseline FILE]."""
    provide(session)
    run(session, "python", "-m", "benchmarks", "timing", *session.posargs)


@shared_session
def lint(session: nox.Session) -> None:
    """Check style (ruff) and the rules between rooms (import-linter)."""
    provide(session)
    run(session, "ruff", "check", ".")
    run(session, "ruff", "format", "--check", ".")
    run(session, "lint-imports")


@shared_session
def types(session: nox.Session) -> None:
    """Check types (mypy, strict) of both packages."""
    provide(session)
    run(session, "mypy")
