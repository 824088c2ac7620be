"""Softmax and its logarithm, along one dim, taken relative to the largest value, so that nothing overflows."""

from __future__ import annotations

from minitorch.ops.formulas import formula
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, Cast, Dim, composition, op


def _samples(make):
    yield Sample(make(2, 3), 1)
    yield Sample(make(2, 3, 4), 0)
    yield Sample(make.strided(3, 4), -2)
    yield Sample(make(), 0)
    yield Sample(make(2, 0), 0)


def _errors(make):
    yield ErrorSample(Sample(make(2, 3), 2), IndexError, "Dimension out of range")
    yield ErrorSample(Sample(make.integers((3,), 0, 5), 0), RuntimeError, "floating point")


def _dims(shape: tuple[int, ...], dim: int) -> tuple[int, ...]:
    return (dim,) if shape else ()


@formula
def softmax_gradient(k, g: Array, out: Array, dim: int):
    """What each value gives to itself, less what all get through the sum that divides them."""
    return out * (g - k.sum(g * out, _dims(out.shape, dim), True))


@op(input=lambda k, g, out, dim: k.softmax_gradient(g, out, dim), takes="floats", refuses="complex", samples=_samples,
    errors=_errors, autocast="cuda float32")  # fmt: skip
def softmax(k, input: Array, dim: Dim, dtype: Cast = None):
    """exp(x) / sum(exp(x)) along `dim`: positive numbers that add up to 1.

    >>> import minitorch
    >>> minitorch.softmax(minitorch.tensor([0.0, 0.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    raised = k.exp(input - k.amax(input, _dims(input.shape, dim), True)) if 0 not in input.shape else input
    return raised / k.sum(raised, _dims(input.shape, dim), True)


@formula
def log_softmax_gradient(k, g: Array, out: Array, dim: int):
    """Each logarithm gets its own gradient, and pays for all by its share of the softmax."""
    return g - k.exp(out) * k.sum(g, _dims(out.shape, dim), True)


@op(input=lambda k, g, out, dim: k.log_softmax_gradient(g, out, dim), takes="floats", refuses="complex", samples=_samples,
    errors=_errors, autocast="cuda float32")  # fmt: skip
def log_softmax(k, input: Array, dim: Dim, dtype: Cast = None):
    """x - log(sum(exp(x))) along `dim`: the logarithm of softmax, exact also where softmax rounds to 0 or to 1."""
    if 0 in input.shape:
        return k.clone(input)
    dims = _dims(input.shape, dim)
    shifted = input - k.amax(input, dims, True)
    # The largest terms are 1: without one of them log1p keeps what the others are, be they ever so small.
    top = shifted == 0
    others = k.sum(k.where(top, k.full_like(shifted, 0), k.exp(shifted)), dims, True)
    return shifted - k.log1p(others + (k.sum(k.cast_like(top, shifted), dims, True) - 1))


@composition(method=False, samples=_samples, torch="nn.functional.softmin")
def softmin(input: Array, dim: int, *, dtype=None):
    """softmax(-x): the smallest gets the most."""
    return softmax(-input, dim, dtype=dtype)
