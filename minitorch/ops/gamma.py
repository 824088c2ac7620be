"""The gamma function's family: its logarithm, the derivatives of that, Hurwitz's zeta, the incomplete gamma functions."""

from __future__ import annotations

import math
from typing import Any

from minitorch import dtypes
from minitorch.inplace import run_inplace, written
from minitorch.ops.chebyshev import LGAMMA_HIGH, LGAMMA_LOW, chebyshev
from minitorch.ops.samples import Sample, unary
from minitorch.rows import OPS, Array, composition, elementwise
from minitorch.tensor import Tensor

# Bernoulli's numbers B2, B4, ...
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)
HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


def _stirling_rest(x: Any) -> Any:
    """log(gamma(x)) - (x - 1/2) log(x) + x - log(2 pi) / 2, for large x: the sum of B[2n] / (2n (2n - 1) x^(2n - 1))."""
    square, total = 1 / (x * x), 0 * x
    for n in range(len(BERNOULLI), 0, -1):
        total = total * square + BERNOULLI[n - 1] / (2 * n * (2 * n - 1))
    return total / x


def _whole_below(k: Any, x: Any) -> Any:
    """Is it 0 or a negative whole number, where the gamma function has its poles?"""
    return (x <= 0) & (k.floor(x) == x)


@elementwise(
    input=lambda k, input: k.digamma(input),
    wide=True,
    takes="inexact",
    samples=unary(low=-2.6, high=12),
    refuses="complex",
)
def lgamma(k, input: Array):
    """The logarithm of |gamma(x)|; inf at 0, -1, -2, ...

    out = log(|gamma(input)|), where gamma(x) = integral from 0 to inf of t^(x - 1) * exp(-t) dt
    """
    one, three, eight = (k.full_like(input, number) for number in (1.0, 3.0, 8.0))
    x = k.where(input < 0, 1 - input, input)  # log(gamma(x) gamma(1 - x)) = log(pi / sin(pi x))
    up = k.where(x < 1, x + 1, x)
    low = k.minimum(k.maximum(up, one), three)
    small = (low - 1) * (low - 2) * chebyshev(k, LGAMMA_LOW, low - 2) - k.where(x < 1, k.log(x), 0 * x)
    middle = chebyshev(k, LGAMMA_HIGH, (k.minimum(k.maximum(x, three), eight) - 5.5) / 2.5)
    far = k.maximum(x, eight)
    large = (far - 0.5) * (k.log(far) - 1) - 0.5 + HALF_LOG_2PI + _stirling_rest(far)
    value = k.where(x < 3, small, k.where(x < 8, middle, large))
    sine = k.sin(math.pi * k.abs(input - k.round(input)))
    value = k.where(input < 0, math.log(math.pi) - k.log(sine) - value, value)
    return k.where(_whole_below(k, input) | k.isinf(input), k.full_like(value, math.inf), value)


@elementwise(
    input=lambda k, input: k.polygamma_of(input, 1),
    wide=True,
    takes="inexact",
    samples=unary(low=-2.6, high=12),
    refuses="complex",
)
def digamma(k, input: Array):
    """The derivative of log(gamma(x)): for x from 10 on an asymptotic series, below that by gamma(x + 1) = x gamma(x)."""
    x = k.where(input < 0, 1 - input, input)
    small = x < 10
    shifts = 0 * x
    for n in range(10):
        shifts = shifts + 1 / (x + n)
    far = k.where(small, x + 10, x)
    square, total = 1 / (far * far), 0 * x
    for n in range(len(BERNOULLI), 0, -1):
        total = total * square + BERNOULLI[n - 1] / (2 * n)
    value = k.log(far) - 0.5 / far - total * square - k.where(small, shifts, 0 * x)
    part = k.where(input < 0, input - k.round(input), k.full_like(input, 0.5))
    value = k.where(input < 0, value - math.pi / k.tan(math.pi * part), value)
    value = k.where(_whole_below(k, input), k.full_like(value, math.nan), value)
    value = k.where(k.isinf(input), k.where(input > 0, input, k.full_like(input, math.nan)), value)
    return k.where(input == 0, -1 / input, value)


# --- Zeta and the higher derivatives ----------------------------------------------------------------------------------

_TERMS = 10


def _zeta_right(k: Any, s: Any, q: Any) -> Any:
    """The sum over n >= 0 of (q + n)^-s for q > 0, by Euler's and Maclaurin's formula after the first terms."""
    total = 0 * (s + q)
    for n in range(_TERMS):
        total = total + k.pow(q + n, -s + 0 * q)
    a = q + _TERMS
    power = k.pow(a, -s + 0 * q)
    total = total + power * a / (s - 1) + 0.5 * power
    factor = s * power / a
    for n, bernoulli in enumerate(BERNOULLI, 1):
        total = total + factor * (bernoulli / math.factorial(2 * n))
        factor = factor * (s + (2 * n - 1)) * (s + 2 * n) / (a * a)
    return k.where(k.isinf(q), 0 * s, total)


def _zeta_left(k: Any, s: Any, q: Any) -> Any:
    """The same for q < 0 and whole s: the terms below 0 are those of another zeta, mirrored."""
    sign = 1 - 2 * k.remainder(s, k.full_like(s, 2))
    mirrored = _zeta_right(k, s, k.ceil(q) - q) - _zeta_right(k, s, 1 - q)
    return _zeta_right(k, s, q - k.floor(q)) + sign * mirrored


def _zeta_partial(k, input, other):
    return -input * k.zeta(input + 1, other)


def _unknown(name: str):
    """The derivative that PyTorch has not either."""

    def partial(k):
        raise NotImplementedError(f"the derivative for '{name}: input' is not implemented; detach() it")

    return partial


def _second(low: float, high: float):
    """Two operands, of which only the second has a derivative."""

    def samples(make):
        for first, second in (((2, 3), (2, 3)), ((2, 1), (1, 3)), ((), (2,)), ((0, 2), (2,))):
            yield Sample(make(*first, low=low, high=high).detach(), make(*second, low=0.3, high=high))

    return samples


@elementwise(input=_unknown("zeta"), other=_zeta_partial, wide=True, takes="inexact", samples=_second(1.3, 5.0),
             refuses="complex", torch="special.zeta", method=False)  # fmt: skip
def zeta(k, input: Array, other: Array):
    """Hurwitz's zeta function, the sum over n >= 0 of (other + n)^-input.

    out = sum over n >= 0 of (n + other)^(-input)
    """
    s, q = input + k.full_like(other, 0), other + k.full_like(input, 0)
    value = _zeta_right(k, s, k.where(q > 0, q, k.full_like(q, 1)))
    below = q < 0
    if k.some(below):
        left = _zeta_left(k, s, k.where(below, q, k.full_like(q, -0.5)))
        value = k.where(below, k.where(k.floor(s) == s, left, k.full_like(s, math.nan)), value)
    value = k.where(_whole_below(k, q) | (s == 1), k.full_like(s, math.inf), value)
    return k.where((s < 1) | (s != s) | (q != q), k.full_like(s, math.nan), value)


@elementwise(input=lambda k, input, n: k.polygamma_of(input, n + 1), wide=True, takes="inexact", public=False, refuses="complex",
             out=True, grad_name="PolygammaBackward0")  # fmt: skip
def polygamma_of(k, input: Array, n: int):
    """Derivative number n of digamma: (-1)^(n + 1) n! zeta(n + 1, x)."""
    if n == 0:
        return k.digamma(input)
    value = (math.factorial(n) if n <= 170 else math.inf) * k.zeta(k.full_like(input, n + 1), input)
    return value if n % 2 else -value


def _polygamma_samples(make):
    for n in (0, 1, 2, 4):
        yield Sample(n, make(2, 3, low=0.3, high=4.0))
    yield Sample(1, make(3, low=-1.8, high=-1.2))


@composition(samples=_polygamma_samples, method=False)
def polygamma(n: int, input: Array, *, out=None):
    """Derivative number n of digamma, the derivative of log(gamma(x)).

    >>> import minitorch
    >>> minitorch.polygamma(1, minitorch.tensor([1.0]))
    tensor([1.6449])
    """
    if n < 0:
        raise RuntimeError(f"polygamma(n, x) does not support negative n, got {n}")
    return OPS["polygamma_of"].function(input, n, out=out)


def _polygamma_method(self: Tensor, n: int) -> Tensor:
    """Derivative number n of digamma."""
    return polygamma(n, self)


def _polygamma_in_place(self: Tensor, n: int) -> Tensor:
    """In-place form of `polygamma`."""
    return run_inplace(OPS["polygamma_of"], self, (n,), {})


@composition(
    samples=lambda make: iter(
        [Sample(make(2, 3, low=2.2, high=5.0, dtype=dtypes.float64), 3), Sample(make(4, low=0.5), 1)]
    ),
    inplace=True,
)
def mvlgamma(input: Array, p: int, *, out=None):
    """The logarithm of the gamma function of p dimensions: p (p - 1) / 4 log(pi) + the sum over j < p of lgamma(x - j / 2)."""
    if input.dtype is dtypes.bool:
        raise RuntimeError("mvlgamma(): the input tensor may not be a bool tensor; convert it with .float()")
    if not 1 <= p <= 10_000:
        raise RuntimeError(f"p has to be greater than or equal to 1, and no more than 10000 here, got {p}")
    total = OPS["lgamma"].function(input) + p * (p - 1) / 4 * math.log(math.pi)
    for j in range(1, p):
        total = total + OPS["lgamma"].function(input - j / 2)
    return total if out is None else written("mvlgamma", out, total)


# --- The incomplete gamma functions -----------------------------------------------------------------------------------


def _height(k: Any, a: Any, x: Any) -> Any:
    """x^a exp(-x) / gamma(a + 1); for large a in the form in which large terms do not cancel."""
    plain = a * k.log(x) - x - k.lgamma(a + 1)
    large = k.maximum(a, k.full_like(a, 10.0))
    offset = (x - large) / large
    near = large * (k.log1p(offset) - offset) - 0.5 * k.log(2 * math.pi * large) - _stirling_rest(large)
    return k.exp(k.where(a < 10, plain, near))


def _all(k: Any, mask: Any) -> bool:
    return not k.some(k.logical_not(mask))


def _lower_series(k: Any, a: Any, x: Any) -> Any:
    """P(a, x) for x < a + 1: height * (1 + x / (a + 1) + x^2 / ((a + 1) (a + 2)) + ...)."""
    term = total = k.full_like(a, 1)
    for n in range(1, 5000):
        term = term * x / (a + n)
        total = total + term
        if n % 16 == 0 and _all(k, total + term * 0.1 == total):
            break
    return total * _height(k, a, x)


def _upper_fraction(k: Any, a: Any, x: Any) -> Any:
    """Q(a, x) for x >= a + 1: height * a / (x + 1 - a - 1 (1 - a) / (x + 3 - a - 2 (2 - a) / ...)), by Lentz's method."""
    b = x + 1 - a
    c, d = k.full_like(a, math.inf), 1 / b  # neither comes to 0 for these x
    value, spacing = d, 2.0**-50 if k.backend.dtype_of(a).itemsize == 8 else 2.0**-21
    for n in range(1, 5000):
        numerator = -n * (n - a)
        b = b + 2
        d, c = numerator * d + b, b + numerator / c
        d = 1 / d
        factor = d * c
        change = k.abs(factor - 1)
        value = k.where(change < spacing, value, value * factor)  # once it is found, rounding would only blur it
        if n % 16 == 0 and _all(k, change < spacing):
            break
    return value * a * _height(k, a, x)


def _upper_series(k: Any, a: Any, x: Any) -> Any:
    """Q(a, x) for small a and x, where it is small too: 1 - x^a / gamma(a + 1) * (1 + a times a series in -x)."""
    log = a * (a - 1) * chebyshev(k, LGAMMA_LOW, a - 1)  # of gamma(1 + a), with all digits of a
    power = a * k.log(x) - log
    term, total = k.full_like(a, 1), k.full_like(a, 0)
    for n in range(1, 21):
        term = term * (-x / n)
        total = total + term / (a + n)
    return -k.expm1(power) - k.exp(power) * a * total


def _incomplete(k: Any, input: Any, other: Any, upper: bool) -> Any:
    a, x = input + k.full_like(other, 0), other + k.full_like(input, 0)
    fine = (a > 0) & (x > 0) & k.isfinite(a) & k.isfinite(x)
    by_series = fine & (x < a + 1)
    by_fraction = fine & (x >= a + 1)
    one = k.full_like(a, 1)
    lower = _lower_series(k, k.where(by_series, a, one), k.where(by_series, x, one))
    higher = _upper_fraction(k, k.where(by_fraction, a, one), k.where(by_fraction, x, 2 * one))
    if upper:
        small = fine & (a < 1) & (x < 1.1)
        near = _upper_series(k, k.where(small, a, one), k.where(small, x, one))
        value = k.where(small, near, k.where(by_series, 1 - lower, higher))
    else:
        value = k.where(by_series, lower, 1 - higher)
    zero = k.full_like(a, 0)
    none, whole = (one, zero) if upper else (zero, one)
    value = k.where((a == 0) | k.isinf(x), whole, value)
    value = k.where((x == 0) | (k.isinf(a) & k.isfinite(x)), none, value)
    wrong = (a < 0) | (x < 0) | (a != a) | (x != x) | ((a == 0) & (x == 0)) | (k.isinf(a) & k.isinf(x))
    return k.where(wrong, k.full_like(a, math.nan), value)


def _density(k: Any, input: Any, other: Any) -> Any:
    return k.exp((input - 1) * k.log(other) - other - k.lgamma(input))


@elementwise(
    input=_unknown("igamma"), other=_density, wide=True, takes="floats", refuses="complex", samples=_second(0.3, 6.0)
)
def igamma(k, input: Array, other: Array):
    """The lower incomplete gamma function P(a, x): what part of the gamma function's integral lies below x.

    out = (integral from 0 to other of t^(input - 1) * exp(-t) dt) / gamma(input)
    """
    return _incomplete(k, input, other, False)


@elementwise(input=_unknown("igammac"), other=lambda k, input, other: -_density(k, input, other), wide=True, takes="floats",
             refuses="complex", samples=_second(0.3, 6.0))  # fmt: skip
def igammac(k, input: Array, other: Array):
    """The upper incomplete gamma function Q(a, x) = 1 - P(a, x).

    out = (integral from other to inf of t^(input - 1) * exp(-t) dt) / gamma(input)
    """
    return _incomplete(k, input, other, True)


METHODS = {"polygamma": _polygamma_method, "polygamma_": _polygamma_in_place}
