"""Triangular systems, and LU with row exchanges.

    A X = B                 gB = A^-H gX,   gA = -gB X^H, of which one triangle counts
    A[permutation] = L U    L with ones on its diagonal

Both factorization and substitution halve the matrix until one column is left, so that nearly all the work is matrix products
of whole blocks, on arrays that need not be writable.
"""

from __future__ import annotations

from typing import Any

from minitorch import dtypes
from minitorch.dispatch import OPS_ON_TENSORS
from minitorch.errors import ShapeMismatch, message
from minitorch.ops.matrices import (
    ALL,
    batched,
    check_info,
    check_matrix,
    check_square,
    column,
    diagonal_of,
    identity,
    part,
    row,
    rows_at,
    shared_batch,
    triangle,
)
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import OPS, Array, Index, composition, op
from minitorch.tensor import Tensor

# --- Triangular systems -----------------------------------------------------------------------------------------------


def _triangular_gradients(k, g, A, out, upper, unit, needs):
    by_b = k.triangular_solution(k.adjoint_matrix(A), g, not upper, unit)
    if not needs[0]:
        return None, by_b
    by_a = k.triangle(-k.matmul(by_b, k.adjoint_matrix(out)), not upper, (1 if upper else -1) if unit else 0)
    return by_a, by_b


@op(grad=_triangular_gradients, public=False, takes="floats", grad_name="LinalgSolveTriangularBackward0")
def triangular_solution(k, A: Array, B: Array, upper: bool, unit: bool):
    """X with A X = B, by substitution; one triangle of A is read, and `unit` takes its diagonal for ones."""
    batch = shared_batch("linalg.solve_triangular", A.shape, B.shape)
    return _substituted(k, A, batched(k, B, batch), upper, unit)


def _substituted(k: Any, A: Any, B: Any, upper: bool, unit: bool) -> Any:
    size = A.shape[-1]
    if size < 2:
        return k.clone(B) if unit or not size else B / A
    first, second = slice(0, size // 2), slice(size // 2, size)
    known, unknown = (second, first) if upper else (first, second)
    found = _substituted(k, part(k, A, known, known), part(k, B, known, ALL), upper, unit)
    rest = part(k, B, unknown, ALL) - k.matmul(part(k, A, unknown, known), found)
    other = _substituted(k, part(k, A, unknown, unknown), rest, upper, unit)
    return k.cat([other, found] if upper else [found, other], len(B.shape) - 2)


def from_right(k: Any, A: Any, B: Any, upper: bool, unit: bool = False) -> Any:
    """X with X A = B, which is A^H X^H = B^H."""
    return k.adjoint_matrix(k.triangular_solution(k.adjoint_matrix(A), k.adjoint_matrix(B), not upper, unit))


def _triangular_samples(make):
    yield Sample(make(3, 3, low=1.0), make(3, 2), upper=True)
    yield Sample(make(2, 4, 4, low=1.0), make(4, 1), upper=False)
    yield Sample(make(3, 3, low=1.0), make(2, 2, 3), upper=False, left=False)
    yield Sample(make(3, 3), make(3, 2), upper=True, unitriangular=True)
    yield Sample(make(0, 0), make(0, 2), upper=True)


def _triangular_errors(make):
    yield ErrorSample(Sample(make(3), make(3, 1), upper=True), RuntimeError, "at least 2 dimensions")
    yield ErrorSample(Sample(make(2, 3), make(2, 1), upper=True), RuntimeError, "must be batches of square matrices")
    yield ErrorSample(Sample(make(3, 3), make(2, 1), upper=True), RuntimeError, "incompatible shapes")


@composition(
    special=False,
    torch="linalg.solve_triangular",
    method=False,
    out=True,
    samples=_triangular_samples,
    errors=_triangular_errors,
)
def linalg_solve_triangular(input: Array, B: Array, *, upper: bool, left: bool = True, unitriangular: bool = False):
    """X with A X = B (X A = B if not `left`) for a triangular A; its other triangle isn't looked at.

    A @ out = B
    """
    _check_system("linalg.solve_triangular", input, B, left)
    if left:
        return triangular_solution(input, B, upper, unitriangular)
    return triangular_solution(input.mT, B.mT, not upper, unitriangular).mT


def _check_system(name: str, A: Tensor, B: Tensor, left: bool) -> None:
    check_square(name, A)
    check_matrix(name, B)
    if A.shape[-1] != B.shape[-2 if left else -1]:
        equation = "AX = B" if left else "XA = B"
        raise ShapeMismatch(
            message(
                f"{name}: Incompatible shapes of A and B for the equation {equation} ({A.shape[-2]}x{A.shape[-1]} and "
                f"{B.shape[-2]}x{B.shape[-1]}); incompatible shapes",
                hint="B must have as many rows as A" if left else "B must have as many columns as A",
            )
        )
    shared_batch(name, A.shape, B.shape)


def _older_samples(make):
    yield Sample(make(3, 2), make(3, 3, low=1.0))
    yield Sample(make(2, 3, 1), make(3, 3, low=1.0), upper=False, transpose=True)
    yield Sample(make(3, 2), make(3, 3), unitriangular=True)


@composition(out=True, samples=_older_samples, fields=("solution", "cloned_coefficient"), autocast="cpu float32")
def triangular_solve(input: Array, A: Array, upper: bool = True, transpose: bool = False, unitriangular: bool = False):
    """X with A X = input, and a copy of A: the older form of `linalg.solve_triangular`; A^T in A's place if `transpose`.

    A @ out = input
    """
    check_matrix("torch.triangular_solve", input, A)
    check_square("torch.triangular_solve", A)
    turned = A.mT if transpose else A
    found = linalg_solve_triangular(turned, input, upper=upper != transpose, unitriangular=unitriangular)
    batch = shared_batch("torch.triangular_solve", A.shape, input.shape)
    return OPS["triangular_solve"].pack([found, A.expand(*batch, *A.shape[-2:]).clone()])


# --- LU ---------------------------------------------------------------------------------------------------------------


def _lu_gradient(k, g, out):
    """gA[permutation] = L^-H (tril(L^H gL, -1) + triu(gU U^H)) U^-H, with what surplus rows or columns add to it."""
    g, (lu, _, permutation) = g[0], out
    size = min(lu.shape[-2:])
    first, rest = slice(0, size), slice(size, None)
    square = part(k, lu, first, first)
    lower, upper = _unit_lower(k, square), k.triangle(square, False)
    by_lower, by_upper = k.triangle(part(k, g, first, first), True, -1), k.triangle(part(k, g, first, first), False)
    surplus, last = [], len(lu.shape) - 1
    if lu.shape[-2] > size:
        surplus = [from_right(k, k.adjoint_matrix(upper), part(k, g, rest, ALL), False)]
        by_upper = by_upper - k.triangle(k.matmul(k.adjoint_matrix(part(k, lu, rest, ALL)), surplus[0]), False)
    elif lu.shape[-1] > size:
        surplus = [k.triangular_solution(k.adjoint_matrix(lower), part(k, g, ALL, rest), True, True)]
        by_lower = by_lower - k.triangle(k.matmul(surplus[0], k.adjoint_matrix(part(k, lu, ALL, rest))), True, -1)
    inner = k.triangle(k.matmul(k.adjoint_matrix(lower), by_lower), True, -1)
    inner = inner + k.triangle(k.matmul(by_upper, k.adjoint_matrix(upper)), False)
    found = from_right(k, k.adjoint_matrix(upper), inner, False)
    found = k.triangular_solution(k.adjoint_matrix(lower), found, True, True)
    found = k.cat([found, *surplus], last - 1 if lu.shape[-2] > size else last)
    index = k.expand(column(k, permutation), tuple(found.shape))
    return (k.scatter_add(k.new_full(found, tuple(found.shape), 0), last - 1, index, found),)


@op(
    grad=_lu_gradient,
    public=False,
    result=("same", "int64", "int64"),
    takes="floats",
    grad_name="LinalgLuFactorExBackward0",
)
def compact_lu(k, A: Array, pivot: bool):
    """L below the diagonal and U from it upward in one matrix; with which row each was exchanged; the rows in their new order."""
    lu, pivots, permutation = _eliminated(k, A, pivot)
    size = min(A.shape[-2:])
    return lu, k.basic_index(pivots, (..., slice(0, size))), permutation


def _eliminated(k: Any, A: Any, pivot: bool) -> tuple[Any, Any, Any]:
    rows, columns = A.shape[-2:]
    if not rows or not columns:
        order = k.expand(k.arange_like(A, rows), (*A.shape[:-2], rows))
        return A, k.expand(k.arange_like(A, min(rows, columns)), (*A.shape[:-2], min(rows, columns))), order
    if columns == 1:
        return _one_column(k, A, pivot)
    half, last = min(rows, columns) // 2 or 1, len(A.shape) - 1
    first, rest = slice(0, half), slice(half, None)
    left, pivots, order = _eliminated(k, part(k, A, ALL, first), pivot)
    right = rows_at(k, part(k, A, ALL, rest), order)
    above = _substituted(k, part(k, left, first, ALL), part(k, right, first, ALL), False, True)
    if rows == half:
        return k.cat([left, above], last), pivots, order
    below = part(k, right, rest, ALL) - k.matmul(part(k, left, rest, ALL), above)
    below, more_pivots, more_order = _eliminated(k, below, pivot)
    left = k.cat([part(k, left, first, ALL), rows_at(k, part(k, left, rest, ALL), more_order)], last - 1)
    behind = k.gather(k.basic_index(order, (..., rest)), last - 1, more_order)
    order = k.cat([k.basic_index(order, (..., first)), behind], last - 1)
    pivots = k.cat([pivots, more_pivots + half], last - 1)
    return k.cat([left, k.cat([above, below], last - 1)], last), pivots, order


def _one_column(k: Any, A: Any, pivot: bool) -> tuple[Any, Any, Any]:
    """The largest element comes first, and the others are divided by it."""
    rows, along = A.shape[-2], len(A.shape) - 2
    values = k.reshape(A, tuple(A.shape[:-1]))
    places = k.expand(k.arange_like(A, rows), tuple(values.shape))
    largest = k.basic_index(places, (..., slice(0, 1)))
    if pivot:
        largest = k.argmax(_size(k, values), (along,), True)
        order = k.where(places == 0, largest, k.where(places == largest, k.new_full(places, (), 0), places))
        values = k.gather(values, along, order)
    else:
        order = places
    top = k.basic_index(values, (..., slice(0, 1)))
    divided = k.where((places == 0) | (top == 0), values, values / top)
    return k.reshape(divided, tuple(A.shape)), largest, order


def _size(k: Any, values: Any) -> Any:
    """What LAPACK takes for the size of a complex number."""
    return k.abs(k.real(values)) + k.abs(k.imag(values)) if k.is_complex(values) else k.abs(values)


def _unit_lower(k: Any, lu: Any) -> Any:
    return k.triangle(lu, True, -1) + identity(k, lu, lu.shape[-2], lu.shape[-1])


# --- What users call --------------------------------------------------------------------------------------------------


@op(public=False, result="int64")
def zero_pivot(k, U: Array):
    """Which element of the diagonal, counted from 1, is the first to be 0; 0 if none is."""
    size = min(U.shape[-2:])
    if not size:
        return k.new_full(U, tuple(U.shape[:-2]), 0, dtypes.int64)
    zero = k.cast(diagonal_of(k, U) == 0, dtypes.int64)
    last = len(zero.shape) - 1
    return k.amax(zero, (last,), False) * (k.argmax(zero, (last,), False) + 1)


def _matrices(make):
    yield Sample(make(3, 3))
    yield Sample(make(2, 4, 3))
    yield Sample(make(2, 3))
    yield Sample(make(0, 2, 2))


def _needs_matrix(make):
    yield ErrorSample(Sample(make(3)), RuntimeError, "at least 2 dimensions")


_ZERO_PIVOT = (
    "U[{0},{0}] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the "
    "factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
)


@composition(torch="linalg.lu_factor_ex", method=False, out=True, samples=_matrices, errors=_needs_matrix,
             fields=("LU", "pivots", "info"), result_name="linalg_lu_factor_ex")  # fmt: skip
def linalg_lu_factor_ex(A: Array, *, pivot: bool = True, check_errors: bool = False):
    """L and U of a matrix with exchanged rows in one matrix, the exchanges, and which pivot is 0 (0 if none is)."""
    check_matrix("torch.linalg.lu_factor_ex", A)
    lu, pivots, _ = compact_lu(A, pivot)
    info = zero_pivot(lu.detach())
    if check_errors:
        check_info("torch.linalg.lu_factor_ex", info, _ZERO_PIVOT)
    return OPS["linalg_lu_factor_ex"].pack([lu, (pivots + 1).to(dtypes.int32), info.to(dtypes.int32)])


@composition(torch="linalg.lu_factor", method=False, out=True, samples=_matrices, errors=_needs_matrix,
             fields=("LU", "pivots"), result_name="linalg_lu_factor")  # fmt: skip
def linalg_lu_factor(A: Array, *, pivot: bool = True):
    """L (below the diagonal, its own ones left out) and U in one matrix, and with which row each was exchanged, from 1 on.

    P @ L @ U = A
    """
    lu, pivots, _ = linalg_lu_factor_ex(A, pivot=pivot)
    return OPS["linalg_lu_factor"].pack([lu, pivots])


@composition(torch="linalg.lu", method=False, out=True, samples=_matrices, errors=_needs_matrix,
             fields=("P", "L", "U"), result_name="linalg_lu")  # fmt: skip
def linalg_lu(A: Array, *, pivot: bool = True):
    """P, L and U with A = P L U: a permutation, ones on a diagonal with what is below, and what is above.

    P @ L @ U = A
    """
    check_matrix("torch.linalg.lu", A)
    lu, _, order = compact_lu(A, pivot)
    return OPS["linalg_lu"].pack([_permutation_matrix(order, lu), *_unpacked(lu)])


def _unpacked(lu: Tensor) -> tuple[Tensor, Tensor]:
    size = min(lu.shape[-2:])
    left, right = lu[..., :, :size], lu[..., :size, :]
    return triangle(left, True, -1) + identity(OPS_ON_TENSORS, left, *left.shape[-2:]), triangle(right, False)


def _permutation_matrix(order: Tensor, like: Tensor) -> Tensor:
    """P with (P^T A)[i] = A[order[i]]."""
    places = OPS_ON_TENSORS.arange_like(order, order.shape[-1])
    return (places.reshape((-1, 1)) == row(OPS_ON_TENSORS, order)).to(like.dtype)


@op(public=False)
def exchanged_rows(k, pivots: Index, count: int):
    """The order of `count` rows after each was exchanged with the one that `pivots` names, from 0 on."""
    along = len(pivots.shape) - 1
    places = k.expand(k.arange_like(pivots, count), (*pivots.shape[:-1], count))
    order = places
    for place in range(pivots.shape[-1]):
        other = k.basic_index(pivots, (..., slice(place, place + 1)))
        here, there = k.basic_index(order, (..., slice(place, place + 1))), k.gather(order, along, other)
        order = k.where(places == place, there, k.where(places == other, here, order))
    return order


def _factors(make, *shape: int) -> tuple[Tensor, Tensor]:
    """L and U in one matrix, and exchanges with the last row."""
    size = min(shape[-2:])
    return make(*shape, low=0.5, high=2.0), make.integers((*shape[:-2], size), size, size + 1, dtype=dtypes.int32)


def _factored(make):
    yield Sample(*_factors(make, 3, 3))
    yield Sample(*_factors(make, 2, 4, 3))
    yield Sample(*_factors(make, 2, 3))


def _check_pivots(name: str, pivots: Tensor) -> None:
    """Whole numbers; PyTorch takes int32 only."""
    if pivots.dtype not in (dtypes.int32, dtypes.int64):
        raise RuntimeError(
            message(
                f"{name}: pivots is expected to be a tensor of torch.int32",
                got=repr(pivots.dtype),
                hint="pass the pivots that linalg.lu_factor returned",
            )
        )


@composition(samples=_factored, out=True, method=False, fields=("P", "L", "U"))
def lu_unpack(LU_data: Array, LU_pivots: Index, unpack_data: bool = True, unpack_pivots: bool = True):
    """P, L and U of what `linalg.lu_factor` gave."""
    _check_pivots("torch.lu_unpack", LU_pivots)
    check_matrix("torch.lu_unpack", LU_data)
    nothing = LU_data.detach()[..., :0, :0].reshape(-1)
    order, lower, upper = nothing, nothing, nothing
    if unpack_pivots:
        order = _permutation_matrix(exchanged_rows(LU_pivots - 1, LU_data.shape[-2]), LU_data)
    if unpack_data:
        lower, upper = _unpacked(LU_data)
    return OPS["lu_unpack"].pack([order, lower, upper])


def _lu_solve_samples(make):
    lu, pivots = _factors(make, 3, 3)
    yield Sample(lu, pivots, make(3, 2))
    yield Sample(lu, pivots, make(2, 3, 2), adjoint=True)
    yield Sample(*_factors(make, 2, 3, 3), make(2, 3), left=False)
    yield Sample(lu, pivots, make(2, 3), left=False, adjoint=True)


@composition(torch="linalg.lu_solve", method=False, out=True, samples=_lu_solve_samples)
def linalg_lu_solve(LU: Array, pivots: Index, B: Array, *, left: bool = True, adjoint: bool = False):
    """X with A X = B for an A that `linalg.lu_factor` has factored; X A = B if not `left`; A^H in A's place if `adjoint`.

    A @ out = B
    """
    _check_pivots("linalg.lu_solve", pivots)
    _check_system("linalg.lu_solve", LU, B, left)
    if pivots.shape != LU.shape[:-1]:
        raise ShapeMismatch(
            f"linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix: {list(pivots.shape)} "
            f"for {list(LU.shape)}"
        )
    if not left:  # X A = B is A^H X^H = B^H
        return linalg_lu_solve(LU, pivots, B.mH, adjoint=not adjoint).mH.contiguous()
    order = exchanged_rows(pivots - 1, LU.shape[-1])
    batch = shared_batch("linalg.lu_solve", LU.shape, B.shape)
    B, order = batched(OPS_ON_TENSORS, B, batch), order.expand(*batch, order.shape[-1])
    if not adjoint:
        there = triangular_solution(LU, rows_at(OPS_ON_TENSORS, B, order), False, True)
        return triangular_solution(LU, there, True, False)
    there = triangular_solution(LU.mH, triangular_solution(LU.mH, B, False, False), True, True)
    return rows_at(OPS_ON_TENSORS, there, order.argsort(-1))


def _old_lu_solve_samples(make):
    lu, pivots = _factors(make, 2, 3, 3)
    yield Sample(make(2, 3, 2), lu, pivots)


@composition(out=True, samples=_old_lu_solve_samples, autocast="cpu float32")
def lu_solve(input: Array, LU_data: Array, LU_pivots: Index):
    """X with A X = input: the older form of `linalg.lu_solve`.

    A @ out = input
    """
    check_matrix("lu_solve", input, LU_data)
    return linalg_lu_solve(LU_data, LU_pivots, input)


@composition(samples=_matrices, errors=_needs_matrix, out=True)
def lu(input: Array, pivot: bool = True, get_infos: bool = False):
    """The older form of `linalg.lu_factor_ex`: (LU, pivots), and with `get_infos` which pivot is 0."""
    found = linalg_lu_factor_ex(input, pivot=pivot, check_errors=not get_infos)
    return tuple(found) if get_infos else tuple(found[:2])
