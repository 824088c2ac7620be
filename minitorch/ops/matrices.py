"""Pieces of matrices that linear algebra is written with: triangles, blocks, diagonals, and the checks of shapes.

The functions with `k` work on raw arrays and, with the ops as `k`, on Tensors. A matrix is the last two dims; all before are
a batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minitorch.dispatch import OPS_ON_TENSORS
from minitorch.errors import LinAlgError, ShapeMismatch, message
from minitorch.operands import some
from minitorch.ops.samples import Sample
from minitorch.rows import Array, linear
from minitorch.tensor import Tensor

# --- Pieces -----------------------------------------------------------------------------------------------------------


def _triangle_samples(make):
    yield Sample(make(3, 4), True)
    yield Sample(make(2, 4, 3), False, -1)


@linear(input=lambda k, g, lower, diagonal: k.triangle(g, lower, diagonal), public=False, samples=_triangle_samples)
def triangle(k, input: Array, lower: bool, diagonal: int = 0):
    """What lies on and below the diagonal (on and above it if not `lower`), counted `diagonal` columns up; zeros elsewhere."""
    rows, columns = _numbers(k, input)
    keep = columns <= rows + diagonal if lower else columns >= rows + diagonal
    return k.where(keep, input, k.new_full(input, (), 0))


def _numbers(k: Any, x: Any) -> tuple[Any, Any]:
    """The row numbers of a matrix as a column, and its column numbers as a row."""
    rows, columns = x.shape[-2:]
    return k.reshape(k.arange_like(x, rows), (rows, 1)), k.reshape(k.arange_like(x, columns), (1, columns))


def part(k: Any, x: Any, rows: slice, columns: slice) -> Any:
    """A block of a matrix."""
    return k.basic_index(x, (..., rows, columns))


ALL = slice(None)


def identity(k: Any, like: Any, rows: int, columns: int | None = None) -> Any:
    """Ones on the diagonal, zeros elsewhere, of the dtype of `like`; square if `columns` is left out."""
    columns = rows if columns is None else columns
    same = k.reshape(k.arange_like(like, rows), (rows, 1)) == k.reshape(k.arange_like(like, columns), (1, columns))
    return k.where(same, k.new_full(like, (), 1), k.new_full(like, (), 0))


def on_diagonal(k: Any, values: Any) -> Any:
    """(..., n) as the diagonals of (..., n, n)."""
    return k.where(_diagonal_mask(k, values), row(k, values), k.new_full(values, (), 0))


def with_diagonal(k: Any, x: Any, values: Any) -> Any:
    """Square matrices with other diagonals."""
    return k.where(_diagonal_mask(k, values), row(k, values), x)


def _diagonal_mask(k: Any, values: Any) -> Any:
    size = values.shape[-1]
    places = k.arange_like(values, size)
    return k.reshape(places, (size, 1)) == k.reshape(places, (1, size))


def diagonal_of(k: Any, x: Any) -> Any:
    """The diagonals of matrices: (..., m, n) -> (..., min(m, n))."""
    return k.diagonal(x, 0, len(x.shape) - 2, len(x.shape) - 1)


def row(k: Any, x: Any) -> Any:
    """(..., n) as matrices of one row."""
    return k.reshape(x, (*x.shape[:-1], 1, x.shape[-1]))


def column(k: Any, x: Any) -> Any:
    """(..., n) as matrices of one column."""
    return k.reshape(x, (*x.shape, 1))


def batched(k: Any, x: Any, batch: Sequence[int]) -> Any:
    """A matrix as often as the batch wants it."""
    size = (*batch, *x.shape[-2:])
    return x if tuple(x.shape) == size else k.expand(x, size)


def hermitian(k: Any, x: Any, lower: bool = True) -> Any:
    """The Hermitian matrix of which one triangle is given, and the other isn't looked at."""
    half = k.triangle(x, lower, -1 if lower else 1)
    real = k.cast_like(k.real(diagonal_of(k, x)), x) if k.is_complex(x) else diagonal_of(k, x)
    return with_diagonal(k, half + k.adjoint_matrix(half), real)


def rows_at(k: Any, x: Any, index: Any) -> Any:
    """The rows that `index` (..., n) names, of each matrix its own."""
    return k.gather(x, len(x.shape) - 2, k.expand(column(k, index), (*x.shape[:-2], index.shape[-1], x.shape[-1])))


def positive_definite(make: Any, *batch: int, size: int) -> Tensor:
    """A leaf for samples: X X^H + 1, for a random X; X itself where its dtype isn't one to compute in."""
    x = make(*batch, size, size, requires_grad=False)
    if not (x.dtype.inexact and x.dtype.full):
        return x
    made = x @ x.mH + identity(OPS_ON_TENSORS, x, size)
    return made.requires_grad_() if make.requires_grad else made


# --- Checks -----------------------------------------------------------------------------------------------------------


def check_matrix(name: str, *matrices: Tensor, floats: bool = True) -> None:
    """Refuse what has fewer than two dims; with `floats` whole numbers and, as PyTorch does, 16-bit floats."""
    for matrix in matrices:
        if not isinstance(matrix, Tensor):
            raise TypeError(f"{name}(): argument must be Tensor, not {type(matrix).__name__}")
        if floats and not matrix.dtype.full:
            raise RuntimeError(
                f"{name}: Low precision dtypes not supported. Got {matrix.dtype!r}; convert with .float()"
            )
        if matrix.ndim < 2:
            what = f"{name}: The input tensor must have at least 2 dimensions."
            raise ShapeMismatch(message(what, expected="(..., m, n)", got=list(matrix.shape)))
        if floats and not matrix.dtype.inexact:
            what = f"{name}: Expected a floating point or complex tensor as input. Got {matrix.dtype!r}"
            raise RuntimeError(f"{what}; convert with .float()")


def check_square(name: str, *matrices: Tensor, floats: bool = True) -> None:
    """Refuse what isn't a batch of square matrices."""
    check_matrix(name, *matrices, floats=floats)
    for matrix in matrices:
        if matrix.shape[-1] != matrix.shape[-2]:
            but = f"but they are {matrix.shape[-2]} by {matrix.shape[-1]} matrices"
            what = f"{name}: A must be batches of square matrices, {but}"
            raise ShapeMismatch(message(what, expected="(..., n, n)", got=list(matrix.shape)))


def check_info(name: str, info: Tensor, what: str) -> None:
    """Raise if some matrix of a batch failed: its `info` isn't 0."""
    if 0 in info.shape or not some(info != 0):
        return
    numbers = info.reshape(-1).tolist()
    first = next(place for place, number in enumerate(numbers) if number)
    where = f"(Batch element {first}): " if info.ndim else ""
    raise LinAlgError(f"{name}: {where}{what.format(numbers[first])}")


def check_finite(name: str, A: Tensor) -> None:
    """Refuse nan and inf, for which some libraries raise, some give nan, and some don't return."""
    if A.dtype.inexact and some(~A.detach().isfinite()):
        raise LinAlgError(
            f"{name}: The algorithm failed to converge because the input matrix contained non-finite values."
        )


def shared_batch(name: str, a: Sequence[int], b: Sequence[int]) -> tuple[int, ...]:
    """The common batch dims of two shapes of matrices."""
    first, second = a[:-2], b[:-2]
    length = max(len(first), len(second))
    first, second = (1,) * (length - len(first)) + tuple(first), (1,) * (length - len(second)) + tuple(second)
    if any(x != y and 1 not in (x, y) for x, y in zip(first, second, strict=True)):
        raise ShapeMismatch(
            message(
                f"{name}: The batch dimensions don't broadcast",
                expected="batch dims that are equal from the right, or 1",
                got=f"{list(a)} and {list(b)}",
            )
        )
    return tuple([y if x == 1 else x for x, y in zip(first, second, strict=True)])
