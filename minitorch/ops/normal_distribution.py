"""The normal distribution's functions: inverses of erf, its integral and the logarithm of that, entropy."""

from __future__ import annotations

import math
from typing import Any

from minitorch.ops.samples import unary
from minitorch.ops.special import erfc_exponent
from minitorch.rows import Array, elementwise

ROOT_HALF = math.sqrt(0.5)
HALF_ROOT_PI = 0.5 * math.sqrt(math.pi)


def _inverse_erfc(k: Any, q: Any) -> Any:
    """The x >= 0 with erfc(x) = q, for q in (0, 1]: a guess from Winitzki's formula, then Halley's steps."""
    log = k.log(q * (2 - q))
    middle = 2 / (math.pi * 0.147) + log / 2
    x = k.sqrt(k.maximum(k.sqrt(middle * middle - log / 0.147) - middle, 0 * q))
    for _ in range(2):
        # (erfc(x) - q) / |erfc'(x)|, where exp(x^2) is kept together with what it makes small
        t, exponent = erfc_exponent(k, x)
        step = HALF_ROOT_PI * (t * k.exp(exponent) - k.exp(x * x + k.log(q)))
        x = x + step / (1 - x * step)
    return x


@elementwise(input=lambda k, out: HALF_ROOT_PI * k.exp(out * out), wide=True, takes="inexact", samples=unary(low=-0.9, high=0.9),
             refuses="complex", autocast="cuda float32")  # fmt: skip
def erfinv(k, input: Array):
    """The number whose erf is input; nan outside [-1, 1].

    erf(out) = input
    """
    size = k.abs(input)
    central = k.where(size < 0.5, input, 0 * size)
    inner = central * HALF_ROOT_PI * (1 + math.pi / 12 * central * central)  # the Taylor series' beginning
    for _ in range(2):
        step = (k.erf(inner) - central) * HALF_ROOT_PI * k.exp(inner * inner)
        inner = inner - step / (1 + inner * step)
    outside = (size >= 0.5) & (size < 1)
    outer = k.sign(input) * _inverse_erfc(k, k.where(outside, 1 - size, k.full_like(size, 0.5)))
    value = k.where(size < 0.5, inner, outer)
    value = k.where(size == 1, input * math.inf, value)
    return k.where((size > 1) | (size != size), k.full_like(value, math.nan), value)


def _erfcx_slope(k, input, out):
    """2 x erfcx(x) - 2 / sqrt(pi), by its asymptotic series where the two terms cancel."""
    far = input > 20
    inverse, series = 0.5 / k.square(k.where(far, input, k.full_like(input, 20))), 1
    for factor in range(13, 1, -2):
        series = 1 - factor * inverse * series
    return k.where(far, -inverse * series / HALF_ROOT_PI, 2 * input * out - 1 / HALF_ROOT_PI)


@elementwise(input=_erfcx_slope, wide=True, takes="inexact", samples=unary(), refuses="complex", torch="special.erfcx",
             method=False)  # fmt: skip
def erfcx(k, input: Array):
    """exp(x^2) erfc(x), which falls off as 1 / x where erfc itself is 0.

    out = exp(input^2) * erfc(input)
    """
    size = k.abs(input)
    t, exponent = erfc_exponent(k, size)
    right = t * k.exp(exponent)
    return k.where(input >= 0, right, k.where(input != input, input, 2 * k.exp(input * input) - right))


@elementwise(input=lambda k, input: k.exp(-0.5 * input * input) / math.sqrt(2 * math.pi), wide=True, takes="inexact",
             samples=unary(), refuses="complex", torch="special.ndtr", method=False)  # fmt: skip
def ndtr(k, input: Array):
    """The part of the standard normal distribution below x."""
    return 0.5 * k.erfc(-input * ROOT_HALF)


@elementwise(input=lambda k, out: k.exp(0.5 * out * out) * math.sqrt(2 * math.pi), wide=True, takes="inexact",
             samples=unary(low=0.05, high=0.95), refuses="complex", torch="special.ndtri", method=False)  # fmt: skip
def ndtri(k, input: Array):
    """The number below which the part `input` of the standard normal distribution lies; nan outside [0, 1].

    ndtr(out) = input
    """
    tail = k.minimum(input, 1 - input)
    outside = (tail > 0) & (tail < 0.25)
    outer = _inverse_erfc(k, k.where(outside, 2 * tail, k.full_like(tail, 0.5))) / ROOT_HALF
    outer = k.where(input < 0.5, -outer, outer)
    inner = k.erfinv(k.where(outside, 0 * input, 2 * input - 1)) / ROOT_HALF
    value = k.where(outside, outer, inner)
    return k.where((input < 0) | (input > 1), k.full_like(value, math.nan), value)


@elementwise(input=lambda k, input: math.sqrt(2 / math.pi) / k.erfcx(-input * ROOT_HALF), wide=True, takes="inexact",
             samples=unary(low=-6), refuses="complex", torch="special.log_ndtr", method=False)  # fmt: skip
def log_ndtr(k, input: Array):
    """The logarithm of ndtr, accurate far out on the left where that is 0."""
    x = input * ROOT_HALF
    left = k.minimum(x, k.full_like(x, -0.7))
    below = k.log(0.5 * k.erfcx(-left)) - left * left
    return k.where(x < -0.7, below, k.log1p(-0.5 * k.erfc(x)))


@elementwise(input=lambda k, input: -k.log(input) - 1, takes="inexact", samples=unary(low=0.1), refuses="complex",
             torch="special.entr", method=False)  # fmt: skip
def entr(k, input: Array):
    """-x log(x), the entropy of a part x; 0 at 0, -inf below."""
    value = -input * k.log(input)
    value = k.where(input == 0, 0 * input, value)
    return k.where(input < 0, k.full_like(value, -math.inf), value)
