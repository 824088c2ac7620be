"""Distances between vectors: pair by pair, one set against another, and the cosine of their angle."""

from __future__ import annotations

import math
from typing import Any

from minitorch import dtypes
from minitorch.errors import ShapeMismatch
from minitorch.explain import broadcast_shape
from minitorch.operands import as_index
from minitorch.ops.gathering import index_select
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.statistics import norm, vector_norm
from minitorch.rows import Array, composition, op
from minitorch.tape import mode
from minitorch.tensor import Tensor


def raised_to(input: Tensor, least: float) -> Tensor:
    """input, but at least `least`, with the derivative of input itself everywhere."""
    result = input.clone()
    before, mode.enabled = mode.enabled, False
    try:
        result.clamp_min_(least)
    finally:
        mode.enabled = before
    return result


# --- Pair by pair -----------------------------------------------------------------------------------------------------


def _cosine_samples(make):
    yield Sample(make(2, 3), make(2, 3))
    yield Sample(make(2, 3, 4), make(3, 4), 0)
    yield Sample(make(5), make(5), 0, 0.5)
    yield Sample(make.strided(3, 4), make(3, 1), -1)
    yield Sample(make(2, 0), make(2, 0))


@composition(method=False, samples=_cosine_samples, autocast="cuda float32")
def cosine_similarity(x1: Array, x2: Array, dim: int = 1, eps: float = 1e-8):
    """x1 . x2 / (|x1| |x2|) along `dim`; norms below `eps` count as `eps`.

    out = sum(x1 * x2) / (max(|x1|, eps) * max(|x2|, eps))

    >>> import minitorch
    >>> minitorch.cosine_similarity(minitorch.tensor([1.0, 0.0]), minitorch.tensor([3.0, 3.0]), dim=0)
    tensor(0.7071)
    """
    shape = broadcast_shape([x1.shape, x2.shape])
    if shape is None:
        raise ShapeMismatch(f"cosine_similarity(): shapes {list(x1.shape)} and {list(x2.shape)} must broadcast")
    dtype = dtypes.promote_types(x1.dtype, x2.dtype)
    if not dtype.is_floating_point:
        raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {dtype!r}")
    x1, x2 = x1.to(dtype).expand(*shape), x2.to(dtype).expand(*shape)
    first, second = (raised_to(vector_norm(x, 2, dim, True), eps) for x in (x1, x2))
    return ((x1 / first) * (x2 / second)).sum(dim)


def _pair_samples(make):
    for p in (2.0, 1.0, 3.0, math.inf, 0.0):
        yield Sample(make(2, 3), make(2, 3), p)
    yield Sample(make(2, 3), make(3), keepdim=True)
    yield Sample(make(4), make(4), 2.0, 0.1)


@composition(method=False, samples=_pair_samples)
def pairwise_distance(x1: Array, x2: Array, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False):
    """The p-norm of x1 - x2 + eps along the last dim."""
    return norm(x1 - x2 + eps, p, -1, keepdim)


@composition(
    samples=lambda make: iter([Sample(make(2, 3), make(2, 3)), Sample(make(2, 3), make(3), 1), Sample(make(), make())]),
    autocast="cuda float32",
)
def dist(input: Array, other: Array, p: float = 2):
    """The p-norm of input - other over all elements.

    >>> import minitorch
    >>> minitorch.dist(minitorch.tensor([1.0, 2.0]), minitorch.tensor([4.0, 6.0]))
    tensor(5.)
    """
    return norm(input - other, p)


# --- One set against another ------------------------------------------------------------------------------------------


def _differences(k: Any, x1: Any, x2: Any) -> Any:
    """(B, P, M) and (B, R, M) to (B, P, R, M)."""
    return k.reshape(x1, (*x1.shape[:2], 1, x1.shape[2])) - k.reshape(x2, (x2.shape[0], 1, *x2.shape[1:]))


def _share(k: Any, g: Any, out: Any, exponent: float) -> Any:
    """g / out^exponent, and 0 where the distance is 0."""
    zero = out == 0
    safe = k.where(zero, k.full_like(out, 1), out)
    divisor = safe if exponent == 1 else k.pow_number(safe, exponent)
    return k.where(zero, k.full_like(g, 0), g / divisor)


def _distance_gradients(k, g, out, x1, x2, p, by_products, needs):
    """d |x1 - x2|_p / d x1 = sgn(d) (|d| / |d|_p)^(p - 1), summed over the other set."""
    if p == 2:  # the sum over the other set is a product of matrices
        share = _share(k, g, out, 1)
        return (
            x1 * k.sum(share, (2,), True) - k.matmul(share, x2) if needs[0] else None,
            x2 * k.reshape(k.sum(share, (1,), False), (*x2.shape[:2], 1)) - k.matmul(k.transpose(share, 1, 2), x1)
            if needs[1]
            else None,
        )
    difference, column = _differences(k, x1, x2), (*out.shape, 1)
    size = difference if p in (0, 1) else k.abs(difference)
    if p == 0:
        slope = difference * 0
    elif math.isinf(p):
        slope = k.sgn(difference) * k.cast_like(size == k.reshape(out, column), size) * k.reshape(g, column)
    elif p == 1:
        slope = k.sgn(difference) * k.reshape(g, column)
    else:
        zero = size == 0
        power = k.pow_number(k.where(zero, k.full_like(size, 1), size), p - 1)
        slope = (
            k.sgn(difference) * k.where(zero, k.full_like(size, 0), power) * k.reshape(_share(k, g, out, p - 1), column)
        )
    return k.sum(slope, (2,), False) if needs[0] else None, -k.sum(slope, (1,), False) if needs[1] else None


@op(grad=_distance_gradients, public=False, promote=True, takes="floats", refuses="complex", torch="cdist",
    grad_name="CdistBackward0")  # fmt: skip
def distances(k, x1: Array, x2: Array, p: float, by_products: bool):
    """The p-norms of all differences of (B, P, M) and (B, R, M): (B, P, R); `by_products` from |x|^2 - 2 x y + |y|^2."""
    if p == 2 and by_products:
        squares = k.sum(x1 * x1, (2,), True) + k.reshape(k.sum(x2 * x2, (2,), False), (x2.shape[0], 1, x2.shape[1]))
        square = squares - 2 * k.matmul(x1, k.transpose(x2, 1, 2))
        return k.sqrt(k.maximum(square, k.full_like(square, 0)))
    size = k.abs(_differences(k, x1, x2))
    if 0 in size.shape:
        return k.sum(size, (3,), False)
    return k.vector_norm(size, p, (3,), False)


def _cdist_samples(make):
    for p in (2.0, 1.0, 3.0, 0.5, math.inf, 0.0):
        yield Sample(make(3, 2), make(4, 2), p)
    yield Sample(make(2, 3, 2), make(4, 2))
    yield Sample(make(2, 3, 2), make(2, 4, 2), 3.0)
    yield Sample(make(3, 2), make(4, 2), compute_mode="use_mm_for_euclid_dist")
    yield Sample(make(0, 2), make(4, 2))
    yield Sample(make(3, 0), make(4, 0))


def _cdist_errors(make):
    yield ErrorSample(Sample(make(3, 2), make(4, 3)), RuntimeError, "must have the same number of columns")
    yield ErrorSample(Sample(make(3), make(4, 3)), RuntimeError, "at least two dimensions")
    yield ErrorSample(Sample(make(3, 2), make(4, 2), -1.0), RuntimeError, "only supports non-negative p values")


_MODES = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")
_MANY = 25  # vectors from which on PyTorch multiplies matrices


@composition(method=False, samples=_cdist_samples, errors=_cdist_errors, autocast="float32")
def cdist(x1: Array, x2: Array, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary"):
    """The p-norm distance of each vector of (*, P, M) from each of (*, R, M): (*, P, R).

    out[i, j] = sum(|x1[i] - x2[j]|^p)^(1/p)

    >>> import minitorch
    >>> minitorch.cdist(minitorch.tensor([[0.0, 0.0]]), minitorch.tensor([[3.0, 4.0], [0.0, 1.0]]))
    tensor([[5., 1.]])
    """
    if x1.ndim < 2 or x2.ndim < 2:
        raise RuntimeError(
            f"cdist only supports at least 2D tensors, with at least two dimensions each: got {x1.ndim}D and {x2.ndim}D"
        )
    if x1.shape[-1] != x2.shape[-1]:
        raise ShapeMismatch(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    if compute_mode not in _MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode: expected one of {', '.join(_MODES)}")
    batch = broadcast_shape([x1.shape[:-2], x2.shape[:-2]])
    if batch is None:
        raise ShapeMismatch(f"cdist(): the batches {list(x1.shape[:-2])} and {list(x2.shape[:-2])} must broadcast")
    rows, columns, width = x1.shape[-2], x2.shape[-2], x1.shape[-1]
    count = math.prod(batch)
    many = compute_mode == _MODES[0] and (rows > _MANY or columns > _MANY)
    x1, x2 = (x if x.shape[:-2] == batch else x.expand(*batch, *x.shape[-2:]) for x in (x1, x2))
    first, second = (x.reshape((count, x.shape[-2], width)) for x in (x1, x2))
    return distances(first, second, float(p), many or compute_mode == _MODES[1]).reshape((*batch, rows, columns))


def _pdist_samples(make):
    for p in (2.0, 1.0, 3.0, math.inf):
        yield Sample(make(4, 3), p)
    yield Sample(make(1, 3))
    yield Sample(make(3, 0))


@composition(method=False, samples=_pdist_samples,
             errors=lambda make: iter([ErrorSample(Sample(make(3)), RuntimeError, "only supports 2D tensors")]),
             autocast="cuda float32")  # fmt: skip
def pdist(input: Array, p: float = 2):
    """The p-norm distances of all pairs of rows of (N, M): those above the diagonal of cdist, row by row.

    out[n] = sum(|input[i] - input[j]|^p)^(1/p), for the pairs i < j in order
    """
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    count = input.shape[0]
    between = distances(input.unsqueeze(0), input.unsqueeze(0), float(p), False).reshape((count * count,))
    later = [row * count + column for row in range(count) for column in range(row + 1, count)]
    return index_select(between, 0, as_index(later, input.device))
