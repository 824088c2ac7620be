"""Where a tensor lies in memory: storages, strided views of all of it, another size in place, memory between processes."""

from __future__ import annotations

import math
import mmap
import sys
from typing import Any

import numpy as np

from minitorch import layouts
from minitorch.layouts import MemoryFormat, contiguous_format, preserve_format
from minitorch.operands import to_sizes
from minitorch.ops.creation import sizes_of
from minitorch.ops.strides import as_strided_contiguous, as_strided_samples
from minitorch.rows import Array, Sizes, composition, linear
from minitorch.storage import TypedStorage, UntypedStorage, array_of, storage_of, tensor_on, typed_storage_of
from minitorch.tape import mode
from minitorch.tensor import Tensor

# --- Where it lies ----------------------------------------------------------------------------------------------------


def dim_order(self: Tensor, *, ambiguity_check: Any = False) -> tuple[int, ...]:
    """The dimensions in the order in which they lie in memory, the slowest first.

    With `ambiguity_check`, a layout that fits several orders raises RuntimeError, unless it fits exactly one of the memory
    formats in a list that is given in place of True.

    >>> import minitorch
    >>> minitorch.ones(2, 3, 4, 5).contiguous(memory_format=minitorch.channels_last).dim_order()
    (0, 2, 3, 1)
    """
    if not isinstance(ambiguity_check, bool | list | tuple):
        raise TypeError("dim_order(): ambiguity_check must be a bool or a list of memory formats")
    size, stride = self.shape, self.stride()
    if ambiguity_check and (1 in size or (0 in stride and len(size) > 1) or len(set(stride)) < len(stride)):
        formats = ambiguity_check if isinstance(ambiguity_check, list | tuple) else ()
        if sum(self.is_contiguous(each) for each in formats) != 1:
            raise RuntimeError(
                "The tensor does not have unique dim order, or cannot map to exact one of the given memory formats."
            )
    return tuple(range(self.ndim)) if self.is_contiguous() else layouts.order_of(size, stride)


def data_ptr(self: Tensor) -> int:
    """The address of the first element; 0 where there is none."""
    return self.device.backend.address(array_of(self)) if self.numel() else 0


def storage_offset(self: Tensor) -> int:
    """How many elements of its memory lie before its first; 0 on a backend that shows no memory."""
    backend = self.device.backend
    if not backend.addressable or not self.numel():
        return 0
    array = array_of(self)
    return (backend.address(array) - backend.address(backend.bytes_of(array))) // self.dtype.itemsize


def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Are these the same elements of the same memory, in the same order?"""
    return (
        self.device is tensor.device
        and self.dtype is tensor.dtype
        and (self.shape, self.stride()) == (tensor.shape, tensor.stride())
        and storage_of(self) is storage_of(tensor)
        and storage_offset(self) == storage_offset(tensor)
    )


def set_(self: Tensor, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Any = None) -> Tensor:
    """Let this tensor be another one's memory, a storage, or a part of it; without arguments, nothing at all.

    What was a view is one no longer. Writes into the memory are seen by all tensors on it, but counted for each apart.
    """
    if source is None:
        source = UntypedStorage(0, device=self.device)
    if isinstance(source, Tensor | TypedStorage) and source.dtype is not self.dtype:
        raise RuntimeError(f"Could not set tensor of type {source.dtype!r} to a tensor of type {self.dtype!r}")
    if source.device is not self.device:
        raise RuntimeError(
            f"set_(): the source is on {source.device}, and the tensor on {self.device}; move one of them"
        )
    if isinstance(source, Tensor) and size is None:
        self._array = array_of(source)
        return _moved(self)
    storage = storage_of(source) if isinstance(source, Tensor) else source.untyped()
    shape = (len(storage) // self.dtype.itemsize - storage_offset,) if size is None else to_sizes(size)
    strides = layouts.contiguous_strides(shape) if stride is None else to_sizes(stride)
    _check_bounds(self, storage, shape, strides, storage_offset)
    self._array = tensor_on(storage, self.dtype, shape, strides, storage_offset)._array
    return _moved(self)


def _moved(self: Tensor) -> Tensor:
    """Say that a tensor lies elsewhere now, by itself."""
    if self._view is not None:
        self._writes = self._root._writes
        self._view = None
    self.data = self  # counts the write, and tells a leaf its new shape
    return self


def _check_layout(size: tuple, stride: tuple, offset: int) -> None:
    if len(size) != len(stride):
        raise RuntimeError(
            f"mismatch in length of strides and shape: size has {len(size)} dimensions, stride {len(stride)}"
        )
    if min((*stride, *size, offset)) < 0:
        raise RuntimeError(
            f"setStorage: size {list(size)}, stride {list(stride)} and storage offset {offset} must not be negative"
        )


def _check_bounds(tensor: Tensor, storage: UntypedStorage, size: tuple, stride: tuple, offset: int) -> None:
    _check_layout(size, stride, offset)
    need = (layouts.reach(size, stride) + offset) * tensor.dtype.itemsize if all(size) else 0
    if need > len(storage):
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and itemsize "
            f"{tensor.dtype.itemsize} requiring a storage size of {need} are out of bounds for storage of size {len(storage)}"
        )


# --- Strided views ----------------------------------------------------------------------------------------------------


def _around_gradient(k, g, size, stride, offset, own_size, own_stride):
    """The gradient at every place in memory from the first to the last in use, read where the input lies."""
    low = min(0, offset)
    length = max(layouts.reach(own_size, own_stride), layouts.reach(size, stride) + offset) - low
    places = k.as_strided_transpose(g, (length,), size, stride, offset - low)
    if layouts.is_expanded(own_size, own_stride):  # elements in one place share its gradient
        ones = k.new_full(g, own_size, 1)
        count = k.as_strided_transpose(ones, (length,), own_size, own_stride, -low)
        places = places / k.maximum(count, k.full_like(count, 1))
    return k.as_strided_contiguous(places, own_size, own_stride, -low)


@linear(input=_around_gradient, view=True, public=False, grad_name="AsStridedBackward0")
def as_strided_around(k, input: Array, size: tuple, stride: tuple, offset: int, own_size: tuple, own_stride: tuple):
    """Elements of the memory around input: number (i, j, ...) lies offset + i * stride[0] + ... places from input's first."""
    backend = k.backend
    memory, dtype = backend.bytes_of(input), backend.dtype_of(input)
    first = (backend.address(input) - backend.address(memory)) // dtype.itemsize
    return backend.from_bytes(memory, dtype, size, stride, first + offset)


@composition(samples=as_strided_samples)
def as_strided(input: Array, size: Sizes, stride: Sizes, storage_offset: int | None = None):
    """A view with any size and strides of the memory that the input lies in, from the input's own offset or another.

    On a backend that shows no memory, of the input's own elements.

    >>> import minitorch
    >>> minitorch.arange(6)[4:].as_strided((2, 2), (1, 2), 1)
    tensor([[1, 3],
            [2, 4]])
    """
    size, stride = to_sizes(size), to_sizes(stride)
    _check_layout(size, stride, storage_offset or 0)
    reach = layouts.reach(size, stride)
    if storage_offset is None and reach <= input.numel() and input.is_contiguous():  # nobody need know where in memory
        return as_strided_contiguous(input, size, stride, 0)
    own = _offset_of(input)
    offset = own if storage_offset is None else storage_offset
    backend = input.device.backend
    if backend.addressable:
        _check_bounds(input, storage_of(input), size, stride, offset)
    if input.is_contiguous() and offset >= own and (not reach or offset - own + reach <= input.numel()):
        return as_strided_contiguous(input, size, stride, offset - own)
    if not backend.addressable:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset} are out of bounds for storage of "
            f"size {input.nbytes}: the backend {backend.name!r} shows no memory around a tensor"
        )
    return as_strided_around(input, size, stride, offset - own, tuple(input.shape), input.stride())


_offset_of = storage_offset


# --- Another size -----------------------------------------------------------------------------------------------------


def resize_(self: Tensor, *size: Any, memory_format: MemoryFormat | None = None) -> Tensor:
    """This tensor with another size: the memory from its first element on, in new memory if there isn't enough; new is 0."""
    shape = sizes_of(size)
    if mode.enabled and self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad; use reshape() or pad() instead")
    if memory_format is preserve_format:
        raise RuntimeError("Unsupported memory format Preserve; give another, or none")
    if memory_format is None and shape == tuple(self.shape):
        return self
    stride = layouts.strides_of_order(shape, layouts.order_in(memory_format or contiguous_format, len(shape)))
    if self.device.backend.addressable:
        offset = storage_offset(self)
        storage, need = storage_of(self), (math.prod(shape) + offset) * self.dtype.itemsize
        if need > len(storage):
            larger = UntypedStorage(need, device=self.device)
            larger[: len(storage)].copy_(storage)
            storage = larger
        self._array = tensor_on(storage, self.dtype, shape, stride, offset)._array
    else:
        self._array = _resized(self, shape)
    self._bump()
    return self


def _resized(self: Tensor, shape: tuple[int, ...]) -> Any:
    """The elements in row-major order under another shape, with zeros where there are not enough."""
    k, array, count, have = self.device.kernels, array_of(self), math.prod(shape), self.numel()
    flat = k.reshape(array, (have,))
    flat = k.cat([flat, k.new_full(flat, (count - have,), 0)], 0) if count > have else flat[:count]
    return k.reshape(flat, shape)


def resize_as_(self: Tensor, the_template: Tensor, *, memory_format: MemoryFormat | None = None) -> Tensor:
    """This tensor with the size of another one."""
    return resize_(self, tuple(the_template.shape), memory_format=memory_format)


# --- With other processes ---------------------------------------------------------------------------------------------


def share_memory_(self: Tensor) -> Tensor:
    """Move this tensor into memory that processes forked from this one share.

    Only for a tensor that nothing else lies with in memory: views would be left behind.
    """
    if is_shared(self):
        return self
    if self.device.backend.name != "numpy":
        raise RuntimeError(
            f"share_memory_(): only tensors of numpy/cpu can be shared, not one on {self.device.qualified}"
        )
    array = array_of(self)
    if self._view is not None or not layouts.is_dense(array.shape, self.stride()) or sys.getrefcount(array) > 3:
        raise RuntimeError("share_memory_(): other tensors or arrays lie in this memory; share it first, or a clone()")
    pages = np.frombuffer(mmap.mmap(-1, max(self.nbytes, 1)), np.uint8)
    shared = self.device.backend.from_bytes(pages, self.dtype, array.shape, self.stride(), 0)
    shared[...] = array
    self._array = shared
    return self


def is_shared(self: Tensor) -> bool:
    """Is it in memory that other processes share? On a GPU it always is."""
    if self.device.type == "cuda":
        return True
    array = array_of(self)
    while isinstance(array, np.ndarray):
        array = array.base
    return isinstance(array, memoryview) and isinstance(array.obj, mmap.mmap)


METHODS = {
    "dim_order": dim_order, "data_ptr": data_ptr, "const_data_ptr": data_ptr, "storage_offset": storage_offset,
    "untyped_storage": storage_of, "storage": typed_storage_of, "is_set_to": is_set_to, "set_": set_,
    "resize_": resize_, "resize_as_": resize_as_, "share_memory_": share_memory_, "is_shared": is_shared,
    "storage_type": lambda self: TypedStorage,
}  # fmt: skip
