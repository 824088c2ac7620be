"""Products over any dims of tensors, and Kronecker's: matrix products after a turn of the dims."""

from __future__ import annotations

import math
from collections.abc import Sequence

from minitorch.errors import ShapeMismatch
from minitorch.operands import to_dim
from minitorch.ops.contraction import mm
from minitorch.ops.samples import Sample
from minitorch.rows import Array, composition


def _tensordot_samples(make):
    yield Sample(make(2, 3), make(3, 4), 1)
    yield Sample(make(2, 3, 4), make(4, 3, 5), ([2, 1], [0, 1]))
    yield Sample(make(2), make(3), 0)


@composition(method=False, samples=_tensordot_samples, out=True, autocast="cuda widest")
def tensordot(a: Array, b: Array, dims: int | Sequence[Sequence[int]] = 2, *, out=None):
    """The sum of products over pairs of dims: `dims` last of a with as many first of b, or two lists that say which."""
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        of_a, of_b = list(range(a.ndim - dims, a.ndim)), list(range(dims))
    else:
        of_a, of_b = ([int(d) for d in (dims_of if isinstance(dims_of, Sequence) else [dims_of])] for dims_of in dims)
    of_a, of_b = [to_dim(d, a.ndim) for d in of_a], [to_dim(d, b.ndim) for d in of_b]
    if len(of_a) != len(of_b):
        raise RuntimeError(f"both dimension lists should have same length, but got {of_a} and {of_b}")
    for x, y in zip(of_a, of_b, strict=True):
        if a.shape[x] != b.shape[y] and a.shape[x] == 1:  # a size of 1 goes with any, as if it were expanded
            b = b.sum(y, True)
        elif a.shape[x] != b.shape[y] and b.shape[y] == 1:
            a = a.sum(x, True)
        elif a.shape[x] != b.shape[y]:
            raise ShapeMismatch(
                f"contracted dimensions need to match, but first has size {a.shape[x]} in dim {x} and second has size "
                f"{b.shape[y]} in dim {y}"
            )
    free_a = [d for d in range(a.ndim) if d not in of_a]
    free_b = [d for d in range(b.ndim) if d not in of_b]
    inner_size = math.prod([a.shape[d] for d in of_a])
    left = a.permute((*free_a, *of_a)).reshape((math.prod([a.shape[d] for d in free_a]), inner_size))
    right = b.permute((*of_b, *free_b)).reshape((inner_size, math.prod([b.shape[d] for d in free_b])))
    result = mm(left, right).reshape((*[a.shape[d] for d in free_a], *[b.shape[d] for d in free_b]))
    return result if out is None else result.mul(1, out=out)


@composition(samples=lambda make: iter([Sample(make(2, 3), make(3, 2)), Sample(make(2), make(2, 2))]), out=True)
def kron(input: Array, other: Array, *, out=None):
    """The Kronecker product: each element of input times all of other, block by block."""
    ndim = max(input.ndim, other.ndim)
    a = (*(1,) * (ndim - input.ndim), *input.shape)
    b = (*(1,) * (ndim - other.ndim), *other.shape)
    blocks = input.reshape(tuple(n for size in a for n in (size, 1)))
    product = blocks * other.reshape(tuple(n for size in b for n in (1, size)))
    result = product.reshape(tuple(x * y for x, y in zip(a, b, strict=True)))
    return result if out is None else result.mul(1, out=out)


def _inner_samples(make):
    for first, second in (((2, 3), (4, 3)), ((3,), (3,)), ((2, 3), ())):
        yield Sample(make(*first), make(*second))


@composition(samples=_inner_samples, out=True)
def inner(input: Array, other: Array, *, out=None):
    """The sum over the last dims of both: (..., n), (*, n) -> (..., *); with a 0-d tensor, the product."""
    if input.ndim == 0 or other.ndim == 0:
        return input.mul(other, out=out)
    if input.shape[-1] != other.shape[-1]:
        shapes = f"{list(input.shape)} and {list(other.shape)}"
        raise ShapeMismatch(f"inner() the last dimension must match on both input tensors but got shapes {shapes}")
    return tensordot(input, other, ([-1], [-1]), out=out)
