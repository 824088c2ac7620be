"""Statistics of samples: quantiles, the median of what isn't nan, covariance and correlation."""

from __future__ import annotations

import math
from typing import Any

from minitorch import dtypes
from minitorch.operands import some, to_dim
from minitorch.ops.creation import tensor
from minitorch.ops.formulas import count
from minitorch.ops.reduction import chosen_gradient, share_with_nan
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.sorting import sort
from minitorch.rows import OPS, Array, Dim, composition, op
from minitorch.tensor import Tensor

# --- Quantiles --------------------------------------------------------------------------------------------------------

_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile_samples(make):
    yield Sample(make.distinct((3, 4)), 0.3)
    yield Sample(make.distinct((3, 4)), make(3, low=0.1, high=0.9).detach(), 1, True)
    yield Sample(make.distinct((5,)), 0.6, 0, interpolation="midpoint")
    for interpolation in ("lower", "higher", "nearest"):
        yield Sample(make.distinct((2, 5)), 0.4, -1, interpolation=interpolation)
    yield Sample(make(), 1.0)


def _quantile_errors(make):
    yield ErrorSample(Sample(make(3), 1.5), RuntimeError, r"in the range \[0, 1\]")
    yield ErrorSample(Sample(make(0), 0.5), RuntimeError, "must be non-empty")
    yield ErrorSample(Sample(make(3), 0.5, interpolation="cubic"), RuntimeError, "interpolation must be one of")


@composition(samples=_quantile_samples, errors=_quantile_errors, out=True, autocast="cpu float32")
def quantile(
    input: Array, q: float | Tensor, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
):
    """The values below which the parts q of the sorted values along `dim` lie; nan where there is a nan.

    out = a[floor(h)] + (h - floor(h)) * (a[floor(h) + 1] - a[floor(h)]), where a = sort(input), h = q * (n - 1)

    Between two values `interpolation` decides: "linear", "lower", "higher", "midpoint" or "nearest". Several q come first in
    the result's shape.

    >>> import minitorch
    >>> minitorch.tensor([1.0, 2.0, 4.0]).quantile(0.75)
    tensor(3.)
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation, False)


@composition(samples=_quantile_samples, errors=_quantile_errors, out=True, autocast="cpu float32")
def nanquantile(
    input: Array, q: float | Tensor, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
):
    """The quantiles of what isn't nan."""
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, True)


def _quantile(name: str, input: Tensor, q: Any, dim: Any, keepdim: bool, interpolation: str, skip_nan: bool) -> Tensor:
    q = _checked_parts(name, input, q, interpolation)
    ndim = input.ndim
    axis = 0 if dim is None else to_dim(dim, ndim)
    lines = input.reshape(input.numel()) if dim is None or not ndim else input.movedim(axis, -1)
    if not lines.shape[-1]:
        raise RuntimeError(f"{name}() input tensor must be non-empty")
    ordered = sort(lines, -1).values
    right = (ordered == ordered).detach()
    if skip_nan:
        last = right.sum(-1, True).sub(1).clamp(min=0).to(input.dtype)
        ranks = q.reshape(-1) * last
    else:
        ranks = q.reshape(-1) * (ordered.shape[-1] - 1)
        ranks = OPS["where"].function(right.all(-1, True), ranks, float(ordered.shape[-1] - 1))
    result = _between(ordered, ranks, interpolation)
    if keepdim:
        shape = [1 if dim is None or d == axis else n for d, n in enumerate(input.shape)]
        result = result.movedim(-1, 0).reshape(-1, *shape)
    else:
        result = result.movedim(-1, 0)
    return result if q.ndim else result[0]


def _checked_parts(name: str, input: Tensor, q: Any, interpolation: str) -> Tensor:
    if input.dtype not in (dtypes.float32, dtypes.float64):
        raise RuntimeError(f"{name}() input tensor must be either float or double dtype, got {input.dtype!r}")
    if interpolation not in _INTERPOLATIONS:
        raise RuntimeError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {interpolation}"
        )
    if not isinstance(q, Tensor):
        q = tensor(float(q), dtype=input.dtype, device=input.device)
    if q.ndim > 1:
        raise RuntimeError(f"{name}() q must be a scalar or 1D tensor, got shape {list(q.shape)}")
    if q.dtype is not input.dtype:
        raise RuntimeError(
            f"{name}() q tensor must be same dtype as the input tensor, got {q.dtype!r} and {input.dtype!r}"
        )
    if q.numel() and some(~((q >= 0) & (q <= 1))):
        raise RuntimeError(f"{name}() q values must be in the range [0, 1]")
    return q


def _between(ordered: Tensor, ranks: Tensor, interpolation: str) -> Tensor:
    """The sorted values at places that may lie between two of them."""
    if interpolation in ("lower", "higher", "nearest"):
        ranks = {"lower": ranks.floor, "higher": ranks.ceil, "nearest": ranks.round}[interpolation]()
    below = ranks.detach().floor()
    values = ordered.gather(-1, below.long())
    if interpolation in ("lower", "higher", "nearest"):
        return values
    weight = 0.5 * (ranks != below).to(ranks.dtype) if interpolation == "midpoint" else ranks - below
    return OPS["lerp"].function(values, ordered.gather(-1, ranks.detach().ceil().long()), weight)


# --- The median without nan -------------------------------------------------------------------------------------------


def _explain_nanmedian(input: Tensor, dim: int, keepdim: bool) -> None:
    raise IndexError(f"nanmedian(): Expected reduction dim {dim} to have non-zero size.")


@op(grad=chosen_gradient, public=False, result=("same", "int64"), fields=("values", "indices"), result_name="nanmedian",
    torch="nanmedian", grad_name="NanmedianBackward1", refuses="bool complex", out=True, explain=_explain_nanmedian)  # fmt: skip
def nanmedian_along(k, input: Array, dim: Dim, keepdim: bool):
    """The middle one of the values along `dim` that aren't nan, the lower of two, and where it is; nan if there are none."""
    if not input.shape:
        return k.clone(input), k.new_full(input, (), 0, dtypes.int64)
    if not input.shape[dim]:
        raise ValueError("no values")
    order = k.sort(input, dim, False, True)[1]  # nan comes last
    numbers = k.sum(k.cast_like(k.eq(input, input), order), (dim,), True)
    middle = k.maximum(numbers - 1, k.full_like(numbers, 0)) // 2
    index = k.gather(order, dim, middle)
    values = k.gather(input, dim, index)
    if keepdim:
        return values, index
    shape = tuple([n for d, n in enumerate(input.shape) if d != dim])
    return k.reshape(values, shape), k.reshape(index, shape)


@op(
    input=share_with_nan,
    public=False,
    torch="nanmedian",
    grad_name="NanmedianBackward0",
    refuses="bool complex",
    out=True,
)
def nanmedian_of_all(k, input: Array):
    """The middle one of the values that aren't nan, the lower of two; equal ones share the gradient."""
    if 0 in input.shape:
        return k.cast_like(k.new_full(input, (), math.nan, dtypes.float64), input)
    return k.nanmedian_along(k.reshape(input, (count(input.shape, range(len(input.shape))),)), 0, False)[0]


def _nanmedian_samples(make):
    yield Sample(make.distinct((7,)))
    yield Sample(make.distinct((4, 3)), 1)
    yield Sample(make.distinct((4, 3)), 0, True)
    yield Sample(make())


@composition(samples=_nanmedian_samples)
def nanmedian(input: Array, dim: int | None = None, keepdim: bool = False, *, out=None):
    """The middle one of the values that aren't nan (the lower of two); with `dim`, along it, with indices."""
    if dim is None:
        return OPS["nanmedian_of_all"].function(input, out=out)
    return OPS["nanmedian_along"].function(input, dim, keepdim, out=out)


# --- Covariance -------------------------------------------------------------------------------------------------------


def _cov_samples(make):
    yield Sample(make(3, 5))
    yield Sample(make(4))
    yield Sample(make(2, 4), correction=0, fweights=make.integers((4,), 1, 5), aweights=make(4, low=0.5).detach())


@composition(samples=_cov_samples)
def cov(input: Array, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None):
    """The covariances of variables, the rows of a matrix, of which each column is an observation.

    out[i, j] = sum over n of (x[i, n] - mean(x[i])) * conj(x[j, n] - mean(x[j])) / (N - correction)

    `fweights` says how often each observation was made, `aweights` how much it weighs.
    """
    if input.ndim > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {input.ndim} dimensions"
        )
    if input.dtype is dtypes.bool:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    rows = input if input.ndim == 2 else input.reshape(1, -1)
    observations = rows.shape[1]
    weight = _observation_weights(input, observations, fweights, aweights)
    if weight is not None and observations and some(weight.sum() == 0):
        raise RuntimeError("cov(): weights sum to zero, can't be normalized")
    if not rows.dtype.inexact:
        rows = rows.to(dtypes.get_default_dtype())
    if weight is None:
        total, mean = observations, rows.sum(1, True) / observations
    else:
        total = weight.sum()
        mean = (rows * weight).sum(1, True) / total
    if weight is None or correction == 0 or aweights is None:
        norm = total - correction
    else:
        norm = total - correction * (weight * aweights).sum() / total
    norm = norm.clamp(min=0) if isinstance(norm, Tensor) else max(norm, 0)
    centered = rows - mean
    weighted = centered if weight is None else centered * weight
    product = (weighted @ centered.mH) / norm
    return product.squeeze() if input.ndim < 2 or product.numel() == 1 else product


def _observation_weights(
    input: Tensor, observations: int, fweights: Tensor | None, aweights: Tensor | None
) -> Tensor | None:
    weight = None
    for name, given, whole in (("fweights", fweights, True), ("aweights", aweights, False)):
        if given is None:
            continue
        if given.ndim > 1:
            raise RuntimeError(
                f"cov(): expected {name} to have one or fewer dimensions but got {name} with {given.ndim} dimensions"
            )
        if whole and (given.dtype.inexact or given.dtype is dtypes.bool):
            raise RuntimeError(
                f"cov(): expected {name} to have integral dtype but got {name} with {given.dtype!r} dtype"
            )
        if not whole and not given.dtype.is_floating_point:
            raise RuntimeError(
                f"cov(): expected {name} to have floating point dtype but got {name} with {given.dtype!r} dtype"
            )
        if given.numel() != observations:
            raise RuntimeError(f"cov(): expected {name} to have the same numel as there are observations in the input but got "
                               f"{given.numel()} != {observations}")  # fmt: skip
        if given.numel() and some(given < 0):
            raise RuntimeError(f"cov(): {name} cannot be negative")
        weight = given if weight is None else weight * given
    return weight


@composition(samples=lambda make: iter([Sample(make(3, 5)), Sample(make(4)), Sample(make(2, 3))]))
def corrcoef(input: Array):
    """The correlation coefficients of variables, the rows of a matrix, of which each column is an observation.

    out[i, j] = cov[i, j] / sqrt(cov[i, i] * cov[j, j])
    """
    if input.ndim > 2:
        raise RuntimeError(f"corrcoef(): expected input to have two or fewer dimensions but got an input with {input.ndim} "
                           "dimensions")  # fmt: skip
    product = cov(input)
    if not product.ndim:
        return product / product
    deviation = product.diagonal().sqrt()
    deviation = deviation.real if deviation.is_complex() else deviation
    product = product / deviation.unsqueeze(1) / deviation.unsqueeze(0)
    if product.is_complex():
        return OPS["make_complex"].function(product.real.clamp(-1, 1), product.imag.clamp(-1, 1))
    return product.clamp(-1, 1)
