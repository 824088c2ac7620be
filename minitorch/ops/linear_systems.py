"""Systems of linear equations, inverses and determinants.

    X = A^-1 B          gB = A^-H gX,  gA = -gB X^H
    X = A^-1            gA = -X^H gX X^H
    log |det A|         gA = g A^-H
    det A               gA = g times the conjugate of the cofactors, which exist where there is no inverse

Where a matrix has no inverse, kernels give inf or nan; that the input is to blame is found out afterwards, by LU.
"""

from __future__ import annotations

from typing import Any

from minitorch import dtypes
from minitorch.errors import ShapeMismatch, message
from minitorch.ops.formulas import conjugate
from minitorch.ops.matrices import (
    batched,
    check_info,
    check_square,
    diagonal_of,
    identity,
    positive_definite,
    row,
    rows_at,
    shared_batch,
)
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import OPS, Array, composition, op

# --- Solutions and inverses -------------------------------------------------------------------------------------------


def _solution_gradients(k, g, A, out, needs):
    by_b = k.solution(k.adjoint_matrix(A), g)
    return (-k.matmul(by_b, k.adjoint_matrix(out)) if needs[0] else None), by_b


@op(grad=_solution_gradients, public=False, takes="floats", grad_name="LinalgSolveExBackward0")
def solution(k, A: Array, B: Array):
    """X with A X = B, by LU."""
    lu, _, order = k.compact_lu(A, True)
    batch = shared_batch("linalg.solve", A.shape, B.shape)
    order = k.expand(order, (*batch, order.shape[-1]))
    there = k.triangular_solution(lu, rows_at(k, batched(k, B, batch), order), False, True)
    return k.triangular_solution(lu, there, True, False)


def _inverse_gradient(k, g, out):
    adjoint = k.adjoint_matrix(out)
    return -k.matmul(k.matmul(adjoint, g), adjoint)


@op(A=_inverse_gradient, public=False, takes="floats", grad_name="LinalgInvExBackward0")
def inverse_matrix(k, A: Array):
    """X with A X = 1."""
    return k.solution(A, batched(k, identity(k, A, A.shape[-1]), A.shape[:-2]))


@op(public=False, result="int64")
def singular_pivot(k, A: Array, found: Array):
    """Which pivot of A is 0, counted from 1, if what was found with it isn't finite; 0 where nothing is wrong."""
    if not k.some(k.logical_not(k.isfinite(found))):
        return k.new_full(A, tuple(A.shape[:-2]), 0, dtypes.int64)
    return k.zero_pivot(k.compact_lu(A, True)[0])


def _squares(make):
    yield Sample(make(3, 3))
    yield Sample(make(2, 2, 2))
    yield Sample(make(0, 3, 3))
    yield Sample(make(0, 0))
    yield Sample(make.strided(4, 4))


def _not_square(make):
    yield ErrorSample(Sample(make(3)), RuntimeError, "at least 2 dimensions")
    yield ErrorSample(Sample(make(2, 3)), RuntimeError, "must be batches of square matrices")


def _singular(make):
    yield from _not_square(make)
    yield ErrorSample(Sample(make(2, 2) * 0), RuntimeError, "singular")


@composition(special=False, torch="linalg.inv_ex", method=False, out=True, samples=_squares, errors=_not_square,
             fields=("inverse", "info"), result_name="linalg_inv_ex", autocast="cpu float32")  # fmt: skip
def linalg_inv_ex(A: Array, *, check_errors: bool = False):
    """The inverse, and which pivot is 0 so that there is none (0 if all is well).

    A @ out = 1
    """
    check_square("linalg.inv", A)
    found = inverse_matrix(A)
    info = singular_pivot(A.detach(), found.detach()).to(dtypes.int32)
    if check_errors:
        check_info("linalg.inv", info, "The diagonal element {0} is zero, the inversion could not be completed because the "
                   "input matrix is singular.")  # fmt: skip
    return OPS["linalg_inv_ex"].pack([found, info])


@composition(torch="linalg.inv", method=False, out=True, samples=_squares, errors=_singular, autocast="cpu float32")
def linalg_inv(A: Array):
    """The inverse of a square matrix.

    >>> import minitorch
    >>> minitorch.linalg.inv(minitorch.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    return linalg_inv_ex(A, check_errors=True)[0]


@composition(out=True, samples=_squares, errors=_singular, autocast="cpu float32")
def inverse(input: Array):
    """The inverse of a square matrix: `linalg.inv`."""
    return linalg_inv(input)


def _systems(make):
    yield Sample(make(3, 3), make(3, 2))
    yield Sample(make(3, 3), make(3))
    yield Sample(make(2, 3, 3), make(2, 3))
    yield Sample(make(2, 3, 3), make(3, 1))
    yield Sample(make(3, 3), make(2, 2, 3), left=False)
    yield Sample(make(0, 0), make(0, 2))


def _no_systems(make):
    yield ErrorSample(Sample(make(3, 2), make(3)), RuntimeError, "must be batches of square matrices")
    yield ErrorSample(Sample(make(3, 3), make(2, 2)), RuntimeError, "Incompatible shapes")
    yield ErrorSample(Sample(make(3, 3), make.integers((3, 3), 0, 5)), RuntimeError, "same dtype")


@composition(special=False, torch="linalg.solve_ex", method=False, out=True, samples=_systems, errors=_no_systems,
             fields=("result", "info"), result_name="linalg_solve_ex")  # fmt: skip
def linalg_solve_ex(A: Array, B: Array, *, left: bool = True, check_errors: bool = False):
    """X with A X = B (X A = B if not `left`), and which pivot of A is 0 so that there is none (0 if all is well).

    A @ out = B
    """
    check_square("linalg.solve", A)
    vector = B.ndim == 1 or (A.ndim - 1 == B.ndim and tuple(B.shape) == tuple(A.shape[:-1]))
    if vector and not left:
        raise RuntimeError("linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this "
                           "case linalg.solve is equivalent to B / A.squeeze(-1)")  # fmt: skip
    right = B.unsqueeze(-1) if vector else B
    if right.ndim < 2 or A.shape[-1] != right.shape[-2 if left else -1]:
        raise ShapeMismatch(
            message(
                "linalg.solve: Incompatible shapes of A and B",
                expected=f"B of shape (..., {A.shape[-1]}, m)" if left else f"B of shape (..., m, {A.shape[-1]})",
                got=f"A {list(A.shape)}, B {list(B.shape)}",
            )
        )
    shared_batch("linalg.solve", A.shape, right.shape)
    found = solution(A, right) if left else solution(A.mT, right.mT).mT
    info = singular_pivot(A.detach(), found.detach()).to(dtypes.int32)
    if check_errors:
        check_info("torch.linalg.solve", info, "The solver failed because the input matrix is singular.")
    return OPS["linalg_solve_ex"].pack([found.squeeze(-1) if vector else found, info])


@composition(
    special=False,
    torch="linalg.solve",
    method=False,
    out=True,
    samples=_systems,
    errors=_no_systems,
    autocast="cpu float32",
)
def linalg_solve(A: Array, B: Array, *, left: bool = True):
    """X with A X = B, or X A = B if not `left`; B is made of columns, or a vector, or one vector for each matrix of a batch."""
    return linalg_solve_ex(A, B, left=left, check_errors=True)[0]


# --- Determinants -----------------------------------------------------------------------------------------------------


def _cofactors_gradient(k, g, A, out):
    """Where there is an inverse: d cof = tr(A^-1 dA) cof - cof dA^T A^-T."""
    there = on_scaled_identity(k, k.sum(conjugate(k, out) * g, (len(g.shape) - 2, len(g.shape) - 1), True), A)
    last = len(g.shape) - 1
    turned = k.permute(g, (*range(last - 1), last, last - 1))
    return k.solution(k.adjoint_matrix(A), there - k.matmul(turned, conjugate(k, out)))


def on_scaled_identity(k: Any, scale: Any, like: Any) -> Any:
    return scale * identity(k, like, like.shape[-1])


@op(A=_cofactors_gradient, public=False)
def cofactors(k, A: Array):
    """The derivative of det A by each element of A, by singular values: of each the product of the others; nan of nan."""
    if k.some(k.logical_not(k.isfinite(A))):
        return k.full_like(A, float("nan"))
    left, values, right = k.svd_factors(A, False)
    others = k.product_of_others(values, (len(values.shape) - 1,))
    unit = k.determinant(left) * k.determinant(right)
    scaled = conjugate(k, left) * row(k, k.cast_like(others, A))
    return k.reshape(unit, (*unit.shape, 1, 1)) * k.matmul(scaled, conjugate(k, right))


@op(A=lambda k, g, A: k.reshape(g, (*g.shape, 1, 1)) * conjugate(k, k.cofactors(A)), public=False, takes="floats",
    out=True, grad_name="LinalgDetBackward0")  # fmt: skip
def determinant(k, A: Array):
    """The product of the pivots, with the sign of the exchanges."""
    sign, values = _pivots(k, A)
    return sign * k.prod(values, (len(values.shape) - 1,), False)


def _pivots(k: Any, A: Any) -> tuple[Any, Any]:
    """The parity of the row exchanges, as 1 or -1, and the diagonal of U."""
    lu, pivots, _ = k.compact_lu(A, True)
    last = len(pivots.shape) - 1
    moved = k.sum(k.cast(pivots != k.arange_like(pivots, pivots.shape[-1]), dtypes.int64), (last,), False)
    return k.cast_like(1 - 2 * k.remainder(moved, k.full_like(moved, 2)), lu), diagonal_of(k, lu)


def _sign_gradient(k, g, A, sign):
    """d log det A = tr(A^-1 dA) =: t;  d log|det A| = Re t;  d sign = i Im(t) sign."""
    by_sign, by_log = g
    factor = k.cast_like(by_log, sign) if by_log is not None else None
    if by_sign is not None and k.is_complex(sign):
        turn = by_sign * k.conj(sign)
        turn = (turn - k.conj(turn)) / 2
        factor = turn if factor is None else factor + turn
    if factor is None:
        return (None,)
    factor = k.reshape(factor, (*factor.shape, 1, 1))
    return (k.solution(k.adjoint_matrix(A), on_scaled_identity(k, factor, A)),)


@op(grad=_sign_gradient, public=False, result=("same", "real"), takes="floats", fields=("sign", "logabsdet"),
    result_name="linalg_slogdet", out=True, grad_name="LinalgSlogdetBackward0")  # fmt: skip
def sign_and_log(k, A: Array):
    """det A as its sign, or phase, and the logarithm of its size, which has a larger range than itself."""
    sign, values = _pivots(k, A)
    last = (len(values.shape) - 1,)
    size = k.abs(values)
    return sign * k.prod(k.sgn(values), last, False), k.sum(k.log(size), last, False)


@composition(torch="linalg.det", method=False, out=True, samples=_squares, errors=_not_square)
def linalg_det(A: Array):
    """The determinant. Its derivative is right for singular matrices too.

    out = product of the eigenvalues of A

    >>> import minitorch
    >>> minitorch.linalg.det(minitorch.tensor([[2.0, 1.0], [0.0, 3.0]]))
    tensor(6.)
    """
    check_square("linalg.det", A)
    return determinant(A)


@composition(samples=_squares, errors=_not_square)
def det(input: Array):
    """The determinant: `linalg.det`."""
    return linalg_det(input)


@composition(special=False, torch="linalg.slogdet", method=False, out=True, samples=_squares, errors=_not_square,
             fields=("sign", "logabsdet"), result_name="linalg_slogdet")  # fmt: skip
def linalg_slogdet(A: Array):
    """The sign (or phase) and the logarithm of the absolute value of the determinant.

    sign * exp(logabsdet) = det(A)
    """
    check_square("linalg.slogdet", A)
    return sign_and_log(A)


@composition(special=False, out=True, samples=_squares, errors=_not_square, fields=("sign", "logabsdet"))
def slogdet(input: Array):
    """The sign and the logarithm of the absolute value of the determinant: `linalg.slogdet`.

    sign * exp(logabsdet) = det(input)
    """
    return OPS["slogdet"].pack(list(linalg_slogdet(input)))


def _positive(make):
    yield Sample(positive_definite(make, size=3))
    yield Sample(positive_definite(make, 2, size=2))
    yield Sample(make(0, 0))


@composition(samples=_positive, errors=_not_square)
def logdet(input: Array):
    """The logarithm of the determinant: nan where that is negative, -inf where it is 0.

    out = log(det(input))
    """
    check_square("logdet", input)
    sign, size = sign_and_log(input)
    if sign.dtype.is_complex:
        return sign.log() + size
    return OPS["where"].function(sign == -1, float("nan"), size)
