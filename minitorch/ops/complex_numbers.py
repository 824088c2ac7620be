"""Complex numbers: their parts and their conjugates."""

from __future__ import annotations

from minitorch.dtypes import complex128
from minitorch.inplace import run_inplace
from minitorch.ops.samples import Sample, unary
from minitorch.rows import OPS, Array, op


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


METHODS = {
    "real": property(real), "imag": property(imag), "conj_physical_": lambda self: run_inplace(OPS["conj"], self, (), {}),
}  # fmt: skip
