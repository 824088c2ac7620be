"""Reductions and scans by NumPy's ufunc and array methods, whose call costs half of what `np.sum` and its like do."""

from __future__ import annotations

import math

import numpy as np

from minitorch.backend import BODIES, Array
from minitorch_numpy.layout import broadcast, row_major
from minitorch_numpy.summation import FEW, LONG, in_float32, number, ones, wide_sum

Dims = tuple[int, ...] | None

SAFE_SQUARES = {"f": (1e-30, math.inf), "d": (1e-280, math.inf)}  # sums of squares that lost no digits at either end


class NumpyReductions:
    def sum(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        if input.size <= FEW and input.dtype.char in "fd" and not keepdim and (dim is None or len(dim) == input.ndim):
            return input.ravel().dot(ones(input.size, input.dtype.char))  # half of the time that reduce takes
        if input.size <= FEW or input.dtype.kind in "biuc":
            total = np.add.reduce(input, dim, np.float32 if in_float32(input) else None, None, keepdim)
            return total.astype(input.dtype, "C", copy=False)
        return wide_sum(input, dim, keepdim).astype(input.dtype, "C")

    def mean(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        if input.itemsize == 2 and in_float32(input):
            return self.mean(input.astype(np.float32), dim, keepdim).astype(input.dtype)
        if input.size <= FEW or input.dtype.kind == "c":
            total = self.sum(input, dim, keepdim)
            size = total.size
            return np.divide(total, number(input.size // size, total.dtype.char)) if size else total
        total = wide_sum(input, dim, keepdim)  # divided before it is rounded
        size = total.size
        return np.divide(total, number(input.size // size, "d")).astype(input.dtype, "C") if size else total

    def prod(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        if in_float32(input):
            return np.multiply.reduce(input, dim, np.float32, None, keepdim).astype(input.dtype, "C")
        if input.size > LONG and not keepdim and input.flags.c_contiguous and (dim is None or len(dim) == input.ndim):
            whole = input.size - input.size % 256  # 256 products side by side, where one would wait for itself
            flat = input.reshape(-1)
            side_by_side = np.multiply.reduce(flat[:whole].reshape(-1, 256), 0)
            return np.multiply.reduce(side_by_side) * np.multiply.reduce(flat[whole:])
        return row_major(np.multiply.reduce(input, dim, None, None, keepdim))

    def product_of_others(self, input: Array, dim: tuple[int, ...]) -> Array:
        if input.size > LONG and input.all():  # without a zero one may divide
            return self.prod(input, dim, True) / input
        return BODIES["product_of_others"](self.k, input, dim)

    def cumsum(self, input: Array, dim: int) -> Array:
        return self._scan(np.add, input, dim)

    def cumprod(self, input: Array, dim: int) -> Array:
        return self._scan(np.multiply, input, dim)

    def _scan(self, ufunc: np.ufunc, input: Array, dim: int) -> Array:
        if not input.shape:
            return np.array(input)
        # A running sum is rounded at each step: in float32 a million of them would leave four digits.
        kind = np.float64 if input.dtype.char == "f" or in_float32(input) else input.dtype
        return ufunc.accumulate(input, dim, kind).astype(input.dtype, "C", copy=False)

    def all(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        found = row_major(np.logical_and.reduce(input, dim, None, None, keepdim))
        return found.astype(np.uint8) if input.dtype == np.uint8 else found

    def any(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        found = row_major(np.logical_or.reduce(input, dim, None, None, keepdim))
        return found.astype(np.uint8) if input.dtype == np.uint8 else found

    def amax(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        return row_major(np.maximum.reduce(input, dim, None, None, keepdim))

    def amin(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        return row_major(np.minimum.reduce(input, dim, None, None, keepdim))

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
            # A scalar's buffer read with strides of 0, which takes less time still.
            return np.ndarray(size, input.dtype, input, 0, (0,) * len(size))
        if not keepdim:
            input = input.reshape([1 if d in dim else n for d, n in enumerate(size)])
        return broadcast(input, size)

    def euclidean(self, input: Array, dim: Dims, keepdim: bool) -> Array:
        if input.itemsize == 2:
            return np.sqrt(self._squares(input.astype(np.float32), dim, keepdim)).astype(input.dtype)
        squares = self._squares(input, dim, keepdim)
        kind = input.real.dtype
        low, high = SAFE_SQUARES[kind.char]
        if ((squares > low) & (squares < high)).all():
            return np.sqrt(squares).astype(kind, "C", copy=False)
        return BODIES["euclidean"](self.k, input, dim, keepdim)  # which takes longer, and stays in range

    def variance(self, input: Array, dim: tuple[int, ...], correction: float, keepdim: bool) -> Array:
        if input.itemsize == 2:
            return self.variance(input.astype(np.float32), dim, correction, keepdim).astype(input.dtype)
        centred = input - self.mean(input, dim, True)
        total = self._squares(centred, dim, keepdim)
        number = input.size // total.size if total.size else 0
        if input.size > FEW and input.dtype.kind == "f" and number:
            rest = wide_sum(centred, dim, keepdim)  # not 0 where the mean is so large that its rounding shows
            total = total - rest * rest / number
        result = total / max(number - correction, 0)
        return result.astype(centred.real.dtype, "C", copy=False)

    def _squares(self, input: Array, dim: Dims, keepdim: bool) -> Array:
        """The sum of |x|^2, of many numbers in float64."""
        if input.dtype.kind == "c":
            return self._squares(input.real, dim, keepdim) + self._squares(input.imag, dim, keepdim)
        if input.size > FEW:
            return wide_sum(input * input, dim, keepdim)
        if not keepdim and (dim is None or len(dim) == input.ndim):
            flat = input.ravel("K")
            return flat.dot(flat)
        return self.sum(input * input, dim, keepdim)
