"""Cutting up, laying side by side and turning around, in terms of the views of shape.py and of `cat`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.errors import ShapeMismatch
from minitorch.layouts import contiguous_format
from minitorch.operands import infer_size, to_dim, to_sizes
from minitorch.ops.creation import tensor, zeros
from minitorch.ops.joining import cat, flip, hstack, pad, stack
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.shape import basic_index, narrow, permute, reshape, split
from minitorch.rows import OPS, Array, Sizes, composition
from minitorch.tensor import Tensor

# --- At least so many dimensions --------------------------------------------------------------------------------------


def _each(function: Any, tensors: tuple) -> Any:
    """`function` of one tensor, or of several (or of a list of them) as a tuple."""
    if len(tensors) == 1 and isinstance(tensors[0], Tensor):
        return function(tensors[0])
    tensors = tensors[0] if len(tensors) == 1 else tensors
    return tuple([function(tensor) for tensor in tensors])


def _atleast_samples(make):
    yield Sample(make())
    yield Sample(make(3))
    yield Sample(make(2, 3), make(), make(0))
    yield Sample([make(2, 1, 3), make(2, 2, 2, 2)])


@composition(samples=_atleast_samples, method=False)
def atleast_1d(*tensors: Array):
    """Scalars as vectors of one element, the rest as it is; of several tensors a tuple."""
    return _each(lambda t: basic_index(t, (None,)) if t.ndim == 0 else t, tensors)


@composition(samples=_atleast_samples, method=False)
def atleast_2d(*tensors: Array):
    """Scalars and vectors as matrices of one row, the rest as it is; of several tensors a tuple."""
    return _each(lambda t: basic_index(t, (None,) * (2 - t.ndim)) if t.ndim < 2 else t, tensors)


@composition(samples=_atleast_samples, method=False)
def atleast_3d(*tensors: Array):
    """A scalar as (1, 1, 1), a vector as (1, n, 1), a matrix as (m, n, 1), the rest as it is; of several tensors a tuple."""
    return _each(_with_three_dims, tensors)


def _with_three_dims(t: Tensor) -> Tensor:
    added = {0: (None, None, None), 1: (None, Ellipsis, None), 2: (Ellipsis, None)}.get(t.ndim)
    return t if added is None else basic_index(t, added)


# --- Cutting ----------------------------------------------------------------------------------------------------------


@composition(samples=lambda make: iter([Sample(make(2, 6), 1, (2, 3)), Sample(make(6), 0, (-1, 2))]))
def unflatten(input: Array, dim: int, sizes: Sizes):
    """One dimension as several; one of the sizes may be -1."""
    dim = to_dim(dim, input.ndim)
    sizes, size = to_sizes(sizes), input.shape[dim]
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    try:
        sizes = infer_size(sizes, size)
    except ShapeMismatch:
        raise ShapeMismatch(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} ({size}) in the input tensor"
        ) from None
    except RuntimeError as error:
        raise RuntimeError(f"unflatten got an unexpected error:\n{error}") from None
    return reshape(input, (*input.shape[:dim], *sizes, *input.shape[dim + 1 :]))


def _tensor_split_samples(make):
    yield Sample(make(7, 2), 3)
    yield Sample(make(2, 5), (1, 3), 1)
    yield Sample(make(5), (-3, 1, 9))
    yield Sample(make(0, 3), 2)


def _tensor_split_errors(make):
    yield ErrorSample(Sample(make(4), 0), RuntimeError, "number of sections must be larger than 0")
    yield ErrorSample(Sample(make(), 2), RuntimeError, "at least a one-dimensional tensor")
    yield ErrorSample(Sample(make(3), 2, 1), IndexError, "Dimension out of range")


@composition(samples=_tensor_split_samples, errors=_tensor_split_errors)
def tensor_split(input: Array, indices_or_sections: int | Sequence[int] | Tensor, dim: int = 0):
    """So many pieces of nearly equal size along `dim`, or the pieces between the given indices; views."""
    if input.ndim == 0:
        raise RuntimeError("tensor_split expected at least a one-dimensional tensor, but got a tensor with 0 dims")
    dim = to_dim(dim, input.ndim)
    if isinstance(indices_or_sections, Tensor):
        if indices_or_sections.ndim > 1 or indices_or_sections.dtype is not dtypes.int64:
            raise RuntimeError(
                "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor of "
                f"torch.int64, but got {indices_or_sections.ndim} dims of {indices_or_sections.dtype!r}"
            )
        indices_or_sections = indices_or_sections.tolist()
    if isinstance(indices_or_sections, int):
        size, count = input.shape[dim], indices_or_sections
        if not 0 < count < 2**31:
            raise RuntimeError(f"number of sections must be larger than 0, and no more than memory holds, got {count}")
        small, large = divmod(size, count)
        edges = [small * i + min(i, large) for i in range(1, count)]
    else:
        edges = list(to_sizes(indices_or_sections))
    front = (slice(None),) * dim
    return tuple(
        [
            basic_index(input, (*front, slice(start, end)))
            for start, end in zip([0, *edges], [*edges, None], strict=True)
        ]
    )


def _cut_in(name: str, input: Tensor, indices_or_sections: Any, least: int, dim: int) -> tuple[Tensor, ...]:
    """tensor_split along a fixed dim, where a number of sections must divide the size."""
    if input.ndim < least:
        raise RuntimeError(
            f"torch.{name} requires a tensor with at least {least} dimension{'s' * (least > 1)}, but got a tensor with "
            f"{input.ndim} dimensions!"
        )
    if isinstance(indices_or_sections, int):
        size = input.shape[dim]
        if indices_or_sections <= 0 or size % indices_or_sections:
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension {size} is not "
                f"divisible by the split_size {indices_or_sections}!"
            )
    return tensor_split(input, indices_or_sections, dim)


def _hsplit_errors(make):
    yield ErrorSample(Sample(make(), 1), RuntimeError, "at least 1 dimension,")
    yield ErrorSample(Sample(make(2, 3), 2), RuntimeError, "not divisible by the split_size 2")


@composition(samples=lambda make: iter([Sample(make(2, 4), 2), Sample(make(5), (1, 3))]), errors=_hsplit_errors)
def hsplit(input: Array, indices_or_sections: int | Sequence[int]):
    """The pieces side by side: along dimension 1, or 0 of a vector; views."""
    return _cut_in("hsplit", input, indices_or_sections, 1, 0 if input.ndim == 1 else 1)


@composition(samples=lambda make: iter([Sample(make(4, 3), 2), Sample(make(4, 3), (1, 2))]))
def vsplit(input: Array, indices_or_sections: int | Sequence[int]):
    """The pieces below each other, along dimension 0; views."""
    return _cut_in("vsplit", input, indices_or_sections, 2, 0)


@composition(samples=lambda make: iter([Sample(make(2, 2, 4), 2), Sample(make(1, 2, 3), (1,))]))
def dsplit(input: Array, indices_or_sections: int | Sequence[int]):
    """The pieces one behind the other, along dimension 2; views."""
    return _cut_in("dsplit", input, indices_or_sections, 3, 2)


@composition(samples=lambda make: iter([Sample(make(5, 3), (1, 4)), Sample(make(2, 3), (0, 3), -1)]))
def split_with_sizes(input: Array, split_sizes: Sizes, dim: int = 0):
    """Consecutive pieces of the given sizes along `dim`; views."""
    return split(input, to_sizes(split_sizes), dim)


# --- Side by side -----------------------------------------------------------------------------------------------------


@composition(
    samples=lambda make: iter([Sample([make(2), make(2)]), Sample([make(2, 3), make(2, 3)]), Sample([make(), make()])]),
    method=False, out=True,
)  # fmt: skip
def dstack(tensors: list[Array], *, out=None):
    """The tensors one behind the other, along dimension 2; matrices as (m, n, 1)."""
    return cat([_with_three_dims(tensor) for tensor in tensors], 2, out=out)


@composition(
    samples=lambda make: iter([Sample([make(2), make(2)]), Sample([make(2), make(2, 3)]), Sample([make(), make()])]),
    method=False, out=True,
)  # fmt: skip
def column_stack(tensors: list[Array], *, out=None):
    """The tensors side by side, vectors and scalars as columns."""
    return hstack([t.reshape(t.numel(), 1) if t.ndim < 2 else t for t in tensors], out=out)


def _meshgrid_samples(make):
    yield Sample(make(3), make(2), indexing="ij")
    yield Sample(make(3), make(2), make(), indexing="xy")
    yield Sample([make(2), make(0)])


def _meshgrid_errors(make):
    yield ErrorSample(Sample(), RuntimeError, "non-empty")
    yield ErrorSample(Sample(make(2, 2)), RuntimeError, "scalars and vectors")
    yield ErrorSample(Sample(make(2), indexing="abc"), RuntimeError, "indexing must be one of")


@composition(samples=_meshgrid_samples, errors=_meshgrid_errors, method=False)
def meshgrid(*tensors: Array, indexing: str | None = None):
    """The coordinates of a grid whose sides are the given vectors: for each side a tensor of the grid's shape.

    out[0][i, j] = x[i]
    out[1][i, j] = y[j]

    `indexing` "ij" (the default) counts rows first, "xy" columns first.
    """
    sides = list(tensors[0]) if len(tensors) == 1 and not isinstance(tensors[0], Tensor) else list(tensors)
    if not sides:
        raise RuntimeError("meshgrid expects a non-empty list of tensors")
    for side in sides:
        if side.ndim > 1:
            raise RuntimeError(f"meshgrid: expected scalars and vectors, but got a tensor of shape {list(side.shape)}")
        if side.dtype is not sides[0].dtype:
            raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    if indexing not in (None, "ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    swapped = indexing == "xy" and len(sides) > 1
    if swapped:
        sides[0], sides[1] = sides[1], sides[0]
    shape = tuple([side.numel() for side in sides])
    grids = []
    for position, side in enumerate(sides):
        line = basic_index(side, (*(None,) * (not side.ndim), Ellipsis, *(None,) * (len(sides) - 1 - position)))
        grids.append(line.expand(*shape))
    if swapped:
        grids[0], grids[1] = grids[1], grids[0]
    return tuple(grids)


@composition(samples=lambda make: iter([Sample(make(2), make(3)), Sample(make(2)), Sample(make(2), make(1), make(2))]),
             method=False)  # fmt: skip
def cartesian_prod(*tensors: Array):
    """All ways to take one element of each vector, one way per row; of a single vector itself."""
    tensors = tuple(tensors[0]) if len(tensors) == 1 and not isinstance(tensors[0], Tensor) else tensors
    for vector in tensors:
        if vector.ndim != 1:
            raise RuntimeError(f"cartesian_prod(): expected vectors, but got a tensor of shape {list(vector.shape)}")
    return tensors[0] if len(tensors) == 1 else stack([grid.flatten() for grid in meshgrid(*tensors)], 1)


def _combination_samples(make):
    yield Sample(make(4))
    yield Sample(make(4), 3)
    yield Sample(make(3), 2, True)
    yield Sample(make(3), 0)
    yield Sample(make(2), 3)


@composition(samples=_combination_samples)
def combinations(input: Array, r: int = 2, with_replacement: bool = False):
    """The ways to choose r elements of a vector, one per row, in the order of their places."""
    if input.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return narrow(input, 0, 0, 0)
    size, count = input.numel(), math.comb(input.numel() + (r - 1 if with_replacement else 0), r)
    if count * r >= 2**31:
        raise RuntimeError(
            f"combinations(): there are {count} ways to choose {r} of {size} elements, too many for memory"
        )
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    places = np.array(list(choose(range(size), r)), np.int64).reshape(count, r)
    return input.index_select(0, tensor(places.reshape(-1), device=input.device)).reshape(count, r)


@composition(samples=lambda make: iter([Sample(make(2, 3), (1, 2)), Sample(make(2, 3), (1, 0, -1, 2), 1.5)]))
def constant_pad_nd(input: Array, pad: Sizes, value: float = 0):
    """`value` around the input: (last before, last after, next-to-last before, ...); negative numbers cut off."""
    return _pad(input, pad, "constant", value)


_pad = pad


@composition(
    samples=lambda make: iter([Sample(make(2, 3), make(1, 2)), Sample(make(), make(2), make(0))]), method=False
)
def block_diag(*tensors: Array):
    """A matrix with the given matrices on its diagonal and zeros around them; vectors count as rows.

    out = [[A, 0], [0, B]]
    """
    for number, block in enumerate(tensors):
        if block.ndim > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {number} has {block.ndim} dimensions"
            )
    if not tensors:
        return zeros(1, 0)
    blocks: list[Tensor] = list(atleast_2d(list(tensors)))
    dtype = dtypes.result_of([block.dtype for block in blocks])
    width, start, rows = sum(block.shape[1] for block in blocks), 0, []
    for block in blocks:
        end = start + block.shape[1]
        rows.append(_pad(block.to(dtype), (start, width - end)))
        start = end
    return cat(rows, 0)


# --- Turning ----------------------------------------------------------------------------------------------------------


@composition(samples=lambda make: iter([Sample(make(2, 3)), Sample(make(2, 3, 2)), Sample(make(0, 2))]))
def fliplr(input: Array):
    """The columns in reverse order."""
    if input.ndim < 2:
        raise RuntimeError(f"Input must be >= 2-d, but fliplr() got a tensor of shape {list(input.shape)}")
    return flip(input, (1,))


@composition(samples=lambda make: iter([Sample(make(2, 3)), Sample(make(3)), Sample(make(0, 2))]))
def flipud(input: Array):
    """The rows in reverse order."""
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d, but flipud() got a scalar")
    return flip(input, (0,))


def _rot90_samples(make):
    for turns in (0, 1, 2, 3, -1, 6):
        yield Sample(make(2, 3), turns)
    yield Sample(make(2, 3, 4), 1, (2, 0))


@composition(samples=_rot90_samples)
def rot90(input: Array, k: int = 1, dims: Any = (0, 1)):
    """Turned by 90 degrees k times, from the first of `dims` toward the second.

    out[i, j] = input[j, n - 1 - i]
    """
    dims = to_sizes(dims)
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if input.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {input.ndim}")
    if dims[0] == dims[1] or abs(dims[0] - dims[1]) == input.ndim:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    first, second = (to_dim(dim, input.ndim) for dim in dims)
    if k % 4 == 0:
        return input.clone(memory_format=contiguous_format)
    if k % 4 == 2:
        return flip(input, (first, second))
    order = list(range(input.ndim))
    order[first], order[second] = order[second], order[first]
    return permute(flip(input, (second if k % 4 == 1 else first,)), order)


# --- Differences ------------------------------------------------------------------------------------------------------


def _diff_samples(make):
    yield Sample(make(5))
    yield Sample(make(2, 4), 2)
    yield Sample(make(2, 4), 1, 0, make(1, 4), make(2, 4))
    yield Sample(make(3), 5)


def _diff_errors(make):
    yield ErrorSample(Sample(make(), 1), RuntimeError, "at least one-dimensional")
    yield ErrorSample(Sample(make(3), -1), RuntimeError, "non-negative")


@composition(samples=_diff_samples, errors=_diff_errors, out=True)
def diff(input: Array, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None):
    """The differences of neighbours along `dim`, taken n times; of bools, whether they differ.

    out[i] = input[i + 1] - input[i]
    """
    if input.ndim == 0:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    dim = to_dim(dim, input.ndim)
    parts = [part for part in (prepend, input, append) if part is not None]
    for part in parts:
        if part.ndim != input.ndim:
            raise RuntimeError("diff expects prepend or append to be the same dimension as input")
    if n == 0:
        return input.clone()
    result = cat(parts, dim) if len(parts) > 1 else input
    for _ in range(n):
        size = result.shape[dim]
        if size < 2:
            return narrow(result, dim, 0, 0).clone()
        later, earlier = narrow(result, dim, 1, size - 1), narrow(result, dim, 0, size - 1)
        result = OPS["logical_xor"].function(later, earlier) if input.dtype is dtypes.bool else later - earlier
    return result


def sum_to_size(self: Tensor, *size: Any) -> Tensor:
    """The tensor summed over what broadcasting `size` to its shape would repeat: the reverse of expand."""
    shape = to_sizes(size[0]) if len(size) == 1 and isinstance(size[0], Sequence) else to_sizes(size)
    extra = self.ndim - len(shape)
    if extra < 0 or any(n not in (1, own) for n, own in zip(shape, self.shape[extra:], strict=True)):
        raise RuntimeError(f"size {{{list(shape)}}} is not expandable to size {{{list(self.shape)}}}.")
    dims = [*range(extra), *[extra + d for d, n in enumerate(shape) if n == 1 and self.shape[extra + d] != 1]]
    return self.sum(dims).reshape(shape) if dims or not shape else self


METHODS = {"sum_to_size": sum_to_size}
