"""cupy.ndarray: a NumPy array that can't be reached but through what CuPy offers."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

from cupy import strict
from cupy._manifest import CLASSES, bound
from cupy.cuda import device as device_module
from cupy.cuda import memory, pinned_memory, stream

CHARACTERS = "?bBhHiIlLqQefdFD"
SCALARS = (bool, int, float, complex, np.generic)
QUIET = {"divide": "ignore", "over": "ignore", "under": "ignore", "invalid": "ignore"}
HOST = "Implicit conversion to a NumPy array is not allowed. Please use `.get()` to construct a NumPy array explicitly."


def checked_dtype(dtype: Any) -> np.dtype:
    """A dtype that CuPy has kernels for; bfloat16 is the one that ml_dtypes brings."""
    dtype = np.dtype(dtype)
    if dtype.char not in CHARACTERS and dtype.name != "bfloat16":
        raise ValueError(f"Unsupported dtype {dtype}")
    return dtype


def poison(host: np.ndarray) -> np.ndarray:
    """Uninitialised memory holds what would be noticed."""
    if host.dtype.kind in "iu":
        host[...] = np.iinfo(host.dtype).max - 13
    else:
        host[...] = True if host.dtype.kind == "b" else np.nan
    return host


def device_array(host: Any) -> ndarray:
    """What a kernel has just computed, as an array of its own on the current device, in C order."""
    host = np.asarray(host, order="C")
    if not host.flags.writeable:
        host = np.array(host, order="C")
    return in_its_order(host)


def in_its_order(host: np.ndarray) -> ndarray:
    """The same, in the order that it has: for the few that keep their operand's."""
    array = ndarray.__new__(ndarray)
    array._host, array.base = host, None
    array._memory = memory.block(host.nbytes, host)
    return array


def cast(host: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Elements converted as the GPU converts them: a float that no integer of 32 or 64 bits holds is the nearest that does.

    NaN is 0 between 32 bits, and the highest bit alone where 64 are involved (PTX ISA, `cvt`); shorter integers are what the
    low bits of 32 say.
    """
    if host.dtype == dtype:
        return host
    if host.dtype.kind == "c" and dtype.kind not in "bc":
        host = host.real
    if dtype.kind not in "iu" or not (host.dtype.kind == "f" or host.dtype.name == "bfloat16"):
        return host.astype(dtype)
    whole = np.dtype(f"{dtype.kind}{max(4, dtype.itemsize)}")
    limits = np.iinfo(whole)
    numbers = np.trunc(host.astype(np.float64))
    nan = np.array(
        1 << (limits.bits - 1) if host.dtype.char == "d" or limits.bits == 64 else 0, f"u{whole.itemsize}"
    ).view(whole)
    high, low = numbers >= float(limits.max), numbers <= float(limits.min)
    inside = np.where(high | low | np.isnan(numbers), 0, numbers).astype(whole)
    result = np.where(high, whole.type(limits.max), np.where(low, whole.type(limits.min), inside))
    return np.where(np.isnan(numbers), nan, result).astype(dtype)


def from_host(host: np.ndarray) -> ndarray:
    """A copy of what lies on the host, in the order that it has there."""
    checked_dtype(host.dtype)
    strict.transfer("array")
    return in_its_order(np.array(host, order="K"))


def view(parent: ndarray, host: np.ndarray) -> ndarray:
    """An array that shares the memory of its parent; there are no read-only arrays."""
    if not host.flags.writeable and host.size:
        host = parent._memory.seen_as(host.shape, host.dtype, memory.address(host), host.strides)
    array = ndarray.__new__(ndarray)
    array._host, array._memory = host, parent._memory
    array.base = parent if parent.base is None else parent.base
    return array


def operand(value: Any) -> np.ndarray | Any:
    """What a kernel reads: the bytes of an array that lies on the current device, or a scalar."""
    if isinstance(value, ndarray):
        here = device_module.current()
        if value._memory.device_id != here:
            raise ValueError(
                f"The device where the array resides ({value._memory.device_id}) is different from the current device "
                f"({here}). Peer access is unavailable between these devices."
            )
        return value._host
    if isinstance(value, SCALARS):
        return value
    raise TypeError(f"Unsupported type {type(value)}")


def array_operand(value: Any, where: str = "") -> np.ndarray:
    """The same, where CuPy takes arrays only."""
    if not isinstance(value, ndarray):
        raise TypeError(f"{where}Argument has incorrect type (expected cupy.ndarray, got {type(value).__name__})")
    return operand(value)


class ndarray:
    """An array on a device. `_host` holds its elements; nothing but the stand-in may touch it."""

    __slots__ = ("_host", "_memory", "base")
    __array_priority__ = 100
    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self, shape: Any, dtype: Any = float, memptr: Any = None, strides: Any = None, order: str | None = "C"
    ) -> None:
        dtype = checked_dtype(dtype)
        if strides is not None and memptr is None:
            raise ValueError("memptr is required if strides is given.")
        self.base = None
        if memptr is None:
            self._host = poison(np.empty(shape, dtype, order or "C"))
            self._memory = memory.block(self._host.nbytes, self._host)
        else:
            self._memory = memptr.mem
            self._host = memptr.mem.seen_as(shape, dtype, memptr.ptr, strides, order or "C")

    # --- What it is ---------------------------------------------------------------------------------------------------

    shape = property(lambda self: self._host.shape)
    strides = property(lambda self: self._host.strides)
    dtype = property(lambda self: self._host.dtype)
    ndim = property(lambda self: self._host.ndim)
    size = property(lambda self: self._host.size)
    itemsize = property(lambda self: self._host.itemsize)
    nbytes = property(lambda self: self._host.nbytes)
    device = property(lambda self: device_module.Device(self._memory.device_id))

    @shape.setter
    def shape(self, shape: Any) -> None:
        self._host = self._host.reshape(shape, copy=False)

    @property
    def data(self) -> memory.MemoryPointer:
        return memory.MemoryPointer(
            self._memory, memory.address(self._host) - self._memory.ptr if self._memory.size else 0
        )

    @property
    def flags(self) -> Any:
        flags = self._host.flags
        return Flags(c_contiguous=flags.c_contiguous, f_contiguous=flags.f_contiguous, owndata=self.base is None)

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        return {
            "shape": self.shape,
            "typestr": self.dtype.str,
            "descr": self.dtype.descr,
            "stream": 1,
            "version": 3,
            "strides": None if self._host.flags.c_contiguous else self.strides,
            "data": (self.data.ptr if self.size else 0, False),
        }

    @property
    def T(self) -> ndarray:
        return self if self.ndim < 2 else view(self, self._host.T)

    @property
    def mT(self) -> ndarray:
        if self.ndim < 2:
            raise ValueError("matrix transpose with ndim < 2 is undefined")
        return view(self, self._host.swapaxes(-1, -2))

    @property
    def real(self) -> ndarray:
        return view(self, self._host.real) if self.dtype.kind == "c" else self

    @real.setter
    def real(self, value: Any) -> None:
        self.real[...] = value

    @property
    def imag(self) -> ndarray:
        if self.dtype.kind == "c":
            return view(self, self._host.imag)
        return device_array(np.zeros(self.shape, self.dtype))

    @imag.setter
    def imag(self, value: Any) -> None:
        if self.dtype.kind != "c":
            raise TypeError("cupy.ndarray does not have imaginary part to set")
        self.imag[...] = value

    # --- To and from the host -----------------------------------------------------------------------------------------

    def get(self, stream: Any = None, order: str = "C", out: Any = None, blocking: bool = True) -> np.ndarray:
        if out is not None:
            if not isinstance(out, np.ndarray):
                raise TypeError("Only numpy.ndarray can be obtained from cupy.ndarray")
            if out.dtype != self.dtype:
                raise TypeError(f"{out.dtype} array cannot be obtained from {self.dtype} array")
            if out.shape != self.shape:
                raise ValueError(f"Shape mismatch. Expected shape: {self.shape}, actual shape: {out.shape}")
        if blocking or not (out is None or pinned_memory.is_memory_pinned(memory.address(out))):
            strict.sync("get")
        if out is None:
            order = (
                "F" if order == "A" and self._host.flags.f_contiguous and not self._host.flags.c_contiguous else order
            )
            return np.array(self._host, order="C" if order == "A" else order)
        out[...] = self._host
        return out

    def set(self, arr: np.ndarray, stream: Any = None) -> None:
        if not isinstance(arr, np.ndarray):
            raise TypeError("Only numpy.ndarray can be set to cupy.ndarray")
        if arr.dtype != self.dtype:
            raise TypeError(f"{arr.dtype} array cannot be set to {self.dtype} array")
        if arr.shape != self.shape:
            raise ValueError(f"Shape mismatch. Old shape: {self.shape}, new shape: {arr.shape}")
        if not self._host.flags.forc:
            raise RuntimeError("Cannot set to non-contiguous array")
        if stream is None and stream_is_null():
            strict.sync("set")
        strict.transfer("set")
        self._host[...] = arr

    def item(self) -> Any:
        if self.size != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        return self._read("item").item()

    def _read(self, why: str) -> np.ndarray:
        strict.sync(why)
        return np.array(self._host)

    def tolist(self) -> Any:
        return self._read("tolist").tolist()

    def tobytes(self, order: str = "C") -> bytes:
        return self._read("tobytes").tobytes(order)

    def tofile(self, fid: Any, sep: str = "", format: str = "%s") -> None:
        self._read("tofile").tofile(fid, sep, format)

    def dumps(self) -> bytes:
        return pickle.dumps(self, -1)

    def dump(self, file: Any) -> None:
        pickle.dump(self, file, -1)

    def __reduce__(self) -> tuple:
        return from_host, (self._read("pickle"),)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError(HOST)

    def __bool__(self) -> bool:
        if self.size > 1:
            raise ValueError(
                "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()"
            )
        return bool(self._read("bool")) if self.size else False

    def __int__(self) -> int:
        return int(self._read("int"))

    def __float__(self) -> float:
        return float(self._read("float"))

    def __complex__(self) -> complex:
        return complex(self._read("complex"))

    def __repr__(self) -> str:
        return repr(self._read("repr"))

    def __str__(self) -> str:
        return str(self._read("str"))

    def __format__(self, format_spec: str) -> str:
        return format(self._read("format"), format_spec)

    def __bytes__(self) -> bytes:
        return bytes(self._read("bytes"))

    def __dlpack_device__(self) -> tuple[int, int]:
        return 2, self._memory.device_id

    def __dlpack__(
        self, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: Any = None
    ) -> Any:
        if dl_device is None or dl_device[0] == 2:
            raise BufferError("the stand-in's memory is no CUDA memory: no DLPack consumer may have it")
        if copy is False:
            raise ValueError("GPU memory cannot be exported to CPU without copy.")
        return self._read("__dlpack__").__dlpack__(max_version=max_version)

    def toDlpack(self) -> Any:
        return self.__dlpack__()

    # --- As a container -----------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __iter__(self) -> Iterator[ndarray]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[index] for index in range(len(self)))

    def __copy__(self) -> ndarray:
        return self.copy()

    def __deepcopy__(self, memo: dict) -> ndarray:
        with self.device:
            return self.copy()


class Flags(SimpleNamespace):
    """c_contiguous, f_contiguous and owndata, also by their names in capitals; there is no writeable."""

    forc = property(lambda self: self.c_contiguous or self.f_contiguous)
    fnc = property(lambda self: self.f_contiguous and not self.c_contiguous)

    def __getitem__(self, name: str) -> bool:
        try:
            return getattr(self, {"C": "c_contiguous", "F": "f_contiguous", "O": "owndata"}.get(name, name.lower()))
        except AttributeError:
            raise KeyError(f"{name} is not defined for cupy.ndarray.flags") from None


def stream_is_null() -> bool:
    return stream.get_current_stream().ptr == 0


def add_methods(methods: dict[str, Any]) -> None:
    """Give arrays the methods that other modules write, with the real signatures; CuPy has to have every one of them."""
    known = CLASSES["cupy.ndarray"]
    for name, body in methods.items():
        special = name.startswith("_")
        setattr(
            ndarray, name, body if special or not known[name].get("signature") else bound("cupy.ndarray", name, body)
        )


ndarray.__module__ = "cupy"
