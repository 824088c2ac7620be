"""Matrix products by cuBLAS, which CuPy 14.2 calls well for two matrices and badly for batches.

`cupy.matmul` with three dims or more copies transposed operands, widens float16 to float32 copies, knows no bfloat16 and makes
arrays of pointers to broadcast (cupy issue 10317). Here a batch is `gemmStridedBatchedEx` on the memory as it lies: a
transposed matrix is a flag, a broadcast dim a step of 0, and 16-bit floats are summed in float32.

cuBLAS counts columns first: what it takes for C^T = B^T A^T is A B in row-major memory, so the operands change places.
"""

from __future__ import annotations

import importlib
import itertools
import math
from typing import Any

import numpy as np

from minitorch.backend import Array

CALLS = 16  # products of one batch that are asked for one by one before a copy is made that takes one call
CUDA_TYPES = {"float32": 0, "float64": 1, "float16": 2, "complex64": 4, "complex128": 5, "bfloat16": 14}


class CupyContractions:
    """Mixed into the backend; `self.cupy` is the library."""

    cupy: Any

    def matmul(self, input: Array, mat2: Array) -> Array:
        if mat2.ndim == 1:
            return self.matmul(input, mat2[:, None])[..., 0]
        if input.ndim == 1:
            return self.matmul(input[None], mat2)[..., 0, :]
        if input.dtype != mat2.dtype:  # bfloat16 times a number is float32, in CuPy as in NumPy
            input, mat2 = (x.astype(np.float32, copy=False) for x in (input, mat2))
        if input.dtype.name not in CUDA_TYPES or (input.ndim == 2 == mat2.ndim):
            return self.cupy.matmul(input, mat2)
        if mat2.ndim == 2 and input.flags.c_contiguous and input.size:  # one large product for the whole batch
            rows = self.cupy.matmul(input.reshape(-1, input.shape[-1]), mat2)
            return rows.reshape(*input.shape[:-1], mat2.shape[1])
        return self._batched(input, mat2)

    def linear(self, input: Array, weight: Array, bias: Array | None = None) -> Array:
        out = self.matmul(input, weight.T)
        if bias is not None:
            out += bias
        return out

    def _batched(self, a: Array, b: Array) -> Array:
        rows, inner, columns = a.shape[-2], a.shape[-1], b.shape[-1]
        if inner != b.shape[-2]:
            raise ValueError(f"can't multiply matrices of {list(a.shape)} and {list(b.shape)}")
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        if not inner or not rows * columns * math.prod(batch):
            return self.cupy.zeros((*batch, rows, columns), a.dtype)
        out = self.cupy.empty((*batch, rows, columns), a.dtype)
        a, b = (x if _layout(x) else x.copy(order="C") for x in (a, b))
        dims = _merged(batch, *[_steps(array, len(batch)) for array in (a, b, out)])
        if math.prod([dim[0] for dim in dims[1:]]) > CALLS:
            a, b = (x if x.flags.c_contiguous else self.cupy.ascontiguousarray(x) for x in (a, b))
            dims = _merged(batch, *[_steps(array, len(batch)) for array in (a, b, out)])
        self._call(a, b, out, dims)
        return out

    def _call(self, a: Array, b: Array, out: Array, dims: list[tuple[int, int, int, int]]) -> None:
        """One call for the longest of the batch's dims, for each place along the others."""
        cublas = importlib.import_module("cupy_backends.cuda.libs.cublas")
        double = a.dtype.char in "dD"
        kind, compute = CUDA_TYPES[a.dtype.name], cublas.CUBLAS_COMPUTE_64F if double else cublas.CUBLAS_COMPUTE_32F
        one, zero = _coefficients(a.dtype)
        (turn_a, lead_a), (turn_b, lead_b) = _layout(a), _layout(b)
        (count, step_a, step_b, step_out), *others = dims
        handle, size = self.cupy.cuda.device.get_cublas_handle(), a.dtype.itemsize
        for place in itertools.product(*[range(dim[0]) for dim in others]):
            at = [size * sum(i * dim[which] for i, dim in zip(place, others, strict=True)) for which in (1, 2, 3)]
            cublas.gemmStridedBatchedEx(
                handle, turn_b, turn_a, out.shape[-1], out.shape[-2], a.shape[-1], one.ctypes.data,
                b.data.ptr + at[1], kind, lead_b, step_b,
                a.data.ptr + at[0], kind, lead_a, step_a,
                zero.ctypes.data, out.data.ptr + at[2], kind, out.shape[-1], step_out,
                count, compute, cublas.CUBLAS_GEMM_DEFAULT,
            )  # fmt: skip


_NUMBERS: dict[str, tuple[np.ndarray, np.ndarray]] = {}


def _coefficients(dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    """1 and 0 on the host, in the type that is computed in; kept, since cuBLAS reads them by address."""
    name = "float32" if dtype.itemsize == 2 else dtype.name
    if name not in _NUMBERS:
        _NUMBERS[name] = np.ones((), name), np.zeros((), name)
    return _NUMBERS[name]


def _layout(x: Array) -> tuple[int, int] | None:
    """How cuBLAS reads a matrix: transposed or not (1, 0), and the step from a row, or a column, to the next; None: it can't."""
    rows, columns = x.shape[-2:]
    down, along = (step // x.itemsize for step in x.strides[-2:])
    if (along == 1 or columns == 1) and (down >= columns or rows == 1):
        return 0, max(down, columns)
    if (down == 1 or rows == 1) and (along >= rows or columns == 1):
        return 1, max(along, rows)
    return None


def _steps(x: Array, ndim: int) -> list[int]:
    """Elements to step over from a matrix to the next, for each dim of the batch; 0 where it broadcasts."""
    steps = [step // x.itemsize if size > 1 else 0 for size, step in zip(x.shape[:-2], x.strides[:-2], strict=True)]
    return [0] * (ndim - len(steps)) + steps


def _merged(batch: tuple[int, ...], *steps: list[int]) -> list[tuple[int, int, int, int]]:
    """The batch's dims as (size, step of a, of b, of the result), neighbours made one where steps allow, the longest first."""
    dims: list[tuple[int, ...]] = []
    for dim in reversed([dim for dim in zip(batch, *steps, strict=True) if dim[0] > 1]):
        if dims and all(step == dims[-1][0] * inner for step, inner in zip(dim[1:], dims[-1][1:], strict=True)):
            dims[-1] = (dim[0] * dims[-1][0], *dims[-1][1:])
        else:
            dims.append(dim)
    return sorted(dims, key=lambda dim: -dim[0]) or [(1, 0, 0, 0)]
