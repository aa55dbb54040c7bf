"""Named arrays on disk."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from benchmarks.files import replacing


def write_arrays(target: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write named arrays as safetensors, completely or not at all."""
    with replacing(target) as temporary:
        # safetensors writes the bytes of a view in another order than the view's
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, temporary)
