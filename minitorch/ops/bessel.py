"""Bessel functions and Airy's, from Chebyshev series near 0 and from the forms that they take far out."""

from __future__ import annotations

import math
from typing import Any

from minitorch.ops import chebyshev as series
from minitorch.ops.chebyshev import chebyshev
from minitorch.ops.samples import unary
from minitorch.rows import Array, elementwise

# --- The modified ones of the first kind ------------------------------------------------------------------------------


def _far(k: Any, size: Any, border: float) -> Any:
    """Sizes of which those below the border count as the border, for the form that holds beyond it."""
    return k.maximum(size, k.full_like(size, border))


def _scaled_i(k: Any, size: Any, small: Any, large: Any) -> Any:
    """exp(-x) I(x), for x >= 0."""
    far = _far(k, size, 8.0)
    near = k.minimum(size, k.full_like(size, 8.0))
    return k.where(size <= 8, chebyshev(k, small, near / 4 - 1), chebyshev(k, large, 16 / far - 1) * k.rsqrt(far))


@elementwise(input=lambda k, input: k.i1(input), takes="inexact", samples=unary(), refuses="complex")
def i0(k, input: Array):
    """The modified Bessel function of the first kind of order 0.

    out = integral from 0 to pi of exp(input * cos(t)) dt / pi
    """
    half = k.exp(k.abs(input) / 2)
    return k.i0e(input) * half * half


@elementwise(input=lambda k, input, out: k.i1e(input) - k.sign(input) * out, takes="inexact", samples=unary(), refuses="complex",
             torch="special.i0e", method=False)  # fmt: skip
def i0e(k, input: Array):
    """exp(-|x|) I0(x)."""
    return _scaled_i(k, k.abs(input), series.I0_SMALL, series.I0_LARGE)


def _over_itself(k: Any, value: Any, input: Any) -> Any:
    """value / input, and its limit 0.5 at 0."""
    zero = input == 0
    return k.where(zero, k.full_like(value, 0.5), value / k.where(zero, k.full_like(input, 1), input))


@elementwise(input=lambda k, input, out: k.i0(input) - _over_itself(k, out, input), takes="inexact",
             samples=unary(low=-3, high=9), refuses="complex", torch="special.i1", method=False)  # fmt: skip
def i1(k, input: Array):
    """The modified Bessel function of the first kind of order 1.

    out = integral from 0 to pi of exp(input * cos(t)) * cos(t) dt / pi
    """
    half = k.exp(k.abs(input) / 2)
    return k.i1e(input) * half * half


@elementwise(input=lambda k, input, out: k.i0e(input) - k.sign(input) * out - _over_itself(k, out, input), takes="inexact",
             samples=unary(low=-3, high=9), refuses="complex", torch="special.i1e", method=False)  # fmt: skip
def i1e(k, input: Array):
    """exp(-|x|) I1(x)."""
    size = k.abs(input)
    near = k.minimum(size, k.full_like(size, 8.0))
    inner = input * chebyshev(k, series.I1_SMALL, near / 4 - 1)
    far = _far(k, size, 8.0)
    outer = k.sign(input) * chebyshev(k, series.I1_LARGE, 16 / far - 1) * k.rsqrt(far)
    return k.where(size <= 8, inner, outer)


@elementwise(takes="inexact", samples=unary(), refuses="complex", torch="special.modified_bessel_i0", method=False)
def modified_bessel_i0(k, input: Array):
    """The modified Bessel function of the first kind of order 0."""
    return k.i0(input)


@elementwise(takes="inexact", samples=unary(), refuses="complex", torch="special.modified_bessel_i1", method=False)
def modified_bessel_i1(k, input: Array):
    """The modified Bessel function of the first kind of order 1."""
    return k.i1(input)


# --- The modified ones of the second kind -----------------------------------------------------------------------------


def _at_ends(k: Any, input: Any, value: Any) -> Any:
    """inf at 0, nan below."""
    value = k.where(input == 0, k.full_like(value, math.inf), value)
    return k.where(input < 0, k.full_like(value, math.nan), value)


def _k(k: Any, input: Any, order: int, scaled: bool) -> Any:
    """K0 or K1, times exp(x) if scaled."""
    small, large = (series.K0_SMALL, series.K0_LARGE) if order == 0 else (series.K1_SMALL, series.K1_LARGE)
    near = k.minimum(k.maximum(input, k.full_like(input, 1e-37)), k.full_like(input, 2.0))
    inner = chebyshev(k, small, near * near / 2 - 1)
    log = k.log(near / 2)
    inner = inner - log * k.i0(near) if order == 0 else inner / near + log * k.i1(near)
    far = _far(k, input, 2.0)
    outer = chebyshev(k, large, 4 / far - 1) * k.rsqrt(far)
    inner, outer = (inner * k.exp(near), outer) if scaled else (inner, outer * k.exp(-far))
    return _at_ends(k, input, k.where(input <= 2, inner, outer))


@elementwise(
    takes="inexact", samples=unary(low=0.1), refuses="complex", torch="special.modified_bessel_k0", method=False
)
def modified_bessel_k0(k, input: Array):
    """The modified Bessel function of the second kind of order 0."""
    return _k(k, input, 0, False)


@elementwise(
    takes="inexact", samples=unary(low=0.1), refuses="complex", torch="special.modified_bessel_k1", method=False
)
def modified_bessel_k1(k, input: Array):
    """The modified Bessel function of the second kind of order 1."""
    return _k(k, input, 1, False)


@elementwise(
    takes="inexact", samples=unary(low=0.1), refuses="complex", torch="special.scaled_modified_bessel_k0", method=False
)
def scaled_modified_bessel_k0(k, input: Array):
    """exp(x) K0(x)."""
    return _k(k, input, 0, True)


@elementwise(
    takes="inexact", samples=unary(low=0.1), refuses="complex", torch="special.scaled_modified_bessel_k1", method=False
)
def scaled_modified_bessel_k1(k, input: Array):
    """exp(x) K1(x)."""
    return _k(k, input, 1, True)


# --- The oscillating ones ---------------------------------------------------------------------------------------------


def _wave(k: Any, size: Any, order: int) -> tuple[Any, Any]:
    """J and Y of an order, from 8 on: P cos(c) - Q sin(c) and P sin(c) + Q cos(c), falling off as sqrt(2 / (pi x))."""
    far = _far(k, size, 8.0)
    t = 128 / (far * far) - 1
    p = chebyshev(k, series.P0 if order == 0 else series.P1, t)
    q = chebyshev(k, series.Q0 if order == 0 else series.Q1, t) / far
    # cos and sin of x - pi / 4 or x - 3 pi / 4 by those of x, of which x loses no digits
    cos, sin, root = k.cos(far), k.sin(far), math.sqrt(0.5)
    cos, sin = ((cos + sin) * root, (sin - cos) * root) if order == 0 else ((sin - cos) * root, (-sin - cos) * root)
    height = k.sqrt(2 / (math.pi * far))
    end = k.isinf(size)
    return tuple([k.where(end, k.full_like(far, 0), height * wave) for wave in (p * cos - q * sin, p * sin + q * cos)])


def _inner(k: Any, size: Any, coefficients: Any) -> Any:
    near = k.minimum(size, k.full_like(size, 8.0))
    return chebyshev(k, coefficients, near * near / 32 - 1)


@elementwise(
    takes="inexact", samples=unary(low=-12, high=12), refuses="complex", torch="special.bessel_j0", method=False
)
def bessel_j0(k, input: Array):
    """The Bessel function of the first kind of order 0.

    out = integral from 0 to pi of cos(input * sin(t)) dt / pi
    """
    size = k.abs(input)
    return k.where(size <= 8, _inner(k, size, series.J0_SMALL), _wave(k, size, 0)[0])


@elementwise(
    takes="inexact", samples=unary(low=-12, high=12), refuses="complex", torch="special.bessel_j1", method=False
)
def bessel_j1(k, input: Array):
    """The Bessel function of the first kind of order 1.

    out = integral from 0 to pi of cos(t - input * sin(t)) dt / pi
    """
    size = k.abs(input)
    return k.where(size <= 8, input * _inner(k, size, series.J1_SMALL), k.sign(input) * _wave(k, size, 1)[0])


def _y(k: Any, input: Any, order: int) -> Any:
    near = k.minimum(k.maximum(input, k.full_like(input, 1e-37)), k.full_like(input, 8.0))
    log = k.log(near) * (2 / math.pi)
    if order == 0:
        inner = _inner(k, near, series.Y0_SMALL) + log * k.bessel_j0(near)
    else:
        inner = near * _inner(k, near, series.Y1_SMALL) + log * k.bessel_j1(near) - 2 / (math.pi * near)
    value = k.where(input <= 8, inner, _wave(k, input, order)[1])
    value = k.where(input == 0, k.full_like(value, -math.inf), value)
    return k.where(input < 0, k.full_like(value, math.nan), value)


@elementwise(
    takes="inexact", samples=unary(low=0.1, high=15), refuses="complex", torch="special.bessel_y0", method=False
)
def bessel_y0(k, input: Array):
    """The Bessel function of the second kind of order 0."""
    return _y(k, input, 0)


@elementwise(
    takes="inexact", samples=unary(low=0.1, high=15), refuses="complex", torch="special.bessel_y1", method=False
)
def bessel_y1(k, input: Array):
    """The Bessel function of the second kind of order 1."""
    return _y(k, input, 1)


@elementwise(takes="inexact", samples=unary(), refuses="complex", torch="special.spherical_bessel_j0", method=False)
def spherical_bessel_j0(k, input: Array):
    """sin(x) / x, and 1 at 0; 0 at the ends."""
    zero = input == 0
    value = k.sin(input) / k.where(zero, k.full_like(input, 1), input)
    value = k.where(zero, k.full_like(value, 1), value)
    return k.where(k.isinf(input), k.full_like(value, 0), value)


# --- Airy's -----------------------------------------------------------------------------------------------------------

_BORDER = 2.5
_Z = 2 / 3 * _BORDER**1.5


@elementwise(takes="inexact", samples=unary(low=-9, high=6), refuses="complex", torch="special.airy_ai", method=False)
def airy_ai(k, input: Array):
    """Airy's function Ai, the solution of y'' = x y that falls off to the right."""
    size = _far(k, k.abs(input), _BORDER)
    z, root = 2 / 3 * size * k.sqrt(size), k.sqrt(k.sqrt(size)) * math.sqrt(math.pi)
    right = chebyshev(k, series.AIRY_RIGHT, 2 * _Z / z - 1) * k.exp(-z) / (2 * root)
    t = 2 * (_Z / z) * (_Z / z) - 1
    cos, sin = ((k.cos(z) + k.sin(z)) * math.sqrt(0.5), (k.sin(z) - k.cos(z)) * math.sqrt(0.5))
    left = (chebyshev(k, series.AIRY_LEFT_P, t) * cos + chebyshev(k, series.AIRY_LEFT_Q, t) / z * sin) / root
    middle = k.minimum(k.maximum(input, k.full_like(input, -_BORDER)), k.full_like(input, _BORDER))
    middle = chebyshev(k, series.AIRY_MIDDLE, middle / _BORDER)
    value = k.where(input > _BORDER, right, k.where(input < -_BORDER, left, middle))
    value = k.where(k.isinf(input), k.full_like(value, 0), value)
    return k.where(input != input, input, value)
