"""Linear algebra where NumPy does more than the standard asks, or lacks what LAPACK has: LU with row exchanges."""

from __future__ import annotations

import math

import numpy as np

from minitorch.backend import BODIES, Array

PANEL = 8  # columns that are eliminated one by one; more of them half by half, with products of matrices
FEW = 8  # matrices are factored one after the other; more of them, and more than they have rows, all at once


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
            return BODIES["cholesky_of_triangle"](self.k, input, lower)  # type: ignore[arg-type]

    def compact_lu(self, A: Array, pivot: bool) -> tuple[Array, Array, Array]:
        batch, size = math.prod(A.shape[:-2]), min(A.shape[-2:])
        if batch > max(FEW, size) or not pivot:
            return BODIES["compact_lu"](self.k, A, pivot)  # type: ignore[arg-type]
        lu = np.array(A, order="C")
        pivots = np.empty((*A.shape[:-2], min(A.shape[-2:])), np.int64)
        order = np.broadcast_to(np.arange(A.shape[-2]), A.shape[:-1]).copy()
        for place in np.ndindex(A.shape[:-2]):
            _eliminate(lu[place], pivots[place], order[place])
        return lu, pivots, order


def _eliminate(A: Array, pivots: Array, order: Array) -> None:
    """LU of one matrix in its own memory; `order` goes along with the exchanges of rows."""
    _eliminate_columns(A, 0, len(pivots), pivots)
    for row, other in enumerate(pivots.tolist()):
        if row != other:
            order[row], order[other] = order[other], order[row]
    rows = len(pivots)
    if rows < A.shape[1]:  # all columns have been exchanged along; those beyond the square wait for their turn
        right = A[:, rows:]
        if rows > PANEL:
            right[...] = np.linalg.solve(_unit_lower(A, 0, rows), right)
            return
        for here in range(rows - 1):  # row by row, so that what isn't finite goes no farther than it must
            right[here + 1 :] -= A[here + 1 : rows, here, None] * right[here]


def _eliminate_columns(A: Array, start: int, end: int, pivots: Array) -> None:
    """The columns from `start` to `end`: the left half, what it takes from the right half, the right half."""
    if end - start <= PANEL:
        _eliminate_panel(A, start, end, pivots)
        return
    middle = (start + end) // 2
    _eliminate_columns(A, start, middle, pivots)
    right = A[start:middle, middle:end]
    right[...] = np.linalg.solve(_unit_lower(A, start, middle), right)  # exchanges nothing, as no number is above 1
    A[middle:, middle:end] -= A[middle:, start:middle] @ right
    _eliminate_columns(A, middle, end, pivots)


def _unit_lower(A: Array, start: int, end: int) -> Array:
    lower = np.tril(A[start:end, start:end], -1)
    np.fill_diagonal(lower, 1)
    return lower


def _eliminate_panel(A: Array, start: int, end: int, pivots: Array) -> None:
    """A few columns, by one exchange of whole rows and one outer product each."""
    for here in range(start, end):
        below = A[here:, here]
        size = np.abs(below) if A.dtype.kind == "f" else np.abs(below.real) + np.abs(below.imag)
        row = pivots[here] = here + int(size.argmax())
        if row != here:
            kept = A[here].copy()
            A[here] = A[row]
            A[row] = kept
        if A[here, here] != 0:
            column = A[here + 1 :, here]
            column /= A[here, here]
            rest = A[here + 1 :, here + 1 : end]
            rest -= column[:, None] * A[here, here + 1 : end]
