"""Running extremes and searches in sorted rows, by NumPy's own loops."""

from __future__ import annotations

import numpy as np

from minitorch.backend import BODIES, Array
from minitorch_numpy.layout import other_order, row_major


class NumpyOrdering:
    def cummax(self, input: Array, dim: int) -> tuple[Array, Array]:
        return _running(np.maximum, input, dim)

    def cummin(self, input: Array, dim: int) -> tuple[Array, Array]:
        return _running(np.minimum, input, dim)

    def logcumsumexp(self, input: Array, dim: int) -> Array:
        if input.dtype.kind == "c" or not input.shape:
            return BODIES["logcumsumexp"](self.k, input, dim)
        return row_major(np.logaddexp.accumulate(input, dim))

    def sort(self, input: Array, dim: int = -1, descending: bool = False, stable: bool = False) -> tuple[Array, Array]:
        order = other_order(input)
        if order is None:
            return BODIES["sort"](self.k, input, dim, descending, stable)
        turned = self.sort(
            input.transpose(order), order.index(dim), descending, stable
        )  # the results lie as the input does
        values, places = (part.transpose(np.argsort(order)) for part in turned)
        return values, places

    def tril(self, input: Array, diagonal: int = 0) -> Array:
        return _batch_in_order(BODIES["tril"](self.k, input, diagonal))

    def triu(self, input: Array, diagonal: int = 0) -> Array:
        return _batch_in_order(BODIES["triu"](self.k, input, diagonal))

    def sorted_places(self, input: Array, other: Array, right: bool) -> Array:
        if input.ndim > 1 or (input.dtype.kind == "f" and (np.isnan(input).any() or np.isnan(other).any())):
            return BODIES["sorted_places"](self.k, input, other, right)
        return np.asarray(input.searchsorted(other, "right" if right else "left"))


def _batch_in_order(matrices: Array) -> Array:
    """Matrices that may lie transposed, but one after the other."""
    order = other_order(matrices)
    return matrices if order is None or order[:-2] == tuple(range(matrices.ndim - 2)) else matrices.copy()


def _running(extreme: np.ufunc, input: Array, dim: int) -> tuple[Array, Array]:
    if not input.shape:
        return np.array(input), np.zeros((), np.int64)
    values = extreme.accumulate(input, dim)
    shape = [1] * input.ndim
    shape[dim] = -1
    places = np.arange(input.shape[dim]).reshape(shape)
    # Where an element equals the extreme so far, it is that: of equal ones the last. nan is one, and stays it.
    here = np.where((input == values) | (input != input), places, 0)
    return row_major(values), row_major(np.maximum.accumulate(here, dim))
