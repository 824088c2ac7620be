"""Triangles, diagonals and products of matrices that are laid out by place: tril, triu, diag_embed, kron, vander."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.dtypes import DType
from minitorch.operands import to_dim
from minitorch.ops.creation import ones_like, tensor
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.strides import diagonal_transpose
from minitorch.rows import OPS, Array, composition, linear
from minitorch.tensor import Tensor


def _triangle_samples(make):
    yield Sample(make(3, 4))
    yield Sample(make(3, 4), 1)
    yield Sample(make(2, 4, 3), -1)
    yield Sample(make.strided(3, 4), 2)
    yield Sample(make(2, 0, 3), 5)


def _triangle_errors(make):
    yield ErrorSample(Sample(make(3)), RuntimeError, "must have at least 2 dimensions")


def _explain_triangle(input: Tensor, diagonal: int) -> None:
    if input.ndim < 2:
        raise RuntimeError(f"tril/triu: input tensor must have at least 2 dimensions, got {input.ndim}")


def _columns_right_of(k, input, diagonal):
    """Where column - row > diagonal, as a mask of a matrix."""
    rows, columns = input.shape[-2:]
    places = k.reshape(k.arange_like(input, columns), (1, columns)) - k.reshape(k.arange_like(input, rows), (rows, 1))
    return places > diagonal


@linear(input=lambda k, g, diagonal: k.tril(g, diagonal), inplace=True, samples=_triangle_samples, errors=_triangle_errors,
        explain=_explain_triangle)  # fmt: skip
def tril(k, input: Array, diagonal: int = 0):
    """The matrix with zeros above its diagonal number `diagonal` (of a batch, each one).

    out[i, j] = input[i, j] if j <= i + diagonal else 0

    >>> import minitorch
    >>> minitorch.ones(2, 3).tril()
    tensor([[1., 0., 0.],
            [1., 1., 0.]])
    """
    return k.where(_columns_right_of(k, input, diagonal), k.new_full(input, (), 0), input)


@linear(input=lambda k, g, diagonal: k.triu(g, diagonal), inplace=True, samples=_triangle_samples, errors=_triangle_errors,
        explain=_explain_triangle)  # fmt: skip
def triu(k, input: Array, diagonal: int = 0):
    """The matrix with zeros below its diagonal number `diagonal` (of a batch, each one).

    out[i, j] = input[i, j] if j >= i + diagonal else 0
    """
    return k.where(_columns_right_of(k, input, diagonal - 1), input, k.new_full(input, (), 0))


def _indices(name: str, places: Any, row: int, col: int, offset: int, dtype: DType | None, device: Any) -> Tensor:
    for what, size in (("row", row), ("col", col)):
        if size < 0:
            raise RuntimeError(f"{what} must be non-negative, got {size}")
    if dtype not in (None, dtypes.int32, dtypes.int64):
        raise RuntimeError(f'"{name}" not implemented for {dtype!r}; it gives int64 or int32')
    return tensor(np.stack(places(row, offset, col)), dtype=dtype or dtypes.int64, device=device)


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    """The places on and below a diagonal of a (row, col) matrix: row numbers in the first row, column numbers in the second."""
    return _indices("tril_indices", np.tril_indices, row, col, offset, dtype, device)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    """The places on and above a diagonal of a (row, col) matrix: row numbers in the first row, column numbers in the second."""
    return _indices("triu_indices", np.triu_indices, row, col, offset, dtype, device)


def _embed_samples(make):
    yield Sample(make(3))
    yield Sample(make(2, 3), 1)
    yield Sample(make(2, 3), -2, 0, 2)
    yield Sample(make(2, 0))


@composition(samples=_embed_samples)
def diag_embed(input: Array, offset: int = 0, dim1: int = -2, dim2: int = -1):
    """Zeros with the last dimension of input on a diagonal of the planes (dim1, dim2), `offset` columns up."""
    if not input.ndim:
        raise IndexError("diag_embed(): expected a tensor of at least one dimension, got a scalar")
    ndim = input.ndim + 1
    first, second = to_dim(dim1, ndim), to_dim(dim2, ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    size = list(input.shape[:-1])
    for d in sorted((first, second)):
        size.insert(d, input.shape[-1] + abs(offset))
    return diagonal_transpose(input, tuple(size), offset, first, second)


@composition(samples=lambda make: iter([Sample(make(3)), Sample(make(2, 2), 1), Sample(make(), -1)]))
def diagflat(input: Array, offset: int = 0):
    """A matrix with all elements of input on one of its diagonals."""
    return diag_embed(input.flatten(), offset)


def _kron_samples(make):
    yield Sample(make(2, 3), make(3, 1))
    yield Sample(make(2), make(2, 2))
    yield Sample(make(), make(2, 1, 2))
    yield Sample(make(0, 2), make(2, 2))


@composition(samples=_kron_samples, out=True)
def kron(input: Array, other: Array):
    """The Kronecker product: each element of input times the whole of other, in its place.

    out[i * p + k, j * q + l] = input[i, j] * other[k, l], where other is (p, q)
    """
    ndim = max(input.ndim, other.ndim)
    first, second = ((1,) * (ndim - t.ndim) + tuple(t.shape) for t in (input, other))
    spread = [size for n in first for size in (n, 1)], [size for n in second for size in (1, n)]
    product = input.reshape(spread[0]) * other.reshape(spread[1])
    return product.reshape([n * m for n, m in zip(first, second, strict=True)])


def _vander_samples(make):
    yield Sample(make(3))
    yield Sample(make(3), 2)
    yield Sample(make(3), 4, True)
    yield Sample(make(3), 0)


@composition(samples=_vander_samples, method=False)
def vander(x: Array, N: int | None = None, increasing: bool = False):
    """The powers of a vector as columns, the highest first (or last, if `increasing`).

    out[i, j] = x[i]^(N - 1 - j), or x[i]^j if `increasing`
    """
    if x.ndim != 1:
        raise RuntimeError(f"x must be a one-dimensional tensor, got shape {list(x.shape)}")
    count = x.numel() if N is None else N
    if count < 0:
        raise RuntimeError(f"N must be non-negative, got {count}")
    powers = vander_powers(x if x.dtype.category else x.long(), count)
    return powers if increasing else powers.flip(-1)


def vander_powers(x: Tensor, count: int) -> Tensor:
    """1, x, x^2, ... along a new last dimension, as running products."""
    if not count:
        return x.unsqueeze(-1).expand(*x.shape, 0).clone()
    factors = [ones_like(x.unsqueeze(-1)), x.unsqueeze(-1).expand(*x.shape, count - 1)]
    return OPS["cumprod"].function(OPS["cat"].function(factors, -1), -1)
