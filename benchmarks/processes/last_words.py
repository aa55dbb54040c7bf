"""What a process said before it ended, for the message of the error."""

_LINES = 15


def last_words(said: str, status: int | None = None) -> str:
    """Return what a process that ended said last.

    Parameters
    ----------
    said : str
        All that it wrote to standard error.
    status : int, optional
        With which it ended, where that is known: minus the number of a signal where one killed it.

    Returns
    -------
    str
        The last lines; of a silent process, what its silence may mean.
    """
    if words := "\n".join(said.strip().splitlines()[-_LINES:]):
        return words
    ended = "" if status is None else f", exit status {status}"
    return f"it said nothing{ended}; perhaps there was not enough memory"
