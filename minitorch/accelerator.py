"""The accelerator of this machine, whichever it is, as programs for PyTorch ask for it: `cuda` where a GPU is, else none.

>>> import minitorch
>>> found = minitorch.accelerator.current_accelerator() or minitorch.device("cpu")
>>> minitorch.zeros(2, device=found).device == found
True
"""

from __future__ import annotations

from minitorch.backend import Device
from minitorch.cuda import current_device as current_device_index
from minitorch.cuda import device_count, empty_cache, is_available, memory_allocated, memory_stats, synchronize
from minitorch.cuda import set_device as set_device_index

__all__ = ["current_accelerator", "current_device_index", "device_count", "empty_cache", "is_available", "memory_allocated",
           "memory_stats", "set_device_index", "synchronize"]  # fmt: skip


def current_accelerator(check_available: bool = False) -> Device | None:
    """The device type of the accelerator, or None where there is none."""
    return Device("cuda") if is_available() else None
