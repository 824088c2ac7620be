"""Storage: the memory that tensors lie in, as bytes or as numbers of one dtype.

A tensor and its views lie in one storage, each at an offset and with strides of its own. A storage is made when somebody asks
for it; it keeps the memory alive as the tensors do, and two tensors on one memory give the same object while it is held.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Iterator
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from . import dtypes
from .backend import Device, default_device
from .dtypes import DType
from .errors import message
from .tensor import Tensor, wrap

__all__ = ["TypedStorage", "UntypedStorage", "is_storage", "storage_of", "tensor_on", "typed_storage_of"]

_alive: WeakValueDictionary[tuple, UntypedStorage] = WeakValueDictionary()  # by place in memory


class UntypedStorage:
    """Memory as bytes: `UntypedStorage(16)`, `UntypedStorage([1, 2, 255])`, or the memory of a tensor.

    >>> import minitorch
    >>> x = minitorch.tensor([1, 2, 3], dtype=minitorch.int16)
    >>> x[1:].untyped_storage().tolist()
    [1, 0, 2, 0, 3, 0]
    """

    __slots__ = ("__weakref__", "_memory", "device")

    def __init__(self, values: Any = 0, *, device: Any = None):
        self.device = default_device() if device is None else Device(device)
        try:
            array = np.zeros(operator.index(values), np.uint8)
        except TypeError:
            array = np.array(list(values), np.uint8)
        backend = self.device.backend
        self._memory = backend.bytes_of(backend.from_host(array, dtypes.uint8, self.device))[: len(array)]
        if len(array):
            _alive[_place(self._memory, self.device)] = self

    def nbytes(self) -> int:
        """How many bytes."""
        return self._memory.shape[0]

    size = __len__ = nbytes

    def element_size(self) -> int:
        """How many bytes an item has: 1."""
        return 1

    def data_ptr(self) -> int:
        """Where the first byte lies."""
        return self.device.backend.address(self._memory)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            if index.step not in (None, 1):
                raise RuntimeError(f"Trying to slice with a step of {index.step}, but only a step of 1 is supported")
            return _storage(self._memory[index], self.device)
        return self._host(self._memory[_one(index, len(self))])[0]

    def __setitem__(self, index: Any, value: Any) -> None:
        self._fill(self._memory[index if isinstance(index, slice) else _one(index, len(self))], value)

    def __iter__(self) -> Iterator[int]:
        return iter(self.tolist())

    def tolist(self) -> list[int]:
        """The bytes as Python ints."""
        return self._host(self._memory)

    def fill_(self, value: int) -> UntypedStorage:
        """Set every byte."""
        self._fill(self._memory, value)
        return self

    def copy_(self, source: UntypedStorage, non_blocking: bool = False) -> UntypedStorage:
        """Take over the bytes of another storage of the same size."""
        if len(source) != len(self):
            raise RuntimeError(f"copy_(): a storage of {len(self)} bytes can't take those of one of {len(source)}")
        memory = source._memory
        if source.device is not self.device:
            memory = source.device.backend.move(memory, dtypes.uint8, self.device)
        self.device.backend.assign(self._memory, memory)
        return self

    def clone(self) -> UntypedStorage:
        """The same bytes in memory of their own."""
        return UntypedStorage(len(self), device=self.device).copy_(self)

    def to(self, *, device: Any, non_blocking: bool = False) -> UntypedStorage:
        """The bytes on another device."""
        device = Device(device)
        return self if device is self.device else UntypedStorage(len(self), device=device).copy_(self)

    def cpu(self) -> UntypedStorage:
        """The bytes on the cpu."""
        return self.to(device="cpu")

    def resize_(self, nbytes: int) -> UntypedStorage:
        """Refused, but for the size that it has: the arrays of an array library can't follow memory that moves."""
        if nbytes != len(self):
            raise RuntimeError(
                message(
                    f"resize_(): a storage of {len(self)} bytes can't become {nbytes}: tensors in it would be left behind",
                    hint="resize a tensor, with tensor.resize_(...), or make a new storage",
                )
            )
        return self

    def resizable(self) -> bool:
        """Can it be resized? No."""
        return False

    @property
    def is_cuda(self) -> bool:
        return self.device.type == "cuda"

    def untyped(self) -> UntypedStorage:
        """The storage itself."""
        return self

    def _host(self, memory: Any) -> list[int]:
        return self.device.backend.to_host(memory).tolist()

    def _fill(self, part: Any, value: Any) -> None:
        byte = self.device.backend.from_host(np.full(part.shape, value, np.uint8), dtypes.uint8, self.device)
        self.device.backend.assign(part, byte)

    def __repr__(self) -> str:
        lines = "\n ".join(map(str, self.tolist()))
        return f" {lines}\n[torch.storage.UntypedStorage(device={self.device}) of size {len(self)}]"

    def __deepcopy__(self, memo: dict) -> UntypedStorage:
        return self.clone()

    def __reduce__(self) -> tuple:
        return _load_storage, (self.device.backend.to_host(self._memory).tobytes(), str(self.device))


def _one(index: Any, length: int) -> slice:
    """One place, as a slice, so that what is there stays an array."""
    place = operator.index(index)
    if not -length <= place < length:
        raise IndexError(f"index {place} is out of range for a storage of {length} items")
    return slice(place % length, place % length + 1)


def _load_storage(data: bytes, name: str) -> UntypedStorage:
    """A storage with these bytes, on the device of that name; beside NumPy, if its backend shows no memory."""
    device = Device(name)
    return UntypedStorage(
        np.frombuffer(data, np.uint8), device=device if device.backend.addressable else Device("numpy/cpu")
    )


def _storage(memory: Any, device: Device) -> UntypedStorage:
    """The storage of a flat array of bytes: the one that there is, or a new one."""
    place = _place(memory, device)
    found = _alive.get(place) if memory.shape[0] else None
    if found is None:
        found = object.__new__(UntypedStorage)
        found._memory, found.device = memory, device
        _alive[place] = found
    return found


def _place(memory: Any, device: Device) -> tuple:
    return device, device.backend.address(memory), memory.shape[0]


def storage_of(tensor: Tensor) -> UntypedStorage:
    """The memory that a tensor is a part of."""
    return _storage(tensor.device.backend.bytes_of(array_of(tensor)), tensor.device)


def array_of(tensor: Tensor) -> Any:
    """A tensor's array, up to date and in memory that can be shared."""
    if tensor._view is not None:
        tensor._sync()
    tensor._array = tensor.device.backend.writable(tensor._array)
    return tensor._array


def tensor_on(storage: UntypedStorage, dtype: DType, size: tuple, stride: tuple, offset: int = 0) -> Tensor:
    """A new tensor that lies in a storage."""
    array = storage.device.backend.from_bytes(storage._memory, dtype, size, stride, offset)
    return wrap(array, dtype, storage.device)


def is_storage(obj: Any) -> bool:
    """Is it a storage?"""
    return isinstance(obj, (UntypedStorage, TypedStorage))


# --- With a dtype -----------------------------------------------------------------------------------------------------


class TypedStorage:
    """Memory as numbers of one dtype; PyTorch keeps it for old programs, and UntypedStorage for new ones."""

    __slots__ = ("_untyped", "dtype")

    def __init__(
        self,
        values: Any = 0,
        *,
        wrap_storage: UntypedStorage | None = None,
        dtype: DType | None = None,
        device: Any = None,
    ):
        self.dtype = dtype or dtypes.get_default_dtype()
        if wrap_storage is None:
            native = dtypes.numpy_dtype(self.dtype)
            array = np.zeros(values, native) if isinstance(values, int) else np.array(list(values)).astype(native)
            wrap_storage = UntypedStorage(np.frombuffer(array.tobytes(), np.uint8), device=device)
        self._untyped = wrap_storage

    def _tensor(self) -> Tensor:
        return tensor_on(self._untyped, self.dtype, (len(self),), (1,))

    def size(self) -> int:
        """How many numbers."""
        return len(self._untyped) // self.dtype.itemsize

    __len__ = size
    device = property(lambda self: self._untyped.device)
    is_cuda = property(lambda self: self._untyped.is_cuda)
    nbytes = lambda self: len(self._untyped)
    element_size = lambda self: self.dtype.itemsize
    data_ptr = lambda self: self._untyped.data_ptr()
    untyped = lambda self: self._untyped
    tolist = lambda self: self._tensor().tolist()

    def __getitem__(self, index: int) -> Any:
        if isinstance(index, slice):
            raise RuntimeError("slices are only supported in UntypedStorage.__getitem__; use storage.untyped()[...]")
        return self._tensor()[_one(index, len(self))].item()

    def __setitem__(self, index: Any, value: Any) -> None:
        self._tensor()[index if isinstance(index, slice) else _one(index, len(self))] = value

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def fill_(self, value: Any) -> TypedStorage:
        """Set every number."""
        self._tensor().fill_(value)
        return self

    def copy_(self, source: TypedStorage, non_blocking: bool = False) -> TypedStorage:
        """Take over the numbers of another storage of the same size, converted."""
        if len(source) != len(self):
            raise RuntimeError(f"copy_(): a storage of {len(self)} numbers can't take those of one of {len(source)}")
        self._tensor().copy_(source._tensor())
        return self

    def clone(self) -> TypedStorage:
        """The same numbers in memory of their own."""
        return TypedStorage(wrap_storage=self._untyped.clone(), dtype=self.dtype)

    def resize_(self, size: int) -> TypedStorage:
        """Refused, but for the size that it has."""
        self._untyped.resize_(size * self.dtype.itemsize)
        return self

    def __repr__(self) -> str:
        lines = "\n ".join(map(str, self.tolist()))
        kind = f"torch.storage.TypedStorage(dtype={self.dtype!r}, device={self.device})"
        return f" {lines}\n[{kind} of size {len(self)}]"

    def __deepcopy__(self, memo: dict) -> TypedStorage:
        return self.clone()

    def __reduce__(self) -> tuple:
        return _load_typed, (self._untyped, self.dtype)


def _load_typed(untyped: UntypedStorage, dtype: DType) -> TypedStorage:
    return TypedStorage(wrap_storage=untyped, dtype=dtype)


def typed_storage_of(tensor: Tensor) -> TypedStorage:
    """`tensor.storage()`: the memory as numbers; PyTorch warns that it will go, and so does this."""
    warnings.warn(
        "TypedStorage is deprecated, in PyTorch too: use tensor.untyped_storage() instead of tensor.storage()",
        UserWarning,
        stacklevel=2,
    )
    return TypedStorage(wrap_storage=storage_of(tensor), dtype=tensor.dtype)


# --- Old names --------------------------------------------------------------------------------------------------------


class _OfOneDtype(type):
    """`FloatStorage(...)` makes a TypedStorage of float32, and every such storage is an instance of it."""

    dtype: DType

    def __call__(cls, *args: Any, **settings: Any) -> TypedStorage:
        if "dtype" in settings:
            raise RuntimeError(f"{cls.__name__}(): the keyword dtype cannot be specified")
        return TypedStorage(*args, dtype=cls.dtype, **settings)

    def __instancecheck__(cls, storage: Any) -> bool:
        return isinstance(storage, TypedStorage) and storage.dtype is cls.dtype


OLD_NAMES = {
    f"{name}Storage": _OfOneDtype(f"{name}Storage", (), {"dtype": dtype})
    for name, dtype in (
        ("BFloat16", dtypes.bfloat16), ("Bool", dtypes.bool), ("Byte", dtypes.uint8), ("Char", dtypes.int8),
        ("ComplexDouble", dtypes.complex128), ("ComplexFloat", dtypes.complex64), ("Double", dtypes.float64),
        ("Float", dtypes.float32), ("Half", dtypes.float16), ("Int", dtypes.int32), ("Long", dtypes.int64),
        ("Short", dtypes.int16),
    )
}  # fmt: skip
