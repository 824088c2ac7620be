"""The host under the names that `minitorch.cuda` has for GPUs, for programs that ask any device the same questions.

>>> import minitorch
>>> minitorch.get_device_module("cpu").device_count()
1
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from minitorch import cuda
from minitorch.backend import Device, default_device
from minitorch.cpu import amp

__all__ = ["amp", "current_device", "device_count", "get_device_module", "is_available", "is_initialized", "set_device",
           "synchronize"]  # fmt: skip


def is_available() -> bool:
    """True: there is always a host."""
    return True


def is_initialized() -> bool:
    """True: the host needs no preparation."""
    return True


def device_count() -> int:
    """1: all processors of the host count as one device."""
    return 1


def current_device() -> str:
    """The name of the one device."""
    return "cpu"


def set_device(device: Any) -> None:
    """Nothing: there is one host."""


def synchronize(device: Any = None) -> None:
    """Nothing: when a call on the host returns, it is done."""


def get_device_module(device: Any = None) -> ModuleType:
    """`minitorch.cpu` or `minitorch.cuda`, by the type of a device or of its name; of the default device if none is given."""
    kind = default_device().type if device is None else device.type if isinstance(device, Device) else str(device)
    found = {"cpu": sys.modules[__name__], "cuda": cuda}.get(kind.rpartition("/")[2].partition(":")[0])
    if found is None:
        raise RuntimeError(f"get_device_module(): expected 'cpu' or 'cuda', got {device!r}")
    return found
