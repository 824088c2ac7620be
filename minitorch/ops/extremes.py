"""Running extremes and the running log-sum-exp, by doubling as in scan.py."""

from __future__ import annotations

from typing import Any

from minitorch import dtypes
from minitorch.ops.formulas import conjugate
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.scan import last, shifted
from minitorch.rows import Array, Dim, op


def _samples(make):
    yield Sample(make.distinct((5,)), 0)
    yield Sample(make.distinct((2, 3)), 1)
    yield Sample(make.strided(3, 4), 0)
    yield Sample(make(), 0)
    yield Sample(make(0, 3), 0)


def _errors(make):
    yield ErrorSample(Sample(make(2, 3), 2), IndexError, "Dimension out of range")


def _running(k: Any, input: Any, dim: int, largest: bool) -> tuple[Any, Any]:
    """The extreme of each element and all before it, and where it is: of equal ones the later, of nan the last."""
    if not input.shape or 0 in input.shape:
        return k.clone(input), k.new_full(input, input.shape, 0, dtypes.int64)
    values, step = last(k, input, dim), 1
    size = values.shape[-1]
    places = k.expand(k.arange_like(input, size), values.shape)
    while step < size:
        front = (..., slice(0, step))
        before = k.cat(
            [k.basic_index(values, front), k.basic_index(values, (..., slice(0, size - step)))], len(values.shape) - 1
        )
        earlier = k.cat(
            [k.basic_index(places, front), k.basic_index(places, (..., slice(0, size - step)))], len(values.shape) - 1
        )
        keep = (k.ge(values, before) if largest else k.le(values, before)) | k.ne(values, values)
        values, places = k.where(keep, values, before), k.where(keep, places, earlier)
        step *= 2
    return last(k, values, dim), last(k, places, dim)


def _to_places(k, g, input_shape, dim, indices):
    if not input_shape:
        return (g[0],)
    return (k.scatter_add(k.new_full(g[0], input_shape, 0), dim, indices, g[0]),)


@op(
    grad=_to_places,
    result=("same", "int64"),
    fields=("values", "indices"),
    refuses="complex",
    samples=_samples,
    errors=_errors,
)
def cummax(k, input: Array, dim: Dim):
    """The largest of each element and all before it along `dim`, and where it is: the last of equal ones.

    out[i] = max(input[0], ..., input[i])
    """
    return _running(k, input, dim, True)


@op(
    grad=_to_places,
    result=("same", "int64"),
    fields=("values", "indices"),
    refuses="complex",
    samples=_samples,
    errors=_errors,
)
def cummin(k, input: Array, dim: Dim):
    """The smallest of each element and all before it along `dim`, and where it is: the last of equal ones.

    out[i] = min(input[0], ..., input[i])
    """
    return _running(k, input, dim, False)


def _logcumsumexp_gradient(k, g, input, dim, out):
    """grad[j] = exp(x[j] - out[j]) * r[j], where r[j] = g[j] + exp(out[j] - out[j + 1]) * r[j + 1] gathers what is behind."""
    if not g.shape:
        return g
    lines, total, step = last(k, out, dim), last(k, g, dim), 1
    size = lines.shape[-1]
    if not size:
        return g
    pairs = k.basic_index(lines, (..., slice(0, size - 1))) - k.basic_index(lines, (..., slice(1, size)))
    gap = k.new_full(g, (*lines.shape[:-1], 1), 0)
    factor = k.cat([conjugate(k, k.exp(pairs)), gap], len(lines.shape) - 1)
    while step < size:
        total = total + factor * shifted(k, total, -step, 0)
        factor, step = factor * shifted(k, factor, -step, 0), 2 * step
    return conjugate(k, k.exp(input - out)) * last(k, total, dim)


@op(input=_logcumsumexp_gradient, takes="floats", inplace=True, samples=_samples, errors=_errors)
def logcumsumexp(k, input: Array, dim: Dim):
    """log(exp(x[0]) + ... + exp(x[i])) along `dim`, without overflow."""
    if not input.shape:
        return k.clone(input)
    total, step, size = last(k, input, dim), 1, input.shape[dim]
    while step < size:
        front = k.basic_index(total, (..., slice(0, step)))
        late, early = (k.basic_index(total, (..., part)) for part in (slice(step, size), slice(0, size - step)))
        total, step = k.cat([front, _logaddexp(k, late, early)], len(total.shape) - 1), 2 * step
    return last(k, total, dim)


def _logaddexp(k, x, y):
    if not k.is_complex(x):
        return k.logaddexp(x, y)
    top = k.where(k.real(x) < k.real(y), y, x)
    top = k.where(k.isfinite(top), top, k.full_like(top, 0))
    return top + k.log(k.exp(x - top) + k.exp(y - top))
