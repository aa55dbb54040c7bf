"""How a person starts things: ``python -m nox -l`` lists the sessions, ``python -m nox -s NAME`` runs one."""

import argparse
import hashlib
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.reuse_existing_virtualenvs = True

# One environment for all sessions: it is large, and every session needs most of it.
ENVIRONMENT = ".venv"
EXTRAS = "pytorch,tensorflow,tests,types,lint"
PINNED = (Path("pyproject.toml"), Path("constraints.txt"))


def provide(session: nox.Session) -> None:
    """Install the pinned environment; again only when what is pinned has changed."""
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in PINNED)).hexdigest()
    stamp = Path(session.virtualenv.location) / "genrebench-pinned.sha256"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    session.install("--constraint", "constraints.txt", "--editable", f".[{EXTRAS}]")
    stamp.write_text(wanted)


def chosen_dataset(session: nox.Session) -> str:
    """Return the dataset that the arguments after ``--`` ask for; a folder of audio is entered in params.yaml."""
    parser = argparse.ArgumentParser(prog=f"nox -s {session.name} --", allow_abbrev=False)
    parser.add_argument("--dataset", default="synthetic", help="a dataset of params.yaml (default: synthetic)")
    parser.add_argument("--audio-dir", help="a folder of your own audio, one sub-folder a genre")
    parser.add_argument("--name", help="the dataset's name for --audio-dir (default: made from the folder's name)")
    arguments = parser.parse_args(session.posargs)
    if not arguments.audio_dir:
        return arguments.dataset
    name = ["--name", arguments.name] if arguments.name else []
    said = session.run(
        "python", "-m", "benchmarks", "add-folder", "--audio-dir", arguments.audio_dir, *name, silent=True, stderr=None
    )
    return str(said).strip()


@nox.session(venv_location=ENVIRONMENT)
def benchmark(session: nox.Session) -> None:
    """Run the study and write its report [-- --dataset NAME | --audio-dir DIR [--name NAME]]; default: synthetic."""
    provide(session)
    dataset = chosen_dataset(session)
    session.run("dvc", "repro", f"report@{dataset}")
    session.log(f"read reports/{dataset}/README.md")


@nox.session(venv_location=ENVIRONMENT)
def report(session: nox.Session) -> None:
    """Score the saved runs of a dataset and write its report again [-- --dataset NAME]; default: synthetic."""
    provide(session)
    dataset = chosen_dataset(session)
    for command in ("score", "report"):
        session.run("python", "-m", "benchmarks", command, "--dataset", dataset)


@nox.session(venv_location=ENVIRONMENT)
def tests(session: nox.Session) -> None:
    """Run the tests [-- pytest's arguments]; real-data tests look for audio in ../shared and say when they skip."""
    provide(session)
    session.run("pytest", *session.posargs)


@nox.session(venv_location=ENVIRONMENT)
def timing(session: nox.Session) -> None:
    """Time features, training and inference of each implementation and write reports/timing/README.md."""
    provide(session)
    session.run("python", "-m", "benchmarks", "timing", *session.posargs)


@nox.session(venv_location=ENVIRONMENT)
def lint(session: nox.Session) -> None:
    """Check style (ruff) and the rules between rooms (import-linter)."""
    provide(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")


@nox.session(venv_location=ENVIRONMENT)
def types(session: nox.Session) -> None:
    """Check types (mypy, strict) of both packages."""
    provide(session)
    session.run("mypy")
