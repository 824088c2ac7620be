"""Arithmetic, powers, exponentials, trigonometry, rounding: one number in, one number out, so each derivative is one factor.

The keyword of a row is the partial derivative for that argument; the gradient is `g * conj(partial)`. A rule reads `out`
where that is cheaper than computing the same value again (exp, tanh, sqrt).
"""

from __future__ import annotations

import math

from minitorch.dtypes import BOOL
from minitorch.ops.samples import ErrorSample, Sample, binary, unary
from minitorch.rows import Array, Rare, composition, elementwise, op
from minitorch.tensor import Tensor

LN2, LN10 = math.log(2.0), math.log(10.0)


def _clash(make):
    yield ErrorSample(Sample(make(2, 3), make(2, 4)), RuntimeError, "must match the size of tensor b")
    yield ErrorSample(Sample(make(2), "x"), TypeError, "must be Tensor, not str")


# --- Arithmetic -------------------------------------------------------------------------------------------------------


@elementwise(input=lambda other: other, other=lambda input: input, samples=binary(), errors=_clash, exact="other")
def mul(k, input: Array, other: Array):
    """input * other, elementwise.

    >>> import minitorch
    >>> minitorch.mul(minitorch.tensor([1.0, 2.0]), 3)
    tensor([3., 6.])
    """
    ...


@elementwise(
    input=1, other=1, samples=binary(), errors=_clash, rare=lambda input, other, alpha: input + mul(other, alpha)
)
def add(k, input: Array, other: Array, *, alpha: Rare = 1):
    """input + alpha * other, elementwise."""
    ...


@elementwise(
    input=1,
    other=-1,
    samples=binary(),
    errors=_clash,
    rare=lambda input, other, alpha: input - mul(other, alpha),
    refuses="bool",
)
def sub(k, input: Array, other: Array, *, alpha: Rare = 1):
    """input - alpha * other, elementwise."""
    ...


def _rounded(input, other, rounding_mode):
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode == "trunc":
        return trunc_divide(input, other)
    raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")


@elementwise(input=lambda other: 1 / other, other=lambda input, other: -(input / other) / other, takes="inexact", rare=_rounded,
             samples=binary(low2=0.5), errors=_clash, exact="other")  # fmt: skip
def div(k, input: Array, other: Array, *, rounding_mode: Rare = None):
    """input / other, elementwise; integers divide to floats, unless rounded toward 0 ("trunc") or down ("floor")."""
    ...


@elementwise(input=0, other=0, samples=binary(low2=0.7), refuses="bool complex", exact="other")
def floor_divide(k, input: Array, other: Array):
    """floor(input / other), elementwise."""
    ...


@elementwise(input=0, other=0, samples=binary(low2=0.7), public=False, refuses="bool complex", exact="other")
def trunc_divide(k, input: Array, other: Array):
    """input / other rounded toward 0: of floats the rounded quotient, as in PyTorch, whose floor is that of the exact one."""
    if k.backend.dtype_of(input).inexact:
        return k.trunc(input / other)
    down = k.floor_divide(input, other)
    more = (k.remainder(input, other) != 0) & ((input < 0) != (other < 0))
    return k.where(more, down + 1, down)


@elementwise(
    input=1, other=lambda k, input, other: -k.floor(input / other), samples=binary(low2=0.7), refuses="bool complex"
)
def remainder(k, input: Array, other: Array):
    """input - other * floor(input / other): the sign of the divisor, as Python's %; but a zero has that of the dividend."""
    ...


@elementwise(
    input=1, other=lambda k, input, other: -k.trunc(input / other), samples=binary(low2=0.7), refuses="bool complex"
)
def fmod(k, input: Array, other: Array):
    """input - other * trunc(input / other): the sign of the dividend, as C's fmod."""
    rest = k.remainder(k.abs(input), k.abs(other))  # as a difference it would be nan for an infinite divisor
    return k.where(input < 0, -rest, rest)


@elementwise(input=-1, samples=unary(), refuses="bool")
def neg(k, input: Array):
    """-input, elementwise."""
    ...


@composition(samples=unary())
def positive(input: Array):
    """+input: the tensor itself."""
    if input.dtype.category == BOOL:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


@op(input=lambda k, g, input: g * k.sgn(input), result="real", samples=unary(), inplace=True, refuses="bool")
def abs(k, input: Array):
    """|input|, elementwise; of complex numbers the modulus. The derivative at 0, and of nan, is 0."""
    ...


@elementwise(input=0, samples=unary(), refuses="complex")
def sign(k, input: Array):
    """-1, 0 or 1, elementwise; of nan 0."""
    ...


@op(input=lambda k, g, input, out: _sgn_gradient(k, g, input, out), samples=unary(), inplace=True)
def sgn(k, input: Array):
    """The sign of real numbers; input / |input| of complex ones (0 at 0)."""
    return k.sign(input)


def _sgn_gradient(k, g, input, out):
    if not k.is_complex(g):
        return k.full_like(g, 0)
    size = k.abs(input)
    radial = out * k.cast_like(k.real(k.conj(g) * out), out)
    return k.where(
        size == 0, k.full_like(g, 0), (g - radial) / k.cast_like(k.where(size == 0, k.full_like(size, 1), size), g)
    )


@elementwise(input=lambda input: 2 * input, samples=unary(), takes="numbers")
def square(k, input: Array):
    """input * input, elementwise."""
    ...


@elementwise(
    input=lambda k, g, input, exponent: _power_below(k, g, input, exponent),
    exponent=lambda k, input, exponent, out: _power_log(k, input, exponent, out),
    samples=binary(low=0.3, high=2.0, low2=-2.0, high2=2.0),
    public=False,
    out=True,
    takes="inexact",
    grad_name="PowBackward1",
)
def pow_tensors(k, input: Array, exponent: Array):
    """input ** exponent where both are tensors."""
    return k.pow(input, exponent)


@elementwise(
    samples=lambda make: (
        Sample(make.integers((2, 5), -2, 3), n) for n in (make.integers((2, 5), -3, 4), make.integers((5,), 0, 4), 3)
    ),
    public=False,
    out=True,
    refuses="bool",
)
def pow_integers(k, input: Array, exponent: Array):
    """input ** exponent on whole numbers; negative powers are rounded toward 0, where libraries refuse them."""
    zero = k.full_like(exponent, 0)
    inverse = k.where(k.abs(input) == 1, k.pow(input, k.abs(exponent)), zero)
    return k.where(exponent < 0, inverse, k.pow(input, k.where(exponent < 0, zero, exponent)))


def _power_below(k, g, input, exponent):
    """g times the derivative of x ** n by x, which is 0 for n = 0 at any x."""
    return k.zero_where(g * (exponent * k.pow(input, exponent - 1)), exponent == 0)


def _power_log(k, input, exponent, out):
    """The derivative of x ** n by n: x ** n * log(x), which is 0 at x = 0 for n >= 0."""
    slope = out * k.log(input)
    return slope if k.is_complex(out) else k.where((input == 0) & (exponent >= 0), k.full_like(out, 0), slope)


@elementwise(
    input=lambda k, g, input, exponent: (
        g * (exponent * k.pow_number(input, exponent - 1)) if exponent else k.full_like(g, 0)
    ),
    samples=lambda make: (
        Sample(make(2, 3, low=0.5), n) for n in ((2, 3, -1, 0.5, 0, 1, -2.5) if make.dtype.inexact else (2, 3, 0, 1))
    ),
    public=False,
    out=True,
    refuses="bool",
    grad_name="PowBackward0",
)
def pow_number(k, input: Array, exponent: float):
    """input ** exponent for a Python number; small whole powers as products, since a general power costs far more."""
    if exponent == 2:
        return k.mul(input, input)
    if exponent == 3:
        return k.mul(k.mul(input, input), input)
    if exponent == 0.5:
        return k.sqrt(input)
    if exponent == 1:
        return k.clone(input)
    return k.pow(input, k.full_like(input, exponent))


@composition(
    samples=lambda make: (Sample(make(2, 3, low=0.5), n) for n in (2, 3.5, make(2, 3), make(3))),
    inplace=True,
    autocast="cuda float32",
)
def pow(input: Array, exponent: Array, *, out=None):
    """input ** exponent, elementwise; the exponent is a number or a tensor.

    >>> import minitorch
    >>> minitorch.tensor([1.0, 2.0, 3.0]) ** 2
    tensor([1., 4., 9.])
    """
    if isinstance(exponent, Tensor) or not isinstance(input, Tensor):
        whole = not any(
            v.dtype.inexact if isinstance(v, Tensor) else isinstance(v, float | complex) for v in (input, exponent)
        )
        return (pow_integers if whole else pow_tensors)(input, exponent, out=out)
    if isinstance(exponent, int) and not isinstance(exponent, bool) and exponent < 0 and not input.dtype.inexact:
        raise RuntimeError("Integers to negative integer powers are not allowed; convert the base with .float() first")
    if input.dtype.category == BOOL and isinstance(exponent, int):
        input = input.long()
    if (type(exponent) is int and input.dtype.inexact) or (isinstance(exponent, float) and input.dtype.inexact):
        return pow_number(input, exponent, out=out)
    whole = isinstance(exponent, int) and not input.dtype.inexact
    return (pow_integers if whole else pow_tensors)(input, exponent, out=out)


# --- Roots, exponentials, logarithms ----------------------------------------------------------------------------------


@elementwise(input=lambda out: 0.5 / out, takes="inexact", samples=unary(low=0.2))
def sqrt(k, input: Array):
    """The square root, elementwise; nan below 0. The derivative at 0 is inf."""
    ...


@elementwise(input=lambda out: -0.5 * out * out * out, takes="inexact", samples=unary(low=0.2), autocast="cuda float32")
def rsqrt(k, input: Array):
    """1 / sqrt(input), elementwise."""
    return 1 / k.sqrt(input)


@elementwise(input=lambda out: -out * out, takes="inexact", samples=unary(low=0.3), autocast="cuda float32")
def reciprocal(k, input: Array):
    """1 / input, elementwise."""
    return 1 / input


@elementwise(input=lambda out: out, takes="inexact", samples=unary(), autocast="cuda float32")
def exp(k, input: Array):
    """e ** input, elementwise."""
    ...


@elementwise(input=lambda out: out * LN2, takes="inexact", samples=unary())
def exp2(k, input: Array):
    """2 ** input, elementwise."""
    return k.exp(input * LN2)


@elementwise(input=lambda k, input: k.exp(input), takes="inexact", samples=unary(), autocast="cuda float32")
def expm1(k, input: Array):
    """e ** input - 1, without the cancellation near 0."""
    ...


@elementwise(input=lambda input: 1 / input, takes="inexact", samples=unary(low=0.2), autocast="cuda float32")
def log(k, input: Array):
    """The natural logarithm, elementwise; nan below 0, -inf at 0."""
    ...


@elementwise(input=lambda input: 1 / (input * LN2), takes="inexact", samples=unary(low=0.2), autocast="cuda float32")
def log2(k, input: Array):
    """The logarithm to base 2, elementwise."""
    ...


@elementwise(input=lambda input: 1 / (input * LN10), takes="inexact", samples=unary(low=0.2), autocast="cuda float32")
def log10(k, input: Array):
    """The logarithm to base 10, elementwise."""
    ...


@elementwise(input=lambda input: 1 / (input + 1), takes="inexact", samples=unary(low=-0.7), autocast="cuda float32")
def log1p(k, input: Array):
    """log(1 + input), without the rounding near 0."""
    ...


@elementwise(input=lambda k, input, out: k.exp(input - out), other=lambda k, other, out: k.exp(other - out), takes="floats",
             samples=binary(), refuses="complex")  # fmt: skip
def logaddexp(k, input: Array, other: Array):
    """log(exp(input) + exp(other)), without overflow."""
    ...


# --- Trigonometry -----------------------------------------------------------------------------------------------------


@elementwise(input=lambda k, input: k.cos(input), takes="inexact", samples=unary())
def sin(k, input: Array):
    """The sine, of radians."""
    ...


@elementwise(input=lambda k, input: -k.sin(input), takes="inexact", samples=unary())
def cos(k, input: Array):
    """The cosine, of radians."""
    ...


@elementwise(
    input=lambda out: 1 + out * out, takes="inexact", samples=unary(low=-1.2, high=1.2), autocast="cuda float32"
)
def tan(k, input: Array):
    """The tangent, of radians."""
    ...


@elementwise(
    input=lambda k, input: k.rsqrt(1 - input * input),
    takes="inexact",
    samples=unary(low=-0.9, high=0.9),
    autocast="cuda float32",
)
def asin(k, input: Array):
    """The angle in [-pi/2, pi/2] whose sine is input; nan outside [-1, 1]."""
    ...


@elementwise(
    input=lambda k, input: -k.rsqrt(1 - input * input),
    takes="inexact",
    samples=unary(low=-0.9, high=0.9),
    autocast="cuda float32",
)
def acos(k, input: Array):
    """The angle in [0, pi] whose cosine is input; nan outside [-1, 1]."""
    ...


@elementwise(input=lambda input: 1 / (1 + input * input), takes="inexact", samples=unary())
def atan(k, input: Array):
    """The angle in (-pi/2, pi/2) whose tangent is input."""
    ...


@elementwise(input=lambda k, input, other: _over_square(k, other, input, other),
             other=lambda k, input, other: _over_square(k, -input, input, other), takes="inexact",
             samples=binary(low=0.3), refuses="complex", autocast="cuda widest")  # fmt: skip
def atan2(k, input: Array, other: Array):
    """The angle in [-pi, pi] of the point (other, input). The derivative at (0, 0) is 0."""
    ...


def _over_square(k, part, input, other):
    square = input * input + other * other
    return k.where(square == 0, k.full_like(square, 0), part / square)


@elementwise(input=lambda k, input: k.cosh(input), takes="inexact", samples=unary(), autocast="cuda float32")
def sinh(k, input: Array):
    """The hyperbolic sine."""
    ...


@elementwise(input=lambda k, input: k.sinh(input), takes="inexact", samples=unary(), autocast="cuda float32")
def cosh(k, input: Array):
    """The hyperbolic cosine."""
    ...


@elementwise(input=lambda out: 1 - out * out, takes="inexact", samples=unary())
def tanh(k, input: Array):
    """The hyperbolic tangent."""
    ...


@elementwise(input=lambda k, input: k.rsqrt(input * input + 1), takes="inexact", samples=unary())
def asinh(k, input: Array):
    """The number whose hyperbolic sine is input."""
    ...


@elementwise(
    input=lambda k, input: k.rsqrt(input - 1) * k.rsqrt(input + 1), takes="inexact", samples=unary(low=1.3, high=4.0)
)
def acosh(k, input: Array):
    """The number >= 0 whose hyperbolic cosine is input; nan below 1."""
    ...


@elementwise(input=lambda input: 1 / (1 - input * input), takes="inexact", samples=unary(low=-0.9, high=0.9))
def atanh(k, input: Array):
    """The number whose hyperbolic tangent is input; nan outside [-1, 1]."""
    ...


@elementwise(input=math.pi / 180, takes="inexact", samples=unary(), refuses="complex")
def deg2rad(k, input: Array):
    """Degrees to radians."""
    return input * (math.pi / 180)


@elementwise(input=180 / math.pi, takes="inexact", samples=unary(), refuses="complex")
def rad2deg(k, input: Array):
    """Radians to degrees."""
    return input * (180 / math.pi)


# --- Rounding ---------------------------------------------------------------------------------------------------------


@elementwise(input=0, samples=unary(), refuses="bool complex")
def floor(k, input: Array):
    """The largest whole number not above input."""
    ...


@elementwise(input=0, samples=unary(), refuses="bool complex")
def ceil(k, input: Array):
    """The smallest whole number not below input."""
    ...


@elementwise(input=0, samples=unary(), refuses="bool complex")
def trunc(k, input: Array):
    """The whole number next to input toward 0."""
    ...


@elementwise(input=0, samples=unary(), rare=lambda input, decimals: _round_to(input, decimals), refuses="bool complex")
def round(k, input: Array, *, decimals: Rare = 0):
    """The nearest whole number, halves to even; with `decimals`, to that many places."""
    ...


@elementwise(input=1, samples=unary(), takes="floats", refuses="complex")
def frac(k, input: Array):
    """input - trunc(input)."""
    return input - k.trunc(input)


def _round_to(input, decimals):
    if not input.dtype.inexact:
        raise NotImplementedError(
            f"round(): decimals={decimals} is not implemented for {input.dtype!r}; convert with .float()"
        )
    return (input * 10.0**decimals).round() / 10.0**decimals


# --- Choosing ---------------------------------------------------------------------------------------------------------


@op(input=lambda k, g, input, other: _share(k, g, input < other, input == other),
    other=lambda k, g, input, other: _share(k, g, other < input, input == other),
    promote=True, numbers=True, inplace=True, samples=binary(), refuses="complex")  # fmt: skip
def maximum(k, input: Array, other: Array):
    """The larger of the two, elementwise; nan if either is. Ties share the gradient; of nan both get all of it.

    out = input if input > other else other
    """
    ...


@op(input=lambda k, g, input, other: _share(k, g, input > other, input == other),
    other=lambda k, g, input, other: _share(k, g, other > input, input == other),
    promote=True, numbers=True, inplace=True, samples=binary(), refuses="complex")  # fmt: skip
def minimum(k, input: Array, other: Array):
    """The smaller of the two, elementwise; nan if either is. Ties share the gradient; of nan both get all of it.

    out = input if input < other else other
    """
    ...


def _share(k, g, loses, ties):
    """g where this side doesn't lose, half of it where neither does."""
    return k.zero_where(g * (1 - k.cast_like(ties, g) * 0.5), loses)
