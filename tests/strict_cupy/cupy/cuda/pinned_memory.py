"""Pinned memory: ordinary memory of the host that is remembered as pinned."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from cupy._manifest import fill
from cupy.cuda._errors import gpu_count

_ranges: dict[int, int] = {}  # address -> size


class PinnedMemory:
    """A block of the host that the device reads by itself."""

    def __init__(self, size: int, flags: int = 0) -> None:
        gpu_count()
        self._host = np.empty(size, np.uint8)
        self.size, self.ptr = size, self._host.ctypes.data
        _ranges[self.ptr] = size
        weakref.finalize(self._host, _ranges.pop, self.ptr, None)


class PinnedMemoryPointer:
    """A place in a pinned block, readable through the buffer protocol."""

    def __init__(self, mem: PinnedMemory, offset: int) -> None:
        self.mem, self._offset = mem, offset
        self.ptr = mem.ptr + offset

    def size(self) -> int:
        return self.mem.size - self._offset

    def __int__(self) -> int:
        return self.ptr


class PinnedMemoryPool:
    """Hands out pinned blocks; it keeps none."""

    def __init__(self, allocator: Any = None) -> None:
        pass

    def malloc(self, size: int) -> PinnedMemoryPointer:
        return PinnedMemoryPointer(PinnedMemory(size), 0)

    def free_all_blocks(self) -> None:
        pass

    def n_free_blocks(self) -> int:
        return 0


default_pool = PinnedMemoryPool()


def alloc_pinned_memory(size: int) -> PinnedMemoryPointer:
    return default_pool.malloc(size)


def is_memory_pinned(data: int) -> bool:
    return any(start <= data < start + size for start, size in _ranges.items())


def set_pinned_memory_allocator(allocator: Any = None) -> None:
    pass


WRITTEN = {
    each.__name__: each
    for each in (
        PinnedMemory,
        PinnedMemoryPointer,
        PinnedMemoryPool,
        alloc_pinned_memory,
        is_memory_pinned,
        set_pinned_memory_allocator,
    )
}
fill("cupy.cuda.pinned_memory", globals(), WRITTEN)
