"""Core kernels on any library of the array API standard: pointwise functions by name, the rest in a few lines each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.backend import Array, Backend, Device
from minitorch.dtypes import DType
from minitorch.errors import BackendError
from minitorch_arrayapi.fourier import FourierKernels
from minitorch_arrayapi.indexing import IndexingKernels
from minitorch_arrayapi.linear_algebra import LinearAlgebraKernels
from minitorch_arrayapi.reduction import ReductionKernels
from minitorch_arrayapi.shape import ShapeKernels

# op name -> the standard's name, where the library's function is the kernel
STANDARD = {
    "abs": "abs",
    "acos": "acos",
    "acosh": "acosh",
    "add": "add",
    "asin": "asin",
    "asinh": "asinh",
    "atan": "atan",
    "atan2": "atan2",
    "atanh": "atanh",
    "bitwise_and": "bitwise_and",
    "bitwise_left_shift": "bitwise_left_shift",
    "bitwise_not": "bitwise_invert",
    "bitwise_or": "bitwise_or",
    "bitwise_right_shift": "bitwise_right_shift",
    "bitwise_xor": "bitwise_xor",
    "ceil": "ceil",
    "copysign": "copysign",
    "cos": "cos",
    "cosh": "cosh",
    "div": "divide",
    "eq": "equal",
    "exp": "exp",
    "expm1": "expm1",
    "float_sign": "signbit",
    "floor": "floor",
    "floor_divide": "floor_divide",
    "ge": "greater_equal",
    "gt": "greater",
    "hypot": "hypot",
    "imag": "imag",
    "isfinite": "isfinite",
    "isinf": "isinf",
    "isnan": "isnan",
    "le": "less_equal",
    "log": "log",
    "log10": "log10",
    "log1p": "log1p",
    "log2": "log2",
    "logaddexp": "logaddexp",
    "lt": "less",
    "matmul": "matmul",
    "maximum": "maximum",
    "minimum": "minimum",
    "mul": "multiply",
    "ne": "not_equal",
    "neg": "negative",
    "next_float": "nextafter",
    "pow": "pow",
    "round": "round",
    "sin": "sin",
    "sinh": "sinh",
    "sqrt": "sqrt",
    "square": "square",
    "sub": "subtract",
    "tan": "tan",
    "tanh": "tanh",
    "trunc": "trunc",
    "where": "where",
}


NO_BOOLS = ("add", "ge", "gt", "isfinite", "isinf", "isnan", "le", "lt", "maximum", "minimum", "mul", "square")


class ArrayAPIBackend(ShapeKernels, IndexingKernels, ReductionKernels, LinearAlgebraKernels, FourierKernels, Backend):
    """Kernels in the standard's terms on the namespace `self.xp`."""

    xp: Any  # the array library's namespace
    functions = STANDARD

    def kernel(self, op_name: str) -> Callable | None:
        own = getattr(type(self), op_name, None)
        if own is not None:
            return getattr(self, op_name)
        kernel = getattr(self.xp, self.functions.get(op_name, ""), None)
        return self._for_bools(kernel) if kernel is not None and op_name in NO_BOOLS else kernel

    def _for_bools(self, kernel: Callable) -> Callable:
        """A function of the standard that takes no bools, for bools too: computed on 0 and 1."""
        xp = self.xp

        def on_numbers(*arrays: Array) -> Array:
            if arrays[0].dtype != xp.bool:
                return kernel(*arrays)
            result = kernel(*[xp.astype(array, xp.uint8) for array in arrays])
            return xp.astype(result, xp.bool)

        return on_numbers

    # --- Conversions --------------------------------------------------------------------------------------------------

    def native_dtype(self, dtype: DType) -> Any:
        native = getattr(self.xp, dtype.name, None)
        if native is None:
            raise BackendError(
                f"the array library of backend {self.name!r} has no dtype {dtype.name}; use another dtype or backend"
            )
        return native

    def dtype_of(self, array: Array) -> DType:
        return dtypes.BY_NAME[str(array.dtype).rpartition(".")[2]]

    def from_host(self, array: np.ndarray, dtype: DType, device: Device) -> Array:
        return self.xp.asarray(array, dtype=self.native_dtype(dtype), copy=True, device=self.place(device))

    def place(self, device: Device) -> Any:
        """The library's own object for a device; None is where it puts arrays by default."""
        return None

    def to_host(self, array: Array) -> np.ndarray:
        return np.from_dlpack(array)

    def from_dlpack(self, peer: Any) -> Array:
        return self.xp.from_dlpack(peer)

    # --- Where PyTorch says what the standard says otherwise, or leaves open ----------------------------------------------

    def remainder(self, input: Array, other: Array) -> Array:
        rest = self.xp.remainder(input, other)
        if not self.xp.isdtype(rest.dtype, "real floating"):
            return rest
        return self.xp.where(rest == 0, self.xp.copysign(rest, input), rest)

    def sign(self, input: Array) -> Array:
        if input.dtype == self.xp.bool:
            return self.xp.asarray(input, copy=True)
        found = self.xp.sign(input)
        if not self.xp.isdtype(found.dtype, "real floating"):
            return found
        return self.xp.where(input == input, found + 0, self.xp.zeros_like(found))  # + 0 makes 0 of -0

    # --- Making arrays ------------------------------------------------------------------------------------------------

    def cast(self, input: Array, dtype: DType) -> Array:
        if not dtype.is_complex and self.is_complex(input):  # the standard leaves open what this means
            input = input != 0 if dtype is dtypes.bool else self.xp.real(input)
        if dtype.storage:
            input = dtypes.within(self.xp, self.xp.astype(input, self.xp.float32), dtype)
        return self.xp.astype(input, self.native_dtype(dtype), copy=False)

    def cast_like(self, input: Array, other: Array) -> Array:
        return self.xp.astype(input, other.dtype, copy=False)

    def make_complex(self, real: Array, imag: Array) -> Array:
        return real + 1j * self.cast(imag, self.dtype_of(imag).to_complex())

    def conj(self, input: Array) -> Array:
        return self.xp.conj(input) if self.is_complex(input) else input

    def real(self, input: Array) -> Array:
        return self.xp.real(input) if self.is_complex(input) else input

    def clone(self, input: Array) -> Array:
        return self.xp.asarray(input, copy=True)

    def new_full(self, input: Array, size: tuple[int, ...], fill_value: Any, dtype: DType | None = None) -> Array:
        native = self.native_dtype(dtype) if dtype else input.dtype
        if type(fill_value) is complex and not self.xp.isdtype(native, "complex floating"):
            raise RuntimeError(f"value {fill_value} cannot be converted to a real number")
        return self.xp.full(size, fill_value, dtype=native, device=input.device)

    def lowest(self, input: Array) -> Array:
        """A 0-d array of what no number is below: -inf, or the smallest integer."""
        if self.xp.isdtype(input.dtype, "real floating"):
            return self.xp.full((), -float("inf"), dtype=input.dtype, device=input.device)
        return self.xp.full((), self.xp.iinfo(input.dtype).min, dtype=input.dtype, device=input.device)

    def arange_like(self, input: Array, end: int) -> Array:
        """0, 1, ... end-1 as int64, where `input` lives."""
        return self.xp.arange(end, dtype=self.xp.int64, device=input.device)
