"""The memory of the GPU that runs share, as NVIDIA's driver tells it."""

import os
import shutil
import subprocess
import time

_TOOL = "nvidia-smi"
_PATIENCE_SECONDS = 10
_LOOK_SECONDS = 10


class GpuShare:
    """How much of a GPU's memory one run takes, by how much less is free than before the first.

    Which process takes what the driver does not tell in a container. Where there is no GPU of NVIDIA's, there is always
    room.
    """

    def __init__(self) -> None:
        self._free_before = free_gpu_memory()
        self._largest = 0
        self._looked = -float(_LOOK_SECONDS)

    def measure(self, at_work: int) -> None:
        """Look what so many runs take that all have computed by now; not at every call, for it takes a while."""
        if self._free_before is None or time.monotonic() - self._looked < _LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        if (free := free_gpu_memory()) is not None:
            self._largest = max(self._largest, (self._free_before - free) // at_work)

    def has_room(self, beginning: int) -> bool:
        """Tell whether one more fits, beside so many that will take their share yet."""
        if not self._largest:
            return True
        free = free_gpu_memory()
        return free is None or free >= (beginning + 1) * self._largest


def free_gpu_memory() -> int | None:
    """Return how many bytes are free of the first GPU that CUDA may use; None where that is not told."""
    if shutil.which(_TOOL) is None:
        return None
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0].strip()
    asked = [_TOOL, f"--id={first}", "--query-gpu=memory.free", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=True).stdout
        return int(said) * 2**20
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
