"""What is timed: an architecture in a framework, tuned or stock, on all cores or on one thread."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

from benchmarks.processes.workers import worker_count

Variant = Literal["stock", "tuned"]
Threads = Literal["1", "all"]
Timed = Literal["training", "inference"]

# ways to get seeds done with a thread each: one after the other, or side by side
ONE, PARALLEL = "one job", "a job a core"

_STOCK = "benchmarks.timing.stock"


@dataclass(frozen=True)
class Subject:
    """One thing that is timed, in a process of its own.

    Attributes
    ----------
    architecture, framework : str
        Names of the registry.
    variant : {"stock", "tuned"}
        The baseline beside the suites, or the implementation of this project.
    threads : {"1", "all"}
        A word, not a number: what it stands for differs from machine to machine.
    """

    architecture: str
    framework: str
    variant: Variant
    threads: Threads

    def __str__(self) -> str:
        """Return what the subject is called in errors."""
        return f"{self.architecture}-{self.framework}-{self.variant}-{self.threads}"


def thread_number(threads: Threads) -> int:
    """Return how many threads a choice is on this machine."""
    return 1 if threads == "1" else worker_count()


def stock_module(framework: str) -> str:
    """Return the name of the module that holds a framework's stock baselines."""
    return f"{_STOCK}.{framework}"


def variants(framework: str) -> list[Variant]:
    """Return ``"stock"``, where a framework has baselines, and ``"tuned"``."""
    return ["stock", "tuned"] if find_spec(stock_module(framework)) else ["tuned"]
