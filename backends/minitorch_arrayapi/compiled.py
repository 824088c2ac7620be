"""Few programs for many shapes, on libraries that compile each function for each shape that it meets.

A compilation takes some 25 ms, a thousand times what a small array takes to compute. So what only moves numbers is done by NumPy
on the same memory, whatever the size; and small arrays are filled up to a few shapes, of which the library computes all and the
part that was asked for is taken. NumPy computes nothing here but sums in scattered writes (`index_add`).
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.backend import Array
from minitorch.dtypes import DType, numpy_dtype
from minitorch_arrayapi.backend import STANDARD, ArrayAPIBackend

MOVES = frozenset((
    "arange_like", "argsort_stable", "as_strided_contiguous", "basic_index", "basic_index_transpose", "cast", "cast_like", "cat",
    "clone", "diagonal", "expand", "flip", "index_add", "index_copy", "index_select", "new_full", "nonzero_arrays", "permute",
    "reshape", "stack", "view_as_size",
))  # fmt: skip
POINTWISE = (STANDARD.keys() | {"remainder", "sign"}) - {"matmul"}
LENGTHS = (64, 1024)  # of vectors
SIDE = 8  # of matrices and batches


class Host(ArrayAPIBackend):
    """The standard's kernels on NumPy arrays."""

    name = "host"

    def __init__(self) -> None:
        self.xp = importlib.import_module("array_api_compat.numpy")

    def native_dtype(self, dtype: DType) -> np.dtype:
        return numpy_dtype(dtype)


class CompiledBackend(ArrayAPIBackend):
    """For a library on the processor; it says how its arrays become NumPy's on the same memory, and NumPy's become its own."""

    def __init__(self) -> None:
        self.host = Host()

    def seen(self, value: Any) -> Any:
        """What NumPy sees of an array, or of those in a tuple or list; other values as they are."""
        raise NotImplementedError

    def taken(self, value: Any) -> Any:
        """The library's array of a NumPy array that nobody writes to any more, or of those in a tuple."""
        raise NotImplementedError

    def kernel(self, op_name: str) -> Callable | None:
        kernel = super().kernel(op_name)
        if op_name in MOVES:
            return self._moved(getattr(self.host, op_name))
        if op_name in POINTWISE and kernel is not None:
            return self._pointwise(kernel)
        return self._matmul(kernel) if op_name == "matmul" else kernel

    def _moved(self, move: Callable) -> Callable:
        return lambda *arguments, **settings: self.taken(move(*self.seen(arguments), **settings))

    def _pointwise(self, kernel: Callable) -> Callable:
        """A pointwise function, by way of vectors."""

        def compute(*arrays: Array) -> Array:
            if max([array.size for array in arrays]) > LENGTHS[-1]:
                return kernel(*arrays)
            parts = np.broadcast_arrays(*self.seen(arrays))
            shape, size = parts[0].shape, parts[0].size
            if size > LENGTHS[-1]:
                return kernel(*arrays)
            length = next(length for length in LENGTHS if length >= size)
            vectors = [np.zeros(length, part.dtype) for part in parts]
            for vector, part in zip(vectors, parts, strict=True):
                vector[:size].reshape(shape)[...] = part
            return self.taken(self.seen(kernel(*self.taken(tuple(vectors))))[:size].reshape(shape))

        return compute

    def _matmul(self, kernel: Callable) -> Callable:
        """The product of two batches of matrices, by way of cubes: rows and columns of zeros add nothing."""

        def compute(input: Array, mat2: Array) -> Array:
            *left, rows, inner = input.shape if len(input.shape) > 1 else (0, 0)
            *right, also, columns = mat2.shape if len(mat2.shape) > 1 else (0, 0)
            if not 0 < max(rows, inner, columns) <= SIDE or inner != also:
                return kernel(input, mat2)
            batch = np.broadcast_shapes(tuple(left), tuple(right))
            count = math.prod(batch)
            if count > SIDE:
                return kernel(input, mat2)
            cubes = []
            for matrices in self.seen((input, mat2)):
                cube = np.zeros((SIDE, SIDE, SIDE), matrices.dtype)
                size = matrices.shape[-2:]
                cube[:count, : size[0], : size[1]] = np.broadcast_to(matrices, (*batch, *size)).reshape(count, *size)
                cubes.append(cube)
            product = self.seen(kernel(*self.taken(tuple(cubes))))
            return self.taken(product[:count, :rows, :columns].reshape(*batch, rows, columns))

        return compute
