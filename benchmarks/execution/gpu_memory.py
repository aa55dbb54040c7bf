"""The memory of the GPU that runs share, as NVIDIA's driver tells it."""

import shutil
import subprocess
import threading
import time

_TOOL = "nvidia-smi"
_PATIENCE_SECONDS = 10
_LOOK_SECONDS = 1


class GpuShare:
    """How much of a GPU's memory a run takes, by how much less is free than before the first; runs count as alike.

    Which process takes what the driver does not tell in a container. Where there is no GPU of NVIDIA's, there is always
    room.
    """

    def __init__(self) -> None:
        self._before = self._free = free_gpu_memory()
        self._share = 0
        self._looking = threading.Lock()
        self._looked = time.monotonic()

    def look(self, *, now: bool = False) -> None:
        """Ask the driver, which takes a while: once a second at most, and nobody waits for another's question."""
        if self._before is None or not self._looking.acquire(blocking=now):
            return
        try:
            if now or time.monotonic() - self._looked >= _LOOK_SECONDS:
                self._free = free_gpu_memory()
                self._looked = time.monotonic()
        finally:
            self._looking.release()

    def measure(self, at_work: int) -> None:
        """Take over what so many runs take that all have computed by now."""
        if self._before is not None and self._free is not None:
            self._share = max(self._share, (self._before - self._free) // at_work)

    def has_room(self, beginning: int) -> bool:
        """Tell whether one more fits, beside so many that will take their share yet."""
        return self._free is None or self._free >= (beginning + 1) * self._share


def free_gpu_memory() -> int | None:
    """Return how many bytes are free of the GPU that has the least free; None where that is not told.

    CUDA numbers several by their speed and the driver by their place, so which one is the first is not known.
    """
    if shutil.which(_TOOL) is None:
        return None
    asked = [_TOOL, "--query-gpu=memory.free", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=True).stdout
        return min(map(int, said.split())) * 2**20
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
