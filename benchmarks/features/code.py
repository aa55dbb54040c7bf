"""What decides what feature sets hold: source code, and the versions of libraries."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from benchmarks.errors import GenrebenchError
from benchmarks.features.sets import MODULE
from benchmarks.studies.study import study_folders

_FOLDER: Final = Path(__file__).parent
# which samples are read, and on how many threads
_ELSEWHERE: Final = ("benchmarks/datasets/decoding.py", "benchmarks/processes/environment.py")
_LIBRARIES: Final = ("librosa", "numba", "numpy", "opencv-python-headless", "scipy", "soundfile", "soxr")


def feature_code() -> dict[str, Path]:
    """Return the files of this project and of its studies that make features, by name."""
    brought = {f"studies/{name}/{MODULE}": folder / MODULE for name, folder in study_folders().items()}
    return {
        **{f"benchmarks/features/{path.name}": path for path in _FOLDER.glob("*.py")},
        **{name: _FOLDER.parents[1] / name for name in _ELSEWHERE},
        **{name: path for name, path in brought.items() if path.is_file()},
    }


def feature_versions() -> dict[str, str]:
    """Return the versions of the libraries that feature sets depend on.

    Raises
    ------
    GenrebenchError
        If one of them is not installed.
    """
    try:
        return {name: version(name) for name in _LIBRARIES}
    except PackageNotFoundError as error:
        raise GenrebenchError(
            f"{error.name} is not installed; install it with: pip install -c constraints.txt -e ."
        ) from None
