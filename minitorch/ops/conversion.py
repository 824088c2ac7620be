"""Copies and conversions: another dtype, another device, other memory; and writes of whole tensors."""

from __future__ import annotations

from typing import Any

from minitorch import dtypes
from minitorch.backend import Device
from minitorch.dtypes import DType
from minitorch.explain import broadcast_shape, refuse
from minitorch.ops.samples import Sample, unary
from minitorch.rows import OPS, Array, composition, elementwise, linear, op
from minitorch.tape import mode, new_node
from minitorch.tensor import Tensor, wrap


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


@op(input=lambda k, g: k.full_like(g, 0), value=lambda k, g: g, inplace=True, public=False, numbers=True, promote=False)
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


# --- Methods ----------------------------------------------------------------------------------------------------------


def to(
    self: Tensor,
    *args: Any,
    dtype: DType | None = None,
    device: Any = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """The tensor with another dtype or on another device: `to(dtype)`, `to(device)`, `to(device, dtype)`, `to(other)`."""
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
    return clone(self) if copy and result is self else result


def _converter(dtype: DType):
    def convert(self: Tensor) -> Tensor:
        return self if self.dtype is dtype else cast(self, dtype)

    convert.__doc__ = f"The tensor as {dtype!r}."
    return convert


def type_as(self: Tensor, other: Tensor) -> Tensor:
    """The tensor in the dtype of `other`."""
    return self.to(other.dtype)


def type(self: Tensor, dtype: Any = None) -> Any:
    """The old-style type name, or the tensor converted to `dtype`."""
    if dtype is None:
        return f"torch.{_TYPE_NAMES.get(self.dtype.name, self.dtype.name.capitalize() + 'Tensor')}"
    return self.to(dtype)


_TYPE_NAMES = {
    "float32": "FloatTensor",
    "float64": "DoubleTensor",
    "float16": "HalfTensor",
    "bfloat16": "BFloat16Tensor",
    "int64": "LongTensor",
    "int32": "IntTensor",
    "int16": "ShortTensor",
    "int8": "CharTensor",
    "uint8": "ByteTensor",
    "bool": "BoolTensor",
}


def contiguous(self: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor itself if its elements lie in row-major order, else a copy that does."""
    return self if self.is_contiguous() else contiguous_copy(self)


def cuda(self: Tensor, device: Any = None, non_blocking: bool = False, memory_format: Any = None) -> Tensor:
    """The tensor on a GPU: the current one, or the one of a number, a name or a Device."""
    return self.to(f"cuda:{device}" if isinstance(device, int) else "cuda" if device is None else device)


def pin_memory(self: Tensor, device: Any = None) -> Tensor:
    """The tensor itself: every copy to a GPU goes through pinned memory and returns at once, wherever it comes from."""
    return self


METHODS = {
    "to": to, "type": type, "type_as": type_as, "contiguous": contiguous,
    "clone": lambda self, *, memory_format=None: (
        clone(self) if memory_format is None or "preserve" in str(memory_format) else contiguous_copy(self)
    ),
    "cpu": lambda self: self.to("cpu"),
    "cuda": cuda, "pin_memory": pin_memory, "is_pinned": lambda self, device=None: False,
    **{name: _converter(dtype) for name, dtype in (
        ("float", dtypes.float32), ("double", dtypes.float64), ("half", dtypes.float16), ("bfloat16", dtypes.bfloat16),
        ("int", dtypes.int32), ("long", dtypes.int64), ("short", dtypes.int16), ("char", dtypes.int8), ("byte", dtypes.uint8),
        ("bool", dtypes.bool), ("cfloat", dtypes.complex64), ("cdouble", dtypes.complex128))},
}  # fmt: skip
