"""(architecture, framework) -> class, imported only when asked for, so that a process loads one framework."""

from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from implementations.inspection import Inspector
from implementations.interface import Classifier

_CLASSES = {
    ("cnn2d", "pytorch"): "implementations.pytorch.cnn2d:PyTorchCNN2D",
    ("cnn2d", "tensorflow"): "implementations.tensorflow.cnn2d:TensorFlowCNN2D",
    ("cnn2d_deep", "pytorch"): "implementations.pytorch.cnn2d_deep:PyTorchCNN2DDeep",
    ("cnn2d_deep", "tensorflow"): "implementations.tensorflow.cnn2d_deep:TensorFlowCNN2DDeep",
    ("cnn_lstm", "pytorch"): "implementations.pytorch.cnn_lstm:PyTorchCNNLSTM",
    ("cnn_lstm", "tensorflow"): "implementations.tensorflow.cnn_lstm:TensorFlowCNNLSTM",
}
# the distributions whose versions decide what a framework computes
_PACKAGES = {"pytorch": ("torch",), "tensorflow": ("tensorflow", "keras")}
_INSPECTORS = {
    "pytorch": "implementations.pytorch.inspection:PyTorchInspector",
    "tensorflow": "implementations.tensorflow.inspection:TensorFlowInspector",
}


def register(
    architecture: str, framework: str, path: str, packages: tuple[str, ...] = (), inspector: str | None = None
) -> None:
    """Add an implementation.

    Parameters
    ----------
    architecture, framework : str
        The names by which it is asked for.
    path : str
        ``"package.module:Class"``, imported when it is first asked for.
    packages : tuple of str
        For a new framework: the distributions whose versions a run records.
    inspector : str, optional
        For a new framework: ``"package.module:Class"`` of what looks into its classifiers. Without one it trains, and
        has no part in the parity checks.

    Raises
    ------
    ValueError
        If there is such an implementation already.
    """
    if (architecture, framework) in _CLASSES:
        raise ValueError(f"{architecture} in {framework} is registered already: {_CLASSES[architecture, framework]}")
    _CLASSES[architecture, framework] = path
    _PACKAGES.setdefault(framework, packages)
    if inspector is not None:
        _INSPECTORS[framework] = inspector


def registered() -> list[tuple[str, str]]:
    """Return every (architecture, framework), sorted."""
    return sorted(_CLASSES)


def frameworks(architecture: str | None = None) -> list[str]:
    """Return the frameworks that have an architecture, or any, sorted."""
    return sorted({framework for name, framework in registered() if architecture in {None, name}})


def inspected() -> list[tuple[str, str]]:
    """Return every (architecture, framework) that can be looked into, sorted."""
    return [(architecture, framework) for architecture, framework in registered() if framework in _INSPECTORS]


def framework_versions(framework: str) -> dict[str, str]:
    """Return the versions of the framework's distributions, without importing them."""
    return {package: version(package) for package in _PACKAGES[framework]}


def source_files(architecture: str, framework: str) -> list[Path]:
    """Return the files that decide what an implementation computes, sorted.

    These are its own file and the others of its folder, except those of other architectures (adding or removing one of
    these changes no result) and the inspector's, which no run uses.

    Raises
    ------
    ValueError
        If there is no such implementation.
    """
    own = _file(_path(architecture, framework))
    others = {_file(path) for (name, of), path in _CLASSES.items() if of == framework and name != architecture}
    unused = (others | {own.with_name("inspection.py")}) - {own}
    return sorted(file for file in own.parent.glob("*.py") if file not in unused)


def _path(architecture: str, framework: str) -> str:
    try:
        return _CLASSES[architecture, framework]
    except KeyError:
        legal = ", ".join(f"{a} in {f}" for a, f in registered())
        raise ValueError(f"no implementation of {architecture} in {framework}; there are: {legal}") from None


def _file(path: str) -> Path:
    # finds the module without importing it, and with it no framework
    spec = find_spec(path.partition(":")[0])
    if spec is None or spec.origin is None:
        raise ValueError(f"{path}: no such module")
    return Path(spec.origin)


def implementation(architecture: str, framework: str) -> type[Classifier]:
    """Import and return an implementation.

    Raises
    ------
    ValueError
        If there is none; the message lists those that there are.
    """
    found: type[Classifier] = _imported(_path(architecture, framework))
    return found


def inspector(framework: str) -> type[Inspector]:
    """Import and return what looks into the classifiers of a framework.

    Raises
    ------
    ValueError
        If the framework has none.
    """
    try:
        path = _INSPECTORS[framework]
    except KeyError:
        raise ValueError(f"no inspector for {framework}; there are: {', '.join(sorted(_INSPECTORS))}") from None
    found: type[Inspector] = _imported(path)
    return found


def _imported(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)
