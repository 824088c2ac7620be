"""Linear algebra where NumPy does more than the standard asks, or lacks what LAPACK has: LU with row exchanges."""

from __future__ import annotations

import numpy as np

from minitorch.backend import BODIES, Array, Kernels

PANEL = 32  # columns that are eliminated one by one before the rest of the matrix follows in one product
FEW = 8  # matrices smaller than this are factored all at once, larger ones one after the other


class NumpyLinearAlgebra:
    def determinant(self, A: Array) -> Array:
        """In float64: NumPy takes the exponential of a sum of logarithms (2.4.6), and loses digits by it."""
        wide = np.complex128 if A.dtype.kind == "c" else np.float64
        return np.linalg.det(A.astype(wide, copy=False)).astype(A.dtype, copy=False)

    def cholesky_of_triangle(self, input: Array, lower: bool) -> Array:
        """LAPACK itself reads one triangle only."""
        try:
            return np.linalg.cholesky(input if lower else input.conj().mT)
        except np.linalg.LinAlgError:
            return BODIES["cholesky_of_triangle"](Kernels(self), input, lower)  # type: ignore[arg-type]

    def compact_lu(self, A: Array, pivot: bool) -> tuple[Array, Array, Array]:
        if min(A.shape[-2:]) < FEW or not pivot:
            return BODIES["compact_lu"](Kernels(self), A, pivot)  # type: ignore[arg-type]
        lu = np.array(A, order="C")
        pivots = np.empty((*A.shape[:-2], min(A.shape[-2:])), np.int64)
        order = np.broadcast_to(np.arange(A.shape[-2]), A.shape[:-1]).copy()
        for place in np.ndindex(A.shape[:-2]):
            _eliminate(lu[place], pivots[place], order[place])
        return lu, pivots, order


def _eliminate(A: Array, pivots: Array, order: Array) -> None:
    """LU of one matrix in its own memory, panel by panel."""
    for start in range(0, len(pivots), PANEL):
        end = min(start + PANEL, len(pivots))
        _eliminate_panel(A[:, :end], start, pivots)
        for column in range(start, end):
            row = pivots[column]
            if row != column:
                order[[column, row]] = order[[row, column]]
                for side in (A[:, :start], A[:, end:]):
                    side[[column, row]] = side[[row, column]]
        if end < A.shape[1]:
            right = A[start:end, end:]
            for row in range(1, end - start):
                right[row] -= A[start + row, start : start + row] @ right[:row]
            A[end:, end:] -= A[end:, start:end] @ right


def _eliminate_panel(A: Array, start: int, pivots: Array) -> None:
    """The columns from `start` on, by one row exchange and one outer product each."""
    panel = A[:, start:]
    for column in range(panel.shape[1]):
        here = start + column
        below = panel[here:, column]
        size = np.abs(below) if A.dtype.kind == "f" else np.abs(below.real) + np.abs(below.imag)
        row = pivots[here] = here + size.argmax()
        if row != here:
            panel[[here, row]] = panel[[row, here]]
        if panel[here, column] != 0:
            panel[here + 1 :, column] /= panel[here, column]
            panel[here + 1 :, column + 1 :] -= panel[here + 1 :, column, None] * panel[here, column + 1 :]
