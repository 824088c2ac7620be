"""Copies and conversions: another dtype, another device, other memory; and writes of whole tensors."""

from __future__ import annotations

import math
from typing import Any

from minitorch import dtypes, layouts
from minitorch.backend import Device
from minitorch.dtypes import DType
from minitorch.explain import broadcast_shape, refuse
from minitorch.inplace import run_inplace
from minitorch.layouts import MemoryFormat, contiguous_format, preserve_format
from minitorch.ops.samples import Sample, unary
from minitorch.rows import OPS, Array, composition, elementwise, linear, op
from minitorch.tape import mode, new_node
from minitorch.tensor import Tensor, wrap
from minitorch.type_limits import bounds


def _cast_samples(make):
    yield Sample(make(2, 3), dtypes.float64)
    yield Sample(make(2, 3), dtypes.int32)
    yield Sample(make.integers((3,), 0, 5), dtypes.float32)


@linear(
    input=lambda g: g, inplace=False, result="array", public=False, grad_name="ToCopyBackward0", samples=_cast_samples
)
def cast(k, input: Array, dtype: DType):
    """The same values in another dtype; the tape casts the gradient back."""
    ...


@composition(public=False)
def cast_like(input: Array, other: Array):
    """`input` in the dtype of `other`: for rules, which don't know dtypes."""
    return cast(input, other.dtype)


@composition(method=True)
def is_complex(input: Array) -> bool:
    """Is the dtype complex?"""
    return input.dtype.is_complex


@linear(input=lambda g: g, inplace=False, samples=unary(), method=False)
def clone(k, input: Array):
    """A copy in memory of its own, laid out as the input is; gradients flow through."""
    ...


@linear(input=lambda g: g, inplace=False, samples=unary(), public=False, grad_name="CloneBackward0")
def contiguous_copy(k, input: Array):
    """A copy in row-major order."""
    return k.clone(input)


@linear(input=lambda g: g, inplace=False, view=True, public=False, samples=unary(), grad_name="AliasBackward0")
def alias(k, input: Array):
    """The same memory under another name, a view of everything."""
    return input


@elementwise(input=0, inplace=True, public=False)
def zero(k, input: Array):
    """Zeros in the shape of input."""
    return k.full_like(input, 0)


@op(input=lambda k, g: k.full_like(g, 0), value=lambda k, g: g, inplace=True, public=False, numbers=True, promote=False,
    samples=lambda make: iter([Sample(make(2, 3), make()), Sample(make(2, 3), 2)]))  # fmt: skip
def fill(k, input: Array, value: Array):
    """`value`, a number or 0-d tensor, in the shape of input."""
    return k.expand(value, input.shape)


def _cannot_copy(input: Tensor, src: Tensor) -> None:
    if broadcast_shape([input.shape, src.shape]) != tuple(input.shape):
        refuse("copy_", f"values of shape {list(src.shape)} don't broadcast to the tensor's {list(input.shape)}",
               hint="reshape or slice the values; a write can't grow its tensor")  # fmt: skip


@op(input=lambda k, g: k.full_like(g, 0), src=lambda g: g, inplace=False, public=False, grad_name="CopyBackwards",
    explain=_cannot_copy)  # fmt: skip
def copy(k, input: Array, src: Array):
    """`src` in the shape of input."""
    return k.expand(src, input.shape)


class _ToDevice:
    """The op of a move between devices; the engine applies it, since its result lives elsewhere than its operand."""

    name, grad_name, saves, saves_out, several = "to_device", "ToCopyBackward0", (), False, False

    def pull(self, node, g, k):
        return (node.device.backend.move(g, node.dtype, node.params),)

    def pull_tensors(self, node, g, ops, wrap):
        return (to_device(g, node.params),)


_TO_DEVICE = _ToDevice()


@composition(public=False)
def to_device(input: Array, device: Device):
    """The values on another device, perhaps of another backend; gradients travel back."""
    if device is input.device:
        return input
    if input._view is not None:
        input._sync()
    if (
        device.backend.inner is not None
    ):  # a transform's: the tensor is lifted, which its own tape has nothing to say of
        return wrap(device.backend.lifted(to_device(input, device.backend.inner)), input.dtype, device)
    if input.device.backend.inner is not None:
        device = input.device.backend.beside(device)
        if device is input.device:
            return input
    result = wrap(input.device.backend.move(input._array, input.dtype, device), input.dtype, device)
    if mode.enabled and input._node is not None:
        result._node = new_node(_TO_DEVICE, (input._node,), result, params=input.device)
    return result


# --- Memory formats ---------------------------------------------------------------------------------------------------


def _order_samples(make):
    yield Sample(make(2, 3, 4), (2, 0, 1))
    yield Sample(make(2, 3, 1, 2), (0, 2, 3, 1))


@linear(input=lambda g: g, inplace=False, samples=_order_samples, public=False, grad_name="CloneBackward0")
def clone_in_order(k, input: Array, order: tuple):
    """A copy whose dimensions lie in memory in this order, the slowest first, where the library has strides."""
    back = tuple([order.index(dim) for dim in range(len(order))])
    return k.permute(k.contiguous_copy(k.permute(input, order)), back)


def copy_in(input: Tensor, memory_format: MemoryFormat) -> Tensor:
    """A copy in a memory format."""
    order = layouts.order_in(memory_format, input.ndim)
    if memory_format is preserve_format:
        return clone(input)
    return contiguous_copy(input) if memory_format is contiguous_format else clone_in_order(input, order)


def contiguous(self: Tensor, memory_format: MemoryFormat = contiguous_format) -> Tensor:
    """The tensor itself if its elements lie in row-major order (or that of another memory format), else a copy that does."""
    if self.is_contiguous(memory_format):
        return self
    if memory_format is preserve_format:
        raise RuntimeError("preserve memory format is unsupported by the contiguous operator; use clone()")
    return copy_in(self, memory_format)


# --- Methods ----------------------------------------------------------------------------------------------------------


def to(
    self: Tensor,
    *args: Any,
    dtype: DType | None = None,
    device: Any = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: MemoryFormat | None = None,
) -> Tensor:
    """The tensor with another dtype or on another device: `to(dtype)`, `to(device)`, `to(device, dtype)`, `to(other)`.

    By position too: to(dtype, non_blocking, copy).
    """
    if len(args) > 2:
        copy = copy or [value for value in args if isinstance(value, bool)][1:] == [True]
    for value in args:
        if isinstance(value, DType):
            dtype = value
        elif isinstance(value, Tensor):
            dtype, device = value.dtype, value.device
        elif isinstance(value, Device | str):
            device = value
        elif value is not None and not isinstance(value, bool):
            raise TypeError(f"to(): expected a dtype, a device or a Tensor, got {value.__class__.__name__}")
    result = self
    if device is not None and Device(device) is not self.device:
        result = OPS["to_device"].function(result, Device(device))
    if dtype is not None and dtype is not self.dtype:
        result = cast(result, dtype)
    if memory_format in (None, preserve_format):
        return clone(self) if copy and result is self else result
    if result is self and not copy and layouts.suggested_format(self.shape, self.stride()) is memory_format:
        return self
    return result if result is not self and result.is_contiguous(memory_format) else copy_in(result, memory_format)


def fitted(value: Any, dtype: DType) -> Any:
    """A number as a dtype holds it: cut to a whole one, negative ones counted from the top of unsigned types, none too large."""
    if dtype is dtypes.bool or dtype.is_complex or isinstance(value, bool):
        return bool(value) if dtype is dtypes.bool else value
    real: float = value.real
    low, high = bounds(dtype)
    if dtype.inexact:
        fits = not high < abs(real) < math.inf
        held = real
    else:
        fits = (low or -high) <= real <= high
        held = (int(real) if low else int(real) % (high + 1)) if fits else None
    if value.imag or not fits:
        raise RuntimeError(f"value {value} cannot be converted to type {dtype.name} without overflow")
    return held


def _filling(self: Tensor, value: Any) -> Any:
    if not isinstance(value, Tensor):
        return fitted(value, self.dtype) if dtypes.of_number(value) is not None else value
    if value.ndim:
        raise RuntimeError(f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions.")
    return value.to(self.device, self.dtype)


def fill_(self: Tensor, value: Any) -> Tensor:
    """`value`, a number or 0-d tensor, everywhere, converted to this tensor's dtype."""
    return run_inplace(OPS["fill"], self, (_filling(self, value),), {})


def filled(input: Tensor, value: Any) -> Tensor:
    """`value`, a number or 0-d tensor, in the shape and dtype of input, in memory of its own."""
    return clone(fill(input, _filling(input, value)))


def _converter(dtype: DType):
    def convert(self: Tensor, memory_format: MemoryFormat = preserve_format) -> Tensor:
        if memory_format is not preserve_format:
            return to(self, dtype, memory_format=memory_format)
        return self if self.dtype is dtype else cast(self, dtype)

    convert.__doc__ = f"The tensor as {dtype!r}."
    return convert


def cloned(input: Tensor, *, memory_format: MemoryFormat | None = None) -> Tensor:
    """A copy in memory of its own, in the layout of the input or in a memory format; gradients flow through."""
    return clone(input) if memory_format is None else copy_in(input, memory_format)


def type_as(self: Tensor, other: Tensor) -> Tensor:
    """The tensor in the dtype of `other`."""
    return self.to(other.dtype)


def type(self: Tensor, dtype: Any = None) -> Any:
    """The old-style type name, or the tensor converted to a dtype, or to an old-style type or its name (and its device)."""
    place = "" if self.device.type == "cpu" else f"{self.device.type}."
    if dtype is None:
        return f"torch.{place}{TYPE_NAMES[self.dtype]}"
    if not isinstance(dtype, DType):
        kind, device = type_named(dtype)
        moved = self if device == self.device.type else self.to(device)
        return moved.to(kind)
    return self.to(dtype)


def type_named(name: Any) -> tuple[DType, str]:
    """What an old-style type, or its name such as 'torch.cuda.FloatTensor', stands for: a dtype and a device type."""
    if name is Tensor:
        name = "torch.Tensor"
    if not isinstance(name, str):
        name = f"{getattr(name, '__module__', '')}.{getattr(name, '__qualname__', name)}"
    place, _, short = name.rpartition(".")
    found = dtypes.get_default_dtype() if short == "Tensor" else _OF_TYPE_NAMES.get(short)
    if found is None or place not in ("torch", "torch.cuda"):
        raise ValueError(f"invalid type: {name!r}; expected a dtype, or a name such as 'torch.FloatTensor'")
    return found, "cuda" if place == "torch.cuda" else "cpu"


TYPE_NAMES = {
    dtypes.float32: "FloatTensor",
    dtypes.float64: "DoubleTensor",
    dtypes.float16: "HalfTensor",
    dtypes.bfloat16: "BFloat16Tensor",
    dtypes.int64: "LongTensor",
    dtypes.int32: "IntTensor",
    dtypes.int16: "ShortTensor",
    dtypes.int8: "CharTensor",
    dtypes.uint8: "ByteTensor",
    dtypes.bool: "BoolTensor",
    dtypes.uint16: "UInt16Tensor",
    dtypes.uint32: "UInt32Tensor",
    dtypes.uint64: "UInt64Tensor",
    dtypes.complex64: "ComplexFloatTensor",
    dtypes.complex128: "ComplexDoubleTensor",
    **{dtype: f"{dtype.name.capitalize()}Tensor" for dtype in dtypes.FLOAT8},
}
_OF_TYPE_NAMES = {name: dtype for dtype, name in TYPE_NAMES.items()}


def cuda(self: Tensor, device: Any = None, non_blocking: bool = False, memory_format: Any = None) -> Tensor:
    """The tensor on a GPU: the current one, or the one of a number, a name or a Device."""
    return self.to(f"cuda:{device}" if isinstance(device, int) else "cuda" if device is None else device)


def pin_memory(self: Tensor, device: Any = None) -> Tensor:
    """The tensor itself: every copy to a GPU goes through pinned memory and returns at once, wherever it comes from."""
    return self


METHODS = {
    "to": to, "fill_": fill_, "type": type, "type_as": type_as, "contiguous": contiguous,
    "clone": cloned,
    "cpu": lambda self: self.to("cpu"),
    "cuda": cuda, "pin_memory": pin_memory, "is_pinned": lambda self, device=None: False,
    **{name: _converter(dtype) for name, dtype in (
        ("float", dtypes.float32), ("double", dtypes.float64), ("half", dtypes.float16), ("bfloat16", dtypes.bfloat16),
        ("int", dtypes.int32), ("long", dtypes.int64), ("short", dtypes.int16), ("char", dtypes.int8), ("byte", dtypes.uint8),
        ("bool", dtypes.bool), ("cfloat", dtypes.complex64), ("cdouble", dtypes.complex128))},
}  # fmt: skip
