"""What a process said before it ended, for the message of the error."""

_LINES = 15


def last_words(said: str) -> str:
    """Return the last lines that a process wrote to standard error, or what its silence may mean."""
    return "\n".join(said.strip().splitlines()[-_LINES:]) or "it said nothing; perhaps there was not enough memory"
