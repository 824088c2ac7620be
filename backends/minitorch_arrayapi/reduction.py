"""Reductions and scans in the standard's terms: sums keep the dtype they are given, and bools may be compared too."""

from __future__ import annotations

from typing import Any

from minitorch.backend import Array

Dims = tuple[int, ...] | None


class ReductionKernels:
    """Mixed into the backend; `self.xp` is the library's namespace."""

    xp: Any

    def sum(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        if input.dtype == self.xp.bool:  # only where the user asks for dtype=bool
            return self.xp.any(input, axis=dim, keepdims=keepdim)
        return self.xp.sum(input, axis=dim, keepdims=keepdim, dtype=input.dtype)

    def prod(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        return self.xp.prod(input, axis=dim, keepdims=keepdim, dtype=input.dtype)

    def cumsum(self, input: Array, dim: int) -> Array:
        if not input.shape:
            return self.xp.asarray(input, copy=True)
        return self.xp.cumulative_sum(input, axis=dim, dtype=input.dtype)

    def cumprod(self, input: Array, dim: int) -> Array:
        if not input.shape:
            return self.xp.asarray(input, copy=True)
        return self.xp.cumulative_prod(input, axis=dim, dtype=input.dtype)

    def all(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        found = self.xp.all(input, axis=dim, keepdims=keepdim)
        return self.xp.astype(found, input.dtype) if input.dtype == self.xp.uint8 else found

    def any(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        found = self.xp.any(input, axis=dim, keepdims=keepdim)
        return self.xp.astype(found, input.dtype) if input.dtype == self.xp.uint8 else found

    def amax(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        if input.dtype == self.xp.bool:
            return self.xp.any(input, axis=dim, keepdims=keepdim)
        return self.xp.max(input, axis=dim, keepdims=keepdim)

    def amin(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        if input.dtype == self.xp.bool:
            return self.xp.all(input, axis=dim, keepdims=keepdim)
        return self.xp.min(input, axis=dim, keepdims=keepdim)

    def argmax(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        return self._place(self.xp.argmax, input, dim, keepdim)

    def argmin(self, input: Array, dim: Dims = None, keepdim: bool = False) -> Array:
        return self._place(self.xp.argmin, input, dim, keepdim)

    def _place(self, find: Any, input: Array, dim: Dims, keepdim: bool) -> Array:
        """The index along one dim; over all dims it counts the elements in order."""
        if input.dtype == self.xp.bool:
            input = self.xp.astype(input, self.xp.uint8)
        if dim is not None and len(dim) == 1:
            found = find(input, axis=dim[0], keepdims=keepdim)
        else:
            found = find(self.xp.reshape(input, (-1,)), axis=0)
            found = self.xp.reshape(found, (1,) * (len(input.shape) if keepdim else 0))
        return self.xp.astype(found, self.xp.int64, copy=False)
