"""A cold start, timed from inside: import, build and first batch of a tuned implementation, in a fresh interpreter.

Run as ``python -m benchmarks.timing.measuring.cold_start ARCHITECTURE FRAMEWORK``; the last line it prints is JSON.
"""

import json
import sys
import time

BATCH_SIZE = 32
STEPS = ("import", "build", "first batch")


def main(architecture: str, framework: str) -> None:
    """Make a cold start and print the seconds of every step."""
    started = time.perf_counter()
    # NumPy comes with it: nothing that takes long was imported before
    from implementations.registry import implementation

    classifier_class = implementation(architecture, framework)
    imported = time.perf_counter()
    device = classifier_class.configure(1)
    classifier = classifier_class(10, 0)
    built = time.perf_counter()

    from benchmarks.timing.measuring.tasks import OPTIMIZER, random_tracks
    from implementations.interface import Schedule, batch_order

    inputs, labels = random_tracks(architecture, BATCH_SIZE)
    ready = time.perf_counter()
    training = classifier.start_training(inputs, labels, Schedule(1, BATCH_SIZE, OPTIMIZER))
    training.epoch(batch_order(0, 1, BATCH_SIZE))
    ended = time.perf_counter()
    seconds = (imported - started, built - imported, ended - ready)
    print(json.dumps({"seconds": dict(zip(STEPS, seconds, strict=True)), "device": device}))


if __name__ == "__main__":
    main(*sys.argv[1:3])
