"""Scans: running sums and products along one dimension.

    cumsum    out[i] = x[0] + ... + x[i]
    cumprod   out[i] = x[0] * ... * x[i]

The derivatives are scans from the other end. They are built by doubling: after step s, each element knows the product (or the
recurrence) over 2^s neighbours, so that log2(n) steps of whole-array arithmetic do, nothing is divided by (a zero is as good as
any factor), and the same lines can be differentiated again.
"""

from __future__ import annotations

from typing import Any

from minitorch.ops.formulas import conjugate
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, Cast, Dim, linear, op


def _samples(make):
    yield Sample(make(5), 0)
    yield Sample(make(2, 3), 1)
    yield Sample(make.strided(3, 4), 0)
    yield Sample(make(2, 3, 4), -2)
    yield Sample(make(), 0)
    yield Sample(make(0, 3), 0)


def _errors(make):
    yield ErrorSample(Sample(make(2, 3), 2), IndexError, "Dimension out of range")


@linear(input=lambda k, g, dim: k.flip(k.cumsum(k.flip(g, (dim,)), dim), (dim,)) if g.shape else g, takes="accumulates",
        inplace=True, samples=_samples, errors=_errors, autocast="cuda float32")  # fmt: skip
def cumsum(k, input: Array, dim: Dim, *, dtype: Cast = None):
    """The sum of each element and all before it along `dim`; bools and small integers are summed as int64.

    out[i] = input[0] + ... + input[i]

    >>> import minitorch
    >>> minitorch.cumsum(minitorch.tensor([1, 2, 3]), 0)
    tensor([1, 3, 6])
    """
    ...


@op(input=lambda k, g, input, dim: _cumprod_gradient(k, g, input, dim), takes="accumulates", inplace=True, samples=_samples,
    errors=_errors, autocast="cuda float32")  # fmt: skip
def cumprod(k, input: Array, dim: Dim, *, dtype: Cast = None):
    """The product of each element and all before it along `dim`.

    out[i] = input[0] * ... * input[i]
    """
    ...


def _cumprod_gradient(k, g, input, dim):
    """grad[j] = before[j] * r[j], where r[j] = g[j] + x[j + 1] * r[j + 1] gathers what is behind."""
    if not g.shape:
        return g
    lines, g = last(k, conjugate(k, input), dim), last(k, g, dim)
    factor, total, step = shifted(k, lines, -1, 0), g, 1
    while step < lines.shape[-1]:
        total = total + factor * shifted(k, total, -step, 0)
        factor, step = factor * shifted(k, factor, -step, 0), 2 * step
    return last(k, before(k, lines) * total, dim)


def last(k: Any, x: Any, dim: int) -> Any:
    """x with `dim` and the last dimension swapped."""
    dims = list(range(len(x.shape)))
    dims[dim], dims[-1] = dims[-1], dims[dim]
    return k.permute(x, tuple(dims))


def before(k: Any, x: Any) -> Any:
    """For each element the product of those before it along the last dim."""
    product, step = shifted(k, x, 1, 1), 1
    while step < x.shape[-1]:
        product, step = product * shifted(k, product, step, 1), 2 * step
    return product


def behind(k: Any, x: Any) -> Any:
    """For each element the product of those behind it along the last dim."""
    product, step = shifted(k, x, -1, 1), 1
    while step < x.shape[-1]:
        product, step = product * shifted(k, product, -step, 1), 2 * step
    return product


def shifted(k: Any, x: Any, step: int, fill: float) -> Any:
    """x moved by `step` places along the last dim, with `fill` where nothing came from."""
    size, end = x.shape[-1], len(x.shape) - 1
    gap = k.new_full(x, (*x.shape[:-1], min(abs(step), size)), fill)
    if step > 0:
        return k.cat([gap, k.basic_index(x, (..., slice(0, max(size - step, 0))))], end)
    return k.cat([k.basic_index(x, (..., slice(min(-step, size), size))), gap], end)
