"""Starting the child of a subject, setting its tasks up, and telling the person who waits how far it is."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Literal

from benchmarks.timing.measuring.children import TimedChild
from benchmarks.timing.measuring.environments import environment
from benchmarks.timing.measuring.subjects import Subject, thread_number

Timed = Literal["training", "inference"]

# the middle one of the sizes that are timed, and Keras's default
BATCH_SIZE = 32


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


def progress(what: str) -> Callable[[str], None]:
    """Return a function that prints how far a group of rounds is."""
    return lambda where: print(f"    {what}: {where}", flush=True)
