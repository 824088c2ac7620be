"""Reading and writing at computed places in the standard's terms, which has no scattered writes.

A scattered write is read backwards here: the sources are sorted by the place that they mean, and every place then looks up
its run of sources. Libraries with scattered writes override it.
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
        index = self.vector(input, dim, index)
        return self.xp.take(input, index, axis=dim) if input.shape else self.clone(input)

    def vector(self, input: Array, dim: int, index: Array, source: Array | None = None) -> Array:
        """An index into one dimension, checked against what it reads or writes; scalars count as vectors of one element."""
        self.check_index(index, 0, input.shape[dim] if input.shape else 1, dim)
        index = index if len(index.shape) == 1 else self.xp.reshape(index, (-1,))
        if not input.shape and index.shape[0] != 1:
            raise IndexError(f"Index to scalar can have only 1 value, got {index.shape[0]} value(s)")
        if source is not None and input.shape:
            expected = (*input.shape[:dim], index.shape[0], *input.shape[dim + 1 :])
            if tuple(source.shape) != expected:
                raise RuntimeError(
                    "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
                    f"{list(input.shape)} source.shape = {list(source.shape)}, expected {list(expected)} for dimension {dim}"
                )
        return index

    def index_add(self, input: Array, dim: int, index: Array, source: Array, *, alpha: float = 1) -> Array:
        index = self.vector(input, dim, index, source)
        if not input.shape:
            return input + self.xp.astype(self.xp.reshape(source, ()) * alpha, input.dtype)
        if 0 in index.shape:
            return self.clone(input)
        if alpha != 1 and input.dtype != self.xp.bool:
            source = self.xp.astype(source * alpha, input.dtype)
        order, first, end = self._runs(input, dim, index)
        for turn in range(int(self.xp.max(end - first))):  # the first source of every place, then the second, ...
            sources = first + turn
            more = sources < end
            sources = self.xp.take(order, self.xp.where(more, sources, self.xp.zeros_like(sources)), axis=0)
            values = self.xp.take(source, sources, axis=dim)
            total = input | values if input.dtype == self.xp.bool else input + values
            input = self.xp.where(self._along(more, input, dim), total, input)
        return input

    def index_copy(self, input: Array, dim: int, index: Array, source: Array) -> Array:
        index = self.vector(input, dim, index, source)
        if not input.shape:
            return self.clone(self.xp.reshape(source, ()))
        if 0 in index.shape:
            return self.clone(input)
        order, first, end = self._runs(input, dim, index)
        named = end > first
        last = self.xp.take(order, self.xp.where(named, end - 1, self.xp.zeros_like(end)), axis=0)
        return self.xp.where(self._along(named, input, dim), self.xp.take(source, last, axis=dim), input)

    def _runs(self, input: Array, dim: int, index: Array) -> tuple[Array, Array, Array]:
        """The sources sorted by the place that they mean, and for every place where its run begins and ends in that order."""
        order = self.argsort_stable(index, 0, False)
        ordered = self.xp.take(index, order, axis=0)
        places = self.arange_like(input, input.shape[dim])
        first = self.xp.searchsorted(ordered, places, side="left")
        return order, first, self.xp.searchsorted(ordered, places, side="right")

    def _along(self, mask: Array, input: Array, dim: int) -> Array:
        """A mask of places in a shape that broadcasts over the other dims."""
        return self.xp.reshape(mask, tuple([input.shape[dim] if d == dim else 1 for d in range(len(input.shape))]))

    def argsort_stable(self, input: Array, dim: int, descending: bool) -> Array:
        if not input.shape:
            return self.xp.zeros((), dtype=self.xp.int64, device=input.device)
        if input.dtype == self.xp.bool:
            input = self.xp.astype(input, self.xp.uint8)
        order = self.xp.argsort(input, axis=dim, descending=descending, stable=True)
        return self.xp.astype(order, self.xp.int64, copy=False)
