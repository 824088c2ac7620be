"""Memory that arrays share: NumPy says where an array lies, makes arrays on memory that exists, and speaks DLPack.

NumPy knows neither bfloat16 in a capsule nor who may write what an old capsule holds; both are mended here.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.backend import Array, Device
from minitorch.dtypes import DType


class Lent:
    """Memory of somebody else's as NumPy takes it, so that the array made on it is the first of those that share it."""

    def __init__(
        self,
        owner: np.ndarray,
        address: int,
        size: tuple[int, ...],
        strides: tuple[int, ...] | None = None,
        kind: str = "|u1",
        writable: bool = False,
    ):
        self.owner = owner  # kept alive
        read_only = not (writable or owner.flags.writeable)
        self.__array_interface__ = {"version": 3, "data": (address, read_only), "shape": size, "strides": strides,
                                    "typestr": kind}  # fmt: skip


def _first_on_its_memory(array: np.ndarray) -> np.ndarray:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


class NumpyMemory:
    """The part of the port that is about memory."""

    addressable = True

    def address(self, array: Array) -> int:
        return array.__array_interface__["data"][0]

    def is_lent(self, array: Array) -> bool:
        """Is it memory that NumPy didn't allocate itself, but got from somebody?"""
        return _first_on_its_memory(array).base is not None

    def bytes_of(self, array: Array) -> Array:
        array = _first_on_its_memory(array)
        if array.ndim == 1 and array.dtype == np.uint8 and array.flags.c_contiguous:
            return array
        low, high = np.lib.array_utils.byte_bounds(array)
        return np.asarray(Lent(array, low, (high - low if array.size else 0,)))

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
        kind = f"|V{native.itemsize}" if native.isbuiltin == 2 else native.str  # ml_dtypes registers its own
        return np.asarray(Lent(array, array.__array_interface__["data"][0], array.shape, array.strides, kind)).view(
            native
        )

    def to_dlpack(self, array: Array, **request: Any) -> Any:
        if array.dtype.name != "bfloat16":
            return array.__dlpack__(**request)
        capsule = array.view(np.uint16).__dlpack__(**request)  # NumPy can't say bfloat16 itself
        _tensor_in(capsule).code = BFLOAT
        return capsule

    def dlpack_device(self, array: Array) -> tuple[int, int]:
        return 1, 0

    def from_dlpack(self, peer: Any) -> Array:
        try:
            capsule = peer.__dlpack__(max_version=(1, 0))
        except TypeError:  # a library that knows no versions
            capsule = peer.__dlpack__()
        tensor = _tensor_in(capsule)
        is_bfloat = (tensor.code, tensor.bits) == (BFLOAT, 16)
        if is_bfloat:
            tensor.code = UNSIGNED
        array = np.from_dlpack(_Found(capsule))
        if is_bfloat:
            array = array.view(dtypes.numpy_dtype(dtypes.bfloat16))
        return self._opened(array) if getattr(peer, "writable", False) and not array.flags.writeable else array

    def _opened(self, array: Array) -> Array:
        """The array, writable: old capsules can't say whether their memory is, and NumPy assumes that it isn't."""
        memory = self.bytes_of(array)
        whole = np.asarray(Lent(memory, self.address(memory), memory.shape, writable=True))
        strides = [step // array.itemsize for step in array.strides]
        return self.from_bytes(whole, self.dtype_of(array), array.shape, tuple(strides), 0)


# --- DLPack capsules --------------------------------------------------------------------------------------------------

UNSIGNED, BFLOAT = 1, 4  # DLPack's codes for kinds of numbers
_STARTS = {b"dltensor": 0, b"dltensor_versioned": 32}  # where the description lies behind a capsule of that name

_pointer_of = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)
_is_named = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.c_char_p)(("PyCapsule_IsValid", ctypes.pythonapi))


class _Tensor(ctypes.Structure):
    """DLPack's description of an array (https://dmlc.github.io/dlpack/latest/c_api.html#c.DLTensor)."""

    _fields_ = [("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32),
                ("ndim", ctypes.c_int32), ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16),
                ("shape", ctypes.c_void_p), ("strides", ctypes.c_void_p), ("byte_offset", ctypes.c_uint64)]  # fmt: skip


def _tensor_in(capsule: Any) -> _Tensor:
    """The description in a capsule."""
    for name, start in _STARTS.items():
        if _is_named(capsule, name):
            return _Tensor.from_address(_pointer_of(capsule, name) + start)
    raise BufferError("from_dlpack(): not a DLPack capsule, or one that was taken already")


class _Found:
    """A capsule, for NumPy to ask for."""

    def __init__(self, capsule: Any):
        self.capsule = capsule

    def __dlpack__(self, **request: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0
