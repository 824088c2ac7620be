"""Norms of matrices and what is small beside them: condition numbers, traces, sums over dims of vectors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from minitorch import dtypes
from minitorch.dispatch import OPS_ON_TENSORS
from minitorch.dtypes import DType
from minitorch.errors import ShapeMismatch
from minitorch.operands import to_dim
from minitorch.ops.calculus import cross_along
from minitorch.ops.contraction import matmul
from minitorch.ops.linear_systems import inverse_matrix
from minitorch.ops.matrices import check_matrix
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.spectral import linalg_svdvals
from minitorch.ops.statistics import vector_norm
from minitorch.rows import OPS, Array, composition
from minitorch.tensor import Tensor

# --- Norms ------------------------------------------------------------------------------------------------------------


def _pair(name: str, dim: Any, ndim: int) -> tuple[int, int]:
    if not isinstance(dim, Sequence) or len(dim) != 2:
        raise RuntimeError(f"{name}: dim must be a 2-tuple. Got {dim}")
    first, second = (to_dim(d, ndim) for d in dim)
    if first == second:
        raise RuntimeError(f"{name}: dims must be different. Got ({dim[0]}, {dim[1]})")
    return first, second


def _matrix_norm_samples(make):
    for ord in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf):
        yield Sample(make(3, 4), ord)
    yield Sample(make(2, 3, 4), "nuc", (0, 2), True)
    yield Sample(make(2, 3, 4), 1, (2, 0))
    yield Sample(make(2, 3, 4), 2, (-3, 1))


def _matrix_norm_errors(make):
    yield ErrorSample(Sample(make(3)), RuntimeError, "at least 2 dimensions")
    yield ErrorSample(Sample(make(3, 3), 3), RuntimeError, "Order 3 not supported")
    yield ErrorSample(Sample(make(3, 3), "nuc", (0, 0)), RuntimeError, "dims must be different")


@composition(
    torch="linalg.matrix_norm",
    method=False,
    out=True,
    samples=_matrix_norm_samples,
    errors=_matrix_norm_errors,
    autocast="cuda float32",
)
def linalg_matrix_norm(
    input: Array,
    ord: float | str = "fro",
    dim: Sequence[int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
):
    """A norm of matrices, which lie in the two dims `dim`.

    out = sum(|A|^2)^(1/2), or max(S), sum(S), and so on, by `ord`

    "fro" is the root of the sum of squares, "nuc" the sum of singular values, 2 and -2 the largest and the smallest of them, 1
    and -1 the largest and the smallest sum of a column's sizes, inf and -inf of a row's.

    >>> import minitorch
    >>> minitorch.linalg.matrix_norm(minitorch.tensor([[3.0, 0.0], [0.0, 4.0]]), "nuc")
    tensor(7.)
    """
    name = "linalg.matrix_norm"
    if input.ndim < 2:
        raise ShapeMismatch(f"{name}: The input tensor A must have at least 2 dimensions.")
    first, second = _pair(name, dim, input.ndim)
    A = input if dtype is None else _converted(name, input, dtype)
    if not A.dtype.inexact:
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {A.dtype!r}")
    if ord == "fro":
        return vector_norm(A, 2, (first, second), keepdim)
    if ord in ("nuc", 2, -2):
        values = linalg_svdvals(OPS["movedim"].function(A, (first, second), (-2, -1)))
        found = values.sum(-1) if ord == "nuc" else _largest(values, -1) if ord == 2 else values.amin(-1)
        for place in sorted((first, second)) if keepdim else ():
            found = found.unsqueeze(place)
        return found
    if isinstance(ord, str) or abs(ord) not in (1, math.inf):
        raise RuntimeError(f"{name}: Order {ord} not supported.")
    along, across = (first, second) if abs(ord) == 1 else (second, first)
    sums = A.abs().sum(along, True)
    found = _largest(sums, across, True) if ord > 0 else sums.amin(across, True)
    return found if keepdim else found.squeeze((first, second))


def _largest(sizes: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    """The largest of numbers that aren't negative; 0 of none."""
    return (sizes.amax if sizes.shape[dim] else sizes.sum)(dim, keepdim)


def _converted(name: str, input: Tensor, dtype: DType) -> Tensor:
    if (
        not dtype.inexact
        or (input.dtype.is_complex and not dtype.is_complex)
        or (dtype.is_complex and not input.dtype.is_complex)
    ):
        raise RuntimeError(
            f"{name}: dtype {dtype!r} doesn't fit an input of {input.dtype!r}: both must be real or both complex"
        )
    return input.to(dtype)


def _norm_samples(make):
    yield Sample(make(3, 4))
    yield Sample(make(2, 3, 4))
    yield Sample(make(5), 3)
    yield Sample(make(3, 4), "nuc")
    yield Sample(make(2, 3, 4), 2, 1)
    yield Sample(make(2, 3, 4), 1, (0, 2), True)
    yield Sample(make())


@composition(torch="linalg.norm", method=False, out=True, samples=_norm_samples)
def linalg_norm(
    input: Array, ord: float | str | None = None, dim: Any = None, keepdim: bool = False, *, dtype: DType | None = None
):
    """The norm of vectors, where `dim` is one dim or the tensor has one; else of matrices. Without `ord`, of all elements."""
    if ord is None:
        return vector_norm(input, 2, dim, keepdim, dtype=dtype)
    if dim is None and input.ndim not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {input.ndim}D."
        )
    of_matrix = input.ndim == 2 if dim is None else not isinstance(dim, int) and len(dim) == 2
    if dim is not None and not isinstance(dim, int) and len(dim) not in (1, 2):
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dim)}")
    if of_matrix:
        return linalg_matrix_norm(input, ord, (0, 1) if dim is None else dim, keepdim, dtype=dtype)
    if isinstance(ord, str):
        raise RuntimeError(f"linalg.norm: Order {ord} not supported for vectors; it is a norm of matrices")
    return vector_norm(input, ord, dim, keepdim, dtype=dtype)


def _cond_samples(make):
    for p in (None, 2, -2, "fro", "nuc", 1, -1, math.inf, -math.inf):
        yield Sample(make(3, 3), p)
    yield Sample(make(2, 4, 3))


@composition(torch="linalg.cond", method=False, out=True, samples=_cond_samples, autocast="cpu float32")
def linalg_cond(input: Array, p: float | str | None = None):
    """The condition number: the norm of A times that of its inverse, inf for a singular A.

    out = norm(A) * norm(A^-1)
    """
    check_matrix("linalg.cond", input)
    if p is None or p in (2, -2):
        if 0 in input.shape:
            return vector_norm(input, 2, (-2, -1))
        values = linalg_svdvals(input)
        largest, smallest = values.amax(-1), values.amin(-1)
        return smallest / largest if p == -2 else largest / smallest
    if input.shape[-1] != input.shape[-2]:
        raise ShapeMismatch("linalg.cond: A must be batches of square matrices for every p but None, 2 and -2")
    if isinstance(p, str) and p not in ("fro", "nuc"):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    if 0 in input.shape:
        return vector_norm(input, 2, (-2, -1))
    found = linalg_matrix_norm(input, p) * linalg_matrix_norm(inverse_matrix(input), p)
    return OPS["where"].function(found == found, found, math.inf)


# --- Diagonals, sums over vectors -------------------------------------------------------------------------------------


@composition(out=False, samples=lambda make: iter([Sample(make(3, 3)), Sample(make(2, 4)), Sample(make(0, 2))]),
             errors=lambda make: iter([ErrorSample(Sample(make(3)), RuntimeError, "expected a matrix")]),
             autocast="cpu float32")  # fmt: skip
def trace(input: Array):
    """The sum of a matrix's diagonal.

    out = sum over i of input[i, i]
    """
    if input.ndim != 2:
        raise ShapeMismatch(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    if input.dtype is dtypes.bool:
        raise RuntimeError("\"trace\" not implemented for 'Bool': count the diagonal with .diagonal().sum()")
    return OPS["diagonal"].function(input).sum()


@composition(
    torch="linalg.diagonal",
    method=False,
    samples=lambda make: iter([Sample(make(3, 4)), Sample(make(2, 3, 4), offset=1)]),
)
def linalg_diagonal(A: Array, *, offset: int = 0, dim1: int = -2, dim2: int = -1):
    """The diagonal of each matrix, `offset` columns up; a view."""
    return OPS["diagonal"].function(A, offset, dim1, dim2)


@composition(torch="linalg.matmul", method=False, out=True, samples=lambda make: iter([Sample(make(2, 3), make(3, 2))]))
def linalg_matmul(input: Array, other: Array):
    """The matrix product: `matmul`."""
    return matmul(input, other)


def _vecdot_samples(make):
    yield Sample(make(3), make(3))
    yield Sample(make(2, 3), make(3))
    yield Sample(make(2, 3), make(2, 3), dim=0)


@composition(torch="linalg.vecdot", method=False, out=True, samples=_vecdot_samples, autocast="lower")
def linalg_vecdot(x: Array, y: Array, *, dim: int = -1):
    """The sum over `dim` of the conjugate of x times y.

    out = sum(conj(x) * y)
    """
    if not x.dtype.inexact or not y.dtype.inexact:
        raise RuntimeError(
            f"linalg.vecdot: Expected floating point or complex tensors as inputs. Got {x.dtype!r}, {y.dtype!r}"
        )
    return ((x.conj() if x.dtype.is_complex else x) * y).sum(dim)


def _cross_samples(make):
    yield Sample(make(3), make(3))
    yield Sample(make(2, 3), make(1, 3))
    yield Sample(make(3, 2), make(3, 2), dim=0)


def _cross_errors(make):
    yield ErrorSample(Sample(make(2), make(2)), RuntimeError, "must have length 3")
    yield ErrorSample(Sample(make(2, 3), make(3)), RuntimeError, "same number of dimensions")


@composition(torch="linalg.cross", method=False, out=True, samples=_cross_samples, errors=_cross_errors)
def linalg_cross(input: Array, other: Array, *, dim: int = -1):
    """The cross product of vectors of three elements, which lie along `dim`."""
    if input.ndim != other.ndim:
        raise ShapeMismatch("linalg.cross: inputs must have the same number of dimensions.")
    dim = to_dim(dim, input.ndim)
    if not input.ndim or input.shape[dim] != 3 or other.shape[dim] != 3:
        shapes = f"{list(input.shape)} and {list(other.shape)}"
        raise ShapeMismatch(f"linalg.cross: inputs dimension {dim} must have length 3. Got {shapes}")
    return cross_along(input, other, dim)


def _vander_samples(make):
    yield Sample(make(3))
    yield Sample(make(2, 3), N=2)
    yield Sample(make(3), N=5)


@composition(torch="linalg.vander", method=False, samples=_vander_samples)
def linalg_vander(x: Array, *, N: int | None = None):
    """The powers 0 to N - 1 of each element as a row: (..., n) -> (..., n, N).

    out[i, j] = x[i]^j
    """
    if x.dtype is dtypes.bool:
        raise RuntimeError("linalg.vander supports floating point, complex, and integer tensors, but got Bool")
    x = x if x.ndim else x.unsqueeze(0)
    if N is not None and N <= 1:
        raise RuntimeError(f"N must be greater than 1, got {N}")
    count = x.shape[-1] if N is None else N
    powers = x.unsqueeze(-1).expand(*x.shape, max(count - 1, 0)).cumprod(-1)
    first = OPS_ON_TENSORS.new_full(powers, (*x.shape, 1), 1)
    return OPS["cat"].function([first, powers], -1)[..., :count]


def _renorm_samples(make):
    yield Sample(make(3, 4), 2, 0, 1.5)
    yield Sample(make(2, 3, 4), 1, -1, 3.0)
    yield Sample(make(3, 4), math.inf, 1, 0.5)


@composition(inplace=True, out=True, samples=_renorm_samples, autocast="cuda float32")
def renorm(input: Array, p: float, dim: int, maxnorm: float):
    """The slices along `dim`, those whose p-norm is above `maxnorm` scaled down to it.

    out = input * min(1, maxnorm / norm(input)), slice by slice
    """
    if not input.dtype.inexact:
        raise RuntimeError(f'"renorm" not implemented for {input.dtype!r}: it takes floating point or complex tensors')
    if p <= 0 or isinstance(p, complex):
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    if input.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {input.ndim} dimensions")
    dim = to_dim(dim, input.ndim)
    size = vector_norm(input, p, tuple(d for d in range(input.ndim) if d != dim), True)
    scale = OPS["where"].function(size > maxnorm, maxnorm / (size + 1e-7), 1.0)
    return input * scale
