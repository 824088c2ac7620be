"""The error function and its kin, for libraries that have none: NumPy, for one."""

from __future__ import annotations

import math
from typing import Any

from minitorch.ops.chebyshev import chebyshev
from minitorch.ops.samples import unary
from minitorch.rows import Array, elementwise

TWO_OVER_SQRT_PI = 2 / math.sqrt(math.pi)

# erfc(x) = t exp(-x^2 + c(t)) for x >= 0 with t = 2 / (2 + x): the Chebyshev coefficients of c for t in [0, 1], computed with
# 40 digits. The last one is below 1e-17, so the rounding of x^2 sets the error.
ERFC_CHEBYSHEV = (
    -0.6513268598908547, 0.6419697923564902, 0.019476473204185836, -0.009561514786808632,
    -0.0009465953444820369, 0.00036683949785276145, 4.252332480690777e-05, -2.0278578112534242e-05,
    -1.6242900046470256e-06, 1.3036558355805232e-06, 1.5626441722066142e-08, -8.523809591492654e-08,
    6.5290544390988515e-09, 5.059343495551469e-09, -9.91364156493033e-10, -2.273651222931836e-10,
    9.646791102015527e-11, 2.3940380830391146e-12, -6.886027526497553e-12, 8.944879273090725e-13,
    3.130921399342958e-13, -1.1270822361367252e-13, 3.810905255189232e-16, 7.106097613609237e-15,
    -1.5230282014571043e-15, -9.457494571291233e-17, 1.210237189224279e-16, -2.816663087747177e-17,
)  # fmt: skip
# erf(x) = x p(x^2) for |x| < 1: the Taylor series, where 1 - erfc would lose the small digits.
ERF_TAYLOR = tuple((-1) ** n * TWO_OVER_SQRT_PI / (math.factorial(n) * (2 * n + 1)) for n in range(18))


@elementwise(
    input=lambda k, input: -TWO_OVER_SQRT_PI * k.exp(-input * input),
    takes="inexact",
    samples=unary(),
    refuses="complex",
)
def erfc(k, input: Array):
    """1 - erf(input), accurate far out on the right where erf is 1."""
    size = k.abs(input)
    t, exponent = erfc_exponent(k, size)
    right = t * k.exp(-size * size + exponent)
    return k.where(input >= 0, right, 2 - right)


def erfc_exponent(k: Any, size: Any) -> tuple[Any, Any]:
    """t and c of erfc(x) = t exp(-x^2 + c), for x >= 0."""
    t = 2 / (2 + size)
    return t, chebyshev(k, ERFC_CHEBYSHEV, 2 * t - 1)


@elementwise(
    input=lambda k, input: TWO_OVER_SQRT_PI * k.exp(-input * input), takes="inexact", samples=unary(), refuses="complex"
)
def erf(k, input: Array):
    """2 / sqrt(pi) times the integral of exp(-t^2) from 0 to input.

    out = 2 / sqrt(pi) * integral from 0 to input of exp(-t^2) dt
    """
    square = input * input
    series = 0 * input + ERF_TAYLOR[-1]
    for coefficient in ERF_TAYLOR[-2::-1]:
        series = series * square + coefficient
    return k.where(k.abs(input) < 1, input * series, 1 - k.erfc(input))
