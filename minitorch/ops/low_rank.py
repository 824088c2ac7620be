"""The largest singular values of matrices of low rank, with their vectors, from random products (Halko et al. 2009, 5.1)."""

from __future__ import annotations

from minitorch.ops.contraction import matmul
from minitorch.ops.factorizations import linalg_qr
from minitorch.ops.matrices import check_matrix
from minitorch.ops.random import FUNCTIONS
from minitorch.ops.reduction import mean
from minitorch.ops.spectral import linalg_svd
from minitorch.tensor import Tensor

randn = FUNCTIONS["randn"]


def _basis(A: Tensor, q: int, niter: int) -> Tensor:
    """Orthonormal columns that span nearly what A's largest singular vectors span."""
    q_factor = linalg_qr(matmul(A, randn(A.shape[-1], q, dtype=A.dtype, device=A.device)))[0]
    for _ in range(niter):
        back = linalg_qr(matmul(A.mH, q_factor))[0]
        q_factor = linalg_qr(matmul(A, back))[0]
    return q_factor


def svd_lowrank(A: Tensor, q: int | None = 6, niter: int = 2, M: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """U, S and V of the rank-q matrix that is nearly A (or A - M): A = U diag(S) V^H."""
    check_matrix("svd_lowrank", A)
    q = 6 if q is None else q
    A = A if M is None else A - M
    wide = A.shape[-2] < A.shape[-1]
    A = A.mH if wide else A
    basis = _basis(A, q, niter)
    u, s, vh = linalg_svd(matmul(basis.mH, A), full_matrices=False)
    u, v = matmul(basis, u), vh.mH.contiguous()
    return (v, s, u) if wide else (u, s, v)


def pca_lowrank(A: Tensor, q: int | None = None, center: bool = True, niter: int = 2) -> tuple[Tensor, Tensor, Tensor]:
    """The principal components of the rows of A: `svd_lowrank` of A, from which the mean row was subtracted if `center`."""
    check_matrix("pca_lowrank", A)
    smallest = min(A.shape[-2:])
    q = min(6, smallest) if q is None else q
    if not 0 <= q <= smallest:
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={smallest}")
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A, q, niter, mean(A, -2, True) if center else None)
