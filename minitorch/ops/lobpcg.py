"""A few eigenvalues of a large symmetric matrix, from products with it alone: LOBPCG (Knyazev 2001, SIAM J. Sci. Comput. 23)."""

from __future__ import annotations

from typing import Any

from minitorch import dtypes
from minitorch.errors import ShapeMismatch
from minitorch.ops.contraction import matmul
from minitorch.ops.joining import concatenate, stack
from minitorch.ops.matrices import check_matrix
from minitorch.ops.random import FUNCTIONS
from minitorch.ops.spectral import linalg_eigh
from minitorch.tape import mode
from minitorch.tensor import Tensor

randn = FUNCTIONS["randn"]


def _orthonormal(S: Tensor, B: Tensor | None) -> Tensor:
    """Columns that span what S's columns span, with S^T B S = 1; directions that hardly differ from others are left out."""
    eps = 1e-14 if S.dtype is dtypes.float64 else 1e-6
    for _ in range(2):  # the second pass mends what rounding left
        gram = matmul(S.mT, S if B is None else matmul(B, S))
        scale = gram.diagonal().clamp_min(1e-300 if S.dtype is dtypes.float64 else 1e-37).rsqrt()
        values, vectors = linalg_eigh(gram * scale.unsqueeze(0) * scale.unsqueeze(1))
        kept = (values > eps * values.max()).nonzero().reshape(-1)
        vectors, values = vectors.index_select(1, kept), values.index_select(0, kept)
        S = matmul(S, vectors * scale.unsqueeze(1)) * values.rsqrt()
    return S


def _best(A: Tensor, S: Tensor, count: int, largest: bool) -> tuple[Tensor, Tensor]:
    """The eigenvalues of A within the span of S that are sought, and how their vectors are made of S's columns."""
    AS = matmul(A, S)
    values, vectors = linalg_eigh(matmul(S.mT, AS))
    if largest:
        values, vectors = values.flip(0), vectors.flip(1)
    return values[:count], vectors[:, :count]


def _search(
    A: Tensor, B: Tensor | None, X: Tensor, iK: Tensor | None, niter: int, tol: float, largest: bool
) -> tuple[Tensor, Tensor]:
    """All columns of X moved towards eigenvectors, until the residuals are small or `niter` rounds are over."""
    count = X.shape[1]
    norm_A, norm_B = A.norm(), 1.0 if B is None else B.norm()
    S = _orthonormal(X, B)
    E, Z = _best(A, S, count, largest)
    X, direction = matmul(S, Z), None
    for _ in range(niter):
        BX = X if B is None else matmul(B, X)
        R = matmul(A, X) - BX * E
        error = R.norm(2, 0) / (X.norm(2, 0) * (norm_A + E.abs() * norm_B))
        if bool((error < tol).all()):
            break
        W = R if iK is None else matmul(iK, R)
        S = _orthonormal(concatenate([X, W] if direction is None else [X, W, direction], 1), B)
        E, Z = _best(A, S, count, largest)
        new = matmul(S, Z)
        overlap = matmul(BX.mT, new)
        direction, X = new - matmul(X, overlap), new
    return E, X


def _attached(A: Tensor, E: Tensor, X: Tensor) -> tuple[Tensor, Tensor]:
    """The same eigenvalues and vectors with their derivatives by A: x^T dA x, and sum over the others of their share of dA x."""
    A = (A + A.mT) / 2
    AX = matmul(A, X)
    values, vectors = linalg_eigh(A.detach())
    gaps = values.unsqueeze(1) - E
    own = gaps.abs() <= gaps.abs().amin(0)
    shares = (1 / gaps).masked_fill(own, 0.0)
    turned = matmul(vectors, shares * matmul(vectors.mT, AX - X * E))
    return (X * AX).sum(0), X - (turned - turned.detach())


def _check(A: Tensor, B: Tensor | None, columns: int, tracker: Any) -> None:
    check_matrix("lobpcg", A)
    if A.shape[-1] != A.shape[-2]:
        raise ShapeMismatch(f"lobpcg(): A must be square, got shape {list(A.shape)}")
    if not A.dtype.is_floating_point:
        raise RuntimeError(f"lobpcg(): expected a matrix of floats, got {A.dtype!r}")
    if tracker is not None:
        raise RuntimeError("lobpcg(): a tracker isn't supported")
    if A.shape[-1] < 3 * columns:
        raise ValueError(
            f"LOBPCG algorithm is not applicable when the number of A rows (={A.shape[-1]}) is smaller than 3 x the number of "
            f"requested eigenpairs (={columns})"
        )
    if B is not None and mode.enabled and (A.requires_grad or B.requires_grad):
        raise ValueError("lobpcg(): derivatives with B are not supported, in PyTorch as here; detach A and B")


def lobpcg(
    A: Tensor,
    k: int | None = None,
    B: Tensor | None = None,
    X: Tensor | None = None,
    n: int | None = None,
    iK: Tensor | None = None,
    niter: int | None = None,
    tol: float | None = None,
    largest: bool | None = None,
    method: str | None = None,
    tracker: Any = None,
    ortho_iparams: dict[str, int] | None = None,
    ortho_fparams: dict[str, float] | None = None,
    ortho_bparams: dict[str, bool] | None = None,
) -> tuple[Tensor, Tensor]:
    """The k largest (or smallest) eigenvalues of symmetric A, with vectors: A x = E x, or A x = E B x; (..., k), (..., m, k).

    `X` holds first guesses, else n random columns; `iK` is a preconditioner, nearly the inverse of A. It ends after `niter`
    (1000) rounds, or when residuals are below `tol` (the root of the dtype's precision). There is one way to orthogonalize:
    `method` and `ortho_*` are accepted and mean nothing. Derivatives by A need B left out and distinct eigenvalues.
    """
    columns = X.shape[-1] if X is not None else n or k or 1
    _check(A, B, columns, tracker)
    k, size = columns if k is None else k, A.shape[-1]
    derived = mode.enabled and A.requires_grad
    guess = randn(*A.shape[:-1], columns, dtype=A.dtype, device=A.device) if X is None else X
    tol = (2.2e-16 if A.dtype is dtypes.float64 else 1.2e-7) ** 0.5 if tol is None else tol
    rounds, largest = (1000 if niter is None or niter < 0 else niter), largest is not False
    others = [None if m is None else m.detach().reshape((-1, *m.shape[-2:])) for m in (B, guess, iK)]
    results = []
    for number, matrix in enumerate(A.reshape((-1, size, size)).unbind(0)):
        own = [None if m is None else m[number] for m in others]
        E, vectors = _search(matrix.detach(), *own, rounds, tol, largest)  # type: ignore[arg-type]
        E, vectors = E[:k], vectors[:, :k]
        results.append(_attached(matrix, E, vectors) if derived else (E, vectors))
    E, vectors = (stack(list(parts)) for parts in zip(*results, strict=True))
    return E.reshape((*A.shape[:-2], k)), vectors.reshape((*A.shape[:-1], k))


FUNCTIONS = {"lobpcg": lobpcg}
