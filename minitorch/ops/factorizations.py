"""Factorizations without eigenvalues: Cholesky, QR, and products of Householder's reflections.

A = L L^H       gA = L^-H P(L^H gL) L^-1, made Hermitian; P halves the diagonal and takes what lies below
A = Q R         gA = (gQ + Q S(gR R^H - Q^H gQ)) R^-H; S takes the upper triangle and completes it to a Hermitian matrix
"""

from __future__ import annotations

from typing import Any

from minitorch import dtypes
from minitorch.dispatch import OPS_ON_TENSORS
from minitorch.errors import ShapeMismatch, message
from minitorch.ops.formulas import conjugate
from minitorch.ops.matrices import (
    ALL,
    batched,
    check_info,
    check_matrix,
    check_square,
    diagonal_of,
    hermitian,
    identity,
    part,
    positive_definite,
    shared_batch,
    triangle,
)
from minitorch.ops.refusals import underivable
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.triangular import from_right
from minitorch.rows import OPS, Array, composition, op
from minitorch.tensor import Tensor

# --- Cholesky ---------------------------------------------------------------------------------------------------------


def _cholesky_gradient(k, g, out):
    adjoint = k.adjoint_matrix(out)
    inner = k.matmul(adjoint, g)
    inner = (k.triangle(inner, True) + k.adjoint_matrix(k.triangle(inner, True, -1))) / 2
    return k.triangular_solution(adjoint, from_right(k, out, inner, False), True, False)


@op(public=False)
def cholesky_factor(k, A: Array):
    """The lower triangular L with L L^H = A, for a Hermitian A; nan where A isn't positive-definite."""
    size = A.shape[-1]
    if size < 2:
        return k.sqrt(k.where(k.real(A) >= 0, A, k.new_full(A, (), float("nan"))))
    first, rest = slice(0, size // 2), slice(size // 2, size)
    corner = k.cholesky_factor(part(k, A, first, first))
    side = from_right(k, k.adjoint_matrix(corner), part(k, A, rest, first), True)
    other = k.cholesky_factor(part(k, A, rest, rest) - k.matmul(side, k.adjoint_matrix(side)))
    nothing = k.new_full(A, (*A.shape[:-2], size // 2, size - size // 2), 0)
    last = len(A.shape) - 1
    return k.cat([k.cat([corner, nothing], last), k.cat([side, other], last)], last - 1)


@op(input=_cholesky_gradient, public=False, takes="floats", grad_name="LinalgCholeskyExBackward0")
def cholesky_of_triangle(k, input: Array, lower: bool):
    """The lower Cholesky factor of a Hermitian matrix of which one triangle is read; the gradient is spread over both."""
    return k.cholesky_factor(hermitian(k, input, lower))


@op(public=False, result="int64")
def failed_minor(k, L: Array):
    """The order of the first leading minor that isn't positive, as L's diagonal tells; 0 if all are."""
    if not L.shape[-1]:
        return k.new_full(L, tuple(L.shape[:-2]), 0, dtypes.int64)
    values = diagonal_of(k, L)
    fails = k.cast(k.logical_not(k.real(values) > 0), dtypes.int64)
    last = len(fails.shape) - 1
    return k.amax(fails, (last,), False) * (k.argmax(fails, (last,), False) + 1)


def _definite(make):
    make.requires_grad = False  # differences of single elements can't be compared: one triangle is read
    yield Sample(positive_definite(make, size=3))
    yield Sample(positive_definite(make, 2, size=4))
    yield Sample(positive_definite(make, size=2), upper=True)
    yield Sample(make(0, 0))


def _not_definite(make):
    yield ErrorSample(Sample(make(3)), RuntimeError, "at least 2 dimensions")
    yield ErrorSample(Sample(make(2, 3)), RuntimeError, "must be batches of square matrices")


def _indefinite(make):
    yield from _not_definite(make)
    matrix = -positive_definite(make, size=3).detach()
    yield ErrorSample(Sample(matrix), RuntimeError, "the leading minor of order 1 is not positive-definite")


@composition(special=False,
             torch="linalg.cholesky_ex", method=False, out=True, samples=_definite, errors=_not_definite, fields=("L", "info"),
             result_name="linalg_cholesky_ex", autocast="cpu float32")  # fmt: skip
def linalg_cholesky_ex(input: Array, *, upper: bool = False, check_errors: bool = False):
    """The Cholesky factor, and the order of the first leading minor that isn't positive-definite (0 if all is well).

    L @ L^H = A
    """
    check_square("linalg.cholesky", input)
    factor = cholesky_of_triangle(input, not upper)
    info = failed_minor(factor.detach()).to(dtypes.int32)
    if check_errors:
        check_info("linalg.cholesky", info, "The factorization could not be completed because the input is not "
                   "positive-definite (the leading minor of order {0} is not positive-definite).")  # fmt: skip
    return OPS["linalg_cholesky_ex"].pack([factor.mH if upper else factor, info])


@composition(
    torch="linalg.cholesky", method=False, out=True, samples=_definite, errors=_indefinite, autocast="cpu float32"
)
def linalg_cholesky(input: Array, *, upper: bool = False):
    """L with L L^H = A, lower triangular, for a Hermitian positive-definite A, of which one triangle is read; U = L^H if `upper`.

    >>> import minitorch
    >>> minitorch.linalg.cholesky(minitorch.tensor([[4.0, 2.0], [2.0, 5.0]]))
    tensor([[2., 0.],
            [1., 2.]])
    """
    return linalg_cholesky_ex(input, upper=upper, check_errors=True)[0]


@composition(out=True, samples=_definite, errors=_indefinite, autocast="cpu float32")
def cholesky(input: Array, upper: bool = False):
    """The Cholesky factor: `linalg.cholesky`."""
    return linalg_cholesky(input, upper=upper)


def _cholesky_solution_gradients(k, g, out, L, upper, needs):
    """Of (L L^H)^-1 B, as if the other triangle of L were not 0 by definition, which is PyTorch's choice."""
    by_b = k.cholesky_solution(g, L, upper)
    if not needs[1]:
        return by_b, None
    both = -k.matmul(by_b, k.adjoint_matrix(out))
    both = both + k.adjoint_matrix(both)
    return by_b, k.matmul(L, both) if upper else k.matmul(both, L)


@op(grad=_cholesky_solution_gradients, public=False, takes="floats", grad_name="CholeskySolveBackward0")
def cholesky_solution(k, B: Array, L: Array, upper: bool):
    """X with L L^H X = B (U^H U X = B if `upper`)."""
    lower = k.adjoint_matrix(L) if upper else L
    return k.triangular_solution(k.adjoint_matrix(lower), k.triangular_solution(lower, B, False, False), True, False)


def _with_factor(make):
    lower, upper = make(3, 3, low=0.5, requires_grad=False), make(2, 3, 3, low=0.5, requires_grad=False)
    yield Sample(make(3, 2), lower)
    yield Sample(make(3, 2), upper, True)


@composition(out=True, samples=_with_factor, autocast="cpu float32")
def cholesky_solve(input: Array, input2: Array, upper: bool = False):
    """X with A X = input, for A = L L^H with L = input2 (or U^H U, if `upper`).

    input2 @ input2^H @ out = input
    """
    check_square("cholesky_solve", input2)
    check_matrix("cholesky_solve", input)
    size = input2.shape[-1]
    if size != input.shape[-2]:
        raise ShapeMismatch(
            message(
                f"cholesky_solve: Incompatible matrix sizes for linear solve: each A matrix is {size} by {size} "
                f"but each b matrix is {input.shape[-2]} by {input.shape[-1]}."
            )
        )
    shared_batch("cholesky_solve", input.shape, input2.shape)
    return cholesky_solution(input, input2, upper)


@composition(
    out=True, samples=lambda make: (Sample(*sample.args[1:]) for sample in _with_factor(make)), autocast="cpu float32"
)
def cholesky_inverse(input: Array, upper: bool = False):
    """The inverse of A = L L^H, or of U^H U if `upper`.

    out = (L @ L^H)^-1
    """
    check_square("cholesky_inverse", input)
    one = identity(OPS_ON_TENSORS, input.detach(), input.shape[-1])
    return cholesky_solution(one.expand(tuple(input.shape)), input, upper)


# --- QR ---------------------------------------------------------------------------------------------------------------


def _qr_gradient(k, g, out):
    """For a wide A = [X Y], R = [U V]: X = Q U, and V = Q^H Y gives gQ the share Y gV^H = Q V gV^H, and gY = Q gV."""
    (by_q, by_r), (q, r) = g, out
    if by_q is None and by_r is None:
        return (None,)
    rows, columns = q.shape[-2], r.shape[-1]
    if q.shape[-2] == q.shape[-1] and rows > columns:
        raise RuntimeError(
            "linalg.qr_backward: The QR decomposition is not differentiable when mode='complete' and nrows > ncols; use "
            "mode='reduced'"
        )
    by_q = k.full_like(q, 0) if by_q is None else by_q
    by_r = k.full_like(r, 0) if by_r is None else by_r
    surplus = []
    if columns > rows:
        first, rest = slice(0, rows), slice(rows, None)
        by_v, v = part(k, by_r, ALL, rest), part(k, r, ALL, rest)
        surplus = [k.matmul(q, by_v)]
        by_q = by_q + k.matmul(q, k.matmul(v, k.adjoint_matrix(by_v)))
        by_r, r = part(k, by_r, ALL, first), part(k, r, ALL, first)
    inner = k.matmul(by_r, k.adjoint_matrix(r)) - k.matmul(k.adjoint_matrix(q), by_q)
    found = from_right(k, k.adjoint_matrix(r), by_q + k.matmul(q, hermitian(k, inner, False)), False)
    return (k.cat([found, *surplus], len(r.shape) - 1) if surplus else found,)


@op(
    grad=_qr_gradient,
    public=False,
    result=("same", "same"),
    takes="floats",
    grad_name="LinalgQrBackward0",
)
def qr_factors(k, A: Array, complete: bool):
    """Q and R with A = Q R, by reflections: Q with orthonormal columns, square if `complete`, and R upper triangular."""
    reflections, tau = k.reflected(A)
    rows, size = A.shape[-2], A.shape[-2] if complete else min(A.shape[-2:])
    start = batched(k, identity(k, A, rows, size), A.shape[:-2])
    return _times_reflections(k, reflections, tau, start), k.triangle(part(k, reflections, slice(0, size), ALL), False)


def _times_reflections(k: Any, vectors: Any, tau: Any, x: Any, adjoint: bool = False) -> Any:
    """H_1 H_2 ... H_n x, where H = 1 - tau v v^H and the v stand below the diagonal of `vectors`."""
    vectors = _reflectors(k, vectors)
    for place in range(tau.shape[-1]) if adjoint else reversed(range(tau.shape[-1])):
        v = part(k, vectors, ALL, slice(place, place + 1))
        scale = k.reshape(k.basic_index(tau, (..., slice(place, place + 1))), (*tau.shape[:-1], 1, 1))
        x = x - (conjugate(k, scale) if adjoint else scale) * k.matmul(v, k.matmul(k.adjoint_matrix(v), x))
    return x


def _reflectors(k: Any, vectors: Any) -> Any:
    """Zeros above the diagonal, ones on it, what stands below."""
    return k.triangle(vectors, True, -1) + identity(k, vectors, *vectors.shape[-2:])


@op(public=False, result=("same", "same"), takes="floats")
def reflected(k, A: Array):
    """R with, below it, the vectors of Householder's reflections that made it, and their factors tau."""
    factors = []
    for place in range(min(A.shape[-2:])):
        A, tau = _one_reflection(k, A, place)
        factors.append(tau)
    if not factors:
        return A, k.new_full(A, (*A.shape[:-2], 0), 0)
    return A, k.cat(factors, len(A.shape) - 2)


def _one_reflection(k: Any, A: Any, place: int) -> tuple[Any, Any]:
    """Reflect one column onto beta e_1, by LAPACK's choice of signs: tau = 0, and nothing moves, where it lies there already."""
    behind = slice(place, None)
    x = part(k, A, behind, slice(place, place + 1))
    top, rest = part(k, x, slice(0, 1), ALL), part(k, x, slice(1, None), ALL)
    below = k.sum(k.square(k.abs(rest)), (len(x.shape) - 2,), True)
    real, turned = k.real(top), k.imag(top) if k.is_complex(top) else None
    size = k.sqrt(k.square(k.abs(top)) + below)
    still = (below == 0) if turned is None else (below == 0) & (turned == 0)
    beta = k.where(still, real, k.where(real >= 0, -size, size))
    one, zero = k.new_full(x, (), 1), k.new_full(x, (), 0)
    beta = k.cast_like(beta, x)
    tau = k.where(still, zero, (beta - top) / k.where(still, one, beta))
    v = k.cat([k.expand(k.reshape(one, (1,) * len(top.shape)), tuple(top.shape)), rest / k.where(still, one, top - beta)],
              len(x.shape) - 2)  # fmt: skip
    right = part(k, A, behind, slice(place + 1, None))
    right = right - conjugate(k, tau) * k.matmul(v, k.matmul(k.adjoint_matrix(v), right))
    last = len(A.shape) - 1
    done = k.cat([beta, part(k, v, slice(1, None), ALL)], last - 1)
    lower = k.cat([part(k, A, behind, slice(0, place)), done, right], last)
    return k.cat([part(k, A, slice(0, place), ALL), lower], last - 1), k.reshape(tau, (*A.shape[:-2], 1))


def _qr_samples(make):
    for shape in ((3, 3), (4, 2), (2, 4), (2, 3, 2), (0, 2)):
        yield Sample(make(*shape))
    yield Sample(make(3, 3), "complete")
    yield Sample(make(3, 2, requires_grad=False), "complete")
    yield Sample(make(3, 2, requires_grad=False), "r")


@composition(special=False,
             torch="linalg.qr", method=False, out=True, samples=_qr_samples, fields=("Q", "R"), result_name="linalg_qr",
             errors=lambda make: iter([ErrorSample(Sample(make(3)), RuntimeError, "at least 2 dimensions")]),
             autocast="cpu float32")  # fmt: skip
def linalg_qr(A: Array, mode: str = "reduced"):
    """Q with orthonormal columns and R, upper triangular, with A = Q R; mode "complete" makes Q square, "r" leaves it empty.

    Q @ R = A
    """
    check_matrix("linalg.qr", A)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    if mode == "r":
        return OPS["linalg_qr"].pack([A.detach().reshape(-1)[:0], qr_factors(A, False)[1]])
    return OPS["linalg_qr"].pack(list(qr_factors(A, mode == "complete")))


@composition(
    out=True,
    samples=lambda make: iter([Sample(make(3, 2)), Sample(make(2, 3, 3), False)]),
    fields=("Q", "R"),
    autocast="cpu float32",
)
def qr(input: Array, some: bool = True):
    """Q and R with input = Q R: the older form of `linalg.qr`.

    Q @ R = input
    """
    return OPS["qr"].pack(list(linalg_qr(input, "reduced" if some else "complete")))


# --- Reflections ------------------------------------------------------------------------------------------------------


def _without_gradient(make):
    for shape in ((3, 2), (2, 2, 3), (0, 2)):
        yield Sample(make(*shape).detach())


@composition(out=True, samples=_without_gradient,
             fields=("a", "tau"), autocast="cpu float32")  # fmt: skip
def geqrf(input: Array):
    """R with, below it, the vectors of the reflections that made it, and their factors; for `orgqr` and `ormqr`."""
    check_matrix("torch.geqrf", input)
    return OPS["geqrf"].pack([underivable("geqrf", part, input, node="GeqrfBackward0") for part in reflected(input)])


def _check_reflections(name: str, input: Tensor, tau: Tensor) -> None:
    check_matrix(name, input)
    shapes = {"got": f"input {list(input.shape)}, tau {list(tau.shape)}"}
    if tau.ndim != input.ndim - 1 or tuple(tau.shape[:-1]) != tuple(input.shape[:-2]):
        raise ShapeMismatch(
            message(f"{name}: Expected tau to have one dimension less than input, and its batch", **shapes)
        )
    if input.shape[-1] < tau.shape[-1]:
        raise ShapeMismatch(
            message(f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]", **shapes)
        )
    if input.dtype is not tau.dtype:
        raise RuntimeError(f"{name}: tau dtype {tau.dtype!r} does not match input dtype {input.dtype!r}")


def _reflections(make):
    yield Sample(make(4, 3), make(3))
    yield Sample(make(2, 3, 3), make(2, 2))
    yield Sample(make(3, 0), make(0))


def _no_reflections(make):
    yield ErrorSample(Sample(make(3), make(3)), RuntimeError, "at least 2 dimensions")
    yield ErrorSample(Sample(make(2, 3), make(2)), RuntimeError, "greater than or equal to")
    yield ErrorSample(Sample(make(3, 2), make(3)), RuntimeError, "greater than or equal to")


@composition(
    torch="linalg.householder_product",
    method=False,
    out=True,
    samples=_reflections,
    errors=_no_reflections,
    autocast="cpu float32",
)
def linalg_householder_product(input: Array, tau: Array):
    """The first columns of H_1 H_2 ... H_n, H = 1 - tau v v^H, where the v are the columns of `input` below its diagonal.

    out = H_1 @ H_2 @ ... @ H_n, where H_i = 1 - tau[i] v_i v_i^H
    """
    name = "torch.linalg.householder_product"
    _check_reflections(name, input, tau)
    rows, columns = input.shape[-2:]
    if rows < columns:
        raise ShapeMismatch(
            f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1], got {rows} < {columns}"
        )
    start = triangle(input, True, -rows) + identity(OPS_ON_TENSORS, input, rows, columns)  # on the tape in any case
    return _times_reflections(OPS_ON_TENSORS, input, tau, start)


@composition(out=True, samples=_reflections, errors=_no_reflections, autocast="cpu float32")
def orgqr(input: Array, input2: Array):
    """The first columns of a product of reflections: `linalg.householder_product`."""
    return linalg_householder_product(input, input2)


def _applied(make):
    yield Sample(make(3, 2), make(2), make(3, 2))
    yield Sample(make(3, 2), make(2), make(3, 2), True, True)
    yield Sample(make(2, 3, 2), make(2, 2), make(2, 4, 3), False)
    yield Sample(make(2, 3, 2), make(2, 2), make(2, 4, 3), False, True)


@composition(out=True, samples=_applied, autocast="cpu float32")
def ormqr(input: Array, input2: Array, input3: Array, left: bool = True, transpose: bool = False):
    """Q input3 (input3 Q if not `left`; Q^H in Q's place if `transpose`), for the whole Q of the reflections of `geqrf`.

    out = Q @ input3
    """
    _check_reflections("torch.ormqr", input, input2)
    check_matrix("torch.ormqr", input3)
    size = input3.shape[-2 if left else -1]
    if (
        size != input.shape[-2]
        or input2.shape[-1] != min(size, input.shape[-1])
        or tuple(input3.shape[:-2]) != tuple(input.shape[:-2])
    ):
        raise ShapeMismatch(
            message(
                f"torch.ormqr: other.shape[{-2 if left else -1}] must be equal to input.shape[-2], and tau.shape[-1] to "
                "the number of columns; batch dims must be the same",
                got=f"input {list(input.shape)}, tau {list(input2.shape)}, other {list(input3.shape)}",
            )
        )
    if left:
        return _times_reflections(OPS_ON_TENSORS, input, input2, input3, transpose)
    return _times_reflections(OPS_ON_TENSORS, input, input2, input3.mH, not transpose).mH
