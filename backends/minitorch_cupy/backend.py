"""The CuPy backend: what CuPy spells or computes otherwise than the standard or PyTorch."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from minitorch_arrayapi.backend import STANDARD, ArrayAPIBackend

from minitorch import dtypes
from minitorch.backend import Array, Device
from minitorch.dtypes import DType
from minitorch.errors import BackendError
from minitorch_cupy.contraction import CupyContractions
from minitorch_cupy.devices import EXTRAS, CupyDevices, unusable
from minitorch_cupy.indexing import CupyIndexing, Watch
from minitorch_cupy.words import words_kernel

# In float16 and bfloat16 these lose nothing: they move numbers, or compute in float32 and round once.
SHORT = ("matmul linear adjoint_matrix cast clone permute reshape expand view_as_size basic_index cat stack flip index_select "
         "new_full full_like add sub mul div neg abs maximum minimum")  # fmt: skip


class CupyBackend(CupyContractions, CupyIndexing, CupyDevices, ArrayAPIBackend):
    """CuPy on NVIDIA GPUs."""

    name = "cupy"
    library = "cupy"
    install = EXTRAS
    functions = STANDARD | {"exp2": "exp2"}
    short_floats = False
    addressable = True
    short_kernels = frozenset(SHORT.split())

    def __init__(self) -> None:
        try:
            self.cupy = self.random_namespace = importlib.import_module("cupy")
        except ImportError as error:
            raise unusable(f"CuPy is not installed, or not whole ({error})", EXTRAS) from error
        self.xp = importlib.import_module("array_api_compat.cupy")
        self._watches: dict[int, Watch] = {}
        self.open_devices()
        with contextlib.suppress(NotImplementedError):  # the tests' stand-in for CuPy compiles nothing
            self.random_words = words_kernel(self.cupy)

    # --- Conversions --------------------------------------------------------------------------------------------------

    def native_dtype(self, dtype: DType) -> np.dtype:
        if dtype.storage:
            raise BackendError(f"CuPy has no dtype {dtype.name}; use another dtype or backend")
        return dtypes.numpy_dtype(dtype)

    def dtype_of(self, array: Array) -> DType:
        return dtypes.from_numpy_dtype(array.dtype)

    def from_host(self, array: np.ndarray, dtype: DType, device: Device) -> Array:
        native = self.native_dtype(dtype)
        with self.place(device):
            if not array.shape:  # a number goes along with the kernel's launch
                short = native.name == "bfloat16"
                return self.cupy.full((), array.astype(native).item(), np.float32 if short else native).astype(
                    native, copy=False
                )
            return self.cupy.array(array, native)  # through pinned memory, without waiting

    def to_host(self, array: Array) -> np.ndarray:
        self.report(array.device.id)
        return self.cupy.asnumpy(array)

    def assign(self, target: Array, value: Array) -> None:
        _refuse_overlap(target)
        with target.device:
            target[...] = value

    def strides(self, array: Array) -> tuple[int, ...]:
        return tuple([stride // array.itemsize for stride in array.strides])

    def address(self, array: Array) -> int:
        return array.data.ptr

    def bytes_of(self, array: Array) -> Array:
        first = array if array.base is None else array.base
        steps = zip(first.shape, first.strides, strict=True)
        length = first.itemsize + sum((size - 1) * step for size, step in steps) if first.size else 0
        return self.cupy.ndarray((length,), np.uint8, first.data)

    def from_bytes(
        self, memory: Array, dtype: DType, size: tuple[int, ...], stride: tuple[int, ...], offset: int
    ) -> Array:
        native = dtypes.numpy_dtype(dtype)
        if 0 in size:
            return self.cupy.empty(size, native)
        reach = 1 + sum((length - 1) * step for length, step in zip(size, stride, strict=True))
        part = memory[offset * native.itemsize : (offset + reach) * native.itemsize].view(native)
        return self.restrided(part, size, tuple([step * native.itemsize for step in stride]))

    def from_dlpack(self, peer: Any) -> Array:
        return self.cupy.from_dlpack(peer)

    def is_private(self, array: Array, references: int) -> bool:
        # One more reference is this function's own argument and one getrefcount's.
        return array.base is None and sys.getrefcount(array) <= references + 2

    def kernel_into(self, op_name: str) -> Callable | None:
        function = getattr(self.cupy, self.functions.get(op_name, ""), None)
        if not isinstance(function, self.cupy.ufunc) or op_name in vars(CupyBackend):
            return None  # a method says it otherwise

        def into(*arrays: Array, out: Array | None = None) -> None:
            target = arrays[-1] if out is None else out
            _refuse_overlap(target)
            with target.device:
                function(*arrays, out=out) if out is not None else function(*arrays[:-1], out=target)

        return into

    def facts(self) -> dict[str, str]:
        version = self.cupy.cuda.runtime.runtimeGetVersion()
        return {"cupy": self.cupy.__version__, "CUDA": f"{version // 1000}.{version % 1000 // 10}"}

    # --- Making arrays ------------------------------------------------------------------------------------------------

    def cast(self, input: Array, dtype: DType) -> Array:
        native = self.native_dtype(dtype)
        if input.dtype.kind == "c" and not dtype.is_complex:
            input = input != 0 if dtype is dtypes.bool else input.real
        if dtype.category == dtypes.INTEGER and dtype.itemsize < 8 and self.dtype_of(input).inexact:
            input = input.astype(np.int64)  # -1.0 is 255 to a processor's uint8, as in PyTorch, and 0 to a GPU's
        return input.astype(native, copy=False)

    def view_as_dtype(self, input: Array, dtype: DType) -> Array:
        return input.view(self.native_dtype(dtype))

    def clone(self, input: Array) -> Array:
        return input.copy(order="C" if 0 in input.strides else "K")  # expanded dims keep their place

    def contiguous_copy(self, input: Array) -> Array:
        return input.copy(order="C")

    def new_full(self, input: Array, size: tuple[int, ...], fill_value: Any, dtype: DType | None = None) -> Array:
        return self.cupy.full(size, fill_value, dtypes.numpy_dtype(dtype) if dtype else input.dtype)

    # --- Numbers that CuPy computes otherwise -------------------------------------------------------------------------

    def logaddexp(self, input: Array, other: Array) -> Array:
        # CuPy's formula takes inf - inf, so that two equal infinities give nan.
        cupy = self.cupy
        larger, apart = cupy.maximum(input, other), cupy.abs(input - other)
        return cupy.where(input == other, input + np.log(2).astype(input.dtype), larger + cupy.log1p(cupy.exp(-apart)))

    def remainder(self, input: Array, other: Array) -> Array:
        # CuPy multiplies a rounded quotient back, which for floats is off by more than the remainder itself can be.
        if input.dtype.kind in "iu":
            return self.cupy.remainder(input, other)
        rest = self.cupy.fmod(input, other)
        rest = self.cupy.where((rest != 0) & ((rest < 0) != (other < 0)), rest + other, rest)
        return self.cupy.where(rest == 0, self.cupy.copysign(rest, input), rest)

    def sign(self, input: Array) -> Array:
        # array-api-compat writes nan by a mask, for whose size the host waits.
        if input.dtype.kind != "f":
            return super().sign(input)
        return (input > 0).astype(input.dtype) - (input < 0).astype(input.dtype)

    def floor_divide(self, input: Array, other: Array) -> Array:
        # CuPy takes the floor of the rounded quotient: 1 // 0.1 would be 10.
        cupy = self.cupy
        if input.dtype.kind in "iu":
            return cupy.floor_divide(input, other)
        rest = cupy.fmod(input, other)
        quotient = (input - rest) / other
        quotient = quotient - ((rest != 0) & ((rest < 0) != (other < 0)))
        whole = cupy.floor(quotient)
        whole = whole + (quotient - whole > 0.5)
        exact = input / other
        whole = cupy.where(quotient == 0, cupy.copysign(quotient, exact), whole)
        return cupy.where(other == 0, exact, whole)


def _refuse_overlap(target: Array) -> None:
    """CuPy writes into broadcast arrays, where several elements are one number; NumPy refuses."""
    if (
        0 in target.strides
        and target.size
        and any(n > 1 and not step for n, step in zip(target.shape, target.strides, strict=True))
    ):
        raise ValueError("several elements of the array to be written lie in one place")
