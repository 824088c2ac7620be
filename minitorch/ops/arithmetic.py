"""More arithmetic on one, two or three numbers: fused products, interpolation, whole-number divisors, signs, parts of floats."""

from __future__ import annotations

import math
from typing import Any

from minitorch import dtypes
from minitorch.ops.creation import full_like
from minitorch.ops.refusals import refusing
from minitorch.ops.samples import ErrorSample, Sample, binary, unary
from minitorch.rows import OPS, Array, composition, elementwise, op
from minitorch.tensor import Tensor

LN2 = math.log(2.0)

# --- Three numbers ----------------------------------------------------------------------------------------------------


def _three(low2: float = -3.0, **settings: Any):
    def samples(make):
        for shapes in (((2, 3), (2, 3), (2, 3)), ((3,), (2, 1), (1, 3)), ((), (2,), ()), ((0, 2), (2,), (1,))):
            first, second, third = shapes
            yield Sample(make(*first), make(*second), make(*third, low=low2), **settings)
        yield Sample(make(2, 3), make(2, 3), make(2, 3, low=low2), value=2)

    return samples


@elementwise(input=1, tensor1=lambda tensor2, value: tensor2 * value, tensor2=lambda tensor1, value: tensor1 * value,
             refuses="bool", samples=_three(), autocast="cuda widest")  # fmt: skip
def addcmul(k, input: Array, tensor1: Array, tensor2: Array, *, value: float = 1):
    """input + value * tensor1 * tensor2, elementwise."""
    product = k.mul(tensor1, tensor2)
    return k.add(input, product if value == 1 else k.mul(product, k.new_full(product, (), value)))


@elementwise(input=1, tensor1=lambda tensor2, value: value / tensor2,
             tensor2=lambda tensor1, tensor2, value: -value * tensor1 / (tensor2 * tensor2), refuses="bool integer",
             samples=_three(low2=0.5), autocast="cuda widest")  # fmt: skip
def addcdiv(k, input: Array, tensor1: Array, tensor2: Array, *, value: float = 1):
    """input + value * tensor1 / tensor2, elementwise."""
    return input + (tensor1 if value == 1 else k.mul(tensor1, k.new_full(tensor1, (), value))) / tensor2


def _lerp_samples(make):
    yield Sample(make(2, 3), make(2, 3), 0.3)
    yield Sample(make(2, 3), make(3), make(2, 1, low=0.0, high=1.0))
    yield Sample(make(), make(2), make(low=0.6, high=2.0))


def _lerp_errors(make):
    yield ErrorSample(Sample(make(2), make(2, dtype=dtypes.float32), 0.5), RuntimeError, "same dtype")


@elementwise(input=lambda weight: 1 - weight, end=lambda weight: weight, weight=lambda input, end: end - input,
             promote=False, refuses="bool integer", public=False, out=True, exact="weight",
             grad_name="LerpBackward0")  # fmt: skip
def interpolated(k, input: Array, end: Array, weight: Array):
    """input + weight * (end - input), elementwise, counted from the nearer end, so that weight 1 gives `end` itself."""
    way = end - input
    return k.where(k.abs(weight) < 0.5, input + weight * way, end - way * (1 - weight))


@composition(samples=_lerp_samples, errors=_lerp_errors, inplace=True)
def lerp(input: Array, end: Array, weight: Array, *, out=None):
    """input + weight * (end - input), elementwise; the weight is a number or a tensor."""
    if not input.dtype.inexact:
        raise RuntimeError(f'"lerp" not implemented for {input.dtype!r}; convert with .float()')
    return OPS["interpolated"].function(input, end, weight, out=out)


# --- Two numbers ------------------------------------------------------------------------------------------------------


@composition(samples=binary(), out=False)
def rsub(input: Array, other: Array, *, alpha: float = 1):
    """other - alpha * input, elementwise."""
    if any(isinstance(value, bool) or getattr(value, "dtype", None) is dtypes.bool for value in (input, other)):
        raise RuntimeError("Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a "
                           "mask, use the `~` or `logical_not()` operator instead.")  # fmt: skip
    return OPS["sub"].function(other, input, alpha=alpha)


@elementwise(
    input=lambda k, g, input, other: k.zero_where(g, k.logical_not((input >= other) | (other != other))),
    other=lambda k, g, input, other: k.zero_where(g, (input >= other) | (other != other)),
    samples=binary(), refuses="complex",
)  # fmt: skip
def fmax(k, input: Array, other: Array):
    """The larger of the two, elementwise; where one is nan, the other."""
    larger = k.where(k.ne(other, other), input, k.maximum(input, other))
    return k.where(k.ne(input, input), other, larger)


@elementwise(
    input=lambda k, g, input, other: k.zero_where(g, k.logical_not((input <= other) | (other != other))),
    other=lambda k, g, input, other: k.zero_where(g, (input <= other) | (other != other)),
    samples=binary(), refuses="complex",
)  # fmt: skip
def fmin(k, input: Array, other: Array):
    """The smaller of the two, elementwise; where one is nan, the other."""
    smaller = k.where(k.ne(other, other), input, k.minimum(input, other))
    return k.where(k.ne(input, input), other, smaller)


@elementwise(input=lambda input, out: input / out, other=lambda other, out: other / out, refuses="bool integer complex",
             samples=binary(low=0.3))  # fmt: skip
def hypot(k, input: Array, other: Array):
    """sqrt(input^2 + other^2), elementwise, without overflow."""
    one, two = k.abs(input), k.abs(other)
    large, small = k.maximum(one, two), k.minimum(one, two)
    ratio = small / k.where(large == 0, k.full_like(large, 1), large)
    result = large * k.sqrt(1 + ratio * ratio)
    return k.where(k.isinf(large), large, result)


@elementwise(input=lambda k, input, out: k.exp2(input - out), other=lambda k, other, out: k.exp2(other - out), takes="floats",
             samples=binary(), refuses="complex")  # fmt: skip
def logaddexp2(k, input: Array, other: Array):
    """log2(2^input + 2^other), without overflow."""
    return k.logaddexp(input * LN2, other * LN2) / LN2


def _whole(make):
    yield Sample(make.integers((2, 5), -30, 30), make.integers((5,), -30, 30))
    yield Sample(make.integers((4,), 0, 3), make.integers((4,), 0, 3))
    yield Sample(make.integers((3,), -30, 30), 12)


@elementwise(samples=_whole, refuses="bool float complex")
def gcd(k, input: Array, other: Array):
    """The greatest common divisor, elementwise, by Euclid's algorithm on all numbers together; of 0 and 0 it is 0.

    out = input if other == 0 else gcd(other, input % other)
    """
    one, two = k.abs(input), k.abs(other)
    one, two = one + k.full_like(two, 0), two + k.full_like(one, 0)
    while k.any(two != 0, tuple(range(len(two.shape))), False):
        done = two == 0
        rest = k.remainder(one, k.where(done, k.full_like(two, 1), two))
        one, two = k.where(done, one, two), k.where(done, two, rest)
    return one


@elementwise(samples=_whole, refuses="bool float complex")
def lcm(k, input: Array, other: Array):
    """The least common multiple, elementwise; 0 where one of the numbers is 0."""
    divisor = k.gcd(input, other)
    product = k.floor_divide(input, k.where(divisor == 0, k.full_like(divisor, 1), divisor)) * other
    return k.abs(product)


@elementwise(input=refusing("heaviside"), values=refusing("heaviside"), promote=False, numbers=False, refuses="complex",
             grad_name="NotImplemented",
             samples=lambda make: iter([Sample(make.integers((2, 3), -1, 2), make.integers((3,), 3, 5))]))  # fmt: skip
def heaviside(k, input: Array, values: Array):
    """0 below 0, 1 above it, and `values` at 0, elementwise."""
    above = k.cast_like(k.gt(input, k.full_like(input, 0)), values)
    return k.where(k.eq(input, k.full_like(input, 0)), values, above)


def _power_of_two(make):
    yield Sample(make(2, 3), make.integers((3,), -3, 4))
    yield Sample(make(2), 3)


@composition(samples=_power_of_two, inplace=True, out=True)
def ldexp(input: Array, other: Array):
    """input * 2^other, elementwise."""
    if input.dtype.inexact and not other.dtype.inexact:
        other = other.to(input.dtype)
    return input * OPS["pow"].function(2.0, other)


def _float_power_samples(make):
    yield Sample(make(2, 3, low=0.3, dtype=dtypes.float64), make(3, dtype=dtypes.float64))
    yield Sample(make(2, low=0.3, dtype=dtypes.float64), 2.5)


@composition(samples=_float_power_samples, inplace=True, out=True)
def float_power(input: Array, exponent: Array):
    """input ** exponent in float64 or complex128."""
    parts = [v.dtype if isinstance(v, Tensor) else dtypes.of_number(v) for v in (input, exponent)]
    wide = dtypes.complex128 if any(d is not None and d.is_complex for d in parts) else dtypes.float64
    input, exponent = (v.to(wide) if isinstance(v, Tensor) else v for v in (input, exponent))
    if not isinstance(input, Tensor):
        input = full_like(exponent, input, wide)
    return OPS["pow"].function(input, exponent)


def _times_log(k, input, other, value):
    return k.zero_where(input * value, (input == 0) & (other == other))  # of nan it stays nan


@elementwise(input=lambda k, g, input, other: k.zero_where(k.xlogy(g, other), (input == 0) & (other <= 0)),
             other=lambda input, other: input / other, takes="inexact", samples=binary(low=0.2), refuses="complex")  # fmt: skip
def xlogy(k, input: Array, other: Array):
    """input * log(other), elementwise; 0 where input is 0, whatever the logarithm."""
    return _times_log(k, input, other, k.log(other))


@elementwise(input=lambda k, g, input, other: k.zero_where(k.xlog1py(g, other), (input == 0) & (other <= -1)),
             other=lambda input, other: input / (other + 1), takes="inexact",
             samples=binary(low=0.2), refuses="complex", torch="special.xlog1py", method=False)  # fmt: skip
def xlog1py(k, input: Array, other: Array):
    """input * log(1 + other), elementwise; 0 where input is 0, whatever the logarithm."""
    return _times_log(k, input, other, k.log1p(other))


# --- Signs ------------------------------------------------------------------------------------------------------------


@elementwise(result="bool", refuses="bool integer complex", public=False)
def float_sign(k, input: Array):
    """Is the float negative, or -0?"""
    return (input < 0) | ((input == 0) & (1 / input < 0))


@composition(samples=unary(), out=True)
def signbit(input: Array):
    """Is the number negative, or -0?"""
    if input.dtype.is_complex:
        raise RuntimeError(f"signbit is not implemented for complex tensors, got {input.dtype!r}")
    return OPS["float_sign"].function(input) if input.dtype.inexact else input < 0


@elementwise(input=lambda k, input, out: k.where(input == 0, 0 * input, out / k.where(input == 0, 0 * input + 1, input)), other=0,
             takes="inexact", samples=binary(), refuses="complex")  # fmt: skip
def copysign(k, input: Array, other: Array):
    """The size of input with the sign of other, elementwise; the sign of -0 counts."""
    size = k.abs(input)
    return k.where(k.float_sign(other), -size, size)


def _angle_gradient(k, g, input):
    if not k.is_complex(input):
        return k.full_like(g, 0)
    size = k.real(input * k.conj(input))
    slope = input * k.cast_like(k.where(size == 0, 0 * g, g / k.where(size == 0, 0 * size + 1, size)), input)
    return k.make_complex(-k.imag(slope), k.real(slope))


@op(input=_angle_gradient, takes="inexact", result="real", samples=unary())
def angle(k, input: Array):
    """The angle of complex numbers in the plane, in (-pi, pi]; of real ones 0, or pi below 0."""
    if k.is_complex(input):
        return k.atan2(k.imag(input), k.real(input))
    turned = k.where(input < 0, k.full_like(input, math.pi), k.full_like(input, 0))
    return k.where(input != input, input, turned)


@composition(samples=lambda make: iter([Sample(make(2, 3, dtype=dtypes.float64), make(3, dtype=dtypes.float64))]), method=False,
             out=True, autocast="cpu float32")  # fmt: skip
def polar(abs: Array, angle: Array):
    """The complex numbers of the given size and angle: abs * (cos(angle) + 1j * sin(angle))."""
    for value in (abs, angle):
        if not value.dtype.is_floating_point:
            raise RuntimeError(f"Expected both inputs to be Half, Float or Double tensors but got {value.dtype!r}")
    if abs.dtype is not angle.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {abs.dtype!r} but got scalar type {angle.dtype!r} for argument 'angle'"
        )
    return OPS["make_complex"].function(abs * angle.cos(), abs * angle.sin())


# --- Kinds of numbers -------------------------------------------------------------------------------------------------


@elementwise(result="bool", samples=unary(), refuses="complex")
def isposinf(k, input: Array):
    """Is it +inf?"""
    return k.isinf(input) & k.gt(input, k.full_like(input, 0))


@elementwise(result="bool", samples=unary(), refuses="complex")
def isneginf(k, input: Array):
    """Is it -inf?"""
    return k.isinf(input) & k.lt(input, k.full_like(input, 0))


@elementwise(result="bool", samples=unary(), out=False)
def isreal(k, input: Array):
    """Has it no imaginary part?"""
    return k.imag(input) == 0 if k.is_complex(input) else k.full_like(input, True, dtypes.bool)
