"""Views and rearrangements in the standard's terms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from minitorch.backend import Array


def within(index: tuple, shape: Sequence[int]) -> tuple:
    """An index with an ellipsis, whose slices keep within the bounds, beyond which the standard promises nothing."""
    index = index if any(part is Ellipsis for part in index) else (*index, ...)
    dim, parts = 0, []
    for part in index:
        if part is Ellipsis:
            dim = len(shape) - sum(later is not None for later in index[len(parts) + 1 :])
        elif part is not None:
            if isinstance(part, slice) and dim < len(shape):
                part = slice(*part.indices(shape[dim]))
            dim += 1
        parts.append(part)
    return tuple(parts)


class ShapeKernels:
    """Mixed into the backend; `self.xp` is the library's namespace."""

    xp: Any

    def reshape(self, input: Array, shape: tuple[int, ...]) -> Array:
        return self.xp.reshape(input, shape)

    def view_as_size(self, input: Array, size: tuple[int, ...]) -> Array:
        return self.xp.reshape(input, size, copy=False)

    def permute(self, input: Array, dims: tuple[int, ...]) -> Array:
        return self.xp.permute_dims(input, dims)

    def expand(self, input: Array, size: tuple[int, ...]) -> Array:
        return self.xp.broadcast_to(input, size)

    def basic_index(self, input: Array, index: tuple) -> Array:
        return input[within(index, input.shape)]

    def basic_index_transpose(self, input: Array, size: tuple[int, ...], index: tuple) -> Array:
        result = self.xp.zeros(size, dtype=input.dtype, device=input.device)
        index = within(tuple([part for part in index if part is not None]), size)  # it has no None in assignments
        result[index] = self.xp.reshape(input, result[index].shape)
        return result

    def diagonal(self, input: Array, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Array:
        """As a strided slice of the flattened planes: the diagonal's elements are columns + 1 apart."""
        rest = [d for d in range(len(input.shape)) if d not in (dim1, dim2)]
        planes = self.xp.permute_dims(input, (*rest, dim1, dim2))
        *outer, rows, columns = planes.shape
        length = max(min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns), 0)
        start = offset if offset >= 0 else -offset * columns
        positions = start + (columns + 1) * self.arange_like(input, length)
        flat = self.xp.reshape(planes, (*outer, rows * columns))
        return self.xp.take(flat, positions, axis=len(outer))

    def as_strided_contiguous(
        self, input: Array, size: tuple[int, ...], stride: tuple[int, ...], storage_offset: int = 0
    ) -> Array:
        """By the number of each element: the standard knows no strides."""
        positions = self.xp.full(size, storage_offset, dtype=self.xp.int64, device=input.device)
        for d, (length, step) in enumerate(zip(size, stride, strict=True)):
            shape = tuple([length if e == d else 1 for e in range(len(size))])
            positions = positions + step * self.xp.reshape(self.arange_like(input, length), shape)
        flat = self.xp.reshape(input, (math.prod(input.shape),))
        return self.xp.reshape(self.xp.take(flat, self.xp.reshape(positions, (math.prod(size),)), axis=0), size)

    def flip(self, input: Array, dims: tuple[int, ...]) -> Array:
        result = self.xp.flip(input, axis=dims)
        return self.clone(result) if self.aliasing else result  # in NumPy and CuPy a view, in PyTorch never

    def cat(self, tensors: Sequence[Array], dim: int = 0) -> Array:
        return self.xp.concat(tensors, axis=dim)

    def stack(self, tensors: Sequence[Array], dim: int = 0) -> Array:
        return self.xp.stack(tensors, axis=dim)
