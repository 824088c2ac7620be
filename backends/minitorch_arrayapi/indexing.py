"""Reading and writing at computed places in the standard's terms, which has no scattered writes.

A scattered write is read backwards here: for every place of the result, which of the sources mean it? That is a comparison of
all places with all sources: clear, and slow for large ones. Libraries with scattered writes override it.
"""

from __future__ import annotations

from typing import Any

from minitorch.backend import Array


class IndexingKernels:
    """Mixed into the backend; `self.xp` is the library's namespace."""

    xp: Any

    def nonzero_arrays(self, mask: Array) -> tuple[Array, ...]:
        return tuple(self.xp.nonzero(mask))

    def index_select(self, input: Array, dim: int, index: Array) -> Array:
        self.check_index(index, 0, input.shape[dim] if input.shape else 1, dim)
        return self.xp.take(input, index, axis=dim) if input.shape else self.xp.reshape(input, index.shape)

    def index_add(self, input: Array, dim: int, index: Array, source: Array, *, alpha: float = 1) -> Array:
        self.check_index(index, 0, input.shape[dim], dim)
        means = self._meaning(input, dim, index)
        values = self.xp.moveaxis(source, dim, 0)
        if alpha != 1 and input.dtype != self.xp.bool:
            values = self.xp.astype(values * alpha, input.dtype)
        shape = (*means.shape, *[1] * (len(input.shape) - 1))
        chosen = self.xp.where(self.xp.reshape(means, shape), values, self.xp.zeros((), dtype=input.dtype, device=input.device))
        if input.dtype == self.xp.bool:
            return input | self.xp.moveaxis(self.xp.any(chosen, axis=1), 0, dim)
        return input + self.xp.moveaxis(self.xp.sum(chosen, axis=1, dtype=input.dtype), 0, dim)

    def index_copy(self, input: Array, dim: int, index: Array, source: Array) -> Array:
        self.check_index(index, 0, input.shape[dim], dim)
        if 0 in index.shape:
            return self.clone(input)
        means = self._meaning(input, dim, index)
        number = self.arange_like(input, index.shape[0])
        last = self.xp.max(self.xp.where(means, number, self.xp.full((), -1, dtype=number.dtype, device=number.device)), axis=1)
        written = self.xp.take(source, self.xp.where(last < 0, self.xp.zeros_like(last), last), axis=dim)
        shape = tuple([input.shape[dim] if d == dim else 1 for d in range(len(input.shape))])
        return self.xp.where(self.xp.reshape(last >= 0, shape), written, input)

    def _meaning(self, input: Array, dim: int, index: Array) -> Array:
        """(places, sources): does the source mean the place?"""
        places = self.arange_like(input, input.shape[dim])
        return self.xp.reshape(places, (-1, 1)) == self.xp.reshape(index, (1, -1))

    def argsort_stable(self, input: Array, dim: int, descending: bool) -> Array:
        if not input.shape:
            return self.xp.zeros((), dtype=self.xp.int64, device=input.device)
        if input.dtype == self.xp.bool:
            input = self.xp.astype(input, self.xp.uint8)
        order = self.xp.argsort(input, axis=dim, descending=descending, stable=True)
        return self.xp.astype(order, self.xp.int64, copy=False)
