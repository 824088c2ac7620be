"""How gamma and Dirichlet numbers move with their shapes: implicit reparametrization.

A number x drawn with a shape a has the distribution function F(x; a). Held at the same quantile it moves by
dx/da = -(dF/da) / (dF/dx) (Figurnov, Mohamed and Mnih 2018, arXiv:1805.08498). The derivative of F is an integral from 0 to x,
or, as the whole is 1, one from x on. Integrated by parts, so that the shape grows by 1, all terms have one sign where
they are used, so that nothing cancels, and the integrands fall off smoothly from x on: Gauss's and Legendre's points give
12 digits. (PyTorch's kernels fit rational functions instead, which give 3.)
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from minitorch.ops.refusals import refusing
from minitorch.ops.samples import Sample
from minitorch.rows import Array, elementwise, op

_DEPTH = 37.0  # exp(-37) is less than one rounding of 1


@cache
def _points(count: int) -> list[tuple[float, float]]:
    """Places in (0, 1) and their weights."""
    places, weights = np.polynomial.legendre.leggauss(count)
    return [(float(place), float(weight)) for place, weight in zip((places + 1) / 2, weights / 2, strict=True)]


def _integral(k: Any, integrand: Any, start: Any, points: int) -> Any:
    """The integral from 0 to inf of weight(s) * exp(exponent(s)) ds, where `integrand(s)` gives exponent, its slope, weight.

    The exponent is concave and falls. It ends where that is -37, found by Newton's steps from beyond, which don't overshoot.
    """
    reach = start
    for n in range(1, 61):
        exponent, slope, _ = integrand(reach)
        step = (exponent + _DEPTH) / slope
        reach = reach - step
        if n % 4 == 0 and not k.some(step >= 0.02 * reach):
            break
    total = 0 * start
    for place, part in _points(points):
        exponent, _, weight = integrand(place * reach)
        total = total + part * weight * k.exp(exponent)
    return total * reach


def _together(k: Any, *arrays: Any) -> list[Any]:
    """The arrays in their common shape."""
    zero = sum(0 * array for array in arrays)
    return [array + zero for array in arrays]


_SECOND = "the gradient of a sample has no second derivative"
_GAMMA, _DIRICHLET = refusing("_standard_gamma_grad", _SECOND), refusing("_dirichlet_grad", _SECOND)

# --- Gamma ------------------------------------------------------------------------------------------------------------


def _gamma_slope(k: Any, a: Any, x: Any) -> Any:
    """How gamma numbers x move with their shapes a; all are positive.

    From x on, for log(x) >= digamma(a + 1): x J. Below: -x / a * (c + x J). With the sign + of s from x on, else -,
    J = integral of (c +- s) exp(b (+- s) - x expm1(+- s)) ds, c = log(x) - digamma(b), and b = a from x on, else a + 1.
    """
    one = k.full_like(a, 1)
    c = k.log(x) - k.digamma(a + one)
    below = c < 0
    sign, b = k.where(below, -one, one), k.where(below, a + 1, a)
    c = k.where(below, c, c + 1 / a)

    def integrand(s):
        u = sign * s
        growth = k.expm1(u)
        return b * u - x * growth, sign * (b - x - x * growth), c + u

    rest = k.maximum(x - a, 0 * x)
    above = 2 * _DEPTH / (rest + k.sqrt(rest * rest + 2 * _DEPTH * x))  # where -(x - a) s - x s^2 / 2 is -37
    integral = x * _integral(k, integrand, k.where(below, (_DEPTH + x) / b, above), 32)
    return k.where(below, -x / a * (c + integral), integral)


def _gamma_samples(make):
    for input, drawn in (((3, 4), (3, 4)), ((4,), (2, 1)), ((), (5,)), ((0,), (0,))):
        yield Sample(make(*input, low=0.05, high=6.0).detach(), make(*drawn, low=0.01, high=9.0).detach())


@elementwise(
    input=_GAMMA, output=_GAMMA, wide=True,
    takes="floats", refuses="complex", method=False, inplace=False, samples=_gamma_samples,
)  # fmt: skip
def _standard_gamma_grad(k, input: Array, output: Array):
    """How the gamma number `output`, drawn with shape `input` and rate 1, moves with that shape.

    out = -(d igamma(input, output) / d input) / (output^(input - 1) * exp(-output) / gamma(input))
    """
    a, x = _together(k, input, output)
    fine = (a > 0) & (x > 0) & k.isfinite(a) & k.isfinite(x)
    one = k.full_like(a, 1)
    value = _gamma_slope(k, k.where(fine, a, one), k.where(fine, x, one))
    return k.where(fine, value, k.where((x == 0) & (a > 0), 0 * one, k.full_like(a, math.nan)))


# --- Dirichlet --------------------------------------------------------------------------------------------------------


def _share_slope(k: Any, a: Any, b: Any, x: Any) -> Any:
    """How shares x of Beta(a, b) move with a, over 1 - x.

    Above the middle, log(x) >= digamma(a + 1) - digamma(a + b + 1): x / b * (c + (a + b) (1 - x) J), where
    c = log(x) + digamma(a + b) - digamma(a), logit(t) = logit(x) + s, and J is the integral of
    (c + 1 / (a + b) + log(t / x)) (t / x)^a ((1 - t) / (1 - x))^(b + 1) ds.
    Below: -x / a * (c + (a + b) x J) with a + 1, b and logit(x) - s in place of a, b + 1 and logit(x) + s.
    With y the one of x and 1 - x that shrinks, q(s) = 1 / (1 + y expm1(-s)) is how the other one grows; y itself by exp(-s) q.
    """
    whole = a + b
    middle = k.log(x) + k.digamma(whole + 1) - k.digamma(a + 1)
    below = middle < 0
    one, rest = k.full_like(a, 1), k.maximum(1 - x, k.full_like(x, 2.0**-54))
    raised = k.where(below, one, 0 * one)
    c = middle + k.where(below, -1 / whole, b / a / whole)
    inside = middle + k.where(below, 0 * one, 1 / a)  # c + 1 / (a + b)
    y, grows, height = k.where(below, x, rest), k.where(below, rest, x), k.where(below, a, b)

    def integrand(s):
        shrinks = y * k.expm1(-s)
        log_q = -k.log1p(shrinks)
        slope = (whole + 1) * (y + shrinks) / (1 + shrinks) - (height + 1)
        return (whole + 1) * log_q - (height + 1) * s, slope, inside + log_q - raised * s

    start = (_DEPTH - (whole + 1) * k.log(grows)) / (height + 1)
    value = x / height * (c + whole * y * _integral(k, integrand, start, 64))
    return k.where(below, -value, value)


def _dirichlet_samples(make):
    for first, second in (((3, 4), (3, 4)), ((4,), (2, 1)), ((), (5,)), ((0,), (0,))):
        shape = make(*second, low=0.1, high=4.0).detach()
        yield Sample(make(*first, low=0.02, high=0.98).detach(), shape, shape + 1.5)


@elementwise(
    x=_DIRICHLET, alpha=_DIRICHLET, total=_DIRICHLET,
    wide=True, takes="floats", refuses="complex", method=False, inplace=False, samples=_dirichlet_samples,
)  # fmt: skip
def _dirichlet_grad(k, x: Array, alpha: Array, total: Array):
    """How the share `x`, drawn with concentration `alpha` of `total`, moves with alpha while the other concentrations stay.

    out = -(d F / d alpha) / ((1 - x) d F / d x), where F is the distribution function of Beta(alpha, total - alpha)
    """
    x, a, total = _together(k, x, alpha, total)
    b = total - a
    fine = (a > 0) & (b > 0) & (x > 0) & (x <= 1) & k.isfinite(total)
    half, one = k.full_like(x, 0.5), k.full_like(x, 1)
    value = _share_slope(k, k.where(fine, a, one), k.where(fine, b, one), k.where(fine, x, half))
    return k.where(fine, value, k.where((x == 0) & (a > 0) & (b > 0), 0 * one, k.full_like(x, math.nan)))


# --- Drawn numbers on the tape ----------------------------------------------------------------------------------------


@elementwise(
    input=lambda k, input, out: k._standard_gamma_grad(input, out), public=False, takes="floats", inplace=False,
    grad_name="StandardGammaBackward0",
)  # fmt: skip
def gamma_drawn(k, input: Array, drawn: Array):
    """The gamma numbers `drawn`, as a function of the shapes `input` that they were drawn with."""
    return drawn


def _share_gradient(k, g, input, out):
    last = (len(input.shape) - 1,)
    moves = k._dirichlet_grad(out, input, k.sum(input, last, True) + 0 * input)
    return moves * (g - k.sum(out * g, last, True))


@op(input=_share_gradient, public=False, takes="floats", promote=True, grad_name="SampleDirichletBackward0")
def shares_drawn(k, input: Array, drawn: Array):
    """The shares `drawn`, as a function of the concentrations `input` that they were drawn with, along the last dimension."""
    return drawn
