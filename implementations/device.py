"""What computes."""

from typing import Literal

Device = Literal["auto", "cpu", "cuda"]
