"""Reductions and scans by NumPy's ufunc and array methods, whose call costs half of what `np.sum` and its like do."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from minitorch.backend import BODIES, Array, Kernels

Dims = tuple[int, ...] | None

LONG = 2048  # numbers: from here on BLAS is faster
SAFE_SQUARES = {"f": (1e-30, math.inf), "d": (1e-280, math.inf)}  # sums of squares that lost no digits at either end
PIECE = 512  # terms of a running sum: in float32, many more would show their rounding


def in_float32(array: Array) -> bool:
    """Is it float16 or bfloat16, in which no sum should be kept?"""
    return array.itemsize == 2 and array.dtype.kind not in "iu"


@lru_cache(maxsize=256)
def number(value: int, dtype: str) -> Array:
    """A 0-d array: dividing by a Python number takes twice the time on small arrays."""
    return np.array(value, dtype)


@lru_cache(maxsize=256)
def ones(count: int, dtype: str | np.dtype) -> Array:
    """A vector of ones: a product with it is a sum at the speed of BLAS. Shared, and so read-only."""
    vector = np.ones(count, dtype)
    vector.setflags(write=False)
    return vector


class NumpyReductions:
    def sum(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        if input.size > LONG:
            return _long_sum(input, dim, keepdim)
        if input.dtype.char in "fd" and not keepdim and (dim is None or len(dim) == input.ndim):
            return input.ravel().dot(ones(input.size, input.dtype.char))  # half of the time that reduce takes
        if input.itemsize == 2 and in_float32(input):
            return np.add.reduce(input, dim, np.float32, None, keepdim).astype(input.dtype)
        return np.add.reduce(input, dim, None, None, keepdim)

    def mean(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        if input.itemsize == 2 and in_float32(input):
            return self.mean(input.astype(np.float32), dim, keepdim).astype(input.dtype)
        total = self.sum(input, dim, keepdim)
        size = total.size
        return np.divide(total, number(input.size // size, total.dtype.char)) if size else total

    def prod(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        if in_float32(input):
            return np.multiply.reduce(input, dim, np.float32, None, keepdim).astype(input.dtype)
        if input.size > LONG and not keepdim and input.flags.c_contiguous and (dim is None or len(dim) == input.ndim):
            whole = input.size - input.size % 256  # 256 products side by side, where one would wait for itself
            flat = input.reshape(-1)
            side_by_side = np.multiply.reduce(flat[:whole].reshape(-1, 256), 0)
            return np.multiply.reduce(side_by_side) * np.multiply.reduce(flat[whole:])
        return np.multiply.reduce(input, dim, None, None, keepdim)

    def product_of_others(self, input: Array, dim: tuple[int, ...]) -> Array:
        if input.size > LONG and input.all():  # without a zero one may divide
            return self.prod(input, dim, True) / input
        return BODIES["product_of_others"](Kernels(self), input, dim)

    def cumsum(self, input: Array, dim: int) -> Array:
        return self._scan(np.add, input, dim)

    def cumprod(self, input: Array, dim: int) -> Array:
        return self._scan(np.multiply, input, dim)

    def _scan(self, ufunc: np.ufunc, input: Array, dim: int) -> Array:
        if not input.shape:
            return np.array(input)
        if in_float32(input):
            return ufunc.accumulate(input, dim, np.float32).astype(input.dtype)
        return ufunc.accumulate(input, dim, input.dtype)

    def all(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        found = np.logical_and.reduce(input, dim, None, None, keepdim)
        return found.astype(np.uint8) if input.dtype == np.uint8 else found

    def any(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        found = np.logical_or.reduce(input, dim, None, None, keepdim)
        return found.astype(np.uint8) if input.dtype == np.uint8 else found

    def amax(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        return np.maximum.reduce(input, dim, None, None, keepdim)

    def amin(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        return np.minimum.reduce(input, dim, None, None, keepdim)

    def argmax(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        if dim is not None and len(dim) == 1:
            return input.argmax(dim[0], keepdims=keepdim)
        found = input.argmax()
        return np.reshape(found, (1,) * input.ndim) if keepdim else found

    def argmin(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        if dim is not None and len(dim) == 1:
            return input.argmin(dim[0], keepdims=keepdim)
        found = input.argmin()
        return np.reshape(found, (1,) * input.ndim) if keepdim else found

    def to_chosen(self, input: Array, index: Array, size: tuple[int, ...], dim: int) -> Array:
        out = np.zeros(size, input.dtype)
        outer, inner = math.prod(size[:dim]), math.prod(size[dim + 1 :])
        lines = np.arange(outer)[:, None] * size[dim] + index.reshape(outer, inner)
        out.reshape(-1)[lines * inner + np.arange(inner)] = input.reshape(outer, inner)
        return out

    def spread(self, input: Array, size: tuple[int, ...], dim: tuple[int, ...], keepdim: bool) -> Array:
        if not input.shape and input.itemsize > 2:
            # A scalar's buffer read with strides of 0: np.broadcast_to costs ten times that.
            return np.ndarray(size, input.dtype, input, 0, (0,) * len(size))
        if not keepdim:
            input = input.reshape([1 if d in dim else n for d, n in enumerate(size)])
        return np.broadcast_to(input, size)

    def euclidean(self, input: Array, dim: Dims, keepdim: bool) -> Array:
        if input.itemsize == 2:
            return np.sqrt(self._squares(input.astype(np.float32), dim, keepdim)).astype(input.dtype)
        squares = self._squares(input, dim, keepdim)
        low, high = SAFE_SQUARES[squares.dtype.char]
        if ((squares > low) & (squares < high)).all():
            return np.sqrt(squares)
        return BODIES["euclidean"](Kernels(self), input, dim, keepdim)  # which takes longer, and stays in range

    def variance(self, input: Array, dim: tuple[int, ...], correction: float, keepdim: bool) -> Array:
        if input.itemsize == 2:
            return self.variance(input.astype(np.float32), dim, correction, keepdim).astype(input.dtype)
        centred = input - self.mean(input, dim, True)
        total = self._squares(centred, dim, keepdim)
        number = input.size // total.size if total.size else 0
        return total / max(number - correction, 0)

    def _squares(self, input: Array, dim: Dims, keepdim: bool) -> Array:
        """The sum of |x|^2; of all elements by one product of BLAS, which reads them once."""
        if input.dtype.kind == "c":
            return self._squares(input.real, dim, keepdim) + self._squares(input.imag, dim, keepdim)
        if not keepdim and (dim is None or len(dim) == input.ndim):
            flat = input.ravel("K")
            return flat.dot(flat)
        return self.sum(input * input, dim, keepdim)


def _long_sum(input: Array, dim: Dims, keepdim: bool) -> Array:
    """A sum of many numbers: by BLAS where they lie in order, in float32 for narrow floats."""
    dims = tuple(range(input.ndim)) if dim is None else dim
    if input.dtype.char in "fd" and dims and input.flags.c_contiguous:
        total = _sum_in_order(input, dims)
        return total.reshape([1 if d in dims else n for d, n in enumerate(input.shape)]) if keepdim else total
    kind = np.float32 if in_float32(input) else None
    return np.add.reduce(input, dim, kind, None, keepdim).astype(input.dtype, copy=False)


def _sum_in_order(x: Array, dims: tuple[int, ...]) -> Array:
    """The trailing dims are summed as rows of a matrix, leading ones as its columns; what lies between takes another turn."""
    shape = x.shape
    last = x.ndim
    while last - 1 in dims:
        last -= 1
    if last < x.ndim:
        width = math.prod(shape[last:])
        if width < 16:
            return np.add.reduce(x, dims)
        total = _shaped(_row_sums(x.reshape(x.size // width, width)), shape[:last])
        rest = tuple([d for d in dims if d < last])
    else:
        first = 0
        while first in dims:
            first += 1
        if not first:
            return np.add.reduce(x, dims)
        rows = math.prod(shape[:first])
        total = _shaped(_column_sums(x.reshape(rows, x.size // rows)), shape[first:])
        rest = tuple([d - first for d in dims if d >= first])
    if not rest:
        return total if total.shape else total[()]
    return _sum_in_order(total, rest) if total.size > LONG else np.add.reduce(total, rest)


def _shaped(x: Array, shape: tuple[int, ...]) -> Array:
    return x if x.shape == shape else x.reshape(shape)  # a view isn't its own memory, which a gradient should be


def _row_sums(x: Array) -> Array:
    if len(x) > 1 or x.size <= LONG:
        return x.dot(ones(x.shape[1], x.dtype))
    flat, whole = x[0], x.size - x.size % LONG  # one long row in pieces, so that no running sum gets long
    pieces = flat[:whole].reshape(-1, LONG).dot(ones(LONG, x.dtype))
    return np.add.reduce(pieces, keepdims=True) + np.add.reduce(flat[whole:])


def _column_sums(x: Array) -> Array:
    rows, width = x.shape
    if rows <= PIECE:
        return ones(rows, x.dtype).dot(x)
    whole = rows - rows % PIECE
    pieces = np.matmul(ones(PIECE, x.dtype), x[:whole].reshape(-1, PIECE, width))
    return _column_sums(pieces) + np.add.reduce(x[whole:])
