"""Order: sort, argsort, topk."""

from __future__ import annotations

from minitorch.operands import to_dim
from minitorch.ops.samples import Sample
from minitorch.rows import Array, Dim, composition, op


def _sort_samples(make):
    yield Sample(make.distinct((3, 4)))
    yield Sample(make.distinct((3, 4)), 0, True)
    yield Sample(make.distinct((5,)), -1)
    yield Sample(make())


def _unsort(k, g, input_shape, dim, indices):
    """Each value's gradient back at the place where the value came from."""
    if not input_shape:
        return (g[0],)
    return (k.scatter_add(k.new_full(g[0], input_shape, 0), dim, indices, g[0]),)


@op(grad=_unsort, result=("same", "int64"),
    fields=("values", "indices"), samples=_sort_samples, refuses="complex")  # fmt: skip
def sort(k, input: Array, dim: Dim = -1, descending: bool = False, stable: bool = False):
    """The values in order along `dim`, and where they were; equal values keep their order.

    >>> import minitorch
    >>> minitorch.sort(minitorch.tensor([3, 1, 2])).values
    tensor([1, 2, 3])
    """
    order = k.argsort_stable(input, dim, descending)
    return k.gather(input, dim, order) if input.shape else k.clone(input), order


@composition(samples=_sort_samples)
def argsort(input: Array, dim: int = -1, descending: bool = False, stable: bool = False):
    """Where the values come from that sort would give."""
    return sort(input, dim, descending, stable).indices


def _topk_samples(make):
    yield Sample(make.distinct((3, 4)), 2)
    yield Sample(make.distinct((3, 4)), 1, 0, False)
    yield Sample(make.distinct((5,)), 5)


@op(grad=_unsort, result=("same", "int64"),
    fields=("values", "indices"), public=False, result_name="topk", grad_name="TopkBackward0", refuses="complex")  # fmt: skip
def first_sorted(k, input: Array, count: int, dim: Dim, largest: bool):
    """The first `count` of the sorted values along `dim`, and where they were."""
    values, order = k.sort(input, dim, largest, False)
    if not input.shape:
        return values, order
    first = (slice(None),) * dim + (slice(0, count),)
    return k.contiguous_copy(k.basic_index(values, first)), k.contiguous_copy(k.basic_index(order, first))


@composition(samples=_topk_samples, out=True)
def topk(input: Array, k: int, dim: int = -1, largest: bool = True, sorted: bool = True):
    """The k largest (or smallest) values along `dim` in order, and where they were."""
    size = input.shape[to_dim(dim, input.ndim)] if input.ndim else 1
    if not 0 <= k <= size:
        raise RuntimeError(f"selected index k out of range: topk() was asked for {k} of {size} values along dim {dim}")
    return first_sorted(input, k, dim, largest)
