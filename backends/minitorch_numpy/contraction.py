"""Products by BLAS. `ndarray.dot` costs a third of what `np.matmul` does for a small call, and is the same product."""

from __future__ import annotations

import math

import numpy as np

from minitorch.backend import Array
from minitorch_numpy.reduction import in_float32

SMALL = 1 << 11  # numbers in a result below which the call itself is what costs


def _large_product(input: Array, mat2: Array) -> Array:
    """One product of matrices. Few rows by a tall weight's transpose, as in `linear`: OpenBLAS takes up to twice as long for
    x @ w.T as for w @ x.T, whose transpose it is (float32, OpenBLAS 0.3.31; figures in docs/decisions.md)."""
    if input.itemsize == 4 and mat2.shape[1] >= 8 * input.shape[0] and mat2.flags.f_contiguous:
        return np.ascontiguousarray(np.matmul(mat2.T, input.T).T)
    return np.matmul(input, mat2)


class NumpyContractions:
    def matmul(self, input: Array, mat2: Array) -> Array:
        ndim = mat2.ndim
        if ndim == 2 == input.ndim and input.itemsize > 2:
            # dot is called faster, and fills large results with zeros before BLAS writes them
            return input.dot(mat2) if input.shape[0] * mat2.shape[1] < SMALL else _large_product(input, mat2)
        if input.itemsize == 2 and in_float32(input):  # BLAS has no such type, and NumPy would round at each step
            return self.matmul(input.astype(np.float32), mat2.astype(np.float32)).astype(input.dtype)
        if ndim == 2:
            if 0 < input.ndim < 3:
                return input.dot(mat2)
            if input.ndim > 2:  # one large product instead of one for each matrix of the batch
                rows = input.reshape(math.prod(input.shape[:-1]), input.shape[-1])
                return self.matmul(rows, mat2).reshape(*input.shape[:-1], mat2.shape[1])
        return np.matmul(input, mat2)

    def adjoint_matrix(self, input: Array) -> Array:
        return input.mT if input.dtype.kind != "c" else input.mT.conj()

    def linear(self, input: Array, weight: Array, bias: Array | None = None) -> Array:
        out = self.matmul(input, weight.T)
        if bias is None:
            return out
        return np.add(out, bias, out) if out.shape else out + bias
