"""The NumPy backend: what NumPy spells or does differently from the standard, and faster kernels.

0-d results of ufuncs are NumPy scalars, which can't be written or viewed; they stay so until somebody does (`writable`).
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from minitorch_arrayapi.backend import STANDARD, ArrayAPIBackend

from minitorch import config, dtypes
from minitorch.backend import BODIES, POINTWISE, WIDE, Array, Device
from minitorch.dtypes import DType
from minitorch_numpy import threads
from minitorch_numpy.allocation import keep_freed_memory
from minitorch_numpy.attention import NumpyAttention
from minitorch_numpy.contraction import NumpyContractions
from minitorch_numpy.error_function import NumpyErrorFunction
from minitorch_numpy.gelu import NumpyGelu
from minitorch_numpy.indexing import NumpyIndexing
from minitorch_numpy.layout import broadcast, empty_like, other_order
from minitorch_numpy.linear_algebra import NumpyLinearAlgebra
from minitorch_numpy.memory import NumpyMemory
from minitorch_numpy.network import NumpyNetworks
from minitorch_numpy.normalization import NumpyNormalizations
from minitorch_numpy.one_by_one import few_by_body
from minitorch_numpy.optimizers import NumpyOptimizers
from minitorch_numpy.ordering import NumpyOrdering
from minitorch_numpy.pointwise import NumpyPointwise, in_blocks
from minitorch_numpy.recurrence import NumpyRecurrence
from minitorch_numpy.reduction import NumpyReductions
from minitorch_numpy.spatial import NumpySpatial
from minitorch_numpy.special import NumpySpecial

# Beyond the standard's names: ufuncs that the rows' bodies would only imitate.
NUMPY = STANDARD | {"exp2": "exp2", "fmax": "fmax", "fmin": "fmin", "gcd": "gcd", "lcm": "lcm",
                    "logaddexp2": "logaddexp2", "logical_and": "logical_and", "logical_not": "logical_not",
                    "logical_or": "logical_or", "logical_xor": "logical_xor", "reciprocal": "reciprocal"}  # fmt: skip
del NUMPY["matmul"]  # dot is faster (contraction.py)
del NUMPY["floor_divide"]  # of whole numbers, by 0: an error (pointwise.py)


ROW = 1024  # elements: 4 KB of float32


class _Zeros(dict):
    """Zeros of a shape for each type character; 0-d ones since a scalar in their place costs twice a small kernel's time."""

    def __init__(self, shape: tuple[int, ...]):
        self.shape = shape

    def __missing__(self, dtype: str) -> np.ndarray:
        zeros = self[dtype] = np.zeros(self.shape, dtype)
        zeros.setflags(write=False)
        return zeros


_ZEROS, _ROWS_OF_ZEROS = _Zeros(()), _Zeros((ROW,))
_ONE = np.array(1, np.int8)
_larger = np.maximum  # a name of the module is found faster than an attribute


def _copy(input: Array, dtype: Any = None) -> Array:
    """A copy of an array with expanded dims, which keep their place."""
    result = empty_like(input, dtype)
    result[...] = input
    return result


class NumpyBackend(
    NumpySpatial,
    NumpyIndexing,
    NumpyMemory,
    NumpyReductions,
    NumpyContractions,
    NumpyLinearAlgebra,
    NumpyNetworks,
    NumpyNormalizations,
    NumpyAttention,
    NumpyErrorFunction,
    NumpyGelu,
    NumpyOptimizers,
    NumpyOrdering,
    NumpyPointwise,
    NumpyRecurrence,
    NumpySpecial,
    ArrayAPIBackend,
):
    """NumPy on the processor: the standard's kernels with faster ones in their place."""

    name = "numpy"
    xp = np
    functions = NUMPY
    short_floats = False  # float16 is slow, and bfloat16 (of ml_dtypes) turns into float32 or fails in many places

    def __init__(self) -> None:
        # As in PyTorch, 1/0 is inf and log(-1) is nan without a word; np.errstate around each kernel would cost more than
        # a small kernel does.
        np.seterr(all="ignore")
        # That holds for this thread; in others NumPy would warn, so what comes from our modules is not shown there, nor what
        # NumPy's own Python code says where they call it (np.fft, np.linalg).
        warnings.filterwarnings("ignore", ".* encountered", RuntimeWarning, r"minitorch|numpy\.(fft|linalg|_core)\b")
        threads.let_blas_sleep()
        if config.MALLOC.value:
            keep_freed_memory()

    # --- Conversions --------------------------------------------------------------------------------------------------

    def native_dtype(self, dtype: DType) -> np.dtype:
        return dtypes.numpy_dtype(dtype)

    def dtype_of(self, array: Array) -> DType:
        return dtypes.from_numpy_dtype(array.dtype)

    def from_host(self, array: np.ndarray, dtype: DType, device: Device) -> Array:
        return np.array(dtypes.converted(array, dtype)) if dtype.storage else np.array(array, dtypes.numpy_dtype(dtype))

    def to_host(self, array: Array) -> np.ndarray:
        return array

    def kernel(self, op_name: str) -> Callable | None:
        # NumPy's ufuncs take every dtype, so they are the kernels as they are.
        function = getattr(np, self.functions.get(op_name, ""), None)
        if isinstance(function, np.ufunc):
            return function
        kernel = super().kernel(op_name)
        if kernel is None and op_name in POINTWISE:
            kernel = in_blocks(BODIES[op_name], self.k)
            return few_by_body(WIDE[op_name], kernel) if op_name in WIDE else kernel
        return kernel

    def kernel_into(self, op_name: str) -> Callable | None:
        function = getattr(np, self.functions.get(op_name, ""), None)
        return function if isinstance(function, np.ufunc) else None

    def writable(self, array: Array) -> Array:
        array = np.asarray(array)
        if not array.flags.writeable and all(
            step or size == 1 for step, size in zip(array.strides, array.shape, strict=True)
        ):
            try:
                array.flags.writeable = True  # no longer expanded: each element has a place of its own
            except ValueError:
                if self.is_lent(array):
                    return array  # its owner doesn't want it written: whoever tries is told so
                return array.copy()  # NumPy's scalars have no memory that could be written
        return array

    def strides(self, array: Array) -> tuple[int, ...]:
        if not array.size:  # NumPy's are all 0 then
            return super().strides(array)
        return tuple([stride // array.itemsize for stride in array.strides])

    def is_viewable(self, array: Array, size: tuple[int, ...]) -> bool:
        return array.flags.c_contiguous or super().is_viewable(array, size)

    def is_private(self, array: Array, references: int) -> bool:
        # One more reference is this function's own argument and one getrefcount's.
        return isinstance(array, np.ndarray) and array.base is None and sys.getrefcount(array) <= references + 2

    def threads(self) -> int:
        return threads.number()

    def set_threads(self, count: int) -> None:
        threads.set_number(count)

    def facts(self) -> dict[str, str]:
        return {"numpy": np.__version__}

    # --- Kernels ------------------------------------------------------------------------------------------------------

    def cast(self, input: Array, dtype: DType) -> Array:
        if input.dtype.kind == "c" and not dtype.is_complex:
            input = input != 0 if dtype is dtypes.bool else input.real.copy()  # `real` is a view
        if dtype.storage:
            return dtypes.converted(input, dtype)
        native = dtypes.numpy_dtype(dtype)
        if 0 in input.strides and input.dtype != native:
            return _copy(input, native)
        return input.astype(native, copy=False)

    def cast_like(self, input: Array, other: Array) -> Array:
        return input.astype(other.dtype, copy=False)

    def is_complex(self, input: Array) -> bool:
        return input.dtype.kind == "c"

    def clone(self, input: Array) -> Array:
        return _copy(input) if 0 in input.strides else np.array(input)

    def contiguous_copy(self, input: Array) -> Array:
        return np.array(input, order="C")

    def new_full(self, input: Array, size: tuple[int, ...], fill_value: Any, dtype: DType | None = None) -> Array:
        native = dtypes.numpy_dtype(dtype) if dtype else input.dtype
        if native.itemsize == 1 and native.char not in "?bB":  # float8
            fill_value = dtypes.converted(np.asarray(fill_value), dtypes.from_numpy_dtype(native))
        made = np.empty(size, native)
        np.copyto(made, fill_value, casting="unsafe")  # np.full does the same, and first much else
        return made

    def full_like(self, input: Array, fill_value: Any, dtype: DType | None = None) -> Array:
        made = self.new_full(input, input.shape, fill_value, dtype)
        if input.ndim < 2 or input.flags.c_contiguous:
            return made
        return np.ndarray(input.shape, made.dtype, made, 0, empty_like(input, made.dtype).strides)  # in input's order

    def reshape(self, input: Array, shape: tuple[int, ...]) -> Array:
        return input.reshape(shape)  # np.reshape and its like look up this method, and take twice its time

    def view_as_size(self, input: Array, size: tuple[int, ...]) -> Array:
        # `copy=False` is what a view needs, and takes twice the time; contiguous arrays never copy.
        return input.reshape(size) if input.flags.c_contiguous else input.reshape(size, copy=False)

    def view_as_dtype(self, input: Array, dtype: DType) -> Array:
        return input.view(dtypes.numpy_dtype(dtype))

    def expand(self, input: Array, size: tuple[int, ...]) -> Array:
        view = broadcast(input, size)  # read-only, as several of its elements may lie in one place
        return view if view.size != input.size else input.reshape(size, copy=False)

    def transpose(self, input: Array, dim0: int, dim1: int) -> Array:
        return input.swapaxes(dim0, dim1) if input.shape else input

    def relu(self, input: Array) -> Array:
        # Against a scalar, maximum is not vectorized: three times slower than against zeros that stay in the cache.
        size = input.size
        if size < 1024 or not input.flags.c_contiguous:
            return _larger(input, _ZEROS[input.dtype.char])
        result = np.empty_like(input)
        source, target, zeros = input.reshape(-1), result.reshape(-1), _ROWS_OF_ZEROS[input.dtype.char]
        whole = size - size % ROW
        _larger(source[:whole].reshape(-1, ROW), zeros, out=target[:whole].reshape(-1, ROW))
        if whole < size:
            _larger(source[whole:], zeros[: size - whole], out=target[whole:])
        return result

    def relu_gradient(self, input: Array, output: Array) -> Array:
        stopped = np.less_equal(
            output, _ZEROS[output.dtype.char]
        )  # nan is not: its gradient goes through, as in PyTorch
        if input.size < 1024:
            return np.where(stopped, _ZEROS[input.dtype.char], input)
        return self.zero_where(input, stopped)

    def zero_where(self, input: Array, mask: Array) -> Array:
        if mask.size < 1024 or input.itemsize > 8:
            return np.where(mask, _ZEROS[input.dtype.char], input)
        # By bits, at a tenth of the time of np.where; a product with the mask would make -0 of -1 and nan of inf.
        same = mask.shape == input.shape
        result = np.empty_like(input) if same else np.empty(np.broadcast_shapes(mask.shape, input.shape), input.dtype)
        whole = np.dtype(f"i{input.itemsize}")
        bits = result.view(whole)
        bits[...] = np.subtract(mask.view(np.int8), _ONE)  # all of them, or none where the mask is
        np.bitwise_and(input.view(whole), bits, bits)
        return result

    def permute(self, input: Array, dims: tuple[int, ...]) -> Array:
        return input.transpose(dims)

    def cat(self, tensors: Sequence[Array], dim: int = 0) -> Array:
        result = np.concatenate(tensors, dim)
        if result.ndim < 2 or result.flags.c_contiguous:
            return result
        last = (0, *range(2, result.ndim), 1)  # images may lie with their channels last, all else is row-major
        return result if result.ndim in (4, 5) and other_order(result) == last else result.copy()
