"""Tensors from Python values, from NumPy, and from nothing."""

from __future__ import annotations

import builtins
import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch import dtypes, layouts
from minitorch.backend import Device, default_device
from minitorch.checks import room_for
from minitorch.dtypes import DType
from minitorch.inplace import run_inplace, write, written
from minitorch.layouts import MemoryFormat, contiguous_format, preserve_format
from minitorch.operands import constant, to_number, to_sizes
from minitorch.ops.conversion import fitted
from minitorch.ops.nested import read, refuse_complex
from minitorch.rows import OPS
from minitorch.tape import mode
from minitorch.tensor import Tensor, wrap

# --- From values ------------------------------------------------------------------------------------------------------


inside: Callable = lambda device: device  # the floor of transforms hands in: the innermost one's device over a device


def _device(device: Any) -> Device:
    """Where a new tensor lies: inside a transform on its level, since values that it follows may be written there."""
    if isinstance(device, Device):
        return device
    return inside(default_device() if device is None else Device(device))


def _new(array: np.ndarray, dtype: DType, device: Any, requires_grad: bool = False) -> Tensor:
    device = _device(device)
    made = wrap(device.backend.from_host(array, dtype, device), dtype, device)
    return made.requires_grad_() if requires_grad else made


def tensor(
    data: Any, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """A new leaf with a copy of `data`: numbers, nested lists, a NumPy array or a Tensor.

    >>> import minitorch
    >>> minitorch.tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])
    """
    if isinstance(data, Tensor):
        made = data.detach().clone().to(device=device, dtype=dtype)
        return made.requires_grad_() if requires_grad else made
    array, found = read(data, dtype)
    made = _new(array, found, device)
    return made.requires_grad_() if requires_grad else made


def laid_out(function: Callable) -> Callable:
    """A function that makes a tensor, with PyTorch's argument `layout`: strided, the only one here."""

    @functools.wraps(function)
    def make(*arguments: Any, layout: Any = layouts.strided, **settings: Any) -> Tensor:
        if layout not in (layouts.strided, None):
            raise RuntimeError(f"{function.__name__}(): only strided tensors are made here, got layout={layout!r}")
        return function(*arguments, **settings)

    return make


# --- From nothing -----------------------------------------------------------------------------------------------------


def sizes_of(size: tuple) -> tuple[int, ...]:
    """The shape in `zeros(2, 3)` as in `zeros((2, 3))`."""
    alone = len(size) == 1 and type(size[0]) is not int and isinstance(size[0], Sequence)
    shape = to_sizes(size[0] if alone else size)
    for length in shape:
        if length < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {length}: {list(shape)}")
    return shape


def _asked_dtype(name: str, dtype: DType | None, default: DType, out: Any) -> DType:
    """The dtype of a new tensor: the one that was asked for, or that of `out`, or the default."""
    if not isinstance(out, Tensor):
        return dtype or default
    if dtype not in (None, out.dtype):
        raise RuntimeError(
            f"{name}(): dtype {dtype!r} does not match dtype of out parameter ({out.dtype!r}); leave one of them away"
        )
    return out.dtype


def full(
    size: Any, fill_value: Any, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False, out=None
) -> Tensor:
    """A tensor of `size` with `fill_value` everywhere."""
    fill_value = to_number("fill_value", fill_value)
    dtype = _asked_dtype("full", dtype, dtypes.of_number(fill_value) or dtypes.get_default_dtype(), out)
    held = fitted(fill_value, dtype) if dtype.category == dtypes.INTEGER else fill_value
    return _filled("full", sizes_of((size,)), held, dtype, device, requires_grad, out)


def _filled(
    name: str, sizes: tuple[int, ...], value: Any, dtype: DType, device: Any, requires_grad: bool, out: Any
) -> Tensor:
    device, value = _device(device), dtypes.number_array(value, dtype).item()
    if device.type == "cpu":
        room_for(sizes, dtype.itemsize)
    like = constant(0, dtype, device)._array  # kernels ask an array where they are
    made = wrap(device.kernels.new_full(like, sizes, value, dtype), dtype, device)
    made = made.requires_grad_() if requires_grad else made
    return made if out is None else written(name, out, made)


def zeros(*size: Any, dtype: DType | None = None, device: Any = None, requires_grad: bool = False, out=None) -> Tensor:
    """A tensor of zeros.

    >>> import minitorch
    >>> minitorch.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    dtype = _asked_dtype("zeros", dtype, dtypes.get_default_dtype(), out)
    return _filled("zeros", sizes_of(size), 0, dtype, device, requires_grad, out)


def ones(*size: Any, dtype: DType | None = None, device: Any = None, requires_grad: bool = False, out=None) -> Tensor:
    """A tensor of ones."""
    dtype = _asked_dtype("ones", dtype, dtypes.get_default_dtype(), out)
    return _filled("ones", sizes_of(size), 1, dtype, device, requires_grad, out)


def empty(
    *size: Any,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
    out=None,
    memory_format: MemoryFormat | None = None,
) -> Tensor:
    """A tensor of unspecified values (zeros here: a value that changes from run to run teaches nothing)."""
    if memory_format in (None, contiguous_format):
        return zeros(*size, dtype=dtype, device=device, requires_grad=requires_grad, out=out)
    if memory_format is preserve_format:
        raise RuntimeError(
            "empty(): unsupported memory format Preserve; there is no other tensor whose layout it could keep"
        )
    shape = sizes_of(size)
    order = layouts.order_in(memory_format, len(shape))
    return empty_permuted(shape, order, dtype=dtype, device=device, requires_grad=requires_grad)


def _like(
    input: Tensor, value: Any, dtype: DType | None, device: Any, requires_grad: bool, memory_format: MemoryFormat | None
) -> Tensor:
    """One value everywhere, in the layout of input where that is dense, unless another is asked for."""
    dtype, place = dtype or input.dtype, input.device if device is None else Device(device)
    if place is not input.device:
        made = full(input.shape, value, dtype=dtype, device=device)
    else:
        made = wrap(place.kernels.full_like(input._array, value, dtype), dtype, place)
    own, got = input.stride(), made.stride()
    memory_format = memory_format or preserve_format
    if own != got or memory_format is not preserve_format:
        size = tuple(input.shape)
        if memory_format is preserve_format:
            stride = layouts.preserved_strides(size, own)
        else:
            stride = layouts.strides_of_order(size, layouts.order_in(memory_format, len(size)))
        if stride != got and place.backend.addressable:
            flat = place.kernels.reshape(made._array, (made.numel(),))
            made._array = place.kernels.as_strided_contiguous(flat, size, stride, 0)
    return made.requires_grad_() if requires_grad else made


def full_like(
    input: Tensor,
    fill_value: Any,
    dtype: DType | None = None,
    *,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: MemoryFormat | None = None,
) -> Tensor:
    """`fill_value` in the shape, dtype and device of input."""
    return _like(input, fill_value, dtype, device, requires_grad, memory_format)


def zeros_like(
    input: Tensor,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: MemoryFormat | None = None,
) -> Tensor:
    """Zeros in the shape, dtype and device of input."""
    return _like(input, 0, dtype, device, requires_grad, memory_format)


def ones_like(
    input: Tensor,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: MemoryFormat | None = None,
) -> Tensor:
    """Ones in the shape, dtype and device of input."""
    return _like(input, 1, dtype, device, requires_grad, memory_format)


def empty_like(
    input: Tensor,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: MemoryFormat | None = None,
) -> Tensor:
    """Unspecified values (zeros here) in the shape, dtype and device of input."""
    return _like(input, 0, dtype, device, requires_grad, memory_format)


def arange(
    start: Any = None,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
    out=None,
) -> Tensor:
    """start, start + step, ... up to but not including end: integers give int64, floats the default dtype.

    >>> import minitorch
    >>> minitorch.arange(1, 7, 2)
    tensor([1, 3, 5])
    """
    if start is None and end is None:
        raise TypeError("arange(): missing 1 required argument: 'end'")
    if start is None or end is None:
        start, end = 0, start if end is None else end
    start, end, step = to_number("start", start), to_number("end", end), to_number("step", step)
    whole = all(isinstance(value, int) for value in (start, end, step))
    dtype = _asked_dtype("arange", dtype, dtypes.int64 if whole else dtypes.get_default_dtype(), out)
    _refuse_dtype("arange", dtype, dtypes.BOOL, dtypes.COMPLEX)
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not math.isfinite(start) or not math.isfinite(end):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    if dtype is dtypes.int64:  # PyTorch counts in whole numbers here, and in floats for the other integers
        start, end, step = int(start), int(end), int(step)
        if step == 0:
            raise ValueError("step must be nonzero, once it is a whole number")
    count = math.ceil((end - start) / step)
    room_for((count,), 8)
    if not dtype.inexact:
        start, step = int(start), int(step)
    made = _new(start + np.arange(count) * step, dtype, device, requires_grad)
    return made if out is None else written("arange", out, made)


def _refuse_dtype(name: str, dtype: DType, *categories: int) -> None:
    if dtype.category in categories:
        raise NotImplementedError(f'"{name}" not implemented for {dtype!r}; convert the result with .to(...)')


def scalar_tensor(s: Any, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A 0-d tensor of a number, of the default dtype unless another is asked for."""
    dtype = dtype or dtypes.get_default_dtype()
    number = to_number("s", s)
    refuse_complex(number, dtype)
    return _new(np.asarray(number).astype(dtypes.numpy_dtype(dtype)), dtype, device, requires_grad)


def empty_strided(
    size: Any, stride: Any, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of unspecified values (zeros here) whose elements lie in memory with the given strides."""
    size, stride = to_sizes(size), to_sizes(stride)
    if len(size) != len(stride):
        raise RuntimeError(
            f"empty_strided: dimensionality of sizes ({len(size)}) must match dimensionality of strides ({len(stride)})"
        )
    if min((*size, *stride), default=0) < 0:
        raise RuntimeError(f"empty_strided: sizes {list(size)} and strides {list(stride)} must not be negative")
    last = sum((n - 1) * step for n, step in zip(size, stride, strict=True)) if all(size) else -1
    made = zeros(last + 1, dtype=dtype, device=device)
    array = made.device.kernels.as_strided_contiguous(made._array, size, stride, 0)
    made = wrap(array, made.dtype, made.device)
    return made.requires_grad_() if requires_grad else made


def empty_permuted(
    size: Any, physical_layout: Any, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of unspecified values (zeros here) whose dimensions lie in memory in the given order, densely."""
    size, order = to_sizes(size), to_sizes(physical_layout)
    if sorted(order) != list(range(len(size))):
        raise RuntimeError(
            f"empty_permuted: physical_layout {list(order)} must name each of the {len(size)} dimensions once"
        )
    stride = layouts.strides_of_order(size, order)
    return empty_strided(size, stride, dtype=dtype, device=device, requires_grad=requires_grad)


def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
    out=None,
) -> Tensor:
    """`steps` values from start to end, both included, evenly spaced."""
    dtype = _asked_dtype("linspace", dtype, dtypes.get_default_dtype(), out)
    made = _new(_linspace("linspace", start, end, steps, dtype), dtype, device, requires_grad)
    return made if out is None else written("linspace", out, made)


def _linspace(name: str, start: Any, end: Any, steps: int, dtype: DType) -> np.ndarray:
    """From both ends toward the middle, in the dtype itself, so that both ends and the symmetry are exact."""
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    if steps > 1:
        _refuse_dtype(name, dtype, dtypes.BOOL)
    start, end = to_number("start", start), to_number("end", end)
    if isinstance(start + end, builtins.complex) and not dtype.is_complex:
        raise RuntimeError(f"{name}(): complex ends need a complex dtype, and it is {dtype!r}")
    if not dtype.inexact:
        start, end = int(start), int(end)
    if steps < 2:
        return np.linspace(start, end, steps)
    number = dtypes.numpy_dtype(dtype if dtype.inexact else dtypes.float64).type
    step = number((number(end) - number(start)) / number(steps - 1))
    room_for((steps,), 8)
    index = np.arange(steps)
    low = number(start) + step * index.astype(step.dtype)
    high = number(end) - step * (steps - 1 - index).astype(step.dtype)
    return np.where(index < steps // 2, low, high)


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
    out=None,
) -> Tensor:
    """base ** linspace(start, end, steps)."""
    dtype = _asked_dtype("logspace", dtype, dtypes.get_default_dtype(), out)
    exponents = _linspace("logspace", start, end, steps, dtype if dtype.full else dtypes.float32)
    made = _new(np.power(base, exponents), dtype, device, requires_grad)
    return made if out is None else written("logspace", out, made)


def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
    out=None,
) -> Tensor:
    """Ones on the diagonal, zeros elsewhere: (n, m), square if m is left out."""
    for name, size in (("n", n), ("m", n if m is None else m)):
        if size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}")
    dtype = _asked_dtype("eye", dtype, dtypes.get_default_dtype(), out)
    room_for((n, n if m is None else m), 8)
    made = _new(np.eye(n, m), dtype, device, requires_grad)
    return made if out is None else written("eye", out, made)


def complex(real: Tensor, imag: Tensor, *, out=None) -> Tensor:
    """real + 1j * imag."""
    if not (real.dtype.is_floating_point and imag.dtype.is_floating_point):
        raise RuntimeError(
            f"Expected both inputs to be Half, Float or Double tensors but got {real.dtype!r} and {imag.dtype!r}"
        )
    if real.dtype is not imag.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {real.dtype!r} but got scalar type {imag.dtype!r} for second argument"
        )
    result = OPS["make_complex"].function(real, imag)
    if out is not None and out.dtype is not result.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {result.dtype!r} but got scalar type {out.dtype!r} for argument 'out'"
        )
    return result if out is None else written("complex", out, result)


def is_tensor(obj: Any) -> bool:
    """Is it a Tensor?"""
    return isinstance(obj, Tensor)


def numel(input: Tensor) -> int:
    """How many elements."""
    return input.numel()


# --- Methods ----------------------------------------------------------------------------------------------------------


def _new_method(name: str):
    maker = globals()[name]

    def method(
        self: Tensor, *size: Any, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
    ) -> Tensor:
        return maker(*size, dtype=dtype or self.dtype, device=device or self.device, requires_grad=requires_grad)

    method.__doc__ = f"`{name}(...)` with this tensor's dtype and device."
    return method


def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Write the values of `src`, broadcast and converted, into this tensor."""
    src = src if isinstance(src, Tensor) else tensor(src, device=self.device)
    src = src.to(self.device, self.dtype)
    if mode.enabled and (self.requires_grad or src.requires_grad):
        return run_inplace(OPS["copy"], self, (src,), {})
    return write("copy_", self, src)


METHODS = {
    "copy_": copy_,
    "new_tensor": lambda self, data, *, dtype=None, device=None, requires_grad=False: tensor(
        data, dtype=dtype or self.dtype, device=device or self.device, requires_grad=requires_grad),
    "new_full": lambda self, size, fill_value, *, dtype=None, device=None, requires_grad=False: full(
        size, fill_value, dtype=dtype or self.dtype, device=device or self.device, requires_grad=requires_grad),
    "new_empty_strided": lambda self, size, stride, *, dtype=None, device=None, requires_grad=False: empty_strided(
        size, stride, dtype=dtype or self.dtype, device=device or self.device, requires_grad=requires_grad),
    **{f"new_{name}": _new_method(name) for name in ("zeros", "ones", "empty")},
}  # fmt: skip
