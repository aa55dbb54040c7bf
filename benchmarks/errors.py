"""The errors that a user is meant to read."""


class GenrebenchError(Exception):
    """Something the user can mend.

    The message says what is wrong, where, what would be legal and how to mend it. The command line prints it
    without a traceback and exits with `status`.
    """

    status = 1


class StaleError(GenrebenchError):
    """What was planned is no longer what params.yaml, data and code ask for."""

    status = 3
