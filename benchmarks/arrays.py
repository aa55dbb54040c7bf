"""Named arrays on disk."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import save_file

from benchmarks.files import cannot_write, replacing


def write_arrays(target: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write named arrays as safetensors, completely or not at all."""
    with replacing(target) as temporary:
        # safetensors writes the bytes of a view in another order than the view's
        contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        try:
            save_file(contiguous, temporary)
        except SafetensorError as error:
            raise cannot_write(target, error) from None
