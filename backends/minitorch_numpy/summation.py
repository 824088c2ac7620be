"""Sums that are right to the last digit or nearly so, at the speed of BLAS.

NumPy adds pairwise along the last axis of arrays that lie in order, and one after the other along any other, where float32 loses
a digit for each hundred terms. Here float32 is added in pieces of a few terms by products with ones, the pieces in float64: the
roundings within pieces cancel out, as they are many, and where there are few, all is added in float64.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from minitorch.backend import Array

Dims = tuple[int, ...] | None

FEW = 16  # numbers whose sum in their own type is right to a unit or two
LONG = 2048  # numbers: from here on BLAS is faster than NumPy's reduction
PIECE = 32  # terms that are added in float32
MANY = 512  # terms from which on there are enough pieces
BLOCK = 1 << 15  # numbers that are turned into float64 at once


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


def wide_sum(input: Array, dim: Dims, keepdim: bool) -> Array:
    """The sum of real floats in float64."""
    if input.size <= LONG:
        if input.ndim == 1 and not keepdim and dim != () and input.itemsize > 2:
            return input.dot(ones(input.size, "d"))
        return np.add.reduce(input, dim, np.float64, None, keepdim)
    dims = tuple(range(input.ndim)) if dim is None else dim
    if input.itemsize == 2:
        input = input.astype(np.float32)
    if not dims:
        return input.astype(np.float64)
    # The axes in the order in which they lie in memory: whatever was transposed is in order again.
    order = sorted(range(input.ndim), key=lambda axis: -abs(input.strides[axis]))
    x = np.ascontiguousarray(input.transpose(order))
    total = _in_order(x, tuple([place for place, axis in enumerate(order) if axis in dims]))
    left = [axis for axis in order if axis not in dims]
    total = total.transpose([left.index(axis) for axis in sorted(left)])
    return total.reshape([1 if axis in dims else n for axis, n in enumerate(input.shape)]) if keepdim else total


def _in_order(x: Array, dims: tuple[int, ...]) -> Array:
    """The sum over `dims` of an array that lies in order: neighbouring dims count as one, and one after the other is summed."""
    last = dims[-1]
    first = last
    while first - 1 in dims:
        first -= 1
    before, after = x.shape[:first], x.shape[last + 1 :]
    shape = (math.prod(before), math.prod(x.shape[first : last + 1]), math.prod(after))
    total = _middle(x.reshape(shape)).reshape((*before, *after))
    rest = tuple([d for d in dims if d < first])
    return _in_order(total, rest) if rest else total


def _middle(x: Array) -> Array:
    """(A, n, C) -> (A, C) in float64."""
    count, terms, width = x.shape
    if not x.size:
        return np.zeros((count, width))
    if width == 1:
        return _rows(x.reshape(count, terms))[:, None]
    if count == 1:
        return _columns(x[0])[None]
    if terms * width > BLOCK // 4:
        return np.stack([_columns(part) for part in x])
    step = max(BLOCK // (terms * width), 1)
    parts = [np.matmul(ones(terms, "d"), x[start : start + step].astype(np.float64)) for start in range(0, count, step)]
    return np.concatenate(parts)


def _rows(x: Array) -> Array:
    """The sum of each row."""
    rows, terms = x.shape
    if terms < MANY or x.dtype.char == "d":
        step = max(BLOCK // terms, 1)
        return np.concatenate([x[start : start + step].dot(ones(terms, "d")) for start in range(0, rows, step)])
    whole = terms - terms % PIECE
    one = ones(PIECE, x.dtype)
    if whole == terms:
        return np.add.reduce(x.reshape(-1, PIECE).dot(one).reshape(rows, -1), 1, np.float64)
    pieces = x[:, :whole].reshape(-1, whole // PIECE, PIECE) if rows > 1 else x[0, :whole].reshape(1, -1, PIECE)
    return np.add.reduce(np.matmul(pieces, one), 1, np.float64) + np.add.reduce(x[:, whole:], 1, np.float64)


def _columns(x: Array) -> Array:
    """The sum of each column."""
    terms, width = x.shape
    piece = PIECE if terms >= MANY else PIECE // 4
    whole = terms - terms % piece
    if x.dtype.char == "d" or terms < 2 * piece:
        step = max(BLOCK // terms, 1)
        parts = [
            ones(terms, "d").dot(x[:, start : start + step].astype(np.float64, copy=False))
            for start in range(0, width, step)
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)
    pieces = np.matmul(ones(piece, x.dtype), x[:whole].reshape(-1, piece, width))
    total = np.add.reduce(pieces, 0, np.float64)
    return total + np.add.reduce(x[whole:], 0, np.float64) if whole < terms else total
