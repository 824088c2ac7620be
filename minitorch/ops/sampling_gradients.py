"""How gamma and Dirichlet numbers move with their shapes: implicit reparametrization.

A number x drawn with a shape a has the distribution function F(x; a). Held at the same quantile it moves by
dx/da = -(dF/da) / (dF/dx) (Figurnov, Mohamed and Mnih 2018, arXiv:1805.08498). The derivative of F is an integral from 0 to x,
or, as the whole is 1, one from x on. Integrated by parts, so that the shape grows by 1, all terms have one sign where
they are used, so that nothing cancels, and the integrands fall off smoothly from x on: Gauss's and Legendre's points give
12 digits. (PyTorch's kernels fit rational functions instead, which give 3.)
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from minitorch.ops.samples import Sample
from minitorch.rows import Array, elementwise, op

_DEPTH = 37.0  # exp(-37) is less than one rounding of 1


@cache
def _points(count: int) -> list[tuple[float, float]]:
    """Places in (0, 1) and their weights."""
    places, weights = np.polynomial.legendre.leggauss(count)
    return [(float(place), float(weight)) for place, weight in zip((places + 1) / 2, weights / 2, strict=True)]


def _reach(k: Any, exponent: Any, slope: Any, start: Any) -> Any:
    """Where a concave falling exponent is -37, by Newton's steps from beyond, which don't overshoot."""
    reach = start
    for n in range(1, 61):
        step = (exponent(reach) + _DEPTH) / slope(reach)
        reach = reach - step
        if n % 4 == 0 and bool(k.all(step < 0.02 * reach, tuple(range(len(reach.shape))), False)):
            break
    return reach


def _integral(k: Any, exponent: Any, slope: Any, start: Any, weight: Any, points: int = 32) -> Any:
    """The integral from 0 to inf of weight(s) * exp(exponent(s)) ds."""
    reach = _reach(k, exponent, slope, start)
    total = 0 * start
    for place, part in _points(points):
        s = place * reach
        total = total + part * weight(s) * k.exp(exponent(s))
    return total * reach


def _together(k: Any, *arrays: Any) -> list[Any]:
    """The arrays in their common shape."""
    zero = sum(0 * array for array in arrays)
    return [array + zero for array in arrays]


def _not_implemented(name: str):
    def partial(k):
        raise RuntimeError(
            f"derivative for {name} is not implemented; the gradient of a sample has no second derivative"
        )

    return partial


# --- Gamma ------------------------------------------------------------------------------------------------------------


def _gamma_below(k: Any, a: Any, x: Any, digamma: Any) -> Any:
    """-x / a * (c + x * integral of (c - s) exp(-(a + 1) s + x (1 - exp(-s))) ds), c = log(x) - digamma(a + 1) < 0."""
    c = k.log(x) - digamma - 1 / a
    whole = _integral(
        k,
        exponent=lambda s: -(a + 1) * s - x * k.expm1(-s),
        slope=lambda s: -(a + 1) + x * k.exp(-s),
        start=(_DEPTH + x) / (a + 1),
        weight=lambda s: c - s,
    )
    return -x / a * (c + x * whole)


def _gamma_above(k: Any, a: Any, x: Any, digamma: Any) -> Any:
    """x * integral of (log(x) - digamma(a) + s) exp(a s - x (exp(s) - 1)) ds."""
    rest = x - a
    return x * _integral(
        k,
        exponent=lambda s: a * s - x * k.expm1(s),
        slope=lambda s: a - x * k.exp(s),
        start=2 * _DEPTH / (rest + k.sqrt(rest * rest + 2 * _DEPTH * x)),  # where -(x - a) s - x s^2 / 2 is -37
        weight=lambda s: k.log(x) - digamma + s,
    )


def _gamma_samples(make):
    for input, drawn in (((3, 4), (3, 4)), ((4,), (2, 1)), ((), (5,)), ((0,), (0,))):
        yield Sample(make(*input, low=0.05, high=6.0).detach(), make(*drawn, low=0.01, high=9.0).detach())


@elementwise(
    input=_not_implemented("_standard_gamma_grad"), output=_not_implemented("_standard_gamma_grad"), wide=True,
    takes="floats", refuses="complex", method=False, inplace=False, samples=_gamma_samples,
)  # fmt: skip
def _standard_gamma_grad(k, input: Array, output: Array):
    """How the gamma number `output`, drawn with shape `input` and rate 1, moves with that shape.

    out = -(d igamma(input, output) / d input) / (output^(input - 1) * exp(-output) / gamma(input))
    """
    a, x = _together(k, input, output)
    fine = (a > 0) & (x > 0) & k.isfinite(a) & k.isfinite(x)
    one = k.full_like(a, 1)
    digamma = k.digamma(k.where(fine, a, one))
    below = fine & (k.log(k.where(fine, x, one)) < digamma + 1 / k.where(fine, a, one))
    above = fine & ~below
    small = _gamma_below(k, k.where(below, a, one), k.where(below, x, one), k.where(below, digamma, k.digamma(one)))
    large = _gamma_above(k, k.where(above, a, one), k.where(above, x, 2 * one), k.where(above, digamma, k.digamma(one)))
    value = k.where(below, small, large)
    return k.where(fine, value, k.where((x == 0) & (a > 0), 0 * one, one * float("nan")))


# --- Dirichlet --------------------------------------------------------------------------------------------------------


def _share_integral(k: Any, a: Any, b: Any, x: Any, rest: Any, weight: Any) -> Any:
    """The integral of weight(s, log(q)) t^(a + 1) (1 - t)^b ds, over its value at s = 0, where logit(t) = logit(x) - s.

    q(s) = (1 - t) / (1 - x) = 1 / (1 - x + x exp(-s)), and t / x = exp(-s) q. `rest` is 1 - x.
    """
    exponent = lambda s: -(a + 1) * s - (a + b + 1) * k.log1p(x * k.expm1(-s))
    slope = lambda s: -(a + 1) + (a + b + 1) * x * k.exp(-s) / (1 + x * k.expm1(-s))
    start = (_DEPTH - (a + b + 1) * k.log(rest)) / (a + 1)
    return _integral(k, exponent, slope, start, lambda s: weight(s, -k.log1p(x * k.expm1(-s))), 64)


def _share_below(k: Any, a: Any, b: Any, x: Any, y: Any) -> Any:
    """-x / a * (c + (a + b) x * integral of (c + 1 / (a + b) + log(t / x)) ...), c = log(x) + digamma(a + b) - digamma(a + 1)."""
    c = k.log(x) + k.digamma(a + b) - k.digamma(a) - 1 / a
    weight = lambda s, log_q: c + 1 / (a + b) - s + log_q
    return -x / a * (c + (a + b) * x * _share_integral(k, a, b, x, y, weight))


def _share_above(k: Any, a: Any, b: Any, x: Any, y: Any) -> Any:
    """x / b * (c + (a + b) y * integral of (c + 1 / (a + b) + log(t / x)) ...), c = log(x) + digamma(a + b) - digamma(a)."""
    c = k.log(x) + k.digamma(a + b) - k.digamma(a)
    weight = lambda s, log_q: c + 1 / (a + b) + log_q
    return x / b * (c + (a + b) * y * _share_integral(k, b, a, y, x, weight))


def _dirichlet_samples(make):
    for first, second in (((3, 4), (3, 4)), ((4,), (2, 1)), ((), (5,)), ((0,), (0,))):
        shape = make(*second, low=0.1, high=4.0).detach()
        yield Sample(make(*first, low=0.02, high=0.98).detach(), shape, shape + 1.5)


@elementwise(
    x=_not_implemented("_dirichlet_grad"), alpha=_not_implemented("_dirichlet_grad"), total=_not_implemented("_dirichlet_grad"),
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
    a, b, x = k.where(fine, a, one), k.where(fine, b, one), k.where(fine, x, half)
    y = k.maximum(1 - x, k.full_like(x, 2.0**-54))
    middle = k.digamma(a) + 1 / a - k.digamma(a + b) - 1 / (a + b)
    below = k.log(x) < middle
    small = _share_below(
        k, *[k.where(below, array, other) for array, other in ((a, one), (b, one), (x, half / 2), (y, 3 * half / 2))]
    )
    large = _share_above(
        k, *[k.where(below, other, array) for array, other in ((a, one), (b, one), (x, 3 * half / 2), (y, half / 2))]
    )
    return k.where(fine, k.where(below, small, large), k.full_like(x, float("nan")))


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
