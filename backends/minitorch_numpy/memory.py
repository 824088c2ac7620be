"""Memory that arrays share: NumPy says where an array lies, and makes arrays on memory that exists."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.backend import Array, Device
from minitorch.dtypes import DType


class Lent:
    """Memory of somebody else's as NumPy takes it, so that the array made on it is the first of those that share it."""

    def __init__(
        self, owner: np.ndarray, address: int, size: tuple[int, ...], strides: tuple[int, ...] | None, kind: str
    ):
        self.owner = owner  # kept alive
        self.__array_interface__ = {"version": 3, "data": (address, not owner.flags.writeable), "shape": size,
                                    "strides": strides, "typestr": kind}  # fmt: skip


class NumpyMemory:
    """The part of the port that is about memory."""

    addressable = True

    def address(self, array: Array) -> int:
        return array.__array_interface__["data"][0]

    def bytes_of(self, array: Array) -> Array:
        while isinstance(array.base, np.ndarray):
            array = array.base
        if array.ndim == 1 and array.dtype == np.uint8 and array.flags.c_contiguous:
            return array
        low, high = np.lib.array_utils.byte_bounds(array)
        return np.asarray(Lent(array, low, (high - low if array.size else 0,), None, "|u1"))

    def from_bytes(
        self, memory: Array, dtype: DType, size: tuple[int, ...], stride: tuple[int, ...], offset: int
    ) -> Array:
        native = dtypes.numpy_dtype(dtype)
        if 0 in size:
            return np.empty(size, native)
        step = native.itemsize
        return np.ndarray(size, native, memory, offset * step, [step * by for by in stride])

    def borrow(self, array: np.ndarray, dtype: DType, device: Device) -> Array:
        native = dtypes.numpy_dtype(dtype)
        if array.dtype != native:
            return np.array(array, native)
        kind = f"|V{native.itemsize}" if native.kind == "V" else native.str
        return np.asarray(Lent(array, array.__array_interface__["data"][0], array.shape, array.strides, kind)).view(
            native
        )

    def from_dlpack(self, peer: Any) -> Array:
        return np.from_dlpack(peer)
