"""Finding places: where sorted values would go, which values are among others, which are next in order or most frequent."""

from __future__ import annotations

import math
from collections.abc import Sequence

from minitorch import dtypes
from minitorch.ops.creation import full, scalar_tensor
from minitorch.ops.formulas import kept
from minitorch.ops.indexing import nonzero
from minitorch.ops.reduction import chosen_gradient
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.sorting import sort
from minitorch.rows import OPS, Array, Dim, composition, op
from minitorch.tensor import Tensor

# --- In sorted sequences ----------------------------------------------------------------------------------------------


@op(result="int64", public=False, refuses="bool complex")
def sorted_places(k, input: Array, other: Array, right: bool):
    """For each value of `other` how many of the sorted values in the same row of `input` stand before it.

    All take the steps of their binary searches together.
    """
    size, rows, shape = input.shape[-1], math.prod(input.shape[:-1]), other.shape
    low = k.new_full(other, shape, 0, dtypes.int64)
    if size == 0 or 0 in shape:
        return low
    flat = k.reshape(input, (rows * size,))
    start = k.reshape(k.arange_like(other, rows) * size, (*input.shape[:-1], 1)) if len(input.shape) > 1 else 0
    high = k.full_like(low, size)
    for _ in range(size.bit_length()):
        middle = (low + high) // 2
        places = start + k.where(middle < size, middle, k.full_like(middle, size - 1))
        found = k.reshape(k.index_select(flat, 0, k.reshape(places, (math.prod(shape),))), shape)
        ahead = k.gt(found, other) if right else k.ge(found, other)
        behind = k.bitwise_not(ahead) & (low < high)
        low, high = k.where(behind, middle + 1, low), k.where(behind, high, middle)
    return low


def ordered(make, *shape):
    """Sorted values (complex ones as they come: they have no order, and are refused)."""
    values = make.distinct(shape).detach()
    return values if values.dtype.is_complex else sort(values).values


def _searchsorted_samples(make):
    for right in (False, True):
        yield Sample(ordered(make, 5), make(2, 3), right=right)
        yield Sample(ordered(make, 2, 4), make(2, 3), right=right)
    yield Sample(ordered(make, 4), 1.5, out_int32=True)
    yield Sample(make(0), make(2))


def _searchsorted_errors(make):
    yield ErrorSample(Sample(make(2, 3), make(3, 2)), RuntimeError, "should have the same dims")
    yield ErrorSample(
        Sample(make(3), make(2), right=True, side="left"), RuntimeError, "side and right can't be set to opp"
    )


@composition(samples=_searchsorted_samples, errors=_searchsorted_errors, method=False, out=True)
def searchsorted(
    sorted_sequence: Array,
    input: Array,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
):
    """Where each value would have to go for the sequence (or each row of it) to stay sorted.

    sequence[out - 1] < input <= sequence[out], or <= and < if `right`

    Before equal values, or behind them if `right` (or side="right"); `sorter` says in which order the sequence is sorted.

    >>> import minitorch
    >>> minitorch.searchsorted(minitorch.tensor([1, 3, 5]), minitorch.tensor([3, 6]))
    tensor([1, 3])
    """
    if side not in (None, "left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"
        )
    if not isinstance(input, Tensor):
        input = scalar_tensor(input, dtype=dtypes.of_number(input), device=sorted_sequence.device)
    if not input.ndim and input.dtype is not sorted_sequence.dtype:
        common = dtypes.result_of([sorted_sequence.dtype], [input.dtype])
        sorted_sequence, input = sorted_sequence.to(common), input.to(common)
    _check_search(sorted_sequence, input, sorter)
    if not input.numel():
        return full(input.shape, 0, dtype=dtypes.int32 if out_int32 else dtypes.int64, device=input.device)
    if sorter is not None:
        sorted_sequence = OPS["take_along_dim"].function(sorted_sequence, sorter, -1)
    places = OPS["sorted_places"].function(sorted_sequence, input, right or side == "right")
    return places.to(dtypes.int32) if out_int32 else places


def _check_search(sequence: Tensor, input: Tensor, sorter: Tensor | None) -> None:
    if sequence.ndim == 0:
        raise RuntimeError("torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1: "
                           "the boundaries are a scalar")  # fmt: skip
    if sequence.ndim > 1 and tuple(sequence.shape[:-1]) != tuple(input.shape[:-1]):
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and "
            f"input value tensor must match; they should have the same dims, but got {list(sequence.shape)} and "
            f"{list(input.shape)}"
        )
    if sequence.dtype is not input.dtype:
        raise RuntimeError(
            f"torch.searchsorted(): boundary tensor and input value tensor should have same dtype, but got boundary tensor of "
            f"{sequence.dtype!r} and input value tensor of {input.dtype!r}"
        )
    if sorter is not None:
        if tuple(sorter.shape) != tuple(sequence.shape):
            raise RuntimeError(
                f"torch.searchsorted(): boundary and sorter must have the same size, but got {list(sequence.shape)} and "
                f"{list(sorter.shape)}"
            )
        if sorter.dtype is not dtypes.int64:
            raise RuntimeError(f"torch.searchsorted(): sorter must be a tensor of int64, but got {sorter.dtype!r}")


def _bucketize_samples(make):
    yield Sample(make(2, 3), ordered(make, 4))
    yield Sample(make(2, 0), ordered(make, 4), out_int32=True, right=True)


@composition(samples=_bucketize_samples, method=False, out=True)
def bucketize(input: Array, boundaries: Array, *, out_int32: bool = False, right: bool = False):
    """The number of the interval between the boundaries, a sorted vector, that each value lies in."""
    if boundaries.ndim != 1:
        raise RuntimeError(f"bucketize(): boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


def _isin_samples(make):
    yield Sample(make.integers((3, 4), 0, 9), make.integers((5,), 0, 9))
    yield Sample(make.integers((3,), 0, 9), make.integers((2, 2), 0, 9), invert=True)
    yield Sample(make.integers((3,), 0, 9), 4)
    yield Sample(make(3), make(0))


@composition(samples=_isin_samples, method=False, out=True)
def isin(elements: Array, test_elements: Array, *, assume_unique: bool = False, invert: bool = False):
    """Is each element one of the test elements? With `invert`, is it none of them?"""
    device = next(value.device for value in (elements, test_elements) if isinstance(value, Tensor))
    elements, test_elements = (
        value if isinstance(value, Tensor) else scalar_tensor(value, dtype=dtypes.of_number(value), device=device)
        for value in (elements, test_elements)
    )
    dtype = dtypes.promote_types(elements.dtype, test_elements.dtype)
    if dtype.is_complex or dtype is dtypes.bool:
        raise RuntimeError(f'"isin" not implemented for {dtype!r}; it takes integers and floats')
    elements, tests = elements.to(dtype), test_elements.to(dtype).flatten()
    if not tests.numel():
        return full(elements.shape, invert, dtype=dtypes.bool, device=elements.device)
    tests = sort(tests).values
    places = OPS["sorted_places"].function(tests, elements, False).clamp(max=tests.numel() - 1)
    return (tests[places] != elements) if invert else (tests[places] == elements)


# --- In order ---------------------------------------------------------------------------------------------------------


@composition(
    samples=lambda make: iter([Sample(make.distinct((3, 4))), Sample(make.distinct((5,))), Sample(make())]), out=True
)
def msort(input: Array):
    """The values in order along the first dimension."""
    return sort(input, 0).values


def _explain_kthvalue(input: Tensor, number: int, dim: int, keepdim: bool) -> None:
    size = input.shape[dim] if input.ndim else 1
    if size == 0:
        raise IndexError(f"kthvalue(): Expected reduction dim {dim} to have non-zero size.")
    raise RuntimeError(
        f"selected number k out of range for dimension {dim}: k is {number}, and there are {size} values"
    )


@op(grad=chosen_gradient, public=False, result=("same", "int64"), fields=("values", "indices"), result_name="kthvalue", out=True,
    torch="kthvalue", grad_name="KthvalueBackward0", refuses="bool complex", explain=_explain_kthvalue)  # fmt: skip
def kthvalue_along(k, input: Array, number: int, dim: Dim, keepdim: bool):
    """Number `number` of the sorted values along `dim`, counted from 1, and where it is."""
    size = input.shape[dim] if input.shape else 1
    if not 1 <= number <= size:
        raise ValueError("no such value")
    values, order = k.sort(input, dim, False, True)
    if not input.shape:
        return values, order
    chosen = (slice(None),) * dim + ((slice(number - 1, number) if keepdim else number - 1),)
    return k.basic_index(values, chosen), k.basic_index(order, chosen)


def _kth_samples(make):
    yield Sample(make.distinct((3, 4)), 2)
    yield Sample(make.distinct((3, 4)), 3, 0, True)
    yield Sample(make(), 1)


def _kth_errors(make):
    yield ErrorSample(Sample(make(3), 4), RuntimeError, "selected number k out of range")
    yield ErrorSample(Sample(make(3), 0), RuntimeError, "selected number k out of range")


@composition(samples=_kth_samples, errors=_kth_errors, out=True)
def kthvalue(input: Array, k: int, dim: int = -1, keepdim: bool = False, *, out=None):
    """The k-th smallest value along `dim`, counted from 1, and where it is."""
    return OPS["kthvalue_along"].function(input, k, dim, keepdim, out=out)


def _explain_mode(input: Tensor, dim: int, keepdim: bool) -> None:
    raise IndexError(f"mode(): Expected reduction dim {dim} to have non-zero size.")


def _mode_samples(make):
    yield Sample(make.distinct((3, 4)))
    yield Sample(make.distinct((3, 4)), 0, True)
    yield Sample(make.integers((3, 9), 0, 4), 1)
    yield Sample(make())


@op(grad=chosen_gradient, public=False, result=("same", "int64"), fields=("values", "indices"), result_name="mode", out=True,
    torch="mode", grad_name="ModeBackward0", refuses="complex", explain=_explain_mode)  # fmt: skip
def mode_along(k, input: Array, dim: Dim, keepdim: bool):
    """The most frequent value along `dim`, and its last place."""
    if not input.shape:
        return k.clone(input), k.new_full(input, (), 0, dtypes.int64)
    size = input.shape[dim]
    if size == 0:
        raise ValueError("no values")
    values, order = k.sort(input, dim, False, True)
    shape = kept(input.shape, [d for d in range(len(input.shape)) if d != dim])
    position = k.expand(k.reshape(k.arange_like(input, size), shape), input.shape)
    front = (slice(None),) * dim
    changed = k.ne(k.basic_index(values, (*front, slice(1, size))), k.basic_index(values, (*front, slice(0, size - 1))))
    later = k.basic_index(position, (*front, slice(1, size)))
    start = k.where(changed, later, k.full_like(later, 0))
    start = k.cat([k.basic_index(k.full_like(position, 0), (*front, slice(0, 1))), start], dim)
    last = k.argmax(position - k.cummax(start, dim)[0], (dim,), True)
    values, order = k.gather(values, dim, last), k.gather(order, dim, last)
    if keepdim:
        return values, order
    shape = tuple([n for d, n in enumerate(input.shape) if d != dim])
    return k.reshape(values, shape), k.reshape(order, shape)


@composition(samples=_mode_samples, out=True)
def mode(input: Array, dim: int = -1, keepdim: bool = False, *, out=None):
    """The most frequent value along `dim` (of several the smallest), and its last place."""
    return OPS["mode_along"].function(input, dim, keepdim, out=out)


# --- Places of elements -----------------------------------------------------------------------------------------------


@composition(samples=lambda make: iter([Sample(make.bools((3, 4))), Sample(make.integers((5,), 0, 2)), Sample(make())]))
def argwhere(input: Array):
    """The places of the elements that aren't 0, one per row."""
    return nonzero(input)


@composition(
    samples=lambda make: iter([Sample(make.bools((3, 4)), size=3), Sample(make.bools((4,)), size=7, fill_value=-2)]),
    out=True,
)
def nonzero_static(input: Array, *, size: int, fill_value: int = -1):
    """The first `size` places of the elements that aren't 0, one per row; missing rows are filled with `fill_value`."""
    if size < 0:
        raise RuntimeError(f"nonzero_static: 'size' must be an non-negative integer, got {size}")
    found = nonzero(input)[:size]
    missing = full((size - found.shape[0], input.ndim), fill_value, dtype=dtypes.int64, device=input.device)
    return OPS["cat"].function([found, missing], 0)


def _unravel_samples(make):
    yield Sample(make.integers((2, 3), 0, 24), (2, 3, 4))
    yield Sample(make.integers((), 0, 6), 6)


@composition(samples=_unravel_samples, method=False)
def unravel_index(indices: Array, shape: int | Sequence[int] | Tensor):
    """The places in a tensor of the given shape that numbers in row-major order mean: a tensor for each dimension."""
    if not isinstance(indices, Tensor) or indices.dtype.inexact or indices.dtype is dtypes.bool:
        raise ValueError(
            f"unravel_index(): expected 'indices' to be integer dtype, but got {getattr(indices, 'dtype', indices)}"
        )
    if isinstance(shape, Tensor) and (shape.dtype.inexact or shape.ndim > 1):
        raise ValueError(f"unravel_index(): expected 'shape' to be a vector of integers, but got {shape!r}")
    given = shape.tolist() if isinstance(shape, Tensor) else shape
    sizes = [given] if isinstance(given, int) else list(given)
    if not all(isinstance(size, int) for size in sizes):
        raise TypeError(f"unravel_index(): expected 'shape' to be int or sequence of ints, but got {shape!r}")
    if any(size < 0 for size in sizes):
        raise ValueError(f"unravel_index(): 'shape' cannot have negative values, but got {tuple(sizes)}")
    places, step, indices = [], math.prod(sizes), indices.to(dtypes.int64)
    for size in sizes:
        step = step // size if size else 1
        places.append((indices // step) % size if size else indices)
    return tuple(places)
