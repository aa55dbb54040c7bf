"""How a run was made: code, versions, machine."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import cpuinfo
import psutil

from benchmarks.errors import GenrebenchError
from benchmarks.files import file_digest
from implementations.registry import framework_versions, source_files

_ROOT = Path(__file__).parent.parent
_DECISIVE = ("benchmarks", "implementations", "constraints.txt", "dvc.yaml", "params.yaml", "pyproject.toml")
# flags of the processor, the widest vectors first
_VECTORS = {"avx512f": "AVX-512", "avx2": "AVX2", "avx": "AVX"}
_LIBRARIES = ("genrebench", "numpy", "librosa", "scikit-learn")


def git_state() -> dict[str, Any]:
    """Return the commit that is checked out and whether what decides a result differs from it; None: not known.

    New source files count too. Documentation, tests and what the pipeline writes do not: no number depends on them.
    """
    changed = _git("status", "--porcelain", "--", *_DECISIVE)
    return {"commit": _git("rev-parse", "HEAD"), "dirty": None if changed is None else bool(changed)}


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def versions(*frameworks: str) -> dict[str, str]:
    """Return the versions of Python, of the libraries that numbers depend on and of the frameworks' packages.

    Raises
    ------
    GenrebenchError
        If one of them is not installed.
    """
    found = {"python": platform.python_version()}
    try:
        found |= {name: version(name) for name in _LIBRARIES}
        for framework in frameworks:
            found |= framework_versions(framework)
    except PackageNotFoundError as error:
        extras = f"[{','.join(frameworks)}]" if frameworks else ""
        raise GenrebenchError(
            f"{error.name} is not installed; install it with: pip install -c constraints.txt -e '.{extras}'"
        ) from None
    return found


def machine() -> dict[str, Any]:
    """Return what the machine is: processor, logical cores, memory in GiB and operating system."""
    found = cpuinfo.get_cpu_info()
    processor = found.get("brand_raw", platform.processor() or "unknown")
    # processors of one name differ in it, and it decides which kernels run: the widest vectors on x86
    vectors = [name for flag, name in _VECTORS.items() if flag in found.get("flags", ())]
    return {
        "cpu": ", ".join([processor, *vectors[:1]]),
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def code_digests(architecture: str, framework: str) -> list[tuple[str, str]]:
    """Return name and sha256 of every source file that decides what a run computes from given features and weights.

    Raises
    ------
    GenrebenchError
        If there is no such implementation.
    """
    try:
        own = source_files(architecture, framework)
    except ValueError as error:
        raise GenrebenchError(str(error)) from None
    shared = [
        _ROOT / "implementations" / "interface.py",
        _ROOT / "implementations" / "randomness.py",
        _ROOT / "benchmarks" / "environment.py",  # threads
        _ROOT / "benchmarks" / "execution.py",
        _ROOT / "benchmarks" / "features" / "scaling.py",
        _ROOT / "benchmarks" / "scoring" / "metrics.py",  # chooses the epoch of lowest test loss
    ]
    return [(path.name, file_digest(path)) for path in [*shared, *own]]
