"""Starting the children of an implementation and of its stock baseline, and setting their tasks up."""

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, Literal

from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.timing.measuring.beside import Companion, Task, Turn, measure
from benchmarks.timing.measuring.children import TimedChild, UnableError
from benchmarks.timing.measuring.environments import environment
from benchmarks.timing.measuring.facts import arithmetic_facts, subject_facts
from benchmarks.timing.measuring.subjects import Subject, Threads, Timed, thread_number, variants

# the middle one of the sizes that are timed, and Keras's default
BATCH_SIZE = 32

_PRODUCT = "matrix product"


def start(stack: ExitStack, subject: Subject) -> TimedChild:
    """Start a child with the subject's environment; it ends with the stack."""
    return stack.enter_context(TimedChild(str(subject), environment(subject.variant, thread_number(subject.threads))))


def prepare(
    child: TimedChild, subject: Subject, timed: Timed | Literal["worker"], *, tracks: int, batch_size: int
) -> tuple[str, dict[str, Any]]:
    """Set up an epoch of training, inference, or both, over so many tracks; returns the task's name and its facts.

    Raises
    ------
    UnableError
        If the subject cannot do it.
    GenrebenchError
        If the child ends; the message holds what it said last.
    """
    task = f"{timed}, {tracks} tracks, batches of {batch_size}"
    facts = child.prepare(
        task,
        f"benchmarks.timing.measuring.tasks:{timed}",
        architecture=subject.architecture,
        framework=subject.framework,
        variant=subject.variant,
        threads=thread_number(subject.threads),
        tracks=tracks,
        batch_size=batch_size,
    )
    return task, {"tracks": tracks, "batch_size": batch_size, **facts}


@dataclass(frozen=True)
class Prepared:
    """A task that is set up in a child.

    Attributes
    ----------
    child : TimedChild
        Whose it is.
    name : str
        The task's.
    facts : dict
        What is to be said of it beside its times.
    """

    child: TimedChild
    name: str
    facts: dict[str, Any]

    def once(self) -> float:
        """Do it a single time; returns the seconds."""
        return self.child.time(self.name)

    def repeated(self) -> Task:
        """Warm it up, and return it as it is done in a round."""
        return Task(self.child, self.name)


@dataclass(frozen=True)
class Pair:
    """An implementation of this project and, where there is one, its stock baseline, each in a process of its own.

    Attributes
    ----------
    subject : Subject
        This project's.
    ours : TimedChild
        Its process.
    stock : TimedChild or None
        That of the baseline.
    """

    subject: Subject
    ours: TimedChild
    stock: TimedChild | None

    def prepare(
        self, timed: Timed | Literal["worker"], *, tracks: int, batch_size: int, **more: object
    ) -> tuple[Prepared, Prepared | None]:
        """Set a task up in both; None for a baseline that there is not, or that cannot do it: the facts then say why.

        Parameters
        ----------
        timed : str
            What is timed.
        tracks, batch_size : int
            Over what.
        **more : object
            What else is to be said of both.
        """

        def prepared(child: TimedChild, subject: Subject) -> Prepared:
            name, told = prepare(child, subject, timed, tracks=tracks, batch_size=batch_size)
            return Prepared(child, name, subject_facts(subject, **told, **more))

        stock, unable = None, {}
        try:
            stock = prepared(self.stock, replace(self.subject, variant="stock")) if self.stock else None
        except UnableError as error:
            unable = {"no_stock": str(error)}
        ours = prepared(self.ours, self.subject)
        return replace(ours, facts=ours.facts | unable), stock


def start_pair(stack: ExitStack, made: tuple[str, str], threads: Threads) -> Pair:
    """Start the processes of an implementation and of its baseline; they end with the stack."""
    subject = Subject(*made, "tuned", threads)
    stock = replace(subject, variant="stock") if "stock" in variants(subject.framework) else None
    return Pair(subject, start(stack, subject), start(stack, stock) if stock else None)


def matrix_product(stack: ExitStack, threads: Threads) -> Turn:
    """Start a child that multiplies large float32 matrices; its turn returns GFLOP/s."""
    child = stack.enter_context(TimedChild(_PRODUCT, environment("stock", thread_number(threads))))
    gflop = child.prepare(_PRODUCT, "benchmarks.timing.measuring.tasks:matrix_product")["gflop"]
    # longer than others: all ratios to the limit rest on it
    calls = 5 * Task(child, _PRODUCT).calls
    return lambda: float(gflop / child.time(_PRODUCT, calls))


def measure_pair(
    benchmark: BenchmarkFixture,
    pair: Pair,
    product: Turn,
    rounds: int,
    *,
    timed: Timed,
    tracks: int,
    batch_size: int,
) -> None:
    """Let pytest-benchmark time this project's side of a pair, the baseline and a matrix product beside it."""
    arithmetic = arithmetic_facts(pair.subject.architecture, timed, tracks)
    ours, stock = pair.prepare(timed, tracks=tracks, batch_size=batch_size, **arithmetic)
    beside = {"stock": Companion(stock.repeated().turn, stock.facts)} if stock else {}
    measure(benchmark, ours.repeated(), rounds, ours.facts, beside, rates=product)
