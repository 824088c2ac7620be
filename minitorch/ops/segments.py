"""Segments: a dim cut into runs, each reduced to one value."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorch.errors import ShapeMismatch
from minitorch.ops.creation import full, tensor
from minitorch.ops.replacing import index_reduce
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import OPS, Array, composition
from minitorch.tensor import Tensor

_INITIAL = {"sum": 0.0, "mean": 0.0, "prod": 1.0, "max": -math.inf, "min": math.inf}
_NAMES = {"amax": "max", "amin": "min"}


def _samples(make):
    for reduce in _INITIAL:
        yield Sample(make(5, 2), reduce, lengths=make.integers((2,), 1, 2), unsafe=True)
        yield Sample(make(2, 4), reduce, lengths=make.integers((2, 2), 2, 3), axis=1, initial=0.3)


def _errors(make):
    two = make.integers((2,), 2, 3)
    yield ErrorSample(Sample(make(4), "median", lengths=two), RuntimeError, "reduce argument must be")
    yield ErrorSample(Sample(make(5), "sum", lengths=two), RuntimeError, "to sum to data.size")
    yield ErrorSample(Sample(make(4), "sum"), RuntimeError, "Either lengths or offsets")
    yield ErrorSample(Sample(make(4), "sum", lengths=make.integers((2,), -2, -1)), RuntimeError, "negative")
    yield ErrorSample(Sample(make(4, 4), "sum", lengths=two, axis=1), RuntimeError, "last dimension of lengths")


def _bounds(data: Tensor, lengths: Any, offsets: Any, axis: int, unsafe: bool) -> tuple[np.ndarray, np.ndarray]:
    """Where each segment starts in `axis`, and how long it is: (runs of the dims before axis, segments)."""
    given = lengths if offsets is None else offsets
    if given is None:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    if given.dtype.inexact or not given.dtype.category:
        raise RuntimeError(f"segment_reduce(): expected whole numbers as lengths and offsets, got {given.dtype!r}")
    if given.ndim - 1 != axis:
        raise ShapeMismatch(f"segment_reduce(): Expected axis to be the last dimension of lengths but got {axis}.")
    if tuple(given.shape[:-1]) != tuple(data.shape[:axis]):
        raise ShapeMismatch(
            f"segment_reduce(): Expected lengths for each of {list(data.shape[:axis])} runs, got {list(given.shape)}"
        )
    table = np.asarray(given.detach()._to_host(), np.int64).reshape((-1, given.shape[-1]))
    if offsets is None:
        sizes, starts = table, np.cumsum(table, 1) - table
    else:
        sizes, starts = np.diff(table, axis=1), table[:, :-1]
    if (sizes < 0).any():
        raise RuntimeError("segment_reduce(): lengths contains negative value!")
    if offsets is None and not unsafe and (sizes.sum(1) != data.shape[axis]).any():
        raise RuntimeError(
            "segment_reduce(): Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1) when !unsafe."
        )
    if sizes.size and ((starts + sizes).max() > data.shape[axis] or starts.min() < 0):
        raise RuntimeError(
            f"segment_reduce(): a segment reaches beyond the {data.shape[axis]} values along axis {axis}"
        )
    return starts, sizes


@composition(method=False, samples=_samples, errors=_errors)
def segment_reduce(
    data: Array,
    reduce: str,
    *,
    lengths: Any = None,
    indices: Any = None,
    offsets: Any = None,
    axis: int = 0,
    unsafe: bool = False,
    initial: float | None = None,
):
    """The sum, mean, product, max or min of each of the segments that lie one behind the other along `axis`.

    `lengths` says how long they are, or `offsets` where they begin, followed by where the last one ends; both have the shape of
    data up to `axis`. A reduction starts at `initial`, which isn't counted in a mean. Equal extremes share the gradient.

    >>> import minitorch
    >>> minitorch.segment_reduce(minitorch.arange(5.0), "sum", lengths=minitorch.tensor([2, 3]))
    tensor([1., 9.])
    """
    reduce = _NAMES.get(reduce, reduce)
    if reduce not in _INITIAL:
        raise RuntimeError(
            f"segment_reduce(): reduce argument must be either sum, prod, mean, amax or amin, got {reduce}"
        )
    if indices is not None:
        raise RuntimeError("segment_reduce(): indices based reduction is not supported, in PyTorch as here.")
    if not data.dtype.is_floating_point:
        raise RuntimeError(f"segment_reduce(): not implemented for {data.dtype!r}; convert it first with .float()")
    axis = axis + data.ndim if axis < 0 else axis
    starts, sizes = _bounds(data, lengths, offsets, axis, unsafe)
    runs, count = sizes.shape
    inner = data.shape[axis + 1 :]
    flat = data.reshape((runs * data.shape[axis], *inner))
    places, segment = _places(starts + np.arange(runs)[:, None] * data.shape[axis], sizes)
    rows = flat[tensor(places, device=data.device)]
    index = tensor(segment, device=data.device)
    start = full(
        (runs * count, *inner), _INITIAL[reduce] if initial is None else initial, dtype=data.dtype, device=data.device
    )
    result = _reduced(rows, reduce, index, start, sizes.reshape(-1), initial is not None)
    return result.reshape((*data.shape[:axis], count, *inner))


def _places(starts: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The number of each value that lies in a segment, and the number of the segment."""
    lengths = sizes.reshape(-1)
    before = np.cumsum(lengths) - lengths
    places = np.repeat(starts.reshape(-1) - before, lengths) + np.arange(lengths.sum())
    return places, np.repeat(np.arange(lengths.size), lengths)


def _reduced(rows: Tensor, reduce: str, index: Tensor, start: Tensor, sizes: np.ndarray, has_initial: bool) -> Tensor:
    if reduce == "prod":
        return index_reduce(start, 0, index, rows, "prod")
    if reduce in ("sum", "mean"):
        total = start.index_add(0, index, rows)
        if reduce == "sum":
            return total
        counts = np.maximum(sizes, 1) if has_initial else sizes  # without initial, the mean of nothing is nan
        return total / tensor(counts, dtype=rows.dtype, device=rows.device).reshape((-1, *[1] * (rows.ndim - 1)))
    # Not from `start`: index_reduce lets what it starts from share the gradient of a tie.
    nothing = full(start.shape, _INITIAL[reduce], dtype=rows.dtype, device=rows.device)
    found = index_reduce(nothing, 0, index, rows, f"a{reduce}", include_self=False)
    worse = start > found if reduce == "max" else start < found
    return OPS["where"].function(worse, start, found)
