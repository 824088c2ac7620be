"""Reductions that are more than one sum: variance, norms, log-sum-exp, median."""

from __future__ import annotations

import math
from typing import Any

from minitorch import dtypes
from minitorch.dtypes import DType
from minitorch.ops.formulas import centred_on_mean, conjugate, count, kept
from minitorch.ops.reduction import chosen_gradient, mean, share_with_nan
from minitorch.ops.samples import Sample, reduction
from minitorch.rows import OPS, Array, Cast, Dim, Dims, composition, op

# --- Variance ---------------------------------------------------------------------------------------------------------


def _over(number: float, divisor: float) -> float:
    """number / divisor, where a divisor of 0 or less gives inf."""
    return number / divisor if divisor > 0 else math.inf


def _variance_gradient(k, g, input, dim, correction, keepdim):
    scale = _over(2.0, count(input.shape, dim) - correction)
    return k.spread(g * scale, tuple(input.shape), dim, keepdim) * (input - k.mean(input, dim, True))


def _variance_samples(make):
    yield Sample(make(2, 3), (0, 1), 1, False)
    yield Sample(make(2, 3, 4), (1,), 0, True)
    yield Sample(make.strided(3, 4), (0,), 1.5, False)


@op(input=_variance_gradient, public=False, takes="floats", result="real", out=True, samples=_variance_samples, torch="var",
    grad_name="VarBackward0")  # fmt: skip
def variance(k, input: Array, dim: Dims, correction: float, keepdim: bool):
    """sum(|x - mean|^2) / (n - correction), in two passes: the mean first, so that nothing cancels."""
    centred = k.abs(centred_on_mean(k, input, dim))
    return k.sum(centred * centred, dim, keepdim) / max(count(input.shape, dim) - correction, 0)


def _deviation_gradient(k, g, out, input, dim, correction, keepdim):
    """The derivative of a square root; 0 where all values are equal."""
    zero = out == 0
    half = k.where(zero, k.full_like(g, 0), g / (2 * k.where(zero, k.full_like(out, 1), out)))
    return _variance_gradient(k, half, input, dim, correction, keepdim)


@op(input=_deviation_gradient, public=False, takes="floats", result="real", out=True, samples=_variance_samples, torch="std",
    grad_name="StdBackward0")  # fmt: skip
def deviation(k, input: Array, dim: Dims, correction: float, keepdim: bool):
    """The square root of the variance."""
    return k.sqrt(k.variance(input, dim, correction, keepdim))


def _spread_arguments(dim, unbiased, correction):
    """PyTorch's two ways to say it: `unbiased=False`, also in the place of `dim`, or `correction=0`."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    return dim, correction


@composition(samples=reduction(), out=True)
def var(
    input: Array, dim: Dims = None, unbiased: bool | None = None, keepdim: bool = False, *, correction=None, out=None
):
    """The variance over `dim`: sum((x - mean)^2) / (n - correction); correction is 1 unless said otherwise.

    out = sum((input - mean(input))^2) / (n - correction)

    >>> import minitorch
    >>> minitorch.tensor([1.0, 2.0, 3.0, 6.0]).var(correction=0)
    tensor(3.5000)
    """
    dim, correction = _spread_arguments(dim, unbiased, correction)
    return variance(input, dim, correction, keepdim, out=out)


@composition(samples=reduction(), out=True)
def std(
    input: Array, dim: Dims = None, unbiased: bool | None = None, keepdim: bool = False, *, correction=None, out=None
):
    """The standard deviation over `dim`: the square root of `var`. Its derivative is 0 where all values are equal.

    out = sqrt(sum((input - mean(input))^2) / (n - correction))
    """
    dim, correction = _spread_arguments(dim, unbiased, correction)
    return deviation(input, dim, correction, keepdim, out=out)


def _pair_samples(make):
    yield Sample(make(2, 3))
    yield Sample(make(2, 3, 4), (0, 2), correction=0)
    yield Sample(make.strided(3, 4), 1, keepdim=True)


@composition(samples=_pair_samples)
def var_mean(input: Array, dim: Dims = None, unbiased: bool | None = None, keepdim: bool = False, *, correction=None):
    """The variance and the mean."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    return var(input, dim, unbiased, keepdim, correction=correction), mean(input, dim, keepdim)


@composition(samples=_pair_samples)
def std_mean(input: Array, dim: Dims = None, unbiased: bool | None = None, keepdim: bool = False, *, correction=None):
    """The standard deviation and the mean."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    return std(input, dim, unbiased, keepdim, correction=correction), mean(input, dim, keepdim)


# --- Norms ------------------------------------------------------------------------------------------------------------


def _norm_gradient(k, g, input, out, ord, dim, keepdim):
    """d norm / d x = sgn(x) (|x| / norm)^(ord - 1), and 0 where that is 0 / 0."""
    if not keepdim:
        g, out = k.reshape(g, kept(input.shape, dim)), k.reshape(out, kept(input.shape, dim))
    size = k.abs(input)
    if ord == 0:
        return input * 0
    if ord == 1:
        return k.sgn(input) * g
    if math.isinf(ord):
        chosen = k.cast_like(size == out, g)
        return k.sgn(input) * (chosen * (g / k.sum(chosen, dim, True)))
    zero = out == 0
    slope = k.where(zero, k.full_like(g, 0), g / k.where(zero, k.full_like(out, 1), out))
    if ord == 2:
        return input * slope
    zero = (size == 0) | zero
    relative = k.where(zero, k.full_like(size, 1), size / k.where(out == 0, k.full_like(out, 1), out))
    return k.sgn(input) * k.where(zero, k.full_like(size, 0), k.pow_number(relative, ord - 1) * g)


def _scaled(k: Any, size: Any, dim: Any) -> tuple[Any, Any]:
    """Sizes over a power of two near the largest of them along `dim`, and that power: nothing overflows, small ones count."""
    if 0 in size.shape:
        return size, 1
    top = k.amax(size, dim, True)
    usual = k.isfinite(top) & (top > 0)
    top = k.exp2(k.floor(k.log2(k.where(usual, top, k.full_like(top, 1)))))
    return size / top, top


@op(public=False, result="real")
def euclidean(k, input: Array, dim: Dims, keepdim: bool):
    """sqrt(sum |x|^2), for `vector_norm`; finite wherever the norm itself is."""
    size, top = _scaled(k, k.abs(input), dim)
    found = k.sqrt(k.sum(size * size, dim, True)) * top
    return found if keepdim else k.reshape(found, _reduced(input.shape, dim))


def _reduced(shape: Any, dim: Any) -> tuple[int, ...]:
    return tuple([size for d, size in enumerate(shape) if d not in dim])


def _norm_samples(make):
    for ord in (2, 1, 3, 0.5, -1.5, math.inf, -math.inf):
        yield Sample(make(2, 3, low=0.2), ord)
        yield Sample(make(2, 3, 4, low=-2, high=-0.2), ord, (0, 2), True)
    yield Sample(make(2, 3), 0, 1)
    yield Sample(make())


def _explain_norm(input, ord, dim, keepdim):
    if math.isinf(ord) and any(input.shape[position] == 0 for position in dim):
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {ord} norm of a tensor of shape {list(input.shape)} over the dims "
            f"{list(dim)}: one of them is empty, and there is no largest of no elements"
        )


@op(input=_norm_gradient, takes="floats", result="real", method=False, samples=_norm_samples, torch="linalg.vector_norm",
    grad_name="LinalgVectorNormBackward0", explain=_explain_norm, autocast="cuda float32")  # fmt: skip
def vector_norm(k, input: Array, ord: float = 2, dim: Dims = None, keepdim: bool = False, *, dtype: Cast = None):
    """sum(|x|^ord)^(1/ord) over `dim`; the largest |x| for inf, the smallest for -inf, how many aren't 0 for 0."""
    if ord == 2:
        return k.euclidean(input, dim, keepdim)
    size = k.abs(input)
    if math.isinf(ord):
        return (k.amax if ord > 0 else k.amin)(size, dim, keepdim)
    if ord == 0:
        return k.sum(k.cast_like(size != 0, size), dim, keepdim)
    if ord == 1:
        return k.sum(size, dim, keepdim)
    size, top = _scaled(k, size, dim)
    found = k.pow_number(k.sum(k.pow_number(size, ord), dim, True), 1 / ord) * top
    return found if keepdim else k.reshape(found, _reduced(input.shape, dim))


def _p_norm_samples(make):
    yield Sample(make(2, 3))
    yield Sample(make(2, 3), 1, 1)
    yield Sample(make(2, 3), "fro", (0, 1), True)


@composition(samples=_p_norm_samples, out=True, autocast="cuda float32")
def norm(
    input: Array,
    p: float | str | None = "fro",
    dim: Dims = None,
    keepdim: bool = False,
    out=None,
    dtype: DType | None = None,
):
    """The p-norm of the elements over `dim`; "fro" is p = 2.

    out = sum(|input|^p)^(1/p)

    >>> import minitorch
    >>> minitorch.tensor([3.0, 4.0]).norm()
    tensor(5.)
    """
    if p is None or p == "fro":
        p = 2
    if p == "nuc":
        dims = (0, 1) if dim is None and input.ndim == 2 else dim
        return OPS["linalg_matrix_norm"].function(input, p, dims, keepdim, dtype=dtype, out=out)
    if isinstance(p, str):
        raise RuntimeError(f"norm(): Order {p} not supported; expected a number, inf, -inf or 'fro'")
    return vector_norm(input, p, dim, keepdim, dtype=dtype, out=out)


# --- Log-sum-exp ------------------------------------------------------------------------------------------------------


def _logsumexp_gradient(k, g, input, out, dim, keepdim):
    if not keepdim:
        g, out = k.reshape(g, kept(input.shape, dim)), k.reshape(out, kept(input.shape, dim))
    return g * conjugate(k, k.exp(input - out))


def _logsumexp_samples(make):
    yield Sample(make(2, 3), 1)
    yield Sample(make.strided(3, 4), -2, True)
    yield Sample(make(2, 3, 4), (0, 2))
    yield Sample(make(), 0)


@op(input=_logsumexp_gradient, takes="inexact", samples=_logsumexp_samples, autocast="cuda float32")
def logsumexp(k, input: Array, dim: Dims, keepdim: bool = False):
    """log(sum(exp(x))) over `dim`, taken relative to the largest x, so that nothing overflows."""
    if 0 in input.shape:
        return k.log(k.sum(k.exp(input), dim, keepdim))
    top = k.amax(k.real(input) if k.is_complex(input) else input, dim, True)
    top = k.cast_like(k.where(k.isfinite(top), top, k.full_like(top, 0)), input)
    out = k.log(k.sum(k.exp(input - top), dim, True)) + top
    return out if keepdim else k.reshape(out, _reduced(out.shape, dim))


# --- Median -----------------------------------------------------------------------------------------------------------


def _explain_median(input, dim, keepdim):
    if input.shape and input.shape[dim] == 0:
        raise IndexError(f"median(): Expected reduction dim {dim} to have non-zero size.")


@op(grad=chosen_gradient, public=False,
    result=("same", "int64"), fields=("values", "indices"), result_name="median", torch="median", grad_name="MedianBackward1",
    refuses="bool complex",
    explain=_explain_median,
    samples=lambda make: iter([Sample(make(2, 3), 1, False), Sample(make(4, 3), 0, True), Sample(make(), 0, False)]))  # fmt: skip
def median_along(k, input: Array, dim: Dim, keepdim: bool):
    """The middle value along `dim`, the lower of two, and where it is; nan, if there is one, before all others."""
    if not input.shape:
        return k.clone(input), k.cast_like(k.full_like(input, 0), k.arange_like(input, 1))
    size = input.shape[dim]
    order = k.argsort_stable(input, dim, False)
    middle = k.basic_index(order, (*[slice(None)] * dim, slice((size - 1) // 2, (size + 1) // 2)))
    wrong = k.cast_like(input != input, middle)
    index = k.where(k.any(wrong, (dim,), True), k.argmax(wrong, (dim,), True), middle)
    values = k.gather(input, dim, index)
    if keepdim:
        return values, index
    shape = tuple([n for d, n in enumerate(input.shape) if d != dim])
    return k.reshape(values, shape), k.reshape(index, shape)


@op(input=share_with_nan, public=False, torch="median",
    samples=lambda make: iter([Sample(make(7)), Sample(make(4, 3)), Sample(make())]),
    grad_name="MedianBackward0", refuses="bool complex")  # fmt: skip
def median_of_all(k, input: Array):
    """The middle value, the lower of two; equal ones share the gradient."""
    if 0 in input.shape:
        return k.cast_like(k.new_full(input, (), math.nan, dtypes.float64), input)
    return k.median_along(k.reshape(input, (count(input.shape, range(len(input.shape))),)), 0, False)[0]


@composition(samples=lambda make: iter([Sample(make(7)), Sample(make(4, 3), 1), Sample(make(4, 3), 0, True)]))
def median(input: Array, dim: int | None = None, keepdim: bool = False):
    """The middle value (of two middle ones the lower); with `dim`, along it, with indices."""
    return median_of_all(input) if dim is None else median_along(input, dim, keepdim)
