"""What every row of the results says about itself, beside its times."""

from typing import Any

from benchmarks import provenance
from benchmarks.timing.measuring.environments import settings
from benchmarks.timing.measuring.subjects import Subject, Timed, thread_number
from benchmarks.timing.measuring.tasks import CLASSES
from benchmarks.timing.measuring.work import inference_flops, training_flops
from implementations.architectures import ARCHITECTURES


def subject_facts(subject: Subject, **more: object) -> dict[str, Any]:
    """Describe a row of an architecture in a framework.

    Parameters
    ----------
    subject : Subject
        Whose row it is.
    **more : object
        What else there is to say, such as the number of tracks.
    """
    threads = thread_number(subject.threads)
    return {
        "architecture": subject.architecture,
        "framework": subject.framework,
        "variant": subject.variant,
        "threads": threads,
        "threads_asked": subject.threads,
        "environment": settings(subject.variant, threads),
        "versions": provenance.versions(subject.framework),
        **more,
    }


def arithmetic_facts(architecture: str, timed: Timed, tracks: int) -> dict[str, Any]:
    """Describe how much arithmetic a row is: ``gflop``, None where those of an architecture are not counted."""
    count = {"training": training_flops, "inference": inference_flops}[timed]
    flops = count(ARCHITECTURES[architecture], CLASSES)
    return {"gflop": None if flops is None else flops * tracks / 1e9}
