"""Reductions and scans by NumPy's ufunc and array methods, whose call costs half of what `np.sum` and its like do."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from minitorch.backend import Array

Dims = tuple[int, ...] | None

LONG = 4096  # terms of a running float sum before its rounding shows; NumPy adds in pairs only along the last dim


def in_float32(array: Array) -> bool:
    """Is it float16 or bfloat16, in which no sum should be kept?"""
    return array.itemsize == 2 and array.dtype.kind not in "iu"


@lru_cache(maxsize=256)
def ones(count: int, dtype: np.dtype) -> Array:
    """A vector of ones: a product with it is a sum at the speed of BLAS. Shared, and so read-only."""
    vector = np.ones(count, dtype)
    vector.setflags(write=False)
    return vector


class NumpyReductions:
    def sum(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        if input.size > LONG:
            return _long_sum(input, dim, keepdim)
        if input.itemsize == 2 and in_float32(input):
            return np.add.reduce(input, dim, np.float32, None, keepdim).astype(input.dtype)
        return np.add.reduce(input, dim, None, None, keepdim)

    def mean(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        if in_float32(input):
            return self.mean(input.astype(np.float32), dim, keepdim).astype(input.dtype)
        total = self.sum(input, dim, keepdim)
        return total / (input.size // total.size) if total.size else total

    def prod(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        if in_float32(input):
            return np.multiply.reduce(input, dim, np.float32, None, keepdim).astype(input.dtype)
        return np.multiply.reduce(input, dim, None, None, keepdim)

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

    def spread(self, input: Array, size: tuple[int, ...], dim: tuple[int, ...], keepdim: bool) -> Array:
        if not input.shape and input.itemsize > 2:  # a scalar's buffer, read with strides of 0: np.broadcast_to costs ten times that
            return np.ndarray(size, input.dtype, input, 0, (0,) * len(size))
        if not keepdim:
            input = input.reshape([1 if d in dim else n for d, n in enumerate(size)])
        return np.broadcast_to(input, size)

    def euclidean(self, input: Array, dim: Dims, keepdim: bool) -> Array:
        if input.itemsize == 2:
            return np.sqrt(self._squares(input.astype(np.float32), dim, keepdim)).astype(input.dtype)
        return np.sqrt(self._squares(input, dim, keepdim))

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
    """A sum of many terms, in float32 for narrow floats, and in stages where NumPy would keep one running sum."""
    kind = np.float32 if in_float32(input) else None
    dims = tuple(range(input.ndim)) if dim is None else dim
    if input.ndim and input.ndim - 1 not in dims and input.dtype.kind in "fc":
        long = max(dims, key=input.shape.__getitem__, default=0)
        size = input.shape[long]
        if size > LONG:
            length = math.isqrt(size)
            before = (slice(None),) * long
            whole, rest = input[(*before, slice(size - size % length))], input[(*before, slice(size - size % length, None))]
            parts = whole.reshape(*input.shape[:long], -1, length, *input.shape[long + 1 :])
            parts = np.add.reduce(parts, long + 1, kind)
            total = np.add.reduce(parts, dims, kind, None, keepdim) + np.add.reduce(rest, dims, kind, None, keepdim)
            return total.astype(input.dtype, copy=False)
    return np.add.reduce(input, dim, kind, None, keepdim).astype(input.dtype, copy=False)
