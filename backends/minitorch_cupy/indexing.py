"""Scattered writes, and index checks that don't wait.

CuPy lets an index that is out of range wrap round and says nothing. Asking the GPU whether one is would make the host wait
for it at each embedding and each loss. So a check is one small kernel, which leaves the largest index (read as an unsigned
number, so that a negative one is the largest of all) in a slot on the device. Slots are read where the host reads from the
device anyway, and IndexOutOfRange is raised then; until then the wrapped index has read some other row, never other memory.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from minitorch_arrayapi.strided import StridedViews

from minitorch import determinism
from minitorch.backend import Array
from minitorch.checks import Check, noted, out_of_range

SLOTS = 1024  # checks between two reads; the next one waits, which no training loop comes to


class Watch:
    """The slots of one GPU, and what each is about."""

    def __init__(self, slots: Array):
        self.slots, self.lock = slots, threading.Lock()
        self.checks: list[Check] = []
        self.streams: set[int] = set()  # that the checks run in


class CupyIndexing(StridedViews):
    """Mixed into the backend; `self.cupy` is the library."""

    cupy: Any
    _watches: dict[int, Watch]

    def check_index(self, index: Array, low: int, high: int, dim: int) -> None:
        if not index.size:
            return
        device = index.device.id
        check = noted(low, high, dim)
        if high <= low:
            raise out_of_range(check, None)
        watch = self._watches.get(device)
        if watch is None:
            with index.device:
                watch = self._watches.setdefault(device, Watch(self.cupy.zeros(SLOTS, np.uint64)))
        if len(watch.checks) == SLOTS:
            self.report(device)
        with watch.lock, index.device:
            slot = watch.slots[len(watch.checks)]
            watch.checks.append(check)
            watch.streams.add(self.cupy.cuda.get_current_stream().ptr)
            (index - low if low else index).view(np.uint64).max(out=slot)

    def report(self, device: int) -> None:
        """Raise the first error that a check on this device has found since the last report."""
        watch = self._watches.get(device)
        if watch is None or not watch.checks:
            return
        with watch.lock, self.cupy.cuda.Device(device):
            if watch.streams != {self.cupy.cuda.get_current_stream().ptr}:
                self.cupy.cuda.runtime.deviceSynchronize()
            checks, watch.checks, watch.streams = watch.checks, [], set()
            largest = watch.slots[: len(checks)].get()
        for check, value in zip(checks, largest.tolist(), strict=True):
            if value >= check.high - check.low:
                raise out_of_range(check, (value - (1 << 64) if value >> 63 else value) + check.low, late=True)

    def index_add(self, input: Array, dim: int, index: Array, source: Array, *, alpha: float = 1) -> Array:
        index = self.vector(input, dim, index, source)
        kind = input.dtype
        if alpha != 1 and kind.kind != "b":
            source = (source * alpha).astype(kind, copy=False)
        if not input.shape:
            return input + source.reshape(())
        if kind.kind in "biu" and kind.itemsize < 4:  # no atomic additions of these
            return self.index_add(input.astype(np.int32), dim, index, source.astype(np.int32)).astype(kind)
        result = input.copy(order="C")
        if not source.size:
            return result
        if determinism.enabled():
            result += self._segment_sums(input.shape[dim], dim, index, source)
            return result
        target = result
        if kind.kind == "c":  # as pairs of numbers
            target, source = (x.view(x.real.dtype).reshape(*x.shape, 2) for x in (result, source.copy(order="C")))
        elif kind == np.int64:  # additions of two's complements are the same
            target, source = result.view(np.uint64), source.view(np.uint64)
        self.cupy.add.at(target, (*[slice(None)] * dim, index), source)
        return result

    def _segment_sums(self, size: int, dim: int, index: Array, source: Array) -> Array:
        """For every place the sum of what is meant for it, in an order that is always the same, in log2(n) rounds.

        CuPy's own segment sums, `add.reduceat`, are differences of one running sum, and lose what is small beside it.
        """
        cupy = self.cupy
        order = cupy.argsort(index)  # always stable
        places, sums = index[order], cupy.moveaxis(source, dim, 0)[order]
        reach = 1
        while reach < len(places):  # each adds what the one `reach` before it has, which covers as many again
            same = (places[reach:] == places[:-reach]).reshape(-1, *[1] * (sums.ndim - 1))
            added = sums[reach:] + cupy.where(same, sums[:-reach], sums.dtype.type(0))
            sums = cupy.concatenate((sums[:reach], added))
            reach *= 2
        numbers = cupy.arange(size)
        end = cupy.searchsorted(places, numbers, side="right")
        found = (end > cupy.searchsorted(places, numbers, side="left")).reshape(-1, *[1] * (sums.ndim - 1))
        totals = cupy.where(found, sums[cupy.maximum(end - 1, 0)], sums.dtype.type(0))
        return cupy.moveaxis(totals, 0, dim)

    def index_copy(self, input: Array, dim: int, index: Array, source: Array) -> Array:
        if determinism.enabled() or not input.shape:
            return super().index_copy(
                input, dim, index, source
            )  # by sorting: of several sources for one place the last
        index = self.vector(input, dim, index, source)
        result = input.copy(order="C")
        result[(*[slice(None)] * dim, index)] = source
        return result

    def diagonal(self, input: Array, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Array:
        return self.cupy.diagonal(input, offset, dim1, dim2)

    def restrided(self, input: Array, size: tuple, strides: tuple) -> Array:
        return self.cupy.lib.stride_tricks.as_strided(input, size, strides)

    def as_strided_contiguous(
        self, input: Array, size: tuple[int, ...], stride: tuple[int, ...], storage_offset: int = 0
    ) -> Array:
        flat = input.reshape(-1)[storage_offset:]
        return self.restrided(flat, size, tuple([step * input.itemsize for step in stride]))
