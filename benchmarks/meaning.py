"""What source code means: a digest that a comment, a docstring or a line break does not change."""

import ast
import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from benchmarks.errors import GenrebenchError
from benchmarks.files import stamp

# a note of the parser's, on how a string was written
_NO_MEANING: Final = ("kind", "type_comment", "type_ignores")


def meaning_digest(path: Path) -> str:
    """Return the sha256 of a Python file's syntax tree, without docstrings; the same under every version of Python.

    Raises
    ------
    GenrebenchError
        If the file is not Python.
    """
    return _digest(path, stamp(path))


@lru_cache(maxsize=256)
def _digest(path: Path, _: tuple[int, int]) -> str:
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError as error:
        raise GenrebenchError(f"{path}: not Python: {error}") from None
    return hashlib.sha256(json.dumps(_plain(tree)).encode()).hexdigest()


def _plain(node: Any) -> Any:
    """Turn a syntax tree into lists; fields that are empty are left out, as later versions of Python have more."""
    if isinstance(node, list):
        return [_plain(it) for it in node]
    if not isinstance(node, ast.AST):
        return f"{type(node).__name__} {node!r}"
    fields = [
        [name, _plain(_without_docstring(node, name, value))]
        for name, value in ast.iter_fields(node)
        if name not in _NO_MEANING and value is not None and value != []
    ]
    return [type(node).__name__, *fields]


def _without_docstring(node: ast.AST, name: str, value: Any) -> Any:
    documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    match value:
        case [ast.Expr(value=ast.Constant(value=str())), *rest] if documented and name == "body":
            return rest
        case _:
            return value
