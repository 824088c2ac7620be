"""Counting: distinct values, how often each number is there, how many values fall between edges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from minitorch import dtypes
from minitorch.inplace import written
from minitorch.operands import to_dim
from minitorch.ops.creation import arange, full, linspace, ones, ones_like, zeros, zeros_like
from minitorch.ops.indexing import nonzero
from minitorch.ops.joining import cat
from minitorch.ops.refusals import underivable
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.searching import ordered, searchsorted
from minitorch.rows import Array, composition, result_type
from minitorch.tensor import Tensor

# --- Distinct values --------------------------------------------------------------------------------------------------


def _packed(values: Tensor, *more: Tensor | None) -> Any:
    """The values, and with them what was asked for."""
    asked = [part for part in more if part is not None]
    return (values, *asked) if asked else values


def _comparable(input: Tensor) -> Tensor:
    if input.dtype.is_complex:
        raise RuntimeError(f'"unique" not implemented for {input.dtype!r}: complex numbers have no order')
    return input.detach()


def _slices(input: Tensor, dim: int) -> Tensor:
    """The slices along `dim` as the rows of a matrix."""
    moved = input.movedim(dim, 0)
    return moved.reshape(moved.shape[0], math.prod(moved.shape[1:]))


def _row_order(rows: Tensor) -> Tensor:
    """The order of rows by their first element, then the second, ...: stable sorts from the last column to the first."""
    order = arange(rows.shape[0], device=rows.device)
    for column in range(rows.shape[1] - 1, -1, -1):
        order = order[rows[:, column][order].argsort(stable=True)]
    return order


def _starts(rows: Tensor) -> Tensor:
    """Which rows of a matrix (or elements of a vector) differ from the one before."""
    differ = rows[1:] != rows[:-1]
    differ = differ.any(1) if rows.ndim > 1 else differ
    return cat([ones(min(len(rows), 1), dtype=dtypes.bool, device=rows.device), differ])


def _lengths(first: Tensor, count: int) -> Tensor:
    """How long the runs are that begin at these places of `count`."""
    end = full((min(len(first), 1),), count, device=first.device)
    return cat([first[1:], end]) - first


def _groups(starts: Tensor) -> Tensor:
    """The number of the run that each place belongs to, of runs that begin where `starts` is True."""
    return starts.cumsum(0) - 1


def _unique_samples(make):
    yield Sample(make.integers((3, 4), 0, 5))
    yield Sample(make.integers((9,), 0, 4), return_inverse=True, return_counts=True)
    yield Sample(make.integers((4, 2), 0, 2), return_counts=True, dim=0)
    yield Sample(make.integers((2, 0), 0, 2), return_inverse=True)
    yield Sample(make().detach())


def _unique_errors(make):
    yield ErrorSample(Sample(make(2, 3), dim=2), IndexError, "Dimension out of range")


@composition(samples=_unique_samples, errors=_unique_errors)
def unique(
    input: Array, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
):
    """The distinct values in order, or the distinct slices along `dim`.

    With `return_inverse` also which of them each element is, with `return_counts` also how often each is there.

    >>> import minitorch
    >>> minitorch.tensor([3, 1, 3]).unique(return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))
    """
    given, input = input, _comparable(input)
    if dim is None:
        rows, shape = input.flatten(), tuple(input.shape)
        order = rows.argsort(stable=True)
    else:
        if not input.ndim:
            raise RuntimeError("unique(): dim= makes no sense of a scalar")
        dim = to_dim(dim, input.ndim)
        _refuse_nothing(input, dim)
        rows, shape = _slices(input, dim), (input.shape[dim],)
        order = _row_order(rows)
    starts = _starts(rows.index_select(0, order))
    first = nonzero(starts, as_tuple=True)[0]
    chosen = order.index_select(0, first)
    values = rows.index_select(0, chosen) if dim is None else input.index_select(dim, chosen)
    name, node = ("_unique2", "Unique2Backward0") if dim is None else ("unique_dim", "UniqueDimBackward0")
    values = underivable(name, values, given, node=node)
    inverse = zeros_like(order).scatter(0, order, _groups(starts)).reshape(shape) if return_inverse else None
    return _packed(values, inverse, _lengths(first, len(order)) if return_counts else None)


def _refuse_nothing(input: Tensor, dim: int) -> None:
    if 0 in input.shape and (input.shape[dim] or list(input.shape).count(0) > 1):
        raise RuntimeError(f"There are 0 sized dimensions, and they aren't selected, so unique cannot be applied: dim {dim} of "
                           f"{list(input.shape)}")  # fmt: skip


def _consecutive_samples(make):
    yield Sample(make.integers((9,), 0, 2), return_inverse=True, return_counts=True)
    yield Sample(make.integers((2, 4), 0, 2))
    yield Sample(make.integers((4, 2), 0, 2), return_counts=True, dim=0)


@composition(samples=_consecutive_samples)
def unique_consecutive(input: Array, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None):
    """The values without those that equal the one before; with `dim`, the slices along it."""
    given, input = input, _comparable(input)
    if dim is None:
        rows, shape = input.flatten(), tuple(input.shape)
    else:
        dim = to_dim(dim, input.ndim)
        _refuse_nothing(input, dim)
        rows, shape = _slices(input, dim), (input.shape[dim],)
    starts = _starts(rows)
    first = nonzero(starts, as_tuple=True)[0]
    values = rows.index_select(0, first) if dim is None else input.index_select(dim, first)
    values = underivable("unique_consecutive", values, given, node="UniqueConsecutiveBackward0")
    inverse = _groups(starts).reshape(shape) if return_inverse else None
    return _packed(values, inverse, _lengths(first, len(rows)) if return_counts else None)


# --- How often --------------------------------------------------------------------------------------------------------


def _bincount_samples(make):
    yield Sample(make.integers((7,), 0, 5))
    yield Sample(make.integers((4,), 0, 3), make(4).detach(), 6)
    yield Sample(make.integers((0,), 0, 3), minlength=2)


def _bincount_errors(make):
    yield ErrorSample(Sample(make.integers((2, 2), 0, 3)), RuntimeError, "1-d non-negative integral")
    yield ErrorSample(Sample(make.integers((3,), -3, 0)), RuntimeError, "1-d non-negative integral")


@composition(samples=_bincount_samples, errors=_bincount_errors)
def bincount(input: Array, weights: Tensor | None = None, minlength: int = 0):
    """How often 0, 1, 2, ... are in a vector; with weights, the sum of the weights of each.

    out[n] = sum over i of weights[i] * (input[i] == n)
    """
    if input.dtype.inexact or input.dtype is dtypes.bool:
        raise RuntimeError(f'"bincount" not implemented for {input.dtype!r}; it counts whole numbers')
    if input.ndim != 1 or (input.numel() and int(input.min()) < 0):
        raise RuntimeError(f"bincount only supports 1-d non-negative integral inputs, got shape {list(input.shape)}")
    if minlength < 0:
        raise RuntimeError(f"minlength should be >= 0, got {minlength}")
    if weights is not None and tuple(weights.shape) != tuple(input.shape):
        raise RuntimeError(f"weights should be 1-d and have the same length as input, got {list(weights.shape)}")
    size = max(int(input.max()) + 1 if input.numel() else 0, minlength)
    if weights is None:
        each = ones_like(input, dtype=dtypes.int64)
    else:
        each = weights.detach() if weights.dtype is dtypes.float32 else weights.detach().to(dtypes.float64)
    counts = zeros(size, dtype=each.dtype, device=input.device).index_add(0, input.long(), each)
    return underivable("bincount", counts, weights if weights is not None and weights.dtype is each.dtype else None)


# --- Between edges ----------------------------------------------------------------------------------------------------


def _outer_edges(name: str, values: Tensor, low: float, high: float, margin: float) -> tuple[float, float]:
    """The range of a histogram: what was asked for, or that of the values, with a margin on both sides if it is empty."""
    if low == high and values.numel():
        low, high = values.min().item(), values.max().item()
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"torch.{name}(): range of [{low}, {high}] is not finite")
    if low > high:
        raise RuntimeError(f"torch.{name}(): max must be larger than min, got [{low}, {high}]")
    return (low - margin, high + margin) if low == high else (low, high)


def _count_into(places: Tensor, inside: Tensor, weight: Tensor, count: int) -> Tensor:
    """The weights of the values that are inside, summed by their places."""
    return zeros(count, dtype=weight.dtype, device=weight.device).index_add(0, places[inside], weight[inside])


def _histc_samples(make):
    yield Sample(make(3, 4).detach(), 5)
    yield Sample(make(20).detach(), 4, -1.0, 2.0)
    yield Sample(make(0).detach(), 3)


@composition(samples=_histc_samples, out=True)
def histc(input: Array, bins: int = 100, min: float = 0, max: float = 0):
    """How many values lie in each of `bins` equal intervals of [min, max], or of the range of the values if both are equal."""
    if not input.dtype.is_floating_point:
        raise RuntimeError(f'"histogram_cpu" not implemented for {input.dtype!r}; convert with .float()')
    if bins <= 0:
        raise RuntimeError(f"torch.histc(): bins must be > 0, got {bins}")
    values = input.detach().flatten()
    ones = ones_like(values)
    values = values if input.dtype.full else values.float()  # 16-bit floats are too coarse to say which interval
    low, high = _outer_edges("histc", values, min, max, 1.0)
    inside = (values >= low) & (values <= high)
    places = ((values - low) * (bins / (high - low))).masked_fill(~inside, 0).long().clamp(0, bins - 1)
    return _count_into(places, inside, ones, bins)


def _histogram_samples(make):
    yield Sample(make(3, 4).detach(), 5)
    yield Sample(make(20).detach(), 4, range=(-1.0, 2.0), density=True)
    yield Sample(make(6).detach(), ordered(make, 4), weight=make(6).detach())


@composition(samples=_histogram_samples)
def histogram(
    input: Array,
    bins: int | Tensor,
    *,
    range: tuple[float, float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
    out=None,
):
    """How many values (or how much of their weight) lie between neighbouring edges, and the edges.

    `bins` is a number of equal intervals or a tensor of edges; all but the last leave out their upper edge.
    """
    if not input.dtype.is_floating_point:
        raise RuntimeError(f'"histogram_cpu" not implemented for {input.dtype!r}; convert with .float()')
    values, given = input.detach().reshape(-1, 1), None if weight is None else weight.detach()
    edges = [_edges("histogram", values[:, 0], bins, range)]
    found = _histogram_of(values, edges, _weight(input, given, tuple(input.shape)), density)
    on_tape = [input, weight, bins if isinstance(bins, Tensor) else None]
    result = Histogram(*[underivable("histogram", part, *on_tape) for part in (found, edges[0])])
    if out is None:
        return result
    return Histogram(*[written("histogram", target, part) for target, part in zip(out, result, strict=True)])


Histogram = result_type("histogram", ("hist", "bin_edges"))
Histogramdd = result_type("histogramdd", ("hist", "bin_edges"))


def _weight(input: Tensor, weight: Tensor | None, shape: tuple[int, ...]) -> Tensor:
    if weight is None:
        return ones(math.prod(shape), dtype=input.dtype, device=input.device)
    if tuple(weight.shape) != shape:
        raise RuntimeError(f"torch.histogram(): if weight tensor is provided it should have the same shape as the input, "
                           f"{list(shape)}, got {list(weight.shape)}")  # fmt: skip
    if weight.dtype is not input.dtype:
        raise RuntimeError(f"torch.histogram(): weight tensor and input must have the same dtype, got {weight.dtype!r} and "
                           f"{input.dtype!r}")  # fmt: skip
    return weight.flatten()


def _edges(name: str, values: Tensor, bins: Any, range: Sequence[float] | None) -> Tensor:
    if isinstance(bins, Tensor):
        if range is not None:
            raise TypeError(f"torch.{name}(): a range goes with a number of bins, not with a tensor of edges")
        if bins.ndim != 1 or not bins.numel():
            raise RuntimeError(
                f"torch.{name}(): bins tensor should have one dimension and an edge, got {list(bins.shape)}"
            )
        if bins.dtype is not values.dtype:
            raise RuntimeError(f"torch.{name}(): input tensor and bins tensors should have the same dtype, got "
                               f"{values.dtype!r} and {bins.dtype!r}")  # fmt: skip
        return bins.detach().clone()
    if bins <= 0:
        raise RuntimeError(f"torch.{name}(): bins must be > 0, but got {bins}")
    if range is not None and range[0] > range[1]:
        raise RuntimeError(f"torch.{name}(): min should not exceed max, but got {tuple(range)}")
    low, high = _outer_edges(name, values, *((0.0, 0.0) if range is None else (range[0], range[1])), margin=0.5)
    if range is None and not values.numel():
        low, high = 0.0, 1.0
    return linspace(low, high, bins + 1, dtype=values.dtype, device=values.device)


def _histogram_of(points: Tensor, edges: Sequence[Tensor], weight: Tensor, density: bool) -> Tensor:
    """The sums of the weights of points (rows of coordinates) in the cells between edges."""
    inside = ones(len(points), dtype=dtypes.bool, device=points.device)
    number = zeros(len(points), dtype=dtypes.int64, device=points.device)
    sizes = tuple([edge.numel() - 1 for edge in edges])
    for column, edge in enumerate(edges):
        values = points[:, column].contiguous()
        inside = inside & (values >= edge[0]) & (values <= edge[-1])
        place = searchsorted(edge, values, right=True) - 1
        number = number * sizes[column] + place.clamp(0, max(sizes[column] - 1, 0))
    counts = _count_into(number, inside, weight, math.prod(sizes)).reshape(sizes)
    if density:
        counts = counts / counts.sum()
        for column, edge in enumerate(edges):
            widths = edge[1:] - edge[:-1]
            counts = counts / widths.reshape(-1, *(1,) * (len(edges) - 1 - column))
    return counts


def _histogramdd_samples(make):
    yield Sample(make(9, 2).detach(), [3, 2])
    yield Sample(make(2, 4, 2).detach(), 3, range=(-2.0, 2.0, -1.0, 1.0), density=True)


@composition(samples=_histogramdd_samples, method=False)
def histogramdd(
    input: Array,
    bins: int | Sequence[Any],
    *,
    range: Sequence[float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
):
    """How many points, rows of coordinates along the last dimension, lie in each cell of a grid, and the grid's edges."""
    if input.ndim < 2:
        raise RuntimeError(f"torch.histogramdd: input tensor should have at least 2 dimensions, but got {input.ndim}")
    if not input.dtype.is_floating_point:
        raise RuntimeError(f'"histogramdd" not implemented for {input.dtype!r}; convert with .float()')
    count = input.shape[-1]
    wanted = [bins] * count if isinstance(bins, int) else list(bins)
    if len(wanted) != count:
        raise RuntimeError(f"torch.histogramdd: expected {count} sequences of bin edges or numbers of bins for a "
                           f"{count}-dimensional histogram but got {len(wanted)}")  # fmt: skip
    if range is not None and len(range) != 2 * count:
        raise RuntimeError(f"torch.histogramdd: for a {count}-dimensional histogram range should have {2 * count} elements, but "
                           f"got {len(range)}")  # fmt: skip
    points = input.detach().reshape(-1, count)
    edges = [
        _edges("histogramdd", points[:, d], n, None if range is None else range[2 * d : 2 * d + 2])
        for d, n in enumerate(wanted)
    ]
    weights = _weight(input, None if weight is None else weight.detach(), tuple(input.shape[:-1]))
    found = _histogram_of(points, edges, weights, density)
    found, *edges = [underivable("histogramdd", part, input, weight) for part in (found, *edges)]
    given = [bins if isinstance(bins, Tensor) else own for bins, own in zip(wanted, edges, strict=True)]
    return Histogramdd(found, tuple(given))
