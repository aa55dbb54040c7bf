"""What a worker of a cluster answers, looked at as if a stranger had sent it."""

from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from benchmarks.cluster.worker import Made, Order
from benchmarks.errors import GenrebenchError, StaleError

_MADE: Final = TypeAdapter(Made)
# characters of a message that are shown
_LONGEST: Final = 2000


def read_answer(order: Order, answer: Any) -> Made:
    """Read what came from a worker.

    Parameters
    ----------
    order : Order
        What it was asked for.
    answer : object
        What came.

    Raises
    ------
    GenrebenchError
        If it has not the fields of `Made`.
    """
    try:
        made = _MADE.validate_python(answer)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        raise refused(order["name"], "unknown", f"it is no answer ({place}: {problem['msg']})") from None
    made.worker, made.words = map(_shown, (made.worker, made.words))
    if strange := set(made.missing) - set(order["files"].values()):
        raise refused(order["name"], made.worker, f"it lacks {_shown(min(strange))}, which is not needed")
    return made


def _shown(text: str) -> str:
    """Return a text that no terminal takes for anything but text, and not all of a long one."""
    return "".join(it if it.isprintable() else " " for it in text[:_LONGEST])


def require_success(name: str, made: Made) -> None:
    """Check that a worker did what it was asked for, with the code, versions and arithmetic of this machine.

    Parameters
    ----------
    name : str
        What a person calls what was asked for.
    made : Made
        What came back.

    Raises
    ------
    GenrebenchError
        If it did not; the message names it.
    """
    if made.status == StaleError.status:
        raise GenrebenchError(
            f"worker {made.worker} would make something else of {name} than this machine: its code, versions or "
            "arithmetic are others; give it a checkout of the same commit, with the environment of constraints.txt "
            f"({made.words})"
        )
    if made.status:
        raise GenrebenchError(f"{name} failed on worker {made.worker}: {made.words}")


def refused(name: str, worker: str, reason: str) -> GenrebenchError:
    """Return the error for what a worker should not have given back."""
    return GenrebenchError(
        f"{name}: what worker {worker} gave back is refused: {reason}; take this worker away, and start the same "
        "command again: finished runs are kept"
    )
