"""The stock code of feature sets: that of a study's own ones, in its folder."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from benchmarks.studies.study import defined_in, study_folders

# what a study's folder may hold: a module with STOCK, by feature set a function of a track's path
MODULE: Final = "stock.py"


@cache
def stock_features() -> Mapping[str, Callable[[Path], object]]:
    """Return by its name for each feature set that has stock code the function that computes it.

    Raises
    ------
    GenrebenchError
        If a study's module cannot be loaded.
    """
    paths = [path for folder in study_folders().values() if (path := folder / MODULE).is_file()]
    return {name: function for path in paths for name, function in defined_in(path, "STOCK").items()}
