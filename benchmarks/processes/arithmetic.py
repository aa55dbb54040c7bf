"""The arithmetic of every process that makes a result: portable, or the processor's own.

Libraries choose their code by the processor, and code for wider vectors adds in another order. ``portable`` holds all
of them to AVX2, through variables that each reads when it is loaded. The same inputs then give the same bits on every
x86-64 processor that has AVX2, Intel's and AMD's. ``native`` lets them choose.

Which variable holds which library, and how that was found out: docs/arithmetic.md.
"""

import os
import platform
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, get_args

Arithmetic = Literal["portable", "native"]

# tests/processes/test_arithmetic.py asks every library whether it obeys: most ignore an unknown name in silence
PORTABLE: Final = {
    # NumPy's own loops; names of NumPy 2.4
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    # matrix products of NumPy, SciPy and scikit-learn
    "OPENBLAS_CORETYPE": "Haswell",
    # PyTorch's own kernels
    "ATEN_CPU_CAPABILITY": "avx2",
    # convolutions and LSTMs, in PyTorch and in TensorFlow
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    # PyTorch's matrix products, exponentials and roots: the one branch of Intel's library that other vendors have, too
    "MKL_CBWR": "COMPATIBLE",
    # OpenCV's own code, and Intel's library inside it
    "OPENCV_CPU_DISABLE": "AVX512-SKX",
    "OPENCV_IPP": "disabled",
    "OPENCV_LOG_LEVEL": "ERROR",  # it would say so at every start
    # librosa's compiled functions; no feature beyond those of the processor named
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "",
}
# what would change the arithmetic of libraries behind the back of the above
_DISTURBING: Final = (
    *("DNNL_DEFAULT_FPMATH_MODE", "ONEDNN_DEFAULT_FPMATH_MODE", "DNNL_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS"),
    *("MKL_DEBUG_CPU_TYPE", "NPY_ENABLE_CPU_FEATURES", "TF_XLA_FLAGS", "XLA_FLAGS", "TF_ENABLE_MLIR_BRIDGE"),
)
_MACHINES: Final = ("x86_64", "AMD64")
# x86-64-v3, as /proc/cpuinfo names it: what all of the above may use
_FLAGS: Final = frozenset({"avx2", "bmi1", "bmi2", "f16c", "fma", "movbe"})
_WIDE: Final = "avx512f"


def prepare(asked: Arithmetic) -> str | None:
    """Tell the libraries that this process and its children will load which arithmetic to use.

    Call it before any of them is imported. Variables of portable arithmetic that the process was started with are taken
    away where the arithmetic is native.

    Parameters
    ----------
    asked : {"portable", "native"}
        ``study.arithmetic`` of params.yaml.

    Returns
    -------
    str or None
        Why the arithmetic is native although portable is asked for.
    """
    reason = incapable() if asked == "portable" else None
    if asked == "portable" and reason is None:
        os.environ.update(portable_settings())
        for name in _DISTURBING:
            os.environ.pop(name, None)
    else:
        for name in [name for name, value in PORTABLE.items() if os.environ.get(name) == value]:
            del os.environ[name]
    return reason


def in_effect() -> Arithmetic:
    """Return the arithmetic that this process was started with or prepared for."""
    portable, native = get_args(Arithmetic)
    held = incapable() is None and all(os.environ.get(name) == value for name, value in portable_settings().items())
    found: Arithmetic = portable if held else native
    return found


def decisive() -> dict[str, Any]:
    """Return what a fingerprint says of the arithmetic: which, and the variables that hold it."""
    found = in_effect()
    return {"arithmetic": found, "held_by": PORTABLE if found == "portable" else {}}


def incapable() -> str | None:
    """Say why this processor cannot do portable arithmetic; None where it can."""
    if (machine := platform.machine()) not in _MACHINES:
        return f"the processor is {machine or 'unknown'}, not x86-64"
    if missing := sorted(_FLAGS - _processor_flags()):
        return f"the processor lacks {', '.join(missing)}"
    return None


def portable_settings() -> dict[str, str]:
    """Return the variables of portable arithmetic on this processor."""
    # OpenCV complains of the name of a feature that there is not
    wide = _WIDE in _processor_flags()
    return {name: value for name, value in PORTABLE.items() if wide or name != "OPENCV_CPU_DISABLE"}


@cache
def _processor_flags() -> frozenset[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        from cpuinfo import get_cpu_info

        return frozenset(get_cpu_info().get("flags", ()))
    return frozenset(flag for line in lines if line.startswith("flags") for flag in line.partition(":")[2].split())
