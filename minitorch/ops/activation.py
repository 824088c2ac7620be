"""Activation functions: fused rows, since the tape of their parts would cost time, memory and accuracy."""

from __future__ import annotations

import math

from minitorch.ops.formulas import formula
from minitorch.ops.samples import Sample, unary
from minitorch.ops.special import erfc_exponent, half_bell
from minitorch.rows import Array, composition, elementwise, op

SQRT_HALF, SQRT_2_OVER_PI = math.sqrt(0.5), math.sqrt(2 / math.pi)


@op(input=lambda k, g, out: k.relu_gradient(g, out), samples=unary(), inplace=True, refuses="bool complex")
def relu(k, input: Array):
    """max(input, 0), elementwise. The derivative at 0 is 0.

    >>> import minitorch
    >>> minitorch.relu(minitorch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return k.maximum(input, k.full_like(input, 0))


@op(grad=lambda k, g, output: (k.relu_gradient(g, output), None), public=False)
def relu_gradient(k, input: Array, output: Array):
    """0 where relu's result is 0, else the gradient `input`: also where the result is nan, so that it isn't lost."""
    return k.zero_where(input, output <= 0)


def _leaky_slope(k, input, negative_slope):
    positive = k.cast_like(input > 0, input)
    return positive + (1 - positive) * negative_slope


@elementwise(input=lambda k, input, negative_slope: _leaky_slope(k, input, negative_slope), samples=unary(), method=False,
             torch="nn.functional.leaky_relu", takes="floats", refuses="complex")  # fmt: skip
def leaky_relu(k, input: Array, negative_slope: float = 0.01):
    """input where it is positive, else negative_slope * input."""
    return input * _leaky_slope(k, input, negative_slope)


@elementwise(input=lambda k, input, alpha: _elu_slope(k, input, alpha), samples=unary(), method=False,
             torch="nn.functional.elu", takes="floats", refuses="complex")  # fmt: skip
def elu(k, input: Array, alpha: float = 1.0):
    """input where it is positive, else alpha * (exp(input) - 1) (Clevert et al. 2016, arXiv:1511.07289)."""
    return k.where(input > 0, input, alpha * k.expm1(k.zero_where(input, input > 0)))


def _elu_slope(k, input, alpha):
    """alpha * exp(input) on the left; out + alpha would lose the digits of what is far out."""
    return k.where(input <= 0, alpha * k.exp(k.zero_where(input, input >= 0)), k.full_like(input, 1))


@elementwise(input=lambda out: out * (1 - out), takes="inexact", samples=unary())
def sigmoid(k, input: Array):
    """1 / (1 + exp(-input)), elementwise; exp's overflow to inf gives the 0 that it should."""
    return 1 / (1 + k.exp(-input))


@elementwise(input=lambda k, input: k.sigmoid(-input), takes="floats", samples=unary(), method=False,
             torch="nn.functional.logsigmoid", grad_name="LogSigmoidBackward0", refuses="complex")  # fmt: skip
def logsigmoid(k, input: Array):
    """log(sigmoid(input)), accurate at both ends."""
    return k.minimum(input, k.full_like(input, 0)) - k.log1p(k.exp(-k.abs(input)))


@elementwise(input=lambda k, input: _silu_slope(input, k.sigmoid(input)), takes="floats", samples=unary(), method=False,
             torch="nn.functional.silu")  # fmt: skip
def silu(k, input: Array):
    """input * sigmoid(input), also called swish (Elfwing et al. 2017, arXiv:1702.03118)."""
    return input * k.sigmoid(input)


def _silu_slope(input, sigmoid):
    return sigmoid * (1 + input * (1 - sigmoid))


@elementwise(input=lambda k, input, beta, threshold: _softplus_slope(k, input, beta, threshold), samples=unary(),
             method=False, torch="nn.functional.softplus", takes="floats", refuses="complex",
             autocast="cuda float32")  # fmt: skip
def softplus(k, input: Array, beta: float = 1.0, threshold: float = 20.0):
    """log(1 + exp(beta * input)) / beta; the input itself where beta * input exceeds `threshold`."""
    scaled = input * beta
    soft = k.relu(scaled) + k.log1p(k.exp(-k.abs(scaled)))
    return k.where(scaled > threshold, input, soft / beta)


def _softplus_slope(k, input, beta, threshold):
    return k.where(input * beta > threshold, k.full_like(input, 1), k.sigmoid(input * beta))


@elementwise(
    input=lambda k, input, approximate: k.gelu_slope(input, approximate),
    method=False,
    samples=lambda make: iter(
        [Sample(make(2, 3)), Sample(make(5), approximate="tanh"), Sample(make(0, 2)), Sample(make())]
    ),
    torch="nn.functional.gelu",
    takes="floats",
    refuses="complex",
    with_slope="gelu_with_slope",
)
def gelu(k, input: Array, *, approximate: str = "none"):
    """input * P(N(0, 1) <= input) (Hendrycks and Gimpel 2016, arXiv:1606.08415); `approximate="tanh"` for their formula.

    The exact form is max(x, 0) - |x| * P(N(0, 1) > |x|): 1 + erf would lose all digits for negative x.
    """
    if approximate == "tanh":
        return 0.5 * input * (1 + k.tanh(_gelu_inner(input)))
    size = k.abs(input)
    return k.maximum(input, k.full_like(input, 0)) - k.minimum(size, k.full_like(size, 40)) * k.normal_tail(size)


def _gelu_inner(input):
    return SQRT_2_OVER_PI * (input + 0.044715 * input * input * input)


@formula
def normal_tail(k, input: Array):
    """The part of the standard normal distribution above x >= 0; x / sqrt(2), rounded, would not be good enough for exp."""
    t, exponent = erfc_exponent(k, input * SQRT_HALF)
    return 0.5 * t * k.exp(exponent) * half_bell(k, input)


@formula
def gelu_with_slope(k, input: Array, *, approximate: str = "none"):
    """gelu, and its slope where a backend finds it on the way: exp(-x^2 / 2) and the distribution are in both."""
    return k.gelu(input, approximate=approximate), None


@formula
def gelu_slope(k, input: Array, approximate: str):
    """The derivative of gelu: of the exact form P(N(0, 1) <= x) + x * the density at x."""
    if approximate == "tanh":
        tanh = k.tanh(_gelu_inner(input))
        inner = SQRT_2_OVER_PI * (1 + 3 * 0.044715 * input * input)
        return 0.5 * (1 + tanh) + 0.5 * input * (1 - tanh * tanh) * inner
    size = k.where(input < 0, -input, input)  # of abs the derivative at 0 is 0, but the distribution has one there
    tail = k.normal_tail(size)
    density = half_bell(k, size) * (SQRT_2_OVER_PI * 0.5)
    bounded = k.minimum(k.maximum(input, k.full_like(input, -40)), k.full_like(input, 40))
    return k.where(input < 0, tail, 1 - tail) + bounded * density


@composition(method=False, samples=unary(), torch="nn.functional.relu6")
def relu6(input: Array):
    """min(max(input, 0), 6)."""
    return hardtanh(input, 0.0, 6.0)


@composition(method=False, samples=unary(), inplace=True, torch="nn.functional.hardtanh")
def hardtanh(input: Array, min_val: float = -1.0, max_val: float = 1.0):
    """input limited to [min_val, max_val]; the derivative at the limits is 0."""
    if min_val < 0 and not input.dtype.is_signed:
        raise RuntimeError(
            f"hardtanh(): cannot limit {input.dtype!r}, which has no sign, to negative numbers; choose min_val >= 0"
        )
    return clamp_inside(input, min_val, max_val)


@elementwise(input=lambda k, g, input, min_val, max_val: k.zero_where(g, (input <= min_val) | (input >= max_val)), public=False,
             samples=unary(min_val=0.5, max_val=2.0), refuses="bool complex", grad_name="HardtanhBackward0")  # fmt: skip
def clamp_inside(k, input: Array, min_val: float, max_val: float):
    """input limited to [min_val, max_val]: the derivative is 1 between them and of nan, and 0 at the limits and beyond."""
    return k.clamp_numbers(input, min_val, max_val)
