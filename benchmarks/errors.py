"""The one error that a user is meant to read."""


class GenrebenchError(Exception):
    """Something the user can mend.

    The message says what is wrong, where, what would be legal and how to mend it. The command line prints it
    without a traceback and exits with status 1.
    """
