"""The source code that decides what a run computes, and the digests by which a run is known to be of it."""

from pathlib import Path
from typing import Final

from benchmarks.errors import GenrebenchError
from benchmarks.meaning import meaning_digest
from implementations.registry import source_files

_ROOT: Final = Path(__file__).parents[2]
# beside the implementation's own files: what decides what a run computes from given features, labels and weights
_SHARED: Final = (
    "benchmarks/processes/environment.py",  # threads
    "benchmarks/execution/run.py",
    "benchmarks/features/scaling.py",
    "benchmarks/scoring/metrics.py",  # chooses the epoch of lowest test loss
    "implementations/batch_order.py",
    "implementations/interface.py",
    "implementations/randomness.py",
)
# files that were moved, by the place that runs know them by
_KNOWN_AS: Final = {"benchmarks/processes/environment.py": "benchmarks/execution/environment.py"}
# by the digest of a file's code today, its digest when runs were made whose bits that code still gives. An entry is
# made when `nox -s verify` has found every run of the synthetic dataset identical after the change, and goes with the
# next change
_SAME_RESULTS: Final[dict[str, str]] = {}


def code_digests(architecture: str, framework: str) -> dict[str, str]:
    """Return the digest of every source file that decides what a run computes, by its path in the project.

    Raises
    ------
    GenrebenchError
        If there is no such implementation.
    """
    try:
        own = source_files(architecture, framework)
    except ValueError as error:
        raise GenrebenchError(str(error)) from None
    files = {_KNOWN_AS.get(name, name): _ROOT / name for name in _SHARED} | {
        f"implementations/{framework}/{path.name}": path for path in own
    }
<<<<<<< HEAD
    return {name: meaning_digest(path) for name, path in sorted(files.items())}
=======
    digests = {name: meaning_digest(path) for name, path in sorted(files.items())}
    return {name: _SAME_RESULTS.get(digest, digest) for name, digest in digests.items()}


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
>>>>>>> fbdebf8 (Code that gives the same results keeps its runs: said by its digest, once verify has found them identical)
