"""Devices: which one is current in this thread, and the handles that belong to it."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

from cupy import strict
from cupy._manifest import fill
from cupy.cuda._errors import CUDARuntimeError, gpu_count

CAPACITY = 1 << 40  # bytes of each pretended GPU
taken = Counter[int]()  # what all pools have from each device
_thread = threading.local()


def current() -> int:
    return getattr(_thread, "device", 0)


def use(device: int) -> None:
    if not 0 <= device < gpu_count():
        raise CUDARuntimeError(101)
    _thread.device = device


class Device:
    """One GPU; as a context manager, the current one."""

    def __init__(self, device: Any = None) -> None:
        if device is None:
            gpu_count()
            self.id = current()
        else:
            self.id = int(device)
        self._before: list[int] = []

    def __int__(self) -> int:
        return self.id

    def __enter__(self) -> Device:
        before = current()
        use(self.id)
        self._before.append(before)
        return self

    def __exit__(self, *exception: object) -> None:
        use(self._before.pop())

    def use(self) -> None:
        use(self.id)

    def synchronize(self) -> None:
        with self:
            strict.sync("Device.synchronize")

    @property
    def compute_capability(self) -> str:
        with self:
            return "90"

    @property
    def mem_info(self) -> tuple[int, int]:
        """(free, total) bytes."""
        with self:
            return CAPACITY - taken[self.id], CAPACITY

    @property
    def pci_bus_id(self) -> str:
        return f"0000:{self.id + 1:02X}:00.0"

    @property
    def attributes(self) -> dict[str, int]:
        return {"MultiProcessorCount": 132, "WarpSize": 32, "MaxThreadsPerBlock": 1024}

    @property
    def cublas_handle(self) -> int:
        return self.id + 1000

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and self.id == other.id

    def __lt__(self, other: Device) -> bool:
        return self.id < other.id

    def __hash__(self) -> int:
        return hash((Device, self.id))

    def __repr__(self) -> str:
        return f"<CUDA Device {self.id}>"


def get_device_id() -> int:
    gpu_count()
    return current()


def get_cublas_handle() -> int:
    return get_device_id() + 1000


def get_compute_capability() -> str:
    return Device().compute_capability


WRITTEN = {each.__name__: each for each in (Device, get_device_id, get_cublas_handle, get_compute_capability)}
fill("cupy.cuda.device", globals(), WRITTEN)
