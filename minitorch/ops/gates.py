"""Smooth activation functions that let a part of the input through: glu, mish, softsign, tanhshrink."""

from __future__ import annotations

from minitorch.operands import to_dim
from minitorch.ops.activation import sigmoid
from minitorch.ops.pointwise import abs, tanh
from minitorch.ops.samples import ErrorSample, Sample, unary
from minitorch.ops.shape import narrow
from minitorch.rows import Array, composition, elementwise


def _glu_samples(make):
    yield Sample(make(2, 4))
    yield Sample(make(4, 3), 0)
    yield Sample(make(6))
    yield Sample(make.strided(3, 4), -1)
    yield Sample(make(0, 2))


def _glu_errors(make):
    yield ErrorSample(Sample(make(2, 3)), RuntimeError, "Halving dimension must be even, but dimension 1 is size 3")
    yield ErrorSample(Sample(make()), RuntimeError, "glu does not support 0-dimensional tensors")


@composition(method=False, samples=_glu_samples, errors=_glu_errors, torch="nn.functional.glu")
def glu(input: Array, dim: int = -1):
    """The first half along `dim` times the sigmoid of the second (Dauphin et al. 2016, arXiv:1612.08083).

    out = a * sigmoid(b), where a and b are the halves
    """
    if not input.ndim:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    dim = to_dim(dim, input.ndim)
    size = input.shape[dim]
    if size % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {size}")
    if not input.dtype.is_floating_point:
        raise RuntimeError(f'"glu_cpu" not implemented for {input.dtype!r}: expected a floating-point tensor')
    return narrow(input, dim, 0, size // 2) * sigmoid(narrow(input, dim, size // 2, size // 2))


def _mish_parts(k, input):
    """x, at most 25, e^x, and n with tanh(log(1 + e^x)) = n / (n + 2): from x = 25 on the quotient is 1."""
    bounded = k.minimum(input, k.full_like(input, 25))
    raised = k.exp(bounded)
    return bounded, raised, raised * (raised + 2)


def _mish_slope(k, input):
    bounded, raised, n = _mish_parts(k, input)
    return n / (n + 2) + bounded * (4 * raised * (1 + raised) / ((n + 2) * (n + 2)))


@elementwise(input=lambda k, input: _mish_slope(k, input), samples=unary(), method=False, inplace=False, takes="floats",
             refuses="complex", torch="nn.functional.mish")  # fmt: skip
def mish(k, input: Array):
    """input * tanh(softplus(input)) (Misra 2019, arXiv:1908.08681)."""
    n = _mish_parts(k, input)[2]
    return input * (n / (n + 2))


@composition(method=False, samples=unary(), torch="nn.functional.softsign")
def softsign(input: Array):
    """input / (1 + |input|)."""
    return input / (abs(input) + 1)


@composition(method=False, samples=unary(), torch="nn.functional.tanhshrink")
def tanhshrink(input: Array):
    """input - tanh(input)."""
    if not input.dtype.category:
        raise RuntimeError("tanhshrink(): bools can't be subtracted from; convert them first with .float()")
    return input - tanh(input)
