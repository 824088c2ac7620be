"""Complex numbers: their parts and their conjugates."""

from __future__ import annotations

from collections.abc import Callable

from minitorch.dtypes import complex128, float64
from minitorch.inplace import run_inplace, written
from minitorch.ops.comparison import where
from minitorch.ops.pointwise import exp, log1p
from minitorch.ops.pointwise import logaddexp as real_logaddexp
from minitorch.ops.samples import Sample, unary
from minitorch.rows import OPS, Array, Op, linear, op
from minitorch.tensor import Tensor


@op(input=lambda k, g: k.conj(g), samples=unary())
def conj(k, input: Array):
    """The complex conjugate; a real tensor is its own."""
    ...


@op(input=lambda g: g, result="real", samples=unary(), method=False)
def real(k, input: Array):
    """The real part."""
    ...


@op(input=lambda k, g: k.imaginary(g), result="real", method=False, refuses="bool integer float",
    samples=lambda make: iter([Sample(make(2, 3, dtype=complex128))]))  # fmt: skip
def imag(k, input: Array):
    """The imaginary part."""
    ...


@op(input=lambda k, g: k.imag(g), result="array", public=False)
def imaginary(k, input: Array):
    """1j * input, for a real input: where the gradient of `imag` belongs."""
    return k.make_complex(k.full_like(input, 0), input)


@op(real=lambda k, g: k.real(g), imag=lambda k, g: k.imag(g), result="array", public=False)
def make_complex(k, real: Array, imag: Array):
    """real + 1j * imag."""
    ...


def _explain_pairs(input: Tensor) -> None:
    if not input.ndim:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if input.shape[-1] != 2:
        raise RuntimeError(f"Tensor must have a last dimension of size 2, got shape {list(input.shape)}")
    raise RuntimeError(f"Tensor must have a last dimension with stride 1, got strides {list(input.stride())}")


def _complex_samples(make):
    yield Sample(make(2, 3, dtype=complex128))
    yield Sample(make(dtype=complex128))


@linear(input=lambda k, g: k.view_as_complex(g), result="real", view=True, refuses="bool integer float",
        samples=_complex_samples)  # fmt: skip
def view_as_real(k, input: Array):
    """The real and imaginary parts as a new last dimension of size 2; a view."""
    return k.stack([k.real(input), k.imag(input)], len(input.shape))


@linear(input=lambda k, g: k.view_as_real(g), result="array", view=True, refuses="bool integer complex",
        special=False,  # x + 1j * y is nan for infinite y, and the array API has no other way to make a complex number
        explain=_explain_pairs,
        samples=lambda make: iter([Sample(make(3, 2, dtype=float64)), Sample(make(2, dtype=float64))]),
        autocast="cpu float32")  # fmt: skip
def view_as_complex(k, input: Array):
    """Pairs along the last dimension, which has size 2, as complex numbers; a view."""
    if input.shape[-1] != 2:
        raise ValueError("not pairs")
    return k.make_complex(k.basic_index(input, (..., 0)), k.basic_index(input, (..., 1)))


def _unless_real(row: Op) -> Callable:
    """The function of a row that has nothing to do for real tensors: it gives them back as they are, as PyTorch does."""

    def function(input: Tensor, *, out: Tensor | None = None) -> Tensor:
        if isinstance(input, Tensor) and not input.dtype.is_complex and out is None:
            return input
        return row.function(input) if out is None else written(row.name, out, row.function(input))

    function.__name__, function.__doc__ = row.name, row.definition.__doc__
    return function


def logaddexp(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """log(exp(input) + exp(other)), without overflow: of complex numbers by way of the one with the larger real part."""
    if not any(isinstance(value, Tensor) and value.dtype.is_complex for value in (input, other)):
        return real_logaddexp(input, other, out=out)
    first = input.real >= other.real
    large, small = where(first, input, other), where(first, other, input)
    gap = where(input.real == other.real, small.imag - large.imag + 0j, small - large)
    return (large + log1p(exp(gap))) if out is None else written("logaddexp", out, large + log1p(exp(gap)))


FUNCTIONS = {"conj": _unless_real(OPS["conj"]), "real": _unless_real(OPS["real"]), "logaddexp": logaddexp}
METHODS = {
    "logaddexp": logaddexp,
    "conj": FUNCTIONS["conj"], "conj_physical": FUNCTIONS["conj"],
    "real": property(FUNCTIONS["real"]), "imag": property(imag),
    "conj_physical_": lambda self: run_inplace(OPS["conj"], self, (), {}),
}  # fmt: skip
