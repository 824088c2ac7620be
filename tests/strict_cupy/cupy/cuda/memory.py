"""Memory: blocks that are counted by a pool as CuPy's is, with a limit that can be met."""

from __future__ import annotations

import ctypes
import gc
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from cupy import strict
from cupy._manifest import fill
from cupy.cuda import device as device_module
from cupy.cuda._errors import CUDARuntimeError, gpu_count

UNIT = 512
live: dict[int, np.ndarray] = {}  # the bytes of every block that somebody holds


class OutOfMemoryError(MemoryError):
    """The device has not enough memory left, or the pool isn't allowed to take it."""

    def __init__(self, size: int, total: int, limit: int = 0) -> None:
        self._size, self._total, self._limit = size, total, limit
        text = f"Out of memory allocating {size:,} bytes (allocated so far: {total:,} bytes"
        super().__init__(text + (f", limit set to: {limit:,} bytes)." if limit else ")."))

    def __reduce__(self) -> tuple:
        return type(self), (self._size, self._total, self._limit)


def address(host: np.ndarray) -> int:
    return host.__array_interface__["data"][0]


class Memory:
    """A block on a device: the bytes of a NumPy array, given back to its pool when nothing needs it any more."""

    __slots__ = ("_host", "_kept", "_pool", "_taken", "device_id", "size")

    def __init__(
        self, size: int, host: np.ndarray | None = None, pool: MemoryPool | None = None, taken: int = 0
    ) -> None:
        self._pool, self._taken = pool, taken
        self._host = np.empty(size, np.uint8) if host is None else host
        self.size = size
        self.device_id = device_module.current()
        live[id(self)] = self._host

    @property
    def ptr(self) -> int:
        return address(self._host) if self.size else 0

    @property
    def device(self) -> device_module.Device:
        return device_module.Device(self.device_id)

    def seen_as(self, shape: Any, dtype: np.dtype, pointer: int, strides: Any, order: str = "C") -> np.ndarray:
        """The block's bytes from a pointer on as elements of an array."""
        room = self._host.ravel("K").view(np.uint8)
        return np.ndarray(shape, dtype, room, pointer - self.ptr, strides, order)  # type: ignore[call-overload]

    def __del__(self) -> None:
        if live is None:  # the interpreter is ending, and has taken the module's names away
            return
        live.pop(id(self), None)
        if getattr(self, "_pool", None) is not None:
            self._pool._give_back(self.device_id, self._taken)


class MemoryPool:
    """Keeps blocks that were freed, by size, until `free_all_blocks`; what it does on one device it does on the current one."""

    def __init__(self, allocator: Callable | None = None) -> None:
        self._used: dict[int, int] = defaultdict(int)  # bytes of each device
        self._limits: dict[int, int] = defaultdict(int)
        self._free: dict[int, dict[int, int]] = defaultdict(dict)  # of each device, how many blocks of each size
        self._lock = threading.RLock()

    def malloc(self, size: int) -> MemoryPointer:
        return MemoryPointer(self._block(size, None), 0)

    def _block(self, size: int, host: np.ndarray | None) -> Memory:
        taken = -(-size // UNIT) * UNIT
        if size:
            self._take(taken)
        return Memory(size, host, self, taken)

    def _take(self, size: int) -> None:
        device = device_module.current()
        with self._lock:
            number = self._free[device].get(size, 0)
            if number:
                self._free[device][size] = number - 1
            else:
                self._take_new(device, size)
            self._used[device] += size

    def _take_new(self, device: int, size: int) -> None:
        """New memory of the device; where it has none left, once more after giving back what is kept, as CuPy does."""
        gpu_count()
        for free in (lambda: None, self.free_all_blocks, gc.collect):
            free()
            limit, total = self._limits[device], self.total_bytes()
            if limit and total + size > limit:
                continue
            if device_module.taken[device] + size <= device_module.CAPACITY:
                break
        else:
            raise OutOfMemoryError(size, total, limit)
        if strict.allocation_is_refused():
            raise OutOfMemoryError(size, total, limit)
        device_module.taken[device] += size

    def _give_back(self, device: int, size: int) -> None:
        if size:
            with self._lock:
                self._used[device] -= size
                self._free[device][size] = self._free[device].get(size, 0) + 1

    def free_all_blocks(self, stream: Any = None) -> None:
        device = device_module.current()
        with self._lock:
            device_module.taken[device] -= self.free_bytes()
            self._free[device].clear()

    def free_all_free(self) -> None:
        self.free_all_blocks()

    def n_free_blocks(self) -> int:
        return sum(self._free[device_module.current()].values())

    def used_bytes(self) -> int:
        return self._used[device_module.current()]

    def free_bytes(self) -> int:
        return sum(size * number for size, number in self._free[device_module.current()].items())

    def total_bytes(self) -> int:
        return self.used_bytes() + self.free_bytes()

    def set_limit(self, size: int | None = None, fraction: float | None = None) -> None:
        if fraction is not None:
            if size is not None:
                raise ValueError("size and fraction cannot be specified at one time")
            size = int(device_module.CAPACITY * fraction)
        if size is None or size < 0:
            raise ValueError("limit size out of range")
        self._limits[device_module.current()] = size

    def get_limit(self) -> int:
        return self._limits[device_module.current()]


class MemoryPointer:
    """A place in a block."""

    __slots__ = ("_offset", "mem")

    def __init__(self, mem: Memory, offset: int) -> None:
        self.mem, self._offset = mem, offset

    @property
    def ptr(self) -> int:
        return self.mem.ptr + self._offset

    @property
    def device_id(self) -> int:
        return self.mem.device_id

    @property
    def device(self) -> device_module.Device:
        return self.mem.device

    def __int__(self) -> int:
        return self.ptr

    def __add__(self, offset: int) -> MemoryPointer:
        return MemoryPointer(self.mem, self._offset + offset)

    __radd__ = __add__

    def __sub__(self, offset: int) -> MemoryPointer:
        return self + -offset

    def memset(self, value: int, size: int) -> None:
        ctypes.memset(self.ptr, value, size)

    def memset_async(self, value: int, size: int, stream: Any = None) -> None:
        self.memset(value, size)

    def copy_from_device(self, src: MemoryPointer, size: int) -> None:
        ctypes.memmove(self.ptr, src.ptr, size)

    def copy_from_device_async(self, src: MemoryPointer, size: int, stream: Any = None) -> None:
        self.copy_from_device(src, size)

    def copy_from_host(self, mem: Any, size: int) -> None:
        strict.sync("MemoryPointer.copy_from_host")
        self.copy_from_host_async(mem, size)

    def copy_from_host_async(self, mem: Any, size: int, stream: Any = None) -> None:
        strict.transfer("MemoryPointer.copy_from_host")
        ctypes.memmove(self.ptr, int(getattr(mem, "value", mem)), size)

    def copy_to_host(self, mem: Any, size: int) -> None:
        strict.sync("MemoryPointer.copy_to_host")
        self.copy_to_host_async(mem, size)

    def copy_to_host_async(self, mem: Any, size: int, stream: Any = None) -> None:
        ctypes.memmove(int(getattr(mem, "value", mem)), self.ptr, size)


default_pool = MemoryPool()
_allocator: Callable[[int], MemoryPointer] = default_pool.malloc


def block(size: int, host: np.ndarray) -> Memory:
    """A block of the current allocator for bytes that exist already: what a kernel has just computed."""
    owner = getattr(_allocator, "__self__", None)
    if isinstance(owner, MemoryPool):
        return owner._block(size, host)
    memory = Memory(size, host)
    memory._kept = alloc(size)  # whatever the user's allocator counts lasts as long as the memory
    return memory


def alloc(size: int) -> MemoryPointer:
    return _allocator(size)


def get_allocator() -> Callable[[int], MemoryPointer]:
    return _allocator


def set_allocator(allocator: Callable[[int], MemoryPointer] | None = None) -> None:
    global _allocator
    _allocator = allocator or (lambda size: MemoryPointer(Memory(size), 0))


WRITTEN: dict[str, Any] = {
    each.__name__: each
    for each in (
        CUDARuntimeError,
        Memory,
        MemoryPointer,
        MemoryPool,
        OutOfMemoryError,
        alloc,
        get_allocator,
        set_allocator,
    )
}
fill("cupy.cuda.memory", globals(), WRITTEN)
