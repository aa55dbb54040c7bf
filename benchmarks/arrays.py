"""Arrays on disk."""

import tokenize
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import save_file

from benchmarks.files import cannot_write, replacing


def open_array(path: Path) -> NDArray[Any]:
    """Open an NPY file, memory-mapped and read-only.

    Raises
    ------
    ValueError
        If it is missing, damaged or shorter than its header says, or holds Python objects.
    """
    try:
        return npy.open_memmap(path, mode="r")
    # what NumPy's parser of headers and `mmap` raise besides
    except (OSError, OverflowError, RecursionError, SyntaxError, TypeError, tokenize.TokenError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None


def write_arrays(target: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write named arrays as safetensors, completely or not at all."""
    with replacing(target) as temporary:
        # safetensors writes the bytes of a view in another order than the view's
        contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
        try:
            save_file(contiguous, temporary)
        except SafetensorError as error:
            raise cannot_write(target, error) from None
