"""What the libraries of a timed process are told through its environment: a tuned one as a run is, a stock one little.

An allocator reads its settings when a process starts, so each child gets its environment from its first instruction.
"""

import os

from benchmarks.processes import arithmetic
from benchmarks.processes.environment import ONE_THREAD, WORKER_ENVIRONMENT
from benchmarks.timing.measuring.subjects import Variant

# stock is stock, whatever the user's shell says
_TUNING = (
    "ATEN_",
    "DNNL_",
    "GLIBC_TUNABLES",
    "GOMP_",
    "KERAS_",
    "KMP_",
    "LD_PRELOAD",
    "MALLOC_",
    "MKL_",
    "NPY_",
    "NUMBA_",
    "NUMEXPR_",
    "OMP_",
    "ONEDNN_",
    "OPENBLAS_",
    "OPENCV_",
    "PYTORCH_",
    "TF_",
    "TORCH_",
    "XLA_",
)
# these times are those of a processor, and silence costs no time
_EVERYWHERE = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}


def as_a_run_is_told() -> dict[str, str]:
    """Return the environment of a run's worker, with portable arithmetic where the processor can do it."""
    held = {} if arithmetic.incapable() else arithmetic.portable_settings()
    return {**WORKER_ENVIRONMENT, **held}


def settings(variant: Variant, threads: int) -> dict[str, str]:
    """Return what a child's libraries are told.

    Parameters
    ----------
    variant : {"stock", "tuned"}
        A tuned child has the environment of a run's worker, with portable arithmetic. A stock child is told its
        number of threads, to use no GPU and to log little, and has the allocator of the C library as it is.
    threads : int
        Takes the place of a worker's one thread.
    """
    tuned = as_a_run_is_told() if variant == "tuned" else {}
    return {**tuned, **_EVERYWHERE, **dict.fromkeys(ONE_THREAD, str(threads))}


def environment(variant: Variant, threads: int) -> dict[str, str]:
    """Return the whole environment of a child: this process's, without what tunes it, and the settings."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in WORKER_ENVIRONMENT and not name.startswith(_TUNING)
    }
    return {**inherited, **settings(variant, threads)}
