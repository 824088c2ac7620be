"""Scattered reads and writes by NumPy's own indexing."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

import numpy as np
from minitorch_arrayapi.strided import StridedViews

from minitorch.backend import Array
from minitorch.checks import Check, out_of_range
from minitorch.layouts import order_of
from minitorch_numpy.layout import in_order
from minitorch_numpy.scatter import add_rows


def _whole(indices: tuple) -> tuple:
    return tuple([slice(None) if array is None else array for array in indices])


def _same_dims(input: Array, index: Array) -> None:
    if (index.ndim or 1) != (input.ndim or 1):
        raise IndexError("the index has another number of dimensions than the input")


def _along(dim: int, index: Array) -> tuple:
    """What `gather` reads, as NumPy indexes it: `index` along `dim`, and everywhere else each place itself."""
    if index.ndim == 1:
        return (index,)
    places = [
        index if d == dim else np.arange(n).reshape((n,) + (1,) * (index.ndim - d - 1))
        for d, n in enumerate(index.shape)
    ]
    return tuple(places)


def _first(array: Array, dim: int) -> Array:
    """`dim` before all others; np.moveaxis takes five times as long."""
    return array.transpose((dim, *range(dim), *range(dim + 1, array.ndim))) if dim else array


class NumpyIndexing(StridedViews):
    def basic_index(self, input: Array, index: tuple) -> Array:
        result = input[index]
        return result if isinstance(result, np.ndarray) else input[(*index, ...)]

    def basic_index_transpose(self, input: Array, size: tuple[int, ...], index: tuple) -> Array:
        result = np.zeros(size, input.dtype)
        result[index] = input
        return result

    def diagonal(self, input: Array, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Array:
        view = input.diagonal(offset, dim1, dim2)  # read-only, by a promise NumPy made and has not kept since 1.9
        view.flags.writeable = input.flags.writeable
        return view

    def diagonal_transpose(self, input: Array, size: tuple[int, ...], offset: int, dim1: int, dim2: int) -> Array:
        result = np.zeros(size, input.dtype)
        self.diagonal(result, offset, dim1, dim2)[...] = input
        return result

    def as_strided_contiguous(
        self, input: Array, size: tuple[int, ...], stride: tuple[int, ...], storage_offset: int = 0
    ) -> Array:
        flat = input.reshape(-1)[storage_offset:]
        return np.lib.stride_tricks.as_strided(flat, size, [step * input.itemsize for step in stride])

    def restrided(self, input: Array, size: tuple[int, ...], strides: tuple[int, ...]) -> Array:
        return np.lib.stride_tricks.as_strided(input, size, strides)

    def nonzero_arrays(self, mask: Array) -> tuple[Array, ...]:
        return tuple([np.ascontiguousarray(column) for column in mask.nonzero()])

    def index(self, input: Array, indices: tuple) -> Array:
        result = input[_whole(indices)]
        if input.flags.c_contiguous:  # NumPy may put the indexed dims where they are written last
            return np.asarray(result, order="C")
        indexed = [d for d, array in enumerate(indices) if array is not None]
        place = indexed[0] if indexed[-1] - indexed[0] == len(indexed) - 1 else 0
        steps = [step for d, step in enumerate(input.strides) if d not in indexed]
        steps[place:place] = [0] * (result.ndim - len(steps))  # where PyTorch lets the indexed dims stay
        return in_order(result, order_of(result.shape, steps))

    def index_put(self, input: Array, values: Array, indices: tuple, accumulate: bool) -> Array:
        result = self.clone(input)
        if accumulate:
            np.add.at(result, _whole(indices), values)
        else:
            result[_whole(indices)] = values
        return result

    def index_transpose(self, input: Array, size: tuple[int, ...], indices: tuple) -> Array:
        if len(indices) == 1 or all(array is None for array in indices[1:]):
            rows = indices[0].reshape(-1)
            result = np.zeros(size, input.dtype)
            add_rows(result, np.where(rows < 0, rows + size[0], rows), input.reshape(len(rows), *size[1:]))
            return result
        result = np.zeros(size, input.dtype)
        np.add.at(result, _whole(indices), input)
        return result

    def check_index(self, index: Array, low: int, high: int, dim: int) -> None:
        if index.size:
            smallest, largest = np.minimum.reduce(index, None), np.maximum.reduce(index, None)
            if smallest < low or largest >= high:
                raise out_of_range(Check(low, high, dim), int(smallest if smallest < low else largest))

    def gather(self, input: Array, dim: int, index: Array) -> Array:
        if not input.shape or not index.shape or not index.size:
            return input.reshape(-1)[index]
        self.check_index(index, 0, input.shape[dim], dim)
        _same_dims(input, index)
        for d, n in enumerate(index.shape):
            if n > input.shape[d] and d != dim:
                raise IndexError("the index is larger than the input")
        return input[_along(dim, index)]

    def scatter_add(self, input: Array, dim: int, index: Array, src: Array) -> Array:
        return self._scattered(np.add.at, input, dim, index, src)

    def scatter_elements(self, input: Array, dim: int, index: Array, src: Array) -> Array:
        return self._scattered(operator.setitem, input, dim, index, src)

    def _scattered(self, write: Callable, input: Array, dim: int, index: Array, src: Array) -> Array:
        result = np.array(input, order="C")
        if index.size:
            _same_dims(input, index)
            self.check_index(index, 0, input.shape[dim] if input.shape else 1, dim)
            if src.shape != index.shape:
                src = src[tuple([slice(n) for n in index.shape])]
            whole, index = (result, index) if result.shape else (result.reshape(1), index.reshape(-1))
            write(whole, _along(dim, index), src.reshape(index.shape))
        return result

    def scatter_extreme(
        self, input: Array, dim: int, index: Array, src: Array, largest: bool, include_self: bool
    ) -> Array:
        return self._combined(np.maximum if largest else np.minimum, input, dim, index, src, include_self)

    def scatter_prod(self, input: Array, dim: int, index: Array, src: Array, include_self: bool) -> Array:
        return self._combined(np.multiply, input, dim, index, src, include_self)

    def _combined(self, ufunc: np.ufunc, input: Array, dim: int, index: Array, src: Array, include_self: bool) -> Array:
        self.check_index(index, 0, input.shape[dim], dim)
        result = np.array(input, order="C")
        flat = result.reshape(-1)
        places = np.arange(flat.size).reshape(result.shape)[tuple([slice(n) for n in index.shape])]
        step = math.prod(result.shape[dim + 1 :])
        places = (np.take(places, [0], dim) + index * step).reshape(-1)
        values = src.reshape(-1)
        if not include_self:
            flat[places] = values  # one of them: an extreme is not changed by it, and a product begins at 1
            if ufunc is np.multiply:
                flat[places] = 1
        ufunc.at(flat, places, values)
        return result

    def index_select(self, input: Array, dim: int, index: Array) -> Array:
        index = self.vector(input, dim, index)
        return input.take(index, dim) if input.shape else np.array(input)

    def index_add(self, input: Array, dim: int, index: Array, source: Array, *, alpha: float = 1) -> Array:
        index = self.vector(input, dim, index, source)
        result = np.array(input, order="C")
        if not input.shape:
            return result + (source.reshape(()) * alpha).astype(input.dtype)
        if alpha != 1:
            source = (source * alpha).astype(input.dtype, copy=False)
        add_rows(_first(result, dim), index, _first(source, dim))
        return result

    def index_copy(self, input: Array, dim: int, index: Array, source: Array) -> Array:
        index = self.vector(input, dim, index, source)
        if not input.shape:
            return np.array(source.reshape(()))
        result = np.array(input, order="C")
        _first(result, dim)[index] = _first(source, dim)
        return result

    def argsort_stable(self, input: Array, dim: int, descending: bool) -> Array:
        if not input.shape:
            return np.zeros((), np.int64)
        if input.dtype.kind in "iu" and input.itemsize > 2 and input.size > 4096:
            lowest, largest = input.min(), input.max()
            if int(largest) - int(lowest) < 2**16:  # which NumPy sorts by digits, at a fifth of the time
                input = (input - lowest).astype(np.uint16)
        if not descending:
            return input.argsort(dim, kind="stable")
        # Stable and descending: sort the reversed array ascending, and read the order backwards.
        reverse = (slice(None),) * dim + (slice(None, None, -1),)
        return input.shape[dim] - 1 - input[reverse].argsort(dim, kind="stable")[reverse]
