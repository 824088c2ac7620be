"""Questions with bool answers, logic on bools, bits of integers, and choosing by a mask."""

from __future__ import annotations

import builtins

from minitorch.dtypes import bool, get_default_dtype, of_number
from minitorch.operands import constant
from minitorch.ops.conversion import fitted
from minitorch.ops.samples import Sample, binary, unary
from minitorch.rows import Array, Mask, composition, elementwise, linear, op
from minitorch.tensor import Tensor

# --- Comparisons ------------------------------------------------------------------------------------------------------


@elementwise(result="bool", inplace=True, samples=binary())
def eq(k, input: Array, other: Array):
    """input == other, elementwise."""
    ...


@elementwise(result="bool", inplace=True, samples=binary())
def ne(k, input: Array, other: Array):
    """input != other, elementwise."""
    ...


@elementwise(result="bool", inplace=True, samples=binary(), refuses="complex")
def lt(k, input: Array, other: Array):
    """input < other, elementwise."""
    ...


@elementwise(result="bool", inplace=True, samples=binary(), refuses="complex")
def le(k, input: Array, other: Array):
    """input <= other, elementwise."""
    ...


@elementwise(result="bool", inplace=True, samples=binary(), refuses="complex")
def gt(k, input: Array, other: Array):
    """input > other, elementwise."""
    ...


@elementwise(result="bool", inplace=True, samples=binary(), refuses="complex")
def ge(k, input: Array, other: Array):
    """input >= other, elementwise."""
    ...


@composition(samples=lambda make: iter([Sample(make(2, 3), make(2, 3)), Sample(make(2, 3), make(3), rtol=1.0)]))
def isclose(input: Array, other: Array, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: builtins.bool = False):
    """|input - other| <= atol + rtol * |other|, elementwise; infinities equal themselves only."""
    if input.dtype is not other.dtype:
        raise RuntimeError(f"isclose(): {input.dtype!r} did not match {other.dtype!r}; convert one of them")
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value}")
    close = input == other
    if not input.dtype.inexact:
        input, other = input.to(get_default_dtype()), other.to(get_default_dtype())
    error = (input - other).abs()
    close = close | ((error <= atol + rtol * other.abs()) & isfinite(error))
    return close | (isnan(input) & isnan(other)) if equal_nan else close


@composition(samples=None)
def allclose(
    input: Array, other: Array, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: builtins.bool = False
) -> builtins.bool:
    """Are all elements close?"""
    return builtins.bool(isclose(input, other, rtol, atol, equal_nan).all())


@composition(samples=None)
def equal(input: Array, other: Array) -> builtins.bool:
    """Have both the same shape and the same values?"""
    return tuple(input.shape) == tuple(other.shape) and builtins.bool((input == other).all())


@elementwise(result="bool", samples=unary())
def isnan(k, input: Array):
    """Is it not a number?"""
    ...


@elementwise(result="bool", samples=unary())
def isinf(k, input: Array):
    """Is it an infinity?"""
    ...


@elementwise(result="bool", samples=unary())
def isfinite(k, input: Array):
    """Is it neither infinite nor nan?"""
    ...


# --- Logic and bits ---------------------------------------------------------------------------------------------------


@elementwise(result="bool", public=False)
def nonzero_mask(k, input: Array):
    """Is it nonzero?"""
    return input != k.full_like(input, 0)


@elementwise(result="bool", inplace=True, samples=binary())
def logical_and(k, input: Array, other: Array):
    """Are both nonzero?"""
    return k.nonzero_mask(input) & k.nonzero_mask(other)


@elementwise(result="bool", inplace=True, samples=binary())
def logical_or(k, input: Array, other: Array):
    """Is either nonzero?"""
    return k.nonzero_mask(input) | k.nonzero_mask(other)


@elementwise(result="bool", inplace=True, samples=binary())
def logical_xor(k, input: Array, other: Array):
    """Is exactly one nonzero?"""
    return k.nonzero_mask(input) ^ k.nonzero_mask(other)


@elementwise(result="bool", inplace=True, samples=unary())
def logical_not(k, input: Array):
    """Is it zero?"""
    return input == k.full_like(input, 0)


def _bits(make):
    yield Sample(make(2, 3), make(2, 3))
    yield Sample(make(2, 3), make(3))
    yield Sample(make(2, 3), 3)


def _shifts(make):
    yield Sample(make(2, 3), make(2, 3, low=0, high=6))
    yield Sample(make(2, 3), make(3, low=0, high=6))
    yield Sample(make(2, 3), 3)


@elementwise(samples=_bits)
def bitwise_and(k, input: Array, other: Array):
    """Bit by bit: are both set? For bools, logical and."""
    ...


@elementwise(samples=_bits)
def bitwise_or(k, input: Array, other: Array):
    """Bit by bit: is either set? For bools, logical or."""
    ...


@elementwise(samples=_bits)
def bitwise_xor(k, input: Array, other: Array):
    """Bit by bit: is exactly one set?"""
    ...


@elementwise(samples=lambda make: iter([Sample(make.integers((2, 3), 0, 8)), Sample(make.bools((3,)))]))
def bitwise_not(k, input: Array):
    """All bits turned over; for bools, logical not."""
    ...


@elementwise(samples=_shifts, refuses="bool float complex")
def bitwise_left_shift(k, input: Array, other: Array):
    """input * 2 ** other on integers."""
    ...


@elementwise(samples=_shifts, refuses="bool float complex")
def bitwise_right_shift(k, input: Array, other: Array):
    """floor(input / 2 ** other) on integers."""
    ...


# --- Choosing ---------------------------------------------------------------------------------------------------------


def _zero_samples(make):
    yield Sample(make(2, 3), make.bools((2, 3)))
    yield Sample(make(2, 3), make.bools((3,)))
    yield Sample(make(3), make.bools((2, 1)))
    yield Sample(make.strided(40, 50), make.bools((40, 50)))
    yield Sample(make(), make.bools(()))
    yield Sample(make(0, 2), make.bools((0, 2)))


def _where_samples(make):
    yield Sample(make.bools((2, 3)), make(2, 3), make(2, 3))
    yield Sample(make.bools((2, 1)), make(3), make(2, 3))
    yield Sample(make.bools((2, 3)), make(2, 3), 0.0)
    yield Sample(make.bools(()), make(2), make())


@linear(input=lambda k, g, mask: k.zero_where(g, mask), public=False, samples=_zero_samples)
def zero_where(k, input: Array, mask: Mask):
    """0 where `mask` is True, else input: a derivative that lets nothing through, where a product would make nan of inf.

    out = 0 if mask else input
    """
    return k.where(mask, k.full_like(input, 0), input)


@op(input=lambda k, g, condition: k.zero_where(g, k.logical_not(condition)),
    other=lambda k, g, condition: k.zero_where(g, condition),
    promote=True, numbers=True, method=False, samples=_where_samples)  # fmt: skip
def where(k, condition: Mask, input: Array, other: Array):
    """input where `condition` is True, else other; all three broadcast.

    out = input if condition else other
    """
    ...


def _clamp_samples(make):
    yield Sample(make(2, 3), -1.0, 1.0)
    yield Sample(make(2, 3), min=-0.5)
    yield Sample(make(2, 3), max=0.5)
    yield Sample(make(2, 3), make(3, low=-2, high=-1), make(2, 3, low=0, high=1))


@elementwise(
    input=lambda k, g, input, min, max: _inside(k, g, input, min, max),
    public=False,
    out=True,
    grad_name="ClampBackward1",
    refuses="complex",
)
def clamp_numbers(k, input: Array, min: float | None = None, max: float | None = None):
    """input limited to [min, max], where the limits are numbers; nan stays nan. The derivative at a limit is 1."""
    if min is not None:
        input = k.maximum(input, k.full_like(input, min))
    if max is not None:
        input = k.minimum(input, k.full_like(input, max))
    return input


def _inside(k, g, input, min, max):
    if min is None:
        inside = input <= max
    else:
        inside = input >= min if max is None else (input >= min) & (input <= max)
    return k.zero_where(g, k.logical_not(inside))


@elementwise(input=lambda k, g, input, min, max: _inside(k, g, input, min, max),
             min=lambda k, g, input, min, max: _below_min(k, g, input, min, max),
             max=lambda k, g, input, min, max: _above_max(k, g, input, min, max), public=False, out=True,
             grad_name="ClampBackward0", refuses="complex")  # fmt: skip
def clamp_tensors(k, input: Array, min: Array | None = None, max: Array | None = None):
    """input limited to [min, max], where the limits are tensors. At a limit the derivative is the input's alone."""
    if min is not None:
        input = k.maximum(input, min)
    return input if max is None else k.minimum(input, max)


def _below_min(k, g, input, min, max):
    return k.zero_where(g, k.logical_not(input < min if max is None else (input < min) & (min < max)))


def _above_max(k, g, input, min, max):
    return k.zero_where(g, k.logical_not(input > max if min is None else (input > max) | (max < min)))


@composition(samples=_clamp_samples, inplace=True)
def clamp(input: Array, min=None, max=None, *, out=None):
    """input limited to [min, max], elementwise; the limits are numbers or tensors, and either may be left out.

    out = min(max(input, lower), upper), where `lower` and `upper` are the limits

    >>> import minitorch
    >>> minitorch.clamp(minitorch.tensor([-2.0, 0.5, 9.0]), min=0, max=1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if not isinstance(min, Tensor) and not isinstance(max, Tensor):
        if any(isinstance(limit, float) for limit in (min, max)) and not input.dtype.inexact:
            input = input.to(get_default_dtype())
        elif input.dtype is bool and any(type(limit) is int for limit in (min, max)):
            input = input.long()
        if not input.dtype.inexact or any(isinstance(limit, complex) for limit in (min, max)):
            min, max = (None if limit is None else fitted(limit, input.dtype) for limit in (min, max))
        return clamp_numbers(input, min, max, out=out)
    if input.dtype is bool and min is not None and max is not None:
        raise NotImplementedError(
            "clamp(): not implemented for torch.bool with limits on both sides; convert with .int()"
        )
    return clamp_tensors(input, min, max, out=out)


@composition(samples=lambda make: iter([Sample(make(2, 3), 0.5)]), inplace=True, out=True)
def clamp_min(input: Array, min, *, out=None):
    """input, but at least min."""
    return clamp(input, min=min, out=out)


@composition(samples=lambda make: iter([Sample(make(2, 3), 0.5)]), inplace=True, out=True)
def clamp_max(input: Array, max, *, out=None):
    """input, but at most max."""
    return clamp(input, max=max, out=out)


def _masked_fill_samples(make):
    yield Sample(make(2, 3), make.bools((2, 3)), make())
    yield Sample(make(2, 3), make.bools((3,)), make())


@op(input=lambda k, g, mask: k.zero_where(g, mask), value=lambda k, g, mask: k.zero_where(g, k.logical_not(mask)),
    public=False, grad_name="MaskedFillBackward0", samples=_masked_fill_samples)  # fmt: skip
def fill_masked(k, input: Array, mask: Mask, value: Array):
    """input with `value`, a 0-d tensor of its dtype, where `mask` is True."""
    return k.where(mask, value, input)


@composition(
    inplace=True, samples=lambda make: iter([*_masked_fill_samples(make), Sample(make(2, 3), make.bools((2, 3)), 1.5)])
)
def masked_fill(input: Array, mask: Mask, value):
    """input with `value` (a number or 0-d tensor), converted to input's dtype, where `mask` is True.

    out = value if mask else input
    """
    if isinstance(value, Tensor) and value.ndim:
        raise RuntimeError(
            f"masked_fill only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    given = value.dtype if isinstance(value, Tensor) else of_number(value)
    if given is None:
        raise TypeError(f"masked_fill(): argument 'value' must be Tensor or Number, not {type(value).__name__}")
    if given.is_complex and not input.dtype.is_complex:
        raise RuntimeError(
            f"value cannot be converted to type {input.dtype!r} without overflow: masked_fill() was given {given!r}"
        )
    if isinstance(value, Tensor):
        if given.inexact and not input.dtype.inexact:
            fitted(value.item(), input.dtype)  # raises where it is none of its numbers
        value = value.to(input.device, input.dtype)
    else:
        value = constant(fitted(value, input.dtype), input.dtype, input.device)
    return fill_masked(input, mask, value)


METHODS = {"where": lambda self, condition, other: where(condition, self, other)}
