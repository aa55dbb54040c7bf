"""Guides of docs/ that tests follow to the letter, in a copy of the project."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.builders import REPOSITORY

# where the guides say "add this": what stands in front of a snippet
LAST_IMPLEMENTATION = '"implementations.tensorflow.cnn_lstm:TensorFlowCNNLSTM",\n'


class Guide:
    """The pieces of code of one page."""

    def __init__(self, name: str) -> None:
        self.text = (REPOSITORY / "docs" / name).read_text(encoding="utf-8")

    def new_files(self) -> dict[str, str]:
        """The snippets that are files of their own: a path that does not exist yet stands in front of them."""
        found = re.findall(
            r"`([\w/]+\.(?:py|yaml))`:\n\n```(?:python|yaml)\n(.*?)^```$", self.text, re.DOTALL | re.MULTILINE
        )
        return {name: text for name, text in found if not (REPOSITORY / name).exists()}

    def snippet(self, start: str, language: str = "python") -> str:
        """The snippet that begins so."""
        found = re.findall(rf"^```{language}\n(.*?)^```$", self.text, re.DOTALL | re.MULTILINE)
        return next(text for text in found if text.lstrip().startswith(start))

    def write_files(self, project: Path) -> None:
        """Write all files that the guide asks for."""
        for name, text in self.new_files().items():
            (project / name).parent.mkdir(exist_ok=True)
            (project / name).write_text(text, encoding="utf-8")

    def add_architecture(self, project: Path, class_name: str) -> None:
        """Put the class, with the registry of all of them, into ``architectures.py``."""
        path = project / "implementations" / "architectures.py"
        content = path.read_text(encoding="utf-8")
        old = re.search(r"^ARCHITECTURES: .*?\n(?=\n)", content, re.DOTALL | re.MULTILINE)
        assert old
        path.write_text(content.replace(old[0], self.snippet(f"@dataclass(frozen=True)\nclass {class_name}")))


def copy_of_the_project(folder: Path) -> Path:
    """Copy what a project needs to run and to be tested."""
    for name in ("benchmarks", "implementations", "tests", "docs"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "params.yaml", "constraints.txt", "dvc.yaml"):
        shutil.copy(REPOSITORY / name, folder)
    return folder


def insert(path: Path, behind: str, text: str) -> None:
    """Put a text behind another one that stands in a file once."""
    content = path.read_text(encoding="utf-8")
    assert content.count(behind) == 1, f"{path.name} has changed: {behind}"
    path.write_text(content.replace(behind, behind + text), encoding="utf-8")


def python(project: Path, *arguments: str) -> str:
    """Run Python in a project; return what it prints."""
    # DVC's stages call `python`
    environment = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=project, capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
