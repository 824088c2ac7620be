"""Gather and scatter: elements and slices named by integers along one dimension. Reading's derivative is adding, and back."""

from __future__ import annotations

import math
from typing import Any

from minitorch import dtypes
from minitorch.backend import BODIES
from minitorch.explain import broadcast_shape
from minitorch.inplace import written
from minitorch.operands import constant, to_dim
from minitorch.ops.conversion import fitted
from minitorch.ops.creation import zeros
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import OPS, Array, Dim, Index, composition, linear, op
from minitorch.tensor import Tensor


def _gather_samples(make):
    yield Sample(make(3, 4), 1, make.integers((3, 2), 0, 4))
    yield Sample(make(3, 4), 0, make.integers((2, 3), 0, 3))
    yield Sample(make(5), -1, make.integers((7,), 0, 5))


def _gather_errors(make):
    yield ErrorSample(
        Sample(make(3, 4), 1, make.integers((3, 2), 4, 6)),
        RuntimeError,
        "index .* is out of bounds for dimension 1 with size 4",
    )
    yield ErrorSample(Sample(make(3, 4), 1, make(3, 2)), RuntimeError, "scalar type Long or Int")


def _beyond(index, *sources):
    """Error samples: places after the last slice and before the first; shapes of the index and of what is written there."""

    def errors(make):
        for place in (4, -1):
            call = Sample(make(4, 3), 0, make.integers(index, place, place + 1), *[make(*source) for source in sources])
            yield ErrorSample(call, (IndexError, RuntimeError), "out of (bounds|range)")

    return errors


def _explain_places(input: Tensor, index: Tensor, *rest: Any) -> None:
    """Of gather and the scatters: (input, index, dim) or (input, index, src, dim)."""
    dim = rest[-1]
    for name, other in (("self", input), ("src", rest[0] if len(rest) > 1 else input)):
        if other.ndim != index.ndim:
            raise RuntimeError(
                f"Index tensor must have the same number of dimensions as {name} tensor, got {index.ndim} and {other.ndim}"
            )
        if any(
            n > size and (d != dim or name == "src")
            for d, (n, size) in enumerate(zip(index.shape, other.shape, strict=True))
        ):
            raise RuntimeError(
                f"Expected index {list(index.shape)} to be no larger than {name} {list(other.shape)} apart from dimension {dim}"
            )


@linear(input=lambda k, g, input_shape, dim, index: k.scatter_add(k.new_full(g, input_shape, 0), dim, index, g),
        samples=_gather_samples, errors=_gather_errors, explain=_explain_places)  # fmt: skip
def gather(k, input: Array, dim: Dim, index: Index):
    """One element of `input` along `dim` for each of `index`.

    out[i, j] = input[index[i, j], j] for dim 0, and so on
    """
    if 0 in index.shape:
        return k.new_full(input, index.shape, 0)
    k.check_index(index, 0, input.shape[dim] if input.shape else 1, dim)
    flat = k.reshape(input, (math.prod(input.shape),))
    return k.reshape(k.index_select(flat, 0, _places(k, input.shape, dim, index)), index.shape)


def _places(k, size, dim, index):
    """The number in row-major order of each place that `index` means along `dim`."""
    total = None
    for d, length in enumerate(size):
        if d == dim:
            part = index
        else:
            shape = tuple([index.shape[d] if e == d else 1 for e in range(len(size))])
            part = k.expand(k.reshape(k.arange_like(index, index.shape[d]), shape), index.shape)
        total = part if total is None else total * length + part
    return k.reshape(index if total is None else total, (math.prod(index.shape),))


def _scatter_samples(make):
    yield Sample(make(3, 4), 1, make.permutations((3, 2), 4), make(3, 2))
    yield Sample(make(3, 4), 0, make.permutations((2, 4), 3, 0), make(3, 4))


def _src_gradient(k, g, src_shape, dim, index):
    if 0 in index.shape:
        return k.new_full(g, src_shape, 0)
    taken = k.gather(g, dim, index)
    after = [(0, size - used) for size, used in zip(src_shape, index.shape, strict=True)]
    return taken if not any(extra for _, extra in after) else k.pad_constant(taken, tuple(after), 0)


def _src_part(k, src, index):
    """The corner of src that index covers."""
    if tuple(src.shape) == tuple(index.shape):
        return src
    return k.basic_index(src, tuple([slice(0, size) for size in index.shape]))


@op(
    input=lambda g: g,
    src=lambda k, g, src_shape, dim, index: _src_gradient(k, g, src_shape, dim, index),
    inplace=True,
    explain=_explain_places,
    errors=_beyond((2, 3), (2, 3)),
    samples=lambda make: iter(
        [
            Sample(make(3, 4), 1, make.integers((3, 5), 0, 4), make(3, 5)),
            Sample(make(4), 0, make.integers((6,), 0, 4), make(6)),
            Sample(make(3, 4), 0, make.integers((2, 3), 0, 3), make(4, 5)),
        ]
    ),
    autocast="cuda widest",
)
def scatter_add(k, input: Array, dim: Dim, index: Index, src: Array):
    """input with every element of `src` added at the place that `index` says along `dim`.

    out[index[i, j], j] = input[index[i, j], j] + sum of src[i, j], for dim 0
    """
    if 0 in index.shape:
        return k.clone(input)
    k.check_index(index, 0, input.shape[dim] if input.shape else 1, dim)
    count = math.prod(index.shape)
    values = k.reshape(_src_part(k, src, index), (count,))
    flat = k.index_add(k.reshape(input, (math.prod(input.shape),)), 0, _places(k, input.shape, dim, index), values)
    return k.reshape(flat, input.shape)


@op(input=lambda k, g, src_shape, dim, index: k.scatter_elements(g, dim, index, k.new_full(g, src_shape, 0)),
    src=lambda k, g, src_shape, dim, index: _src_gradient(k, g, src_shape, dim, index), public=False,
    out=True, grad_name="ScatterBackward0", samples=_scatter_samples,
    errors=_beyond((2, 3), (2, 3)), explain=_explain_places)  # fmt: skip
def scatter_elements(k, input: Array, dim: Dim, index: Index, src: Array):
    """input with the elements of `src` at the places that `index` says along `dim`."""
    if 0 in index.shape:
        return k.clone(input)
    k.check_index(index, 0, input.shape[dim] if input.shape else 1, dim)
    values = k.reshape(_src_part(k, src, index), (math.prod(index.shape),))
    flat = k.index_copy(k.reshape(input, (math.prod(input.shape),)), 0, _places(k, input.shape, dim, index), values)
    return k.reshape(flat, input.shape)


@composition(samples=_scatter_samples, inplace=True, out=True)
def scatter(
    input: Array, dim: int, index: Index, src: Any = None, *, value: Any = None, reduce: str | None = None, out=None
):
    """input with `src` (a tensor or a number) written at the places that `index` says along `dim`.

    out[index[i, j], j] = src[i, j], for dim 0
    """
    src = value if src is None else src
    if not isinstance(src, Tensor):
        src = OPS["expand"].function(constant(fitted(src, input.dtype), input.dtype, input.device), tuple(index.shape))
    if reduce == "add":
        return scatter_add(input, dim, index, src, out=out)
    if reduce == "multiply":
        return OPS["scatter_reduce"].function(input, dim, index, src, "prod", out=out)
    if reduce is not None:
        raise RuntimeError(f"scatter(): reduce argument must be either add or multiply, got {reduce!r}")
    return scatter_elements(input, dim, index, src, out=out)


BODIES["scatter"] = BODIES["scatter_elements"]  # on arrays `k.scatter` takes arrays only


def _select_samples(make):
    yield Sample(make(4, 3), 0, make.integers((5,), 0, 4))
    yield Sample(make(4, 3), -1, make.integers((2,), 0, 3))


@linear(
    input=lambda k, g, input_shape, dim, index: k.index_add(k.new_full(g, input_shape, 0), dim, index, g),
    samples=_select_samples,
    errors=_beyond((2,)),
)
def index_select(k, input: Array, dim: Dim, index: Index):
    """The slices of input along `dim` that a vector of integers names, in its order.

    out[i, j] = input[index[i], j], for dim 0
    """
    ...


@op(
    input=lambda g: g,
    source=lambda k, g, dim, index, alpha: k.index_select(g, dim, index) * alpha,
    inplace=True,
    errors=_beyond((2,), (2, 3)),
    samples=lambda make: iter(
        [
            Sample(make(4, 3), 0, make.integers((5,), 0, 4), make(5, 3)),
            Sample(make(4, 3), 1, make.integers((2,), 0, 3), make(4, 2), alpha=2),
        ]
    ),
)
def index_add(k, input: Array, dim: Dim, index: Index, source: Array, *, alpha: float = 1):
    """input with the slices of `source`, times alpha, added at the slices that `index` names along `dim`.

    out[index[i], j] = input[index[i], j] + alpha * (sum of source[i, j]), for dim 0
    """
    ...


@op(input=lambda k, g, source_shape, dim, index: k.index_copy(g, dim, index, k.new_full(g, source_shape, 0)),
    source=lambda k, g, dim, index: k.index_select(g, dim, index), inplace=True, errors=_beyond((2,), (2, 3)),
    samples=lambda make: iter([Sample(make(4, 3), 0, make.permutations((2,), 4), make(2, 3))]),
    autocast="cpu widest")  # fmt: skip
def index_copy(k, input: Array, dim: Dim, index: Index, source: Array):
    """input with the slices of `source` written at the slices that `index` names along `dim`.

    out[index[i], j] = source[i, j], for dim 0
    """
    ...


@composition(samples=lambda make: iter([Sample(make(4, 3), 0, make.integers((2,), 0, 4), 1.5)]), inplace=True)
def index_fill(input: Array, dim: int, index: Index, value: Any):
    """input with `value` in the slices that `index` names along `dim`.

    out[index[i], j] = value, for dim 0
    """
    value = (
        value.to(input.dtype)
        if isinstance(value, Tensor)
        else constant(fitted(value, input.dtype), input.dtype, input.device)
    )
    if value.ndim:
        raise RuntimeError(
            f"index_fill(): only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    if not input.ndim:
        return index_copy(input, dim, index, value)
    dim = to_dim(dim, input.ndim)
    chosen = zeros(input.shape[dim], dtype=dtypes.bool, device=input.device)
    chosen = index_copy(chosen, 0, index, constant(True, dtypes.bool, input.device).expand(index.numel()))
    return OPS["where"].function(chosen.reshape(-1, *[1] * (input.ndim - 1 - dim)), value, input)


def _along_samples(make):
    yield Sample(make(3, 4), make.integers((3, 2), 0, 4), 1)
    yield Sample(make(3, 4), make.integers((1, 4), 0, 3), 0)
    yield Sample(make(3, 4), make.integers((5,), 0, 12))


@composition(samples=_along_samples, out=True)
def take_along_dim(input: Array, indices: Index, dim: int | None = None, *, out=None):
    """gather whose other dimensions broadcast; without `dim` on the flattened tensor.

    out[i, j] = input[indices[i, j], j], for dim 0
    """
    if dim is None:
        return gather(input.flatten(), 0, _from_front(indices.flatten(), input.numel()), out=out)
    dim = to_dim(dim, input.ndim)
    shape = broadcast_shape([[1 if d == dim else n for d, n in enumerate(t.shape)] for t in (input, indices)])
    if shape is None:
        raise RuntimeError(
            f"take_along_dim(): input {list(input.shape)} and indices {list(indices.shape)} must broadcast but for dim {dim}"
        )

    def sized(t: Tensor) -> Tensor:
        return OPS["expand"].function(t, tuple([t.shape[dim] if d == dim else n for d, n in enumerate(shape)]))

    return gather(sized(input), dim, _from_front(sized(indices), input.shape[dim]), out=out)


def _from_front(index: Tensor, size: int) -> Tensor:
    """Places counted from the end as places counted from the front."""
    return OPS["where"].function(index < 0, index + size, index)


@composition(samples=lambda make: iter([Sample(make(3, 4), make.integers((5,), 0, 12))]), out=True)
def take(input: Array, index: Index, *, out=None):
    """The elements of the flattened tensor at the given numbers, in the shape of `index`.

    out[i] = input.flatten()[index[i]]
    """
    taken = gather(input.flatten(), 0, _from_front(index.flatten(), input.numel())).reshape(index.shape)
    return taken if out is None else written("take", out, taken)
