"""Where and when a result was made: commit, versions, machine."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import cpuinfo
import psutil

from benchmarks.errors import GenrebenchError
from implementations.registry import framework_versions

_DECISIVE = ("benchmarks", "implementations", "constraints.txt", "dvc.yaml", "params.yaml", "pyproject.toml")
# flags of the processor, the widest vectors first
_VECTORS = {"avx512f": "AVX-512", "avx2": "AVX2", "avx": "AVX"}
_LIBRARIES = ("numpy", "librosa", "scikit-learn")


def git_state() -> dict[str, Any]:
    """Return the commit that is checked out and whether what decides a result differs from it; None: not known.

    New source files count too. Documentation, tests and what the pipeline writes do not: no number depends on them.
    """
    changed = git("status", "--porcelain", "--", *_DECISIVE)
    return {"commit": git("rev-parse", "HEAD"), "dirty": None if changed is None else bool(changed)}


def git(*arguments: str) -> str | None:
    """Return what git says, without white space around it; None where it fails or there is none."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, encoding="utf-8", check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def versions(*frameworks: str) -> dict[str, str]:
    """Return the versions of the libraries that a run's numbers depend on and of the frameworks' packages.

    Not of Python and not which build it is, "+cpu" for instance: they change no number, and belong to the machine.

    Raises
    ------
    GenrebenchError
        If one of them is not installed.
    """
    try:
        found = {name: version(name) for name in _LIBRARIES}
        for framework in frameworks:
            found |= framework_versions(framework)
    except PackageNotFoundError as error:
        extras = f"[{','.join(frameworks)}]" if frameworks else ""
        raise GenrebenchError(
            f"{error.name} is not installed; install it with: pip install -c constraints.txt -e '.{extras}'"
        ) from None
    return {name: it.partition("+")[0] for name, it in found.items()}


def machine() -> dict[str, Any]:
    """Return what the machine is: processor, logical cores, memory in GiB, operating system and Python."""
    found = cpuinfo.get_cpu_info()
    processor = found.get("brand_raw", platform.processor() or "unknown")
    # processors of one name differ in it, and it decides which kernels run: the widest vectors on x86
    vectors = [name for flag, name in _VECTORS.items() if flag in found.get("flags", ())]
    return {
        "cpu": ", ".join([processor, *vectors[:1]]),
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
    }
