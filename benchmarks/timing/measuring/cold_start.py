"""A cold start, timed from inside: until a tuned implementation has trained on its first batch, in a fresh interpreter.

Run as ``python -m benchmarks.timing.measuring.cold_start ARCHITECTURE FRAMEWORK STARTED``, where STARTED is the time of
the day, in s, at which the process was started; the last line it prints is JSON.
"""

import json
import sys
import time

from benchmarks.processes.lifeline import end_with_parent

BATCH_SIZE = 32
STEPS = ("harness", "import", "build", "first batch")
# all of them, and the end of the process
WHOLE = "whole"


def main(architecture: str, framework: str, process_started: str) -> None:
    """Make a cold start and print the seconds of every step."""
    # what the process of a run loads before its framework
    import benchmarks.execution.plan
    import benchmarks.execution.run
    import benchmarks.features.sets  # noqa: F401
    from benchmarks.optimizer import KERAS_ADAM
    from benchmarks.timing.measuring.tasks import random_tracks
    from implementations.interface import Batch
    from implementations.registry import implementation

    # this clock alone is the same in two processes
    harness = time.time() - float(process_started)
    started = time.perf_counter()
    classifier_class = implementation(architecture, framework)
    imported = time.perf_counter()
    device = classifier_class.configure(1)
    classifier = classifier_class(10, 0)
    built = time.perf_counter()

    inputs, labels = random_tracks(architecture, BATCH_SIZE)
    ready = time.perf_counter()
    classifier.start_training(KERAS_ADAM).epoch([Batch(inputs, labels)])
    ended = time.perf_counter()
    seconds = (harness, imported - started, built - imported, ended - ready)
    print(json.dumps({"seconds": dict(zip(STEPS, seconds, strict=True)), "device": device}))


if __name__ == "__main__":
    end_with_parent()
    main(*sys.argv[1:4])
