"""Floats and their edges: neighbours, mantissas, nan and infinities, the logit and the sinc."""

from __future__ import annotations

import math

from minitorch import dtypes
from minitorch.inplace import written
from minitorch.ops.samples import Sample, unary
from minitorch.rows import OPS, Array, composition, elementwise, op, result_type
from minitorch.tensor import Tensor
from minitorch.type_limits import FORMATS

# --- Neighbours and mantissas -----------------------------------------------------------------------------------------


def _scaled(k, input, exponent):
    """input * 2^exponent in two steps, neither of which overflows before the result does."""
    half, two = exponent // 2, k.full_like(input, 2)
    return input * k.pow(two, k.cast_like(half, input)) * k.pow(two, k.cast_like(exponent - half, input))


@op(grad=lambda k, g, result1: (_scaled(k, g[0], -result1),), result=("same", "int64"), public=False,
    refuses="bool integer complex", grad_name="FrexpBackward0")  # fmt: skip
def mantissa_exponent(k, input: Array):
    """A mantissa in [0.5, 1) and an exponent with input = mantissa * 2^exponent."""
    size, zeros = k.abs(input), k.new_full(input, input.shape, 0, dtypes.int64)
    plain = k.isfinite(input) & (size > 0)
    power = k.floor(k.log2(k.where(plain, size, k.full_like(size, 1))))
    exponent = zeros + k.cast_like(power, zeros) + 1
    mantissa = _scaled(k, input, -exponent)
    too_large, too_small = k.abs(mantissa) >= 1, k.abs(mantissa) < 0.5  # by the rounding of the logarithm
    mantissa = k.where(too_large, mantissa / 2, k.where(too_small, mantissa * 2, mantissa))
    exponent = exponent + k.cast_like(too_large, zeros) - k.cast_like(too_small, zeros)
    return k.where(plain, mantissa, input), k.where(plain, exponent, zeros)


FrexpResult = result_type("frexp", ("mantissa", "exponent"))


@composition(samples=unary())
def frexp(input: Array, *, out=None):
    """The mantissa, in [0.5, 1) or (-1, -0.5], and the exponent of floats: input = mantissa * 2^exponent.

    mantissa * 2^exponent = input
    """
    mantissa, exponent = OPS["mantissa_exponent"].function(input)
    parts = mantissa, exponent.to(dtypes.int32)
    return FrexpResult(*(parts if out is None else [written("frexp", t, p) for t, p in zip(out, parts, strict=True)]))


def _where_it_moves(k, input, other):
    return k.cast_like(input != other, input)


@elementwise(input=_where_it_moves, other=0, refuses="bool integer complex", public=False, out=True,
             grad_name="NextafterBackward0")  # fmt: skip
def next_float(k, input: Array, other: Array):
    """The float next to input in the direction of other, of those that a float32 or float64 can be."""
    digits, least, limit = FORMATS[k.backend.dtype_of(input)]
    return k.next_of_kind(input, other, digits - 1, least, limit)


@elementwise(input=_where_it_moves, other=0, refuses="bool integer complex", public=False, out=True,
             grad_name="NextafterBackward0")  # fmt: skip
def next_of_kind(k, input: Array, other: Array, places: int, least: int, limit: float):
    """The number next to input of those with so many bits after the point and exponents from `least` on."""
    size, exponent = k.abs(input), k.mantissa_exponent(input)[1] - 1
    two = k.full_like(input, 2)
    step = k.pow(two, k.cast_like(k.maximum(exponent, k.full_like(exponent, least)) - places, input))
    up = k.gt(other, input)
    at_power = k.ne(up, input > 0) & (size == k.pow(two, k.cast_like(exponent, input))) & (exponent > least)
    step = k.where(at_power, step / 2, step)  # toward 0 they are closer
    step = k.where(size == 0, k.full_like(step, 2.0 ** (least - places)), step)
    moved = k.where(up, input + step, input - step)
    moved = k.where(k.abs(moved) > limit, k.sign(moved) * math.inf, moved)
    moved = k.where(k.isinf(input), k.sign(input) * limit, moved)
    moved = k.where(k.eq(input, other), other, moved)
    return k.where((input != input) | (other != other), input + other, moved)


def _next_samples(make):
    for shape in ((2, 3), (), (0, 2)):
        yield Sample(make(*shape, dtype=dtypes.float64), make(*shape, dtype=dtypes.float64))
    yield Sample(make(2, 1, dtype=dtypes.float64), make(3, dtype=dtypes.float64))


@composition(samples=_next_samples, inplace=True)
def nextafter(input: Array, other: Array, *, out=None):
    """The float next to input in the direction of other, elementwise."""
    dtype = dtypes.promote_types(input.dtype, other.dtype)
    if dtype.full or not dtype.inexact:
        return OPS["next_float"].function(input, other, out=out)
    digits, least, limit = FORMATS[dtype]
    return OPS["next_of_kind"].function(input, other, digits - 1, least, limit, out=out)


# --- nan and infinities -----------------------------------------------------------------------------------------------


def _nan_samples(make):
    def with_edges(*shape):
        x = make(*shape)
        return (
            x.detach().div(x.detach().abs().gt(2).logical_not()).requires_grad_(x.requires_grad)
            if x.dtype.inexact
            else x
        )

    yield Sample(with_edges(3, 4), None, 9.0, -9.0)
    yield Sample(with_edges(5), 1.5, 7.0, -8.0)
    yield Sample(make(), nan=2.0)


@elementwise(input=lambda k, input: k.cast_like(k.isfinite(input), input), public=False, refuses="bool integer complex",
             grad_name="NanToNumBackward0", out=True)  # fmt: skip
def numbers_for_nan(k, input: Array, nan: float, posinf: float, neginf: float):
    """input with numbers in the place of nan, inf and -inf."""
    result = k.where(input != input, k.full_like(input, nan), input)
    result = k.where(input == math.inf, k.full_like(input, posinf), result)
    return k.where(input == -math.inf, k.full_like(input, neginf), result)


@composition(samples=_nan_samples, inplace=True)
def nan_to_num(
    input: Array, nan: float | None = None, posinf: float | None = None, neginf: float | None = None, *, out=None
):
    """input with numbers in the place of nan (0), inf (the largest float) and -inf (the smallest); complex: part by part."""
    if not input.dtype.inexact:
        return input.clone() if out is None else written("nan_to_num", out, input.clone())
    if input.dtype.is_complex:
        parts = [nan_to_num(part, nan, posinf, neginf) for part in (input.real, input.imag)]
        result = OPS["make_complex"].function(*parts)
        return result if out is None else written("nan_to_num", out, result)
    if any(isinstance(value, complex) for value in (nan, posinf, neginf)):
        raise TypeError("nan_to_num(): nan, posinf and neginf must be real numbers")
    limit = FORMATS[input.dtype.to_real()].largest
    high, low = (limit if posinf is None else posinf), (-limit if neginf is None else neginf)
    return OPS["numbers_for_nan"].function(input, 0.0 if nan is None else nan, high, low, out=out)


# --- Logit and sinc ---------------------------------------------------------------------------------------------------


def _logit_gradient(k, g, input, eps):
    low, high = (0, 1) if eps is None else (eps, 1 - eps)
    inside, gradient = (input >= low) & (input <= high), g / (input * (1 - input))
    if eps is None:
        return k.where(inside, gradient, k.full_like(gradient, math.nan))
    return k.zero_where(gradient, k.logical_not(inside))


def _logit_samples(make):
    yield Sample(make(2, 3, low=0.1, high=0.9))
    yield Sample(make(5, low=-0.5, high=1.5), 0.2)
    yield Sample(make(5, low=0.81, high=1.2), 0.2)
    yield Sample(make(low=0.2, high=0.8), eps=0.3)


@elementwise(input=_logit_gradient, takes="inexact", refuses="complex", samples=_logit_samples)
def logit(k, input: Array, eps: float | None = None):
    """log(x / (1 - x)), the inverse of the sigmoid; with `eps`, of x limited to [eps, 1 - eps]."""
    if eps is not None:
        input = k.minimum(k.maximum(input, k.full_like(input, eps)), k.full_like(input, 1 - eps))
    return k.log(input / (1 - input))


def _sinc_slope(k, input):
    """(x cos(x) - sin(x)) / x^2 of x = pi input; near 0, where that cancels, its Taylor series."""
    x = input * math.pi
    near = k.abs(x) < 1
    low, far = k.where(near, x, 0 * x), k.where(near, k.full_like(x, 1), x)
    square, series = low * low, 0 * low
    for n in range(8, 0, -1):
        series = series * square + (-1) ** n * 2 * n / math.factorial(2 * n + 1)
    return math.pi * k.where(near, low * series, (k.cos(far) - k.sin(far) / far) / far)


def _sinc_samples(make):
    yield from unary(low=-1.7, high=2.4)(make)
    yield Sample(make(5, low=-0.3, high=0.3))


@elementwise(
    input=lambda k, g, input: k.zero_where(g * _sinc_slope(k, input), input == 0),
    takes="inexact",
    samples=_sinc_samples,
)
def sinc(k, input: Array):
    """sin(pi x) / (pi x), and 1 at 0.

    out = sin(pi * input) / (pi * input)
    """
    zero, one = input == 0, k.full_like(input, 1)
    x = k.where(zero, one, input) * math.pi
    if k.is_complex(input):
        sine = k.sin(x)
    else:
        whole = k.round(input)
        sine = k.sin((input - whole) * math.pi) * (1 - 2 * (whole % 2))  # 0 at whole numbers
    return k.where(zero, one, sine / x)


# --- What PyTorch has for its lazy conjugates and negatives, of which there are none here ------------------------------


def resolve_conj(input: Tensor) -> Tensor:
    """The tensor itself: conjugates are computed at once here."""
    return input


def resolve_neg(input: Tensor) -> Tensor:
    """The tensor itself: negatives are computed at once here."""
    return input


METHODS = {
    "resolve_conj": resolve_conj,
    "resolve_neg": resolve_neg,
    "is_conj": lambda self: False,
    "is_neg": lambda self: False,
}
