"""The harness knows nothing of the study: no name, number or list of it stands in code or page outside its folder."""

import ast
from collections.abc import Iterator
from pathlib import Path

from benchmarks.features.sets import sets_of_study
from benchmarks.studies.study import load_study, study_folders
from tests.builders import REPOSITORY

STUDY = load_study("lee_cnn_lstm")
HARNESS = REPOSITORY / "benchmarks"
FILES = [
    path
    for pattern in ("*.py", "*.jinja")
    for path in sorted(HARNESS.rglob(pattern))
    if HARNESS / "studies" / STUDY.name not in path.parents
]
# the name of a command, which asks the weights that a study published
COMMAND = {(HARNESS / "__main__.py", "published")}


def constants(path: Path) -> Iterator[object]:
    """Every literal of a file of Python, and every tuple and list of literals."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant):
            yield node.value
        elif isinstance(node, ast.Tuple | ast.List):
            yield tuple(it.value for it in node.elts if isinstance(it, ast.Constant))


def test_no_word_of_it_stands_in_code_or_pages() -> None:
    weights = STUDY.weights
    own = [it.name for it in sets_of_study(study_folders()[STUDY.name])]
    files = [it.path for it in (*weights.models, weights.test_labels)]
    words = [STUDY.name, STUDY.title, STUDY.source, weights.address, *files, *own]
    found = {(path, word) for path in FILES for word in words if word in path.read_text(encoding="utf-8")}
    assert found == set()


def test_no_protocol_step_number_or_order_of_it_is_a_literal() -> None:
    claim = STUDY.claim
    names = {*STUDY.protocols, *STUDY.ablation.steps}
    numbers = {it.loss for it in claim.results} | {it.accuracy for it in claim.results}
    numbers |= {claim.train_tracks, STUDY.protocols[claim.protocol].schedule.learning_rate}
    given = {*names, *numbers, STUDY.genre_order, STUDY.weights.genres}
    found = {
        (path, value) for path in FILES if path.suffix == ".py" for value in constants(path) if value in given
    } - COMMAND
    assert found == set()
