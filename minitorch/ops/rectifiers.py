"""Activation functions with a bend or a step: each is one formula on either side of a point.

Where PyTorch says which side the point itself belongs to, and what becomes of nan, so it is here: a comparison in a derivative is
written the way round that gives nan the same side.
"""

from __future__ import annotations

import math

import numpy as np

from minitorch.generator import default_generator
from minitorch.inplace import run_inplace
from minitorch.ops.activation import leaky_relu
from minitorch.ops.creation import ones_like
from minitorch.ops.gathering import scatter
from minitorch.ops.indexing import nonzero
from minitorch.ops.samples import ErrorSample, Sample, unary
from minitorch.ops.sampling import tensor_of
from minitorch.rows import OPS, Array, composition, elementwise
from minitorch.tensor import Tensor

# Klambauer et al. (2017), arXiv:1706.02515: the fixed point of mean 0 and variance 1.
SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


# --- Exponential on the left ------------------------------------------------------------------------------------------


def _below(k, input):
    """input where it is negative, else 0, with the derivative 0 there: keeps the side that isn't chosen from overflowing."""
    return k.zero_where(input, input >= 0)


def _celu_errors(make):
    yield ErrorSample(Sample(make(2), 0.0), RuntimeError, "alpha cannot be 0 for CELU")


@elementwise(input=lambda k, input, alpha: k.where(input <= 0, k.exp(_below(k, input) / alpha), k.full_like(input, 1)),
             samples=unary(alpha=1.7), method=False, inplace=False, takes="floats", refuses="complex",
             errors=_celu_errors)  # fmt: skip
def celu(k, input: Array, alpha: float = 1.0):
    """input where it is positive, else alpha * (exp(input / alpha) - 1) (Barron 2017, arXiv:1704.07483)."""
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return k.maximum(input, k.full_like(input, 0)) + alpha * k.expm1(_below(k, input) / alpha)


def _selu_slope(k, input):
    left = SELU_SCALE * SELU_ALPHA * k.exp(_below(k, input))
    return k.where(input <= 0, left, k.full_like(input, SELU_SCALE))


@elementwise(input=lambda k, input: _selu_slope(k, input), samples=unary(), method=False, inplace=False, takes="floats",
             refuses="complex", grad_name="EluBackward0")  # fmt: skip
def selu(k, input: Array):
    """scale * input where it is positive, else scale * alpha * (exp(input) - 1) (Klambauer et al. 2017)."""
    return SELU_SCALE * k.maximum(input, k.full_like(input, 0)) + (SELU_SCALE * SELU_ALPHA) * k.expm1(_below(k, input))


# --- Straight pieces --------------------------------------------------------------------------------------------------


@elementwise(input=lambda k, g, input: k.zero_where(g, k.logical_not((input > -3) & (input < 3))) * (1 / 6),
             samples=unary(-5, 5), method=False, inplace=False, takes="floats", refuses="complex",
             torch="nn.functional.hardsigmoid")  # fmt: skip
def hardsigmoid(k, input: Array):
    """input / 6 + 1 / 2, limited to [0, 1]; the derivative at the limits is 0."""
    return k.clamp_numbers(input + 3, 0, 6) / 6


def _hardswish_gradient(k, g, input):
    return k.zero_where(k.where(input < 3, g * (input / 3 + 0.5), g), input <= -3)


@elementwise(input=_hardswish_gradient, samples=unary(-5, 5), method=False, inplace=False, takes="floats", refuses="complex",
             torch="nn.functional.hardswish")  # fmt: skip
def hardswish(k, input: Array):
    """input * hardsigmoid(input) (Howard et al. 2019, arXiv:1905.02244)."""
    return input * k.clamp_numbers(input + 3, 0, 6) / 6


def _inside(input, lambd):
    return (input >= -lambd) & (input <= lambd)


@elementwise(input=lambda k, g, input, lambd: k.zero_where(g, _inside(input, lambd)), samples=unary(), inplace=False,
             takes="floats", refuses="complex")  # fmt: skip
def hardshrink(k, input: Array, lambd: float = 0.5):
    """0 in [-lambd, lambd], else input."""
    return k.zero_where(input, _inside(input, lambd))


def _shrink_errors(make):
    yield ErrorSample(Sample(make(2), -0.5), RuntimeError, "lambda must be greater or equal to 0, but found to be -0.5")


@elementwise(input=lambda k, g, input, lambd: k.zero_where(g, _inside(input, lambd)), samples=unary(), inplace=False,
             method=False, takes="floats", refuses="complex", torch="nn.functional.softshrink",
             errors=_shrink_errors)  # fmt: skip
def softshrink(k, input: Array, lambd: float = 0.5):
    """input moved toward 0 by lambd, and 0 where that would cross it."""
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}.")
    return k.where(input > lambd, input - lambd, k.where(input < -lambd, input + lambd, input * 0))


@elementwise(input=lambda k, g, input, threshold: k.zero_where(g, input <= threshold), public=False, inplace=False,
             refuses="bool complex", grad_name="ThresholdBackward0")  # fmt: skip
def above_threshold(k, input: Array, threshold: float, value: float):
    """input where it is above `threshold`, else `value`."""
    return k.where(input <= threshold, k.full_like(input, value), input)


@composition(
    method=False,
    samples=lambda make: iter([Sample(make(2, 3), 0.5, 20.0), Sample(make(), 0, 1), Sample(make(0, 2), 0.1, 1)]),
)
def threshold(input: Array, threshold: float, value: float):
    """input where it is above `threshold`, else `value`; of whole numbers both are taken as whole numbers."""
    if isinstance(threshold, complex) or isinstance(value, complex):
        raise TypeError(f"threshold(): threshold and value must be real numbers, got {threshold!r} and {value!r}")
    if not input.dtype.inexact:
        threshold, value = int(threshold), int(value)
    return above_threshold(input, threshold, value)


# --- A slope on the left ----------------------------------------------------------------------------------------------


def _prelu_samples(make):
    yield Sample(make(2, 3), make(3))
    yield Sample(make(2, 3, 4), make(3))
    yield Sample(make(2, 3), make(1))
    yield Sample(make(), make())
    yield Sample(make(0, 3), make(3))


def _prelu_errors(make):
    yield ErrorSample(Sample(make(2, 3), make(2)), RuntimeError, "must equal the number of channels")
    yield ErrorSample(Sample(make(2, 3), make(1, 3)), RuntimeError, "expected weight to be a scalar or 1D tensor")


@elementwise(input=lambda k, input, weight: k.where(input > 0, k.full_like(input, 1), weight),
             weight=lambda k, g, input: k.zero_where(g * input, input > 0), public=False, inplace=False, promote=False,
             numbers=False, refuses="bool complex", grad_name="PreluKernelBackward0")  # fmt: skip
def sloped(k, input: Array, weight: Array):
    """input where it is positive, else weight * input; the two broadcast."""
    return k.where(input > 0, input, weight * input)


@composition(samples=_prelu_samples, errors=_prelu_errors, autocast="lower")
def prelu(input: Array, weight: Array):
    """input where it is positive, else weight * input: one weight for all, or one for each channel, which is dim 1.

    out = input if input > 0 else weight * input

    He et al. 2015, arXiv:1502.01852.
    """
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: expected weight to be a scalar or 1D tensor, but got ndim = {weight.ndim}")
    if weight.numel() != 1:
        channels = 1 if input.ndim < 2 else input.shape[1]
        if not input.ndim:
            raise RuntimeError("prelu: not allow zero-dim input tensor with more than one weight")
        if weight.numel() != channels:
            raise RuntimeError(
                f"prelu: number of weights {weight.numel()} must equal the number of channels of the input, which is {channels}"
            )
        weight = weight.reshape((channels, *(1,) * (input.ndim - 2)))
    return sloped(input, weight if input.ndim else weight.reshape(()))


def leaky_noise(input: Tensor, lower: float, upper: float) -> Tensor:
    """A factor for each element: 1 where it is positive, else drawn from [lower, upper), in row-major order."""
    chosen = nonzero(input.detach().reshape(-1) <= 0).reshape(-1)
    drawn = default_generator.uniform((chosen.numel(),), lower, upper, np.float64)
    drawn = tensor_of(drawn, input.dtype, input.device)
    return scatter(ones_like(input.detach().reshape(-1)), 0, chosen, drawn).reshape(input.shape)


def _rrelu_errors(make):
    yield ErrorSample(Sample(make(2), 0.3, 0.1), RuntimeError, "Lower bound should be less than or equal to the upper")


@composition(method=False, samples=unary(), errors=_rrelu_errors)
def rrelu(input: Array, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False):
    """input where it is positive, else input times a slope: drawn from [lower, upper) in training, their mean outside.

    Xu et al. 2015, arXiv:1505.00853.
    """
    if not (math.isfinite(lower) and math.isfinite(upper)) or lower > upper:
        raise RuntimeError(
            f"rrelu(): Lower bound should be less than or equal to the upper bound, got [{lower}, {upper}]"
        )
    if training and not input.dtype.is_floating_point:
        raise NotImplementedError(
            f'"rrelu_with_noise_out_cpu" not implemented for {input.dtype!r}: slopes are no integers'
        )
    return input * leaky_noise(input, lower, upper) if training else leaky_relu(input, (lower + upper) / 2)


# --- Into the input's memory ------------------------------------------------------------------------------------------


def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """celu into the input's memory."""
    return run_inplace(OPS["celu"], input, (alpha,), {})


def selu_(input: Tensor) -> Tensor:
    """selu into the input's memory."""
    return run_inplace(OPS["selu"], input, (), {})


def rrelu_(input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False) -> Tensor:
    """rrelu into the input's memory."""
    return run_inplace(OPS["rrelu"], input, (lower, upper, training), {})


def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """threshold into the input's memory."""
    return run_inplace(OPS["threshold"], input, (threshold, value), {})


FUNCTIONS = {"celu_": celu_, "selu_": selu_, "rrelu_": rrelu_, "threshold_": threshold_}
