"""Diagonals and strided views, and the one transpose that serves both: what a view shows, added back where it shows it."""

from __future__ import annotations

import math

from minitorch.inplace import written
from minitorch.operands import to_sizes
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, Dim, Sizes, composition, linear
from minitorch.tensor import Tensor


def _explain_diagonal(input: Tensor, offset: int, dim1: int, dim2: int) -> None:
    if dim1 == dim2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")


def _diagonal_samples(make):
    yield Sample(make(3, 4))
    yield Sample(make(3, 4), 1)
    yield Sample(make(2, 3, 4), -1, 0, 2)


@linear(input=lambda k, g, input_shape, offset, dim1, dim2: k.diagonal_transpose(g, input_shape, offset, dim1, dim2), view=True,
        samples=_diagonal_samples, explain=_explain_diagonal)  # fmt: skip
def diagonal(k, input: Array, offset: int = 0, dim1: Dim = 0, dim2: Dim = 1):
    """The diagonal of the plane (dim1, dim2), `offset` columns up, as the last dimension; a view.

    out[i] = input[i, i + offset]
    """
    ...


@linear(input=lambda k, g, offset, dim1, dim2: k.diagonal(g, offset, dim1, dim2), public=False)
def diagonal_transpose(k, input: Array, size: tuple, offset: int, dim1: int, dim2: int):
    """Zeros of `size` with `input` on a diagonal."""
    return spread(k, input, size, lambda positions: k.diagonal(positions, offset, dim1, dim2))


def spread(k, values, size, view):
    """The transpose of any view: values added into zeros of `size`, at the places that `view` shows of them."""
    count = math.prod(size)
    positions = view(k.reshape(k.arange_like(values, count), size))
    length = math.prod(values.shape)
    flat = k.scatter_add(
        k.new_full(values, (count,), 0), 0, k.reshape(positions, (length,)), k.reshape(values, (length,))
    )
    return k.reshape(flat, size)


@composition(samples=lambda make: iter([Sample(make(3, 3)), Sample(make(3), 1), Sample(make(2, 3), -1)]), out=True)
def diag(input: Array, diagonal: int = 0, *, out=None):
    """The diagonal of a matrix, or the matrix with a vector on its diagonal."""
    if input.ndim == 1:
        size = input.shape[0] + abs(diagonal)
        result = diagonal_transpose(input, (size, size), diagonal, 0, 1)
        return result if out is None else written("diag", out, result)
    if input.ndim == 2:
        result = _diagonal(input, diagonal, 0, 1)
        return result if out is None else written("diag", out, result)
    raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")


_diagonal = diagonal


def _as_strided_samples(make):
    yield Sample(make(6), (2, 3), (3, 1))
    yield Sample(make(3, 4), (2, 2), (1, 2), 1)
    yield Sample(make(5), (3, 3), (1, 1))


@linear(
    input=lambda k, g, input_shape, size, stride, storage_offset: k.as_strided_transpose(
        g, input_shape, size, stride, storage_offset
    ),
    view=True,
    method=False,
    samples=_as_strided_samples,
)
def as_strided_contiguous(k, input: Array, size: tuple, stride: tuple, storage_offset: int = 0):
    """Element (i, j, ...) of the result is number storage_offset + i * stride[0] + j * stride[1] + ... of a contiguous input."""
    ...


@linear(
    input=lambda k, g, size, stride, storage_offset: k.as_strided_contiguous(g, size, stride, storage_offset),
    public=False,
)
def as_strided_transpose(k, input: Array, input_size: tuple, size: tuple, stride: tuple, storage_offset: int):
    """Zeros of `input_size` to which every element of `input` is added where as_strided reads it."""
    return spread(
        k, input, input_size, lambda positions: k.as_strided_contiguous(positions, size, stride, storage_offset)
    )


@composition(samples=_as_strided_samples)
def as_strided(input: Array, size: Sizes, stride: Sizes, storage_offset: int | None = None):
    """A view with any strides, counted in elements, on the memory of the input (which must be contiguous here)."""
    size, stride, offset = to_sizes(size), to_sizes(stride), storage_offset or 0
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True)) if all(size) else 0
    if min((*stride, offset)) < 0 or (all(size) and last >= input.numel()):
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset} reach element {last}, which is "
            f"out of bounds for storage of {input.numel()} elements"
        )
    return as_strided_contiguous(input.contiguous(), size, stride, offset)


# --- Windows ----------------------------------------------------------------------------------------------------------


def _explain_unfold(input: Tensor, dimension: int, size: int, step: int) -> None:
    have = input.shape[dimension] if input.ndim else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > have:
        raise RuntimeError(f"maximum size for tensor at dimension {dimension} is {have} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")


def _unfold_samples(make):
    yield Sample(make(7), 0, 3, 2)
    yield Sample(make(2, 5, 3), 1, 2, 1)
    yield Sample(make.strided(3, 4), -1, 4, 1)
    yield Sample(make(3, 2), 0, 0, 2)
    yield Sample(make(), 0, 1, 1)


def _unfold_errors(make):
    yield ErrorSample(Sample(make(4), 0, 5, 1), RuntimeError, "maximum size for tensor at dimension 0 is 4")
    yield ErrorSample(Sample(make(4), 0, 2, 0), RuntimeError, "step is 0 but must be > 0")


@linear(
    input=lambda k, g, input_shape, dimension, size, step: k.unfold_transpose(g, input_shape, dimension, size, step),
    view=True,
    samples=_unfold_samples,
    errors=_unfold_errors,
    explain=_explain_unfold,
)
def unfold(k, input: Array, dimension: Dim, size: int, step: int):
    """Windows of `size` slices along a dimension, `step` apart, as a new last dimension; a view.

    out[i, k] = input[i * step + k]

    >>> import minitorch
    >>> minitorch.arange(5).unfold(0, 3, 2)
    tensor([[0, 1, 2],
            [2, 3, 4]])
    """
    if not input.shape:
        return k.reshape(input, (size,)) if size else k.new_full(input, (0,), 0)
    count = windows(input.shape[dimension], size, step)
    places = step * k.reshape(k.arange_like(input, count), (count, 1)) + k.arange_like(input, size)
    taken = k.index_select(input, dimension, k.reshape(places, (count * size,)))
    taken = k.reshape(taken, (*input.shape[:dimension], count, size, *input.shape[dimension + 1 :]))
    dims = [d for d in range(len(taken.shape)) if d != dimension + 1]
    return k.permute(taken, (*dims, dimension + 1))


def windows(length: int, size: int, step: int) -> int:
    """How many windows there are."""
    if size < 0 or size > length or step <= 0:
        raise ValueError("no such windows")
    return (length - size) // step + 1


@linear(input=lambda k, g, dimension, size, step: k.unfold(g, dimension, size, step), public=False)
def unfold_transpose(k, input: Array, input_size: tuple, dimension: int, size: int, step: int):
    """Zeros of `input_size` to which every element of the windows is added where it came from."""
    return spread(k, input, input_size, lambda positions: k.unfold(positions, dimension, size, step))
