"""Tensors on memory of others: NumPy arrays, buffers, files, and any library's arrays through DLPack; and the ways out.

What shares memory, and what copies:

    from_numpy, as_tensor, asarray    share with a NumPy array on backends that can (numpy, torch), else copy
    frombuffer, from_file             the same, with bytes of any object or file
    from_dlpack, __dlpack__           share with any library on the same kind of device
    numpy(), __array__                share on the cpu where the backend can
"""

from __future__ import annotations

import operator
import os
import warnings
from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.backend import Device, default_device, first_device
from minitorch.dtypes import DType
from minitorch.errors import message
from minitorch.ops.creation import tensor
from minitorch.storage import array_of
from minitorch.tensor import Tensor, wrap

# --- NumPy ------------------------------------------------------------------------------------------------------------


def from_numpy(ndarray: np.ndarray) -> Tensor:
    """A Tensor on the same memory as a NumPy array (a copy where the backend can't share it).

    Of an array that can't be written PyTorch warns, and so does this; a write to the tensor raises ValueError.

    >>> import minitorch, numpy
    >>> array = numpy.zeros(2)
    >>> minitorch.from_numpy(array).add_(1)
    tensor([1., 1.], dtype=torch.float64)
    >>> array
    array([1., 1.])
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    dtype = dtypes.from_numpy_dtype(ndarray.dtype)
    if not ndarray.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion between byte orders is "
            "currently not supported; use array.astype(array.dtype.newbyteorder('='))"
        )
    if any(step < 0 for step in ndarray.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently "
            "supported. (You can probably work around this by making a copy of your array with array.copy().)"
        )
    if any(step % ndarray.itemsize for step in ndarray.strides):
        raise ValueError(
            "given numpy array strides not a multiple of the element byte size. Copy the numpy array to reallocate the memory."
        )
    return _on(ndarray, dtype, first_device())


def _on(array: np.ndarray, dtype: DType, device: Device) -> Tensor:
    if not array.flags.writeable:
        warnings.warn(
            "The given NumPy array or buffer is not writable, and PyTorch does not support non-writable tensors: a write to this "
            "tensor raises. Copy it first, to be rid of this warning.",
            UserWarning,
            stacklevel=3,
        )
    return wrap(device.backend.borrow(array, dtype, device), dtype, device)


def as_tensor(data: Any, dtype: DType | None = None, device: Any = None) -> Tensor:
    """Like `tensor`, but shares memory with a Tensor or NumPy array where dtype and device allow."""
    if isinstance(data, Tensor):
        return data.to(device=device, dtype=dtype)
    if isinstance(data, np.ndarray):
        return from_numpy(data).to(device=default_device() if device is None else device, dtype=dtype)
    return tensor(data, dtype=dtype, device=device)


def asarray(
    obj: Any,
    *,
    dtype: DType | None = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool | None = None,
) -> Tensor:
    """A Tensor of a Tensor, a NumPy array, an array of another library, a buffer, a number or nested lists.

    Shares memory where it can. `copy=True` never shares; `copy=False` raises ValueError where sharing isn't possible.
    `requires_grad`: None keeps that of a Tensor, and its place on the tape; False cuts it off.

    >>> import minitorch
    >>> minitorch.asarray([1, 2], dtype=minitorch.float32)
    tensor([1., 2.])
    """
    shared = _alias(obj, dtype)
    if shared is None:
        if copy is False:
            raise ValueError("can't alias arbitrary sequence into a tensor.")
        return tensor(obj, dtype=dtype, device=device, requires_grad=bool(requires_grad))
    if requires_grad is False and shared.requires_grad:
        shared = shared.detach()
    result = shared.to(device=device, dtype=dtype)
    if copy is False and result is not shared:
        what = "dtype" if result.dtype is not shared.dtype else "device"
        raise ValueError(
            f"can't alias tensor with {what} {getattr(shared, what)!r} into {what} {getattr(result, what)!r}."
        )
    if copy and result is shared:
        result = shared.clone()
    return result.requires_grad_() if requires_grad and not result.requires_grad else result


def _alias(obj: Any, dtype: DType | None) -> Tensor | None:
    """A Tensor on the memory of an object that has some, else None."""
    if isinstance(obj, Tensor):
        return obj
    if isinstance(obj, np.ndarray):
        return from_numpy(obj)
    if isinstance(obj, np.generic):
        return None
    if hasattr(obj, "__dlpack__") or type(obj).__name__ == "PyCapsule":
        return from_dlpack(obj)
    try:
        memoryview(obj)
    except TypeError:
        return None
    return frombuffer(obj, dtype=dtype or dtypes.get_default_dtype())


def array_wrap(self: Tensor, array: np.ndarray, context: Any = None, return_scalar: bool = False) -> Tensor:
    """What NumPy's ufuncs make of a Tensor becomes a Tensor again; bools become uint8, as in PyTorch."""
    array = np.asarray(array)
    return from_numpy(array.astype(np.uint8) if array.dtype == np.bool else array)


# --- Buffers and files ------------------------------------------------------------------------------------------------


def frombuffer(buffer: Any, *, dtype: DType, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A 1-d Tensor on the bytes of an object with Python's buffer protocol, from byte `offset` on; `count` -1 means all.

    >>> import minitorch
    >>> minitorch.frombuffer(bytearray([1, 0, 2, 0]), dtype=minitorch.int16)
    tensor([1, 2], dtype=torch.int16)
    """
    try:
        data = memoryview(buffer)
    except TypeError:
        raise ValueError(f"object does not implement Python buffer protocol: {type(buffer).__name__}") from None
    length, step = data.nbytes, dtype.itemsize
    if not length or not count:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({length} bytes) minus 1"
        )
    if count < 0 and (length - offset) % step:
        raise ValueError(
            f"buffer length ({length - offset} bytes) after offset ({offset} bytes) must be a multiple of element size ({step})"
        )
    count = (length - offset) // step if count < 0 else count
    if offset + count * step > length:
        raise ValueError(
            f"requested buffer length ({count} * {step} bytes) after offset ({offset} bytes) must not be greater than actual "
            f"buffer length ({length} bytes)"
        )
    array = np.frombuffer(data, dtypes.numpy_dtype(dtype), count, offset)
    made = _on(array, dtype, first_device())
    return made.requires_grad_() if requires_grad else made


def from_file(
    filename: str,
    shared: bool | None = None,
    size: int = 0,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A 1-d Tensor of `size` elements on a file that is mapped into memory.

    `shared`: what is written goes into the file, which is made or made longer if need be; else it stays in memory.
    """
    dtype, size = dtype or dtypes.get_default_dtype(), operator.index(size)
    need = size * dtype.itemsize
    if shared:
        with open(filename, "ab") as file:
            if file.tell() < need:
                file.truncate(need)
    elif os.path.getsize(filename) < need:
        have = os.path.getsize(filename)
        raise RuntimeError(f"from_file(): {size} elements of {dtype!r} take {need} bytes, and {filename!r} has {have}")
    mapped = np.memmap(filename, np.uint8, "r+" if shared else "c", shape=(need,)) if need else np.empty(0, np.uint8)
    place = default_device() if device is None else Device(device)
    made = _on(np.asarray(mapped).view(dtypes.numpy_dtype(dtype)), dtype, place)
    return made.requires_grad_() if requires_grad else made


# --- DLPack -----------------------------------------------------------------------------------------------------------

_CPU, _PINNED, _CUDA = (1,), (3, 11), (2, 13)  # DLPack's numbers for kinds of devices


def dlpack(
    self: Tensor, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: bool | None = None
) -> Any:
    """A capsule on this tensor's memory, for any library's `from_dlpack`."""
    _check_export(self)
    request = {
        "stream": None if stream == -1 else stream,
        "max_version": max_version,
        "dl_device": dl_device,
        "copy": copy,
    }
    given = {name: value for name, value in request.items() if value is not None}
    return self.device.backend.to_dlpack(array_of(self), **given)


def _check_export(self: Tensor) -> None:
    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")


def dlpack_device(self: Tensor) -> tuple[int, int]:
    """DLPack's numbers for the device: (1, 0) for the cpu, (2, index) for cuda."""
    return self.device.backend.dlpack_device(array_of(self))


class _Capsule:
    """A bare capsule of a cpu array, with the methods that libraries ask for."""

    writable = True  # PyTorch writes what a capsule holds; it couldn't say that it mustn't be, before DLPack 1.0

    def __init__(self, capsule: Any):
        self.capsule = capsule

    def __dlpack__(self, **request: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A Tensor on the memory of another library's array (or of a bare capsule), on the device where it lies.

    >>> import minitorch, numpy
    >>> minitorch.from_dlpack(numpy.arange(3))
    tensor([0, 1, 2])
    """
    if isinstance(ext_tensor, Tensor):
        _check_export(ext_tensor)
        made = ext_tensor.data
    else:
        made = _imported(ext_tensor)
    wanted = made.device if device is None else Device(device)
    if copy is False and wanted is not made.device:
        raise ValueError(f"cannot move (i.e. copy) tensor from {made.device} to {wanted} without copying")
    result = made.to(wanted)
    return result.clone() if copy and result is made else result


def _imported(peer: Any) -> Tensor:
    if type(peer).__name__ == "PyCapsule":
        peer = _Capsule(peer)
    if not hasattr(peer, "__dlpack__"):
        got = type(peer).__name__
        raise TypeError(message("from_dlpack(): expected an array with __dlpack__, or a capsule", got=got))
    kind, index = map(int, peer.__dlpack_device__())
    if kind in _CUDA:
        device = Device(f"cuda:{index}")
    elif kind in _CPU + _PINNED:
        device = default_device() if default_device().type == "cpu" else Device("cpu")
    else:
        raise BufferError(
            f"from_dlpack(): no device here is of DLPack's kind {kind}; move the array to the cpu or to cuda"
        )
    array = device.backend.from_dlpack(peer)
    return wrap(array, device.backend.dtype_of(array), device)


def to_dlpack(tensor: Tensor) -> Any:
    """A capsule on a tensor's memory; it can be taken once."""
    return dlpack(tensor)


# --- Element by element -----------------------------------------------------------------------------------------------


def _elementwise(name: str, self: Tensor, others: tuple[Tensor, ...], callable: Any) -> Tensor:
    """self[i] = callable(self[i], ...) in Python, one element after the other: slow, and on the cpu alone."""
    if self.requires_grad:
        raise RuntimeError(f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")
    if self.device.type != "cpu":
        raise TypeError(f"{name} is only implemented on CPU tensors, and this one is on {self.device}")
    for other in others:
        if other.dtype is not self.dtype:
            raise TypeError(f"{name}: expected {self.dtype!r} for 'other' (got {other.dtype!r})")
    columns = [tensor.detach().expand(self.shape).reshape(-1).tolist() for tensor in (self, *others)]
    values = np.array([callable(*row) for row in zip(*columns, strict=True)]).reshape(self.shape)
    return self.copy_(tensor(values, dtype=self.dtype, device=self.device))


METHODS = {
    "__array_wrap__": array_wrap, "__dlpack__": dlpack, "__dlpack_device__": dlpack_device,
    "apply_": lambda self, callable: _elementwise("apply_", self, (), callable),
    "map_": lambda self, tensor, callable: _elementwise("map_", self, (tensor,), callable),
    "map2_": lambda self, x, y, callable: _elementwise("map2_", self, (x, y), callable),
}  # fmt: skip
FUNCTIONS = {
    "as_tensor": as_tensor, "asarray": asarray, "from_dlpack": from_dlpack, "from_file": from_file, "from_numpy": from_numpy,
    "frombuffer": frombuffer, "to_dlpack": to_dlpack,
}  # fmt: skip
