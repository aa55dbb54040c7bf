"""The registered frameworks and architectures, and what lets a process know those of another."""

from collections.abc import Callable, Mapping
from typing import Any

from implementations import architectures, registry
from implementations.architectures import Architecture
from implementations.interface import Classifier
from implementations.registry import implementation, registered

FRAMEWORKS = registry.frameworks()
ARCHITECTURES = sorted({architecture for architecture, _ in registered()})

InFramework = Callable[..., Any]

Known = tuple[
    Mapping[str, Architecture], Mapping[tuple[str, str], str], Mapping[str, tuple[str, ...]], Mapping[str, str]
]


def what_is_known() -> Known:
    """The architectures and implementations of this process, those that a test or a plugin added too."""
    return architectures.ARCHITECTURES, registry._CLASSES, registry._PACKAGES, registry._INSPECTORS


def take_over(known: Known) -> None:
    """Let this process, a fresh one, know what another knows."""
    for mine, theirs in zip(what_is_known(), known, strict=True):
        mine.update(theirs)


def configured(architecture: str, framework: str) -> type[Classifier]:
    """Return a class of classifiers, with its framework set up in this process: before anything is computed in it.

    A framework's number of threads is fixed once it has computed, and the next test in this process sets it again.
    """
    found = implementation(architecture, framework)
    found.configure(1)
    return found
