"""A tensor with some of its elements replaced: slices, diagonals, masked or numbered places, several values combined for one.

The forms with `_scatter` are a copy into whose view the values are written. Where several values meet at one place, they are
sorted by it, and each run is combined by doubling: after step s every value knows 2^s of those before it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.operands import meet, to_dim, to_sizes
from minitorch.ops.creation import arange, full_like, tensor
from minitorch.ops.formulas import conjugate
from minitorch.ops.gathering import _places, scatter, scatter_add
from minitorch.ops.indexing import _split, index_put, nonzero
from minitorch.ops.memory import as_strided
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.scan import shifted
from minitorch.ops.shape import basic_index, narrow, select
from minitorch.ops.strides import diagonal
from minitorch.rows import OPS, Array, Dim, Index, Mask, Sizes, composition, op
from minitorch.tensor import Tensor
from minitorch.watching import prepared

# --- In a copy's view -------------------------------------------------------------------------------------------------


def _written_into(name: str, input: Tensor, src: Tensor, view: Callable[[Tensor], Tensor]) -> Tensor:
    """A copy of input with src in what `view` shows of it."""
    input, src = meet(input, src)
    result = input.clone()
    part = view(result)
    if tuple(part.shape) != tuple(src.shape):
        raise RuntimeError(
            f"{name}(): expected src to have a size equal to the slice of self. src size = {list(src.shape)}, slice size = "
            f"{list(part.shape)}"
        )
    part.copy_(src)
    return result


@composition(samples=lambda make: iter([Sample(make(3, 4), make(3), 1, 2), Sample(make(3), make(), -1, -1)]))
def select_scatter(input: Array, src: Array, dim: int, index: int):
    """input with src in the place of its slice number `index` along `dim`."""
    return _written_into("select_scatter", input, src, lambda copy: select(copy, dim, index))


def _slice_samples(make):
    yield Sample(make(5, 3), make(2, 3), 0, 1, 3)
    yield Sample(make(2, 5), make(2, 2), -1, None, -1, 2)
    yield Sample(make(4), make(4))


@composition(samples=_slice_samples, out=True)
def slice_scatter(
    input: Array, src: Array, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
):
    """input with src in the place of its slices start, start + step, ... before `end` along `dim`."""
    if step <= 0:
        raise ValueError(f"slice_scatter(): step must be greater than zero, got {step}")
    index = (slice(None),) * to_dim(dim, input.ndim) + (slice(start, end, step),)
    return _written_into("slice_scatter", input, src, lambda copy: basic_index(copy, index))


@composition(samples=lambda make: iter([Sample(make(3, 4), make(3)), Sample(make(2, 3, 4), make(3, 2), 1, 0, 2)]))
def diagonal_scatter(input: Array, src: Array, offset: int = 0, dim1: int = 0, dim2: int = 1):
    """input with src on the diagonal of the planes (dim1, dim2), `offset` columns up."""
    return _written_into("diagonal_scatter", input, src, lambda copy: diagonal(copy, offset, dim1, dim2))


@composition(samples=lambda make: iter([Sample(make(3, 4), make(2, 2), (2, 2), (1, 2), 1)]))
def as_strided_scatter(input: Array, src: Array, size: Sizes, stride: Sizes, storage_offset: int | None = None):
    """input with src where as_strided would read it."""
    return _written_into("as_strided_scatter", input, src, lambda copy: as_strided(copy, size, stride, storage_offset))


# --- At numbered places -----------------------------------------------------------------------------------------------


def put_at(input: Tensor, indices: Sequence[Tensor | None], values: Tensor, accumulate: bool = False) -> Tensor:
    """input with `values` written (or added) at index tensors; None stands for a whole dimension."""
    if not isinstance(values, Tensor):
        raise TypeError(f"index_put(): argument 'values' must be Tensor, not {type(values).__name__}")
    input, values = prepared(OPS["index_put"], (input, values))
    if values.dtype is not input.dtype:
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {input.dtype!r} for the destination and "
            f"{values.dtype!r} for the source."
        )
    _, arrays = _split(input, tuple([slice(None) if index is None else index for index in indices]))
    return index_put(input, values, arrays, accumulate)


def _put_samples(make):
    yield Sample(make(3, 4), make.permutations((5,), 12), make(5))
    yield Sample(make(3, 4), make.integers((2, 3), -12, 12), make(2, 3), True)
    yield Sample(make(3), make.integers((0,), 0, 1), make(0))


@composition(samples=_put_samples, inplace=True)
def put(input: Array, index: Index, source: Array, accumulate: bool = False):
    """input with the elements of source written (or added) at their numbers in the flattened tensor.

    out.flatten()[index[i]] = source[i]
    """
    if source.dtype is not input.dtype:
        raise RuntimeError(f"put_(): self and source expected to have the same dtype, but got self.dtype = {input.dtype!r} "
                           f"and source.dtype = {source.dtype!r}")  # fmt: skip
    if index.dtype is not dtypes.int64:
        raise RuntimeError(f"put_(): Expected a long tensor for index, but got {index.dtype!r}")
    if source.numel() != index.numel():
        raise RuntimeError(f"put_(): Expected source and index to have the same number of elements, but got source.numel() = "
                           f"{source.numel()}, index.numel() = {index.numel()}")  # fmt: skip
    if input.numel() == 0 and index.numel():
        raise IndexError("put_(): Expected a tensor with elements to write to, but got an empty one")
    if not index.numel():
        return input.clone()
    input, index, source = meet(input, index, source)
    flat = index_put(input.flatten(), source.flatten(), (index.flatten()._array,), accumulate)
    return flat.reshape(input.shape)


def _masked_samples(make):
    yield Sample(make(2, 3), make.bools((2, 3)), make(7))
    yield Sample(make(2, 3), make.bools((3,)), make(2, 3))
    yield Sample(make(3), make.bools((2, 3)), make(6))


@composition(samples=_masked_samples, inplace=True)
def masked_scatter(input: Array, mask: Mask, source: Array):
    """input with the first elements of source, in their order, where `mask` is True."""
    if source.dtype is not input.dtype:
        raise RuntimeError(f"masked_scatter_: expected self and source to have same dtypes but got {input.dtype!r} and "
                           f"{source.dtype!r}")  # fmt: skip
    if mask.dtype is not dtypes.bool:
        raise RuntimeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {mask.dtype!r}")
    mask, input, source = meet(*OPS["broadcast_tensors"].function(mask, input), source)
    places = nonzero(mask.flatten(), as_tuple=True)[0]
    if places.numel() > source.numel():
        raise RuntimeError(f"masked_scatter: expected self and source to have same number of elements: the mask has "
                           f"{places.numel()} places, the source {source.numel()} elements")  # fmt: skip
    values = narrow(source.flatten(), 0, 0, places.numel())
    return index_put(input.flatten(), values, (places._array,), False).reshape(input.shape)


# --- Several values for one place -------------------------------------------------------------------------------------


def _runs(k: Any, places: Any, count: int) -> tuple[Any, Any, Any]:
    """An order in which equal places are neighbours, the places in that order, and how often each of `count` is there."""
    order = k.sort(places, 0, False, True)[1]
    ones = k.full_like(places, 1)
    often = k.index_add(k.new_full(places, (count,), 0), 0, places, ones)
    return order, k.index_select(places, 0, order), often


def _combined(k: Any, values: Any, places: Any, combine: Callable, backwards: bool = False) -> Any:
    """Running values over each run of equal places, from the front or from the back."""
    step, sign = 1, -1 if backwards else 1
    while step < places.shape[0]:
        same = places == shifted(k, places, sign * step, -1)
        values = k.where(same, combine(values, shifted(k, values, sign * step, 0)), values)
        step *= 2
    return values


def _scatter_combined(k, input, dim, index, src, include_self, combine):
    k.check_index(index, 0, input.shape[dim], dim)
    count, length = math.prod(input.shape), math.prod(index.shape)
    flat = k.reshape(input, (count,))
    order, places, often = _runs(k, _places(k, input.shape, dim, index), count)
    running = _combined(k, k.index_select(k.reshape(src, (length,)), 0, order), places, combine)
    ends = k.cumsum(often, 0) - 1
    total = k.index_select(running, 0, k.where(ends < 0, k.full_like(ends, 0), ends))
    total = combine(flat, total) if include_self else total
    return k.reshape(k.where(often > 0, total, flat), input.shape)


def _extreme_gradient(k, g, input, dim, index, src, include_self, out, needs):
    """Equal extremes of one place share the gradient equally."""
    of_input, of_src = k.cast_like(input == out, g), k.cast_like(src == k.gather(out, dim, index), g)
    share = g / k.scatter_add(of_input, dim, index, of_src)
    of_input = of_input * share
    if not include_self:
        of_input = k.scatter(of_input, dim, index, k.full_like(of_src, 0))
    return (
        of_input if needs[0] else None,
        None,
        of_src * k.gather(share, dim, index) if needs[2] else None,
    )


@op(grad=_extreme_gradient, public=False, refuses="complex", grad_name="ScatterReduceBackward0")
def scatter_extreme(k, input: Array, dim: Dim, index: Index, src: Array, largest: bool, include_self: bool):
    """The largest (or smallest) of the values of src that `index` sends to a place along `dim`, and of input there."""
    return _scatter_combined(k, input, dim, index, src, include_self, k.maximum if largest else k.minimum)


def _product_gradient(k, g, input, dim, index, src, include_self, needs):
    """The product of all other values of the place, without a division: those before times those behind times input."""
    count, length = math.prod(input.shape), math.prod(index.shape)
    flat = _places(k, input.shape, dim, index)
    order, places, often = _runs(k, flat, count)
    values = k.index_select(k.reshape(src, (length,)), 0, order)

    def others(backwards: bool) -> Any:
        sign = -1 if backwards else 1
        same = places == shifted(k, places, sign, -1)
        shift = k.where(same, shifted(k, values, sign, 1), k.full_like(values, 1))
        return _combined(k, shift, places, lambda a, b: a * b, backwards)

    around = conjugate(k, others(False) * others(True))
    of_input = None if include_self else k.zero_where(g, k.reshape(often != 0, input.shape))
    if include_self and needs[0]:
        of_input = g * conjugate(k, k.scatter_prod(k.full_like(g, 1), dim, index, src, True))
    if not needs[2]:
        return of_input, None, None
    around = around * k.index_select(k.reshape(g, (count,)), 0, places)
    if include_self:
        around = around * k.index_select(k.reshape(conjugate(k, input), (count,)), 0, places)
    back = k.index_add(k.full_like(around, 0), 0, order, around)
    return of_input, None, k.reshape(back, index.shape)


@op(grad=_product_gradient, public=False, grad_name="ScatterReduceBackward0")
def scatter_prod(k, input: Array, dim: Dim, index: Index, src: Array, include_self: bool):
    """The product of the values of src that `index` sends to a place along `dim`, and of input there."""
    return _scatter_combined(k, input, dim, index, src, include_self, k.mul)


def _reduce_samples(make):
    for reduce in ("sum", "prod", "mean", "amax", "amin"):
        yield Sample(make(3, 4), 1, make.integers((3, 6), 0, 4), make(3, 6), reduce)
        yield Sample(make(4), 0, make.integers((5,), 0, 4), make(7), reduce, include_self=False)


def _reduce_errors(make):
    yield ErrorSample(Sample(make(3), 0, make.integers((2,), 0, 3), make(2), "max"), RuntimeError, "reduce argument")
    yield ErrorSample(Sample(make(3), 0, make.integers((2,), 3, 5), make(2), "prod"), RuntimeError, "out of bounds")


@composition(samples=_reduce_samples, errors=_reduce_errors, inplace=True, out=True)
def scatter_reduce(input: Array, dim: int, index: Index, src: Array, reduce: str, *, include_self: bool = True):
    """All values of src that `index` sends to one place along `dim` (and input there, if include_self), combined.

    `reduce` is one of "sum", "prod", "mean", "amax", "amin".
    """
    if reduce not in ("sum", "prod", "mean", "amax", "amin"):
        raise RuntimeError(
            f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce!r} (scatter_reduce())"
        )
    if not input.ndim:
        flat = (t.reshape(1) for t in (index, src))
        return scatter_reduce(input.reshape(1), dim, *flat, reduce, include_self=include_self).reshape(())
    dim = to_dim(dim, input.ndim)
    index, src = (t.reshape(1) if t.ndim == 0 else t for t in (index, src))
    if (reduce == "sum" and include_self) or index.ndim != src.ndim:
        return scatter_add(input, dim, index, src)
    src = basic_index(src, tuple([slice(0, size) for size in index.shape]))
    if reduce == "prod":
        return OPS["scatter_prod"].function(input, dim, index, src, include_self)
    if reduce in ("amax", "amin"):
        return OPS["scatter_extreme"].function(input, dim, index, src, reduce == "amax", include_self)
    if not include_self:
        input = scatter(input, dim, index, value=0)
    total = scatter_add(input, dim, index, src)
    return total if reduce == "sum" else _over_count(total, dim, index, include_self)


def _over_count(total: Tensor, dim: int, index: Tensor, include_self: bool) -> Tensor:
    """Sums as means: divided by how many values came together at each place."""
    often = scatter_add(
        full_like(total, int(include_self), dtypes.int64), dim, index, full_like(index, 1, dtypes.int64)
    )
    often = often.clamp(min=1)
    return total / often.to(total.dtype) if total.dtype.inexact else total // often.to(total.dtype)


def _index_reduce_samples(make):
    for reduce in ("prod", "mean", "amax", "amin"):
        yield Sample(make(3, 4), 1, make.integers((6,), 0, 4), make(3, 6), reduce)
        yield Sample(make(4), 0, make.integers((3,), 0, 4), make(3), reduce, include_self=False)


@composition(samples=_index_reduce_samples, inplace=True, out=True)
def index_reduce(input: Array, dim: int, index: Index, source: Array, reduce: str, *, include_self: bool = True):
    """All slices of source that the vector `index` sends to one slice along `dim` (and input's there), combined.

    `reduce` is one of "prod", "mean", "amax", "amin".
    """
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    if index.ndim > 1:
        raise IndexError(f"index_reduce_(): Index is supposed to be a vector, but got dim: {index.ndim}")
    if input.dtype.is_complex or input.dtype is dtypes.bool:
        raise RuntimeError(f'"index_reduce" not implemented for {input.dtype!r}; it takes integers and floats')
    if source.dtype is not input.dtype:
        raise RuntimeError(f"index_reduce_(): self and source expected to have the same dtype, but got {input.dtype!r} and "
                           f"{source.dtype!r}")  # fmt: skip
    if not input.ndim:
        return scatter_reduce(input, dim, index, source, reduce, include_self=include_self)
    dim = to_dim(dim, input.ndim)
    if index.numel() != (source.shape[dim] if source.ndim else 1):
        raise IndexError(f"index_reduce_(): Number of indices ({index.numel()}) should be equal to source.size(dim): "
                         f"({source.shape[dim] if source.ndim else 1}), for dim: {dim}")  # fmt: skip
    shape = [index.numel() if d == dim else 1 for d in range(input.ndim)]
    index = index.reshape(shape).expand(*[index.numel() if d == dim else n for d, n in enumerate(input.shape)])
    return scatter_reduce(input, dim, index, source.reshape(index.shape), reduce, include_self=include_self)


# --- Repeating --------------------------------------------------------------------------------------------------------


def _repeat_samples(make):
    yield Sample(make(2, 3), 2)
    yield Sample(make(2, 3), 2, 1)
    yield Sample(make(3, 2), make.integers((3,), 0, 4), 0)
    yield Sample(make(), 3)


@composition(samples=_repeat_samples)
def repeat_interleave(
    input: Array, repeats: int | Tensor | None = None, dim: int | None = None, *, output_size: int | None = None
):
    """Each slice along `dim` so many times one after the other; without `dim`, each element of the flattened tensor.

    >>> import minitorch
    >>> minitorch.tensor([5, 7]).repeat_interleave(minitorch.tensor([1, 2]))
    tensor([5, 7, 7])
    """
    if repeats is None:  # how often each number 0, 1, ... is wanted
        return repeat_interleave(arange(input.numel(), device=input.device), input, 0).to(input.dtype)
    if dim is None:
        input, dim = input.flatten(), 0
    size = input.shape[to_dim(dim, input.ndim)] if input.ndim else 1
    if isinstance(repeats, Tensor) and repeats.dtype not in (dtypes.int32, dtypes.int64):
        raise RuntimeError(f"repeats has to be Long or Int tensor, got {repeats.dtype!r}")
    counts = np.array(repeats.tolist() if isinstance(repeats, Tensor) else to_sizes(repeats), np.int64)
    if counts.ndim > 1:
        raise RuntimeError(f"repeats must be 0-dim or 1-dim tensor, got {counts.ndim} dims")
    if counts.size != 1 and counts.shape != (size,):
        raise RuntimeError(f"repeats must have the same size as input along dim, but got repeats.size(0) = {counts.size} and "
                           f"input.size({dim}) = {size}")  # fmt: skip
    if counts.size and counts.min() < 0:
        raise RuntimeError(f"repeats can not be negative, got {counts.min()}")
    places = np.repeat(np.arange(size), counts.reshape(-1) if counts.size != 1 else counts.item())
    if output_size not in (None, len(places)):
        raise RuntimeError(f"repeat_interleave: Invalid output_size {output_size}: the repeats sum up to {len(places)}")
    return (input if input.ndim else input.reshape(1)).index_select(dim, tensor(places, device=input.device))


METHODS = {"index_put": put_at}
