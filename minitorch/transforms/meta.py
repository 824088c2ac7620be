"""The device `meta`: arrays that have a shape and a dtype, and no memory.

What a program would do to shapes can be asked at any size at no cost: `empty(10**6, 10**6, device="meta").sum(0)`.
Elementwise rows broadcast, rows with a body run it, and the kernels below say the rest. Layouts aren't followed: all is
contiguous.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.backend import Array, Backend, Device
from minitorch.dtypes import DType
from minitorch.errors import ShapeMismatch
from minitorch.explain import broadcast_shape
from minitorch.rows import OPS, Op, result_dtype
from minitorch.transforms.arrays import Operators

Shape = tuple[int, ...]
NO_DATA = "Cannot copy out of meta tensor; no data!"


class Hollow(Operators):
    """An array without elements: only what is known of it."""

    __slots__ = ("device", "dtype", "shape")

    def __init__(self, shape: Sequence[int], dtype: DType):
        self.shape, self.dtype, self.device = tuple(shape), dtype, Device("meta")


def outline(shape: Sequence[int]) -> np.ndarray:
    """A NumPy array of that shape over one byte of memory: indexing it tells shapes."""
    return np.broadcast_to(np.zeros((), np.bool_), tuple(shape))


class Meta(Backend):
    """The kernels, each of which tells shape and dtype of its result."""

    name = "meta"
    device_types = ("meta",)
    aliasing = False

    def kernel(self, op_name: str) -> Callable | None:
        own = getattr(self, op_name, None)
        if own is not None:
            return own
        op = OPS.get(op_name)
        return partial(self._broadcast, op) if op is not None and op.family == "elementwise" else None

    def _broadcast(self, op: Op, *operands: Any, **settings: Any) -> Any:
        arrays = [operand for operand in operands if isinstance(operand, Hollow)]
        shape = broadcast_shape([array.shape for array in arrays])
        if shape is None:
            raise ShapeMismatch(f"{op.name}(): shapes {[list(array.shape) for array in arrays]} can't be broadcast")
        kinds = op.result if isinstance(op.result, tuple) else (op.result,)
        results = [Hollow(shape, result_dtype(kind, arrays[0].dtype)) for kind in kinds]
        return results if isinstance(op.result, tuple) else results[0]

    # --- The port -------------------------------------------------------------------------------------------------------

    def from_host(self, array: np.ndarray, dtype: DType, device: Device) -> Hollow:
        return Hollow(array.shape, dtype)

    def to_host(self, array: Array) -> np.ndarray:
        raise NotImplementedError(NO_DATA)

    def move(self, array: Array, dtype: DType, device: Device) -> Array:
        if device.type != "meta":
            raise NotImplementedError(
                f"{NO_DATA} Make the tensor on {device} instead, for example with empty_like(..., device=)"
            )
        return array

    def native_dtype(self, dtype: DType) -> DType:
        return dtype

    def supports(self, dtype: DType) -> bool:
        return True

    def dtype_of(self, array: Array) -> DType:
        return array.dtype

    def check_index(self, index: Array, low: int, high: int, dim: int) -> None:
        """There are no values to check."""

    def some(self, mask: Hollow) -> bool:
        return False

    # --- Same shape, or one that is said --------------------------------------------------------------------------------

    def new_full(self, input: Hollow, size: Shape, fill_value: Any, dtype: DType | None = None) -> Hollow:
        return Hollow(size, dtype or input.dtype)

    def arange_like(self, input: Hollow, end: int) -> Hollow:
        return Hollow((end,), dtypes.int64)

    def lowest(self, input: Hollow) -> Hollow:
        return Hollow((), input.dtype)

    def argsort_stable(self, input: Hollow, dim: int, descending: bool) -> Hollow:
        return Hollow(input.shape, dtypes.int64)

    def nonzero_arrays(self, mask: Hollow) -> Any:
        raise NotImplementedError(
            "the shape of this result depends on values, which a meta tensor doesn't have (nonzero, unique, indexing by a mask)"
        )

    def cast(self, input: Hollow, dtype: DType) -> Hollow:
        return Hollow(input.shape, dtype)

    def make_complex(self, real: Hollow, imag: Hollow) -> Hollow:
        return Hollow(broadcast_shape([real.shape, imag.shape]) or (), real.dtype.to_complex())

    def _same(self, input: Hollow, *settings: Any, **named: Any) -> Hollow:
        return Hollow(input.shape, input.dtype)

    clone = conj = cumsum = cumprod = flip = index_add = index_copy = _same

    def matrix_exponential(self, input: Hollow) -> Hollow:
        return self._same(input)  # how often it squares depends on values

    def _real(self, input: Hollow) -> Hollow:
        return Hollow(input.shape, input.dtype.to_real())

    abs = real = imag = _real

    def reshape(self, input: Hollow, shape: Shape) -> Hollow:
        return Hollow(outline(input.shape).reshape(shape).shape, input.dtype)

    view_as_size = reshape

    def as_strided_contiguous(self, input: Hollow, size: Shape, stride: Shape, storage_offset: int = 0) -> Hollow:
        return Hollow(size, input.dtype)

    def permute(self, input: Hollow, dims: Shape) -> Hollow:
        return Hollow([input.shape[dim] for dim in dims], input.dtype)

    def expand(self, input: Hollow, size: Shape) -> Hollow:
        return Hollow(np.broadcast_to(outline(input.shape), size).shape, input.dtype)

    def basic_index(self, input: Hollow, index: tuple) -> Hollow:
        return Hollow(outline(input.shape)[index].shape, input.dtype)

    def basic_index_transpose(self, input: Hollow, size: Shape, index: tuple) -> Hollow:
        return Hollow(size, input.dtype)

    def diagonal(self, input: Hollow, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Hollow:
        return Hollow(np.diagonal(outline(input.shape), offset, dim1, dim2).shape, input.dtype)

    def index_select(self, input: Hollow, dim: int, index: Hollow) -> Hollow:
        count = int(np.prod(index.shape))
        return Hollow((*input.shape[:dim], count, *input.shape[dim + 1 :]) if input.shape else (), input.dtype)

    # --- Several operands -----------------------------------------------------------------------------------------------

    def where(self, condition: Hollow, input: Hollow, other: Hollow) -> Hollow:
        shape = broadcast_shape([condition.shape, input.shape, other.shape])
        if shape is None:
            raise ShapeMismatch(
                f"where(): shapes {condition.shape}, {input.shape} and {other.shape} can't be broadcast"
            )
        return Hollow(shape, input.dtype)

    def _larger(self, input: Hollow, other: Hollow) -> Hollow:
        return self._broadcast(OPS["add"], input, other)

    maximum = minimum = pow = _larger

    def cat(self, tensors: Sequence[Hollow], dim: int = 0) -> Hollow:
        first = tensors[0].shape
        return Hollow((*first[:dim], sum(t.shape[dim] for t in tensors), *first[dim + 1 :]), tensors[0].dtype)

    def matmul(self, input: Hollow, mat2: Hollow) -> Hollow:
        left, right = input.shape, mat2.shape
        rows, columns = left[-2:-1], right[-1:] if len(right) > 1 else ()
        outer = broadcast_shape([left[:-2], right[:-2]])
        if not left or not right or left[-1] != right[-2 if len(right) > 1 else -1] or outer is None:
            raise ShapeMismatch(f"matmul(): shapes {list(left)} and {list(right)} can't be multiplied")
        return Hollow((*outer, *rows, *columns), input.dtype)

    # --- Reductions -----------------------------------------------------------------------------------------------------

    def _reduced(self, input: Hollow, dim: Shape | None = None, keepdim: bool = False) -> Hollow:
        dims = range(len(input.shape)) if dim is None else dim
        shape = [1 if d in dims else size for d, size in enumerate(input.shape) if keepdim or d not in dims]
        return Hollow(shape, input.dtype)

    sum = prod = amax = amin = _reduced

    def _truth(self, input: Hollow, dim: Shape | None = None, keepdim: bool = False) -> Hollow:
        return self.cast(
            self._reduced(input, dim, keepdim), input.dtype if input.dtype is dtypes.uint8 else dtypes.bool
        )

    all = any = _truth

    def _place(self, input: Hollow, dim: Shape | None = None, keepdim: bool = False) -> Hollow:
        return self.cast(self._reduced(input, dim, keepdim), dtypes.int64)

    argmax = argmin = _place

    # --- Matrices -------------------------------------------------------------------------------------------------------

    def svd_factors(self, A: Hollow, full: bool) -> tuple[Hollow, ...]:
        *outer, rows, columns = A.shape
        few = min(rows, columns)
        left, right = (rows, columns) if full else (few, few)
        return (
            Hollow((*outer, rows, left), A.dtype),
            Hollow((*outer, few), A.dtype.to_real()),
            Hollow((*outer, right, columns), A.dtype),
        )

    def eigh_factors(self, A: Hollow) -> tuple[Hollow, ...]:
        return Hollow(A.shape[:-1], A.dtype.to_real()), Hollow(A.shape, A.dtype)

    def eig_factors(self, A: Hollow) -> tuple[Hollow, ...]:
        return Hollow(A.shape[:-1], A.dtype.to_complex()), Hollow(A.shape, A.dtype.to_complex())
