"""Made by `python -m minitorch.testing.signatures` from minitorch.linalg."""

import builtins
from typing import Any, NamedTuple

from minitorch.signatures import LinalgCholeskyExResult, LinalgEigResult, LinalgEighResult, LinalgInvExResult, LinalgLdlFactorExResult, LinalgLdlFactorResult, LinalgLstsqResult, LinalgLuFactorExResult, LinalgLuFactorResult, LinalgLuResult, LinalgQrResult, LinalgSlogdetResult, LinalgSolveExResult, LinalgSvdResult
from minitorch.tensor import Tensor

def cholesky(input: Any, *, upper: Any = False, out: Any = None) -> Tensor:
    """L with L L^H = A, lower triangular, for a Hermitian positive-definite A, of which one triangle is read; U = L^H if `upper`."""
def cholesky_ex(input: Any, *, upper: Any = False, check_errors: Any = False, out: Any = None) -> LinalgCholeskyExResult:
    """The Cholesky factor, and the order of the first leading minor that isn't positive-definite (0 if all is well)."""
def cond(input: Any, p: Any = None, *, out: Any = None) -> Tensor:
    """The condition number: the norm of A times that of its inverse, inf for a singular A."""
def cross(input: Any, other: Any, *, dim: Any = -1, out: Any = None) -> Tensor:
    """The cross product of vectors of three elements, which lie along `dim`."""
def det(A: Any, *, out: Any = None) -> Tensor:
    """The determinant. Its derivative is right for singular matrices too."""
def diagonal(A: Any, *, offset: builtins.int = 0, dim1: builtins.int = -2, dim2: builtins.int = -1) -> Tensor:
    """The diagonal of each matrix, `offset` columns up; a view."""
def eig(input: Any, *, out: Any = None) -> LinalgEigResult:
    """The eigenvalues of any square matrix, and eigenvectors of length 1; both complex."""
def eigh(input: Any, UPLO: Any = 'L', *, out: Any = None) -> LinalgEighResult:
    """The eigenvalues of a Hermitian matrix, from small to large, and eigenvectors; of the triangle `UPLO` alone."""
def eigvals(input: Any, *, out: Any = None) -> Tensor:
    """The eigenvalues of any square matrix, complex."""
def eigvalsh(input: Any, UPLO: Any = 'L', *, out: Any = None) -> Tensor:
    """The eigenvalues of a Hermitian matrix, from small to large."""
def householder_product(input: Any, tau: Any, *, out: Any = None) -> Tensor:
    """The first columns of H_1 H_2 ... H_n, H = 1 - tau v v^H, where the v are the columns of `input` below its diagonal."""
def inv(A: Any, *, out: Any = None) -> Tensor:
    """The inverse of a square matrix."""
def inv_ex(A: Any, *, check_errors: Any = False, out: Any = None) -> LinalgInvExResult:
    """The inverse, and which pivot is 0 so that there is none (0 if all is well)."""
def ldl_factor(input: Any, *, hermitian: Any = False, out: Any = None) -> LinalgLdlFactorResult:
    """L and D with A = L D L^T (L D L^H if `hermitian`) in one matrix, and the pivots."""
def ldl_factor_ex(input: Any, *, hermitian: Any = False, check_errors: Any = False, out: Any = None) -> LinalgLdlFactorExResult:
    """L and D of a symmetric (or Hermitian) matrix, of which the lower triangle is read; the pivots; which row of D is 0."""
def ldl_solve(LD: Any, pivots: Any, B: Any, *, hermitian: Any = False, out: Any = None) -> Tensor:
    """X with A X = B, for an A that `linalg.ldl_factor` has factored."""
def lstsq(input: Any, b: Any, rcond: Any = None, *, driver: Any = None) -> LinalgLstsqResult:
    """The X of least size among those that make |A X - B| least, by singular values whatever the driver."""
def lu(A: Any, *, pivot: Any = True, out: Any = None) -> LinalgLuResult:
    """P, L and U with A = P L U: a permutation, ones on a diagonal with what is below, and what is above."""
def lu_factor(A: Any, *, pivot: Any = True, out: Any = None) -> LinalgLuFactorResult:
    """L (below the diagonal, its own ones left out) and U in one matrix, and with which row each was exchanged, from 1 on."""
def lu_factor_ex(A: Any, *, pivot: Any = True, check_errors: Any = False, out: Any = None) -> LinalgLuFactorExResult:
    """L and U of a matrix with exchanged rows in one matrix, the exchanges, and which pivot is 0 (0 if none is)."""
def lu_solve(LU: Any, pivots: Any, B: Any, *, left: Any = True, adjoint: Any = False, out: Any = None) -> Tensor:
    """X with A X = B for an A that `linalg.lu_factor` has factored; X A = B if not `left`; A^H in A's place if `adjoint`."""
def matmul(input: Any, other: Any, *, out: Any = None) -> Tensor:
    """The matrix product: `matmul`."""
def matrix_exp(input: Any) -> Tensor:
    """The matrix exponential: 1 + A + A^2 / 2 + A^3 / 6 + ..."""
def matrix_norm(input: Any, ord: Any = 'fro', dim: Any = ..., keepdim: Any = False, *, dtype: Any = None, out: Any = None) -> Tensor:
    """A norm of matrices, which lie in the two dims `dim`."""
def matrix_power(input: Any, n: Any, *, out: Any = None) -> Tensor:
    """A square matrix times itself, n times; the inverse's power for n < 0."""
def matrix_rank(input: Any, tol: Any = None, hermitian: Any = False, *, atol: Any = None, rtol: Any = None, out: Any = None) -> Tensor:
    """How many singular values are larger than max(atol, rtol times the largest of them)."""
def multi_dot(tensors: Any, *, out: Any = None) -> Tensor:
    """The product of matrices, in the order of multiplications that costs least."""
def norm(input: Any, ord: Any = None, dim: Any = None, keepdim: Any = False, *, dtype: Any = None, out: Any = None) -> Tensor:
    """The norm of vectors, where `dim` is one dim or the tensor has one; else of matrices. Without `ord`, of all elements."""
def pinv(input: Any, rcond: Any = None, hermitian: Any = False, *, atol: Any = None, rtol: Any = None, out: Any = None) -> Tensor:
    """The Moore-Penrose pseudoinverse: singular values up to max(atol, rtol times the largest) count as 0."""
def qr(A: Any, mode: Any = 'reduced', *, out: Any = None) -> LinalgQrResult:
    """Q with orthonormal columns and R, upper triangular, with A = Q R; mode "complete" makes Q square, "r" leaves it empty."""
def slogdet(A: Any, *, out: Any = None) -> LinalgSlogdetResult:
    """The sign (or phase) and the logarithm of the absolute value of the determinant."""
def solve(A: Any, B: Any, *, left: Any = True, out: Any = None) -> Tensor:
    """X with A X = B, or X A = B if not `left`; B is made of columns, or a vector, or one vector for each matrix of a batch."""
def solve_ex(A: Any, B: Any, *, left: Any = True, check_errors: Any = False, out: Any = None) -> LinalgSolveExResult:
    """X with A X = B (X A = B if not `left`), and which pivot of A is 0 so that there is none (0 if all is well)."""
def solve_triangular(input: Any, B: Any, *, upper: Any, left: Any = True, unitriangular: Any = False, out: Any = None) -> Tensor:
    """X with A X = B (X A = B if not `left`) for a triangular A; its other triangle isn't looked at."""
def svd(A: Any, full_matrices: Any = True, *, driver: Any = None, out: Any = None) -> LinalgSvdResult:
    """U, S and V^H with A = U diag(S) V^H: orthonormal singular vectors, and the singular values from large to small."""
def svdvals(A: Any, *, driver: Any = None, out: Any = None) -> Tensor:
    """The singular values, from large to small."""
def tensorinv(input: Any, ind: Any = 2, *, out: Any = None) -> Tensor:
    """The inverse of the map that a tensor is, from its dims from `ind` on to those before."""
def tensorsolve(input: Any, other: Any, dims: Any = None, *, out: Any = None) -> Tensor:
    """X with tensordot(A, X, X.ndim) = other; the `dims` of A are moved to its end first."""
def vander(x: Any, *, N: Any = None) -> Tensor:
    """The powers 0 to N - 1 of each element as a row: (..., n) -> (..., n, N)."""
def vecdot(x: Any, y: Any, *, dim: Any = -1, out: Any = None) -> Tensor:
    """The sum over `dim` of the conjugate of x times y."""
def vector_norm(input: Any, ord: Any = 2, dim: Any = None, keepdim: Any = False, *, dtype: Any = None, out: Any = None) -> Tensor:
    """sum(|x|^ord)^(1/ord) over `dim`; the largest |x| for inf, the smallest for -inf, how many aren't 0 for 0."""
