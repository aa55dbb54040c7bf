"""Tasks for a child of the tests."""

import os


def quick(words):
    print("libraries print where they like")
    return lambda: print("even while they are timed"), {"words": words, "fake": os.environ.get("FAKE")}


def unable():
    raise NotImplementedError("not on a batch of one")


def broken():
    raise RuntimeError("no such kernel")


def killed():
    return lambda: os._exit(3), {}
