"""Reductions that look only at the elements where a mask is True, as `torch.masked` has them.

What is masked out becomes the reduction's neutral element (0 of a sum, -inf of a maximum) before the op of minitorch runs; where
nothing is left, the result is that element.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from . import dtypes, ops
from .dtypes import DType, numpy_dtype
from .operands import to_dims
from .ops.statistics import vector_norm
from .rows import OPS
from .tensor import Tensor

__all__ = [
    "amax", "amin", "argmax", "argmin", "cumprod", "cumsum", "log_softmax", "logaddexp", "logsumexp", "mean", "median", "norm",
    "normalize", "prod", "softmax", "softmin", "std", "sum", "var",
]  # fmt: skip

Dims = int | Sequence[int] | None


def _kept(name: str, input: Tensor, mask: Tensor | None, fill: float) -> Tensor:
    """The input with `fill` where the mask is False."""
    if mask is None:
        return input
    if mask.dtype is not dtypes.bool:
        raise TypeError(f"masked.{name}(): expected a mask of torch.bool, got {mask.dtype!r}")
    return ops.where(mask, input, ops.tensor(fill, dtype=input.dtype, device=input.device))


def _lowest(dtype: DType) -> float:
    """What no number of a dtype is below."""
    return -math.inf if dtype.inexact else 0 if dtype is dtypes.bool else int(np.iinfo(numpy_dtype(dtype)).min)


def _highest(dtype: DType) -> float:
    """What no number of a dtype is above."""
    return math.inf if dtype.inexact else 1 if dtype is dtypes.bool else int(np.iinfo(numpy_dtype(dtype)).max)


def _accumulated(input: Tensor, dtype: DType | None) -> Tensor:
    """In the dtype that was asked for, or int64 for small integers and bools."""
    wanted = dtype or (input.dtype if input.dtype.inexact else dtypes.int64)
    return input if input.dtype is wanted else input.to(wanted)


def _converted(input: Tensor, dtype: DType | None) -> Tensor:
    return input if dtype in (None, input.dtype) else input.to(dtype)


def _count(input: Tensor, dim: Dims, keepdim: bool, mask: Tensor | None) -> Tensor:
    """How many elements each result is made of."""
    ones = ops.ones_like(input.detach(), dtype=dtypes.int64)
    return ops.sum(_kept("mean", ones, mask, 0), dim, keepdim)


def sum(
    input: Tensor, dim: Dims = None, *, keepdim: bool = False, dtype: DType | None = None, mask: Tensor | None = None
) -> Tensor:
    """The sum of the elements where mask is True."""
    return ops.sum(_kept("sum", _accumulated(input, dtype), mask, 0), dim, keepdim)


def prod(
    input: Tensor, dim: Dims = None, *, keepdim: bool = False, dtype: DType | None = None, mask: Tensor | None = None
) -> Tensor:
    """The product of the elements where mask is True."""
    return ops.prod(_kept("prod", _accumulated(input, dtype), mask, 1), dim, keepdim)


def amax(
    input: Tensor, dim: Dims = None, *, keepdim: bool = False, dtype: DType | None = None, mask: Tensor | None = None
) -> Tensor:
    """The largest of the elements where mask is True."""
    input = _converted(input, dtype)
    return ops.amax(_kept("amax", input, mask, _lowest(input.dtype)), to_dims(dim, input.ndim), keepdim)


def amin(
    input: Tensor, dim: Dims = None, *, keepdim: bool = False, dtype: DType | None = None, mask: Tensor | None = None
) -> Tensor:
    """The smallest of the elements where mask is True."""
    input = _converted(input, dtype)
    return ops.amin(_kept("amin", input, mask, _highest(input.dtype)), to_dims(dim, input.ndim), keepdim)


def argmax(
    input: Tensor,
    dim: int | None = None,
    *,
    keepdim: bool = False,
    dtype: DType | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """Where the largest of the elements is for which mask is True, in the dtype of the input (or `dtype`)."""
    input = _converted(input, dtype)
    found = ops.argmax(_kept("argmax", input, mask, _lowest(input.dtype)), dim, keepdim)
    return found.to(input.dtype)


def argmin(
    input: Tensor,
    dim: int | None = None,
    *,
    keepdim: bool = False,
    dtype: DType | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """Where the smallest of the elements is for which mask is True, in the dtype of the input (or `dtype`)."""
    input = _converted(input, dtype)
    found = ops.argmin(_kept("argmin", input, mask, _highest(input.dtype)), dim, keepdim)
    return found.to(input.dtype)


def mean(
    input: Tensor, dim: Dims = None, *, keepdim: bool = False, dtype: DType | None = None, mask: Tensor | None = None
) -> Tensor:
    """The mean of the elements where mask is True; nan where there are none."""
    input = _converted(input, dtype)
    if not input.dtype.inexact:
        raise ValueError(
            "mean(): Could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: "
            f"{input.dtype!r}"
        )
    if mask is None:
        return ops.mean(input, dim, keepdim)
    return sum(input, dim, keepdim=keepdim, mask=mask) / _count(input, dim, keepdim, mask)


def median(
    input: Tensor, dim: int = -1, *, keepdim: bool = False, dtype: DType | None = None, mask: Tensor | None = None
) -> Tensor:
    """The middle value (the lower of two) of the elements along `dim` where mask is True; nan where there are none."""
    input = _converted(input, dtype)
    if not input.dtype.inexact:
        count = _count(input, dim, True, mask)
        if not bool((count > 0).all()):
            raise ValueError("masked median expects no fully masked out rows if dtype is not floating point")
        ordered = ops.sort(_kept("median", input, mask, _highest(input.dtype)), dim).values
        found = ops.gather(ordered, dim, (count - 1) // 2) if input.ndim else ordered
        return found if keepdim or not input.ndim else found.squeeze(dim)
    if not input.ndim:
        return _kept("median", input, mask, math.nan).clone()
    return ops.nanmedian(_kept("median", input, mask, math.nan), dim, keepdim).values


def norm(
    input: Tensor,
    ord: float | None = 2.0,
    dim: Dims = None,
    *,
    keepdim: bool = False,
    dtype: DType | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The vector norm of the elements where mask is True."""
    order = 2.0 if ord is None else float(ord)
    fill = math.inf if order < 0 else 0.0
    return vector_norm(_kept("norm", _converted(input, dtype), mask, fill), order, dim, keepdim)


def var(
    input: Tensor,
    dim: Dims = None,
    unbiased: bool | None = None,
    *,
    correction: float | None = None,
    keepdim: bool = False,
    dtype: DType | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The variance of the elements where mask is True."""
    if unbiased is not None and correction is not None:
        raise ValueError("only one of unbiased and correction may be given")
    correction = float(True if unbiased is None else unbiased) if correction is None else correction
    input = _converted(input, dtype)
    if input.dtype is dtypes.bool:
        raise RuntimeError("masked.var() and masked.std() take no bools; convert them with .float()")
    if not input.dtype.inexact:
        input = input.to(dtypes.get_default_dtype())
    count = _count(input, dim, True, mask)
    distance = _kept("var", input - sum(input, dim, keepdim=True, mask=mask) / count, mask, 0)
    total = ops.sum(distance * distance.conj(), dim, keepdim)
    count = count if keepdim else _count(input, dim, False, mask)
    return total / (count.to(input.dtype.to_real()) - correction).clamp(min=0)


def std(
    input: Tensor,
    dim: Dims = None,
    unbiased: bool | None = None,
    *,
    correction: float | None = None,
    keepdim: bool = False,
    dtype: DType | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The standard deviation of the elements where mask is True."""
    return var(input, dim, unbiased, correction=correction, keepdim=keepdim, dtype=dtype, mask=mask).sqrt()


def logsumexp(
    input: Tensor, dim: Dims = None, *, keepdim: bool = False, dtype: DType | None = None, mask: Tensor | None = None
) -> Tensor:
    """The logarithm of the sum of exp(x) over the elements where mask is True."""
    input = _converted(input, dtype)
    whole = not input.dtype.inexact
    result = ops.logsumexp(_kept("logsumexp", input, mask, _lowest(input.dtype)), to_dims(dim, input.ndim), keepdim)
    return result.to(input.dtype) if whole else result


def logaddexp(
    input: Tensor,
    other: Tensor,
    *,
    dtype: DType | None = None,
    input_mask: Tensor | None = None,
    other_mask: Tensor | None = None,
) -> Tensor:
    """log(exp(input) + exp(other)), where what is masked out counts as -inf."""
    input, other = _converted(input, dtype), _converted(other, dtype)
    return ops.logaddexp(
        _kept("logaddexp", input, input_mask, _lowest(input.dtype)),
        _kept("logaddexp", other, other_mask, _lowest(other.dtype)),
    )


def _refuse_bool(name: str, input: Tensor) -> Tensor:
    if input.dtype is dtypes.bool:
        raise RuntimeError(f"masked.{name}() takes no bools; convert them with .long()")
    return input


def cumsum(input: Tensor, dim: int, *, dtype: DType | None = None, mask: Tensor | None = None) -> Tensor:
    """The running sum of the elements where mask is True."""
    input = _refuse_bool("cumsum", _converted(input, dtype))
    return ops.cumsum(_kept("cumsum", input, mask, 0), dim).to(input.dtype)


def cumprod(input: Tensor, dim: int, *, dtype: DType | None = None, mask: Tensor | None = None) -> Tensor:
    """The running product of the elements where mask is True."""
    input = _refuse_bool("cumprod", _converted(input, dtype))
    return ops.cumprod(_kept("cumprod", input, mask, 1), dim).to(input.dtype)


def softmax(input: Tensor, dim: int, *, dtype: DType | None = None, mask: Tensor | None = None) -> Tensor:
    """The softmax over the elements where mask is True, and 0 elsewhere; nan where there are none."""
    return OPS["softmax"].function(_kept("softmax", _converted(input, dtype), mask, -math.inf), dim)


def log_softmax(input: Tensor, dim: int, *, dtype: DType | None = None, mask: Tensor | None = None) -> Tensor:
    """The logarithm of the softmax over the elements where mask is True, and -inf elsewhere."""
    return ops.log_softmax(_kept("log_softmax", _converted(input, dtype), mask, -math.inf), dim)


def softmin(input: Tensor, dim: int, *, dtype: DType | None = None, mask: Tensor | None = None) -> Tensor:
    """The softmax of -input over the elements where mask is True, and 0 elsewhere."""
    return softmax(-_converted(input, dtype), dim, mask=mask)


def normalize(
    input: Tensor,
    ord: float,
    dim: int,
    *,
    eps: float = 1e-12,
    dtype: DType | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """The elements divided by their norm along `dim` (at least eps), both where mask is True; 0 elsewhere."""
    input = _converted(input, dtype)
    length = norm(input, ord, dim, keepdim=True, mask=mask).clamp(min=eps)
    return _kept("normalize", input, mask, 0) / length
