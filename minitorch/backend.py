"""The port to an array library: what a backend must offer, and the devices that backends serve (registry.py finds them).

    Backend   the kernels of one array library
    Device    a place that a backend serves: `cpu`, `cuda:1`; interned, so equality is `is`
    Kernels   the namespace `k` through which ops call kernels: `k.add(a, b)` on raw arrays

A kernel has its op's name and signature. Looked up once and then cached: the backend's own kernel of that name, else the
op's body with `k` bound to that backend. Arrays arrive promoted to one dtype, dims as non-negative ints, sizes as tuples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from .checks import Check, out_of_range
from .dtypes import DType, bfloat16, float16, float32
from .errors import BackendError, KernelMissing, message
from .registry import (
    default_backend,
    device_types,
    get,
    hasten,
    is_loaded,
    names,
    present,
    serving,
    set_backend,
    use_backend,
    why_unusable,
)

__all__ = ["Array", "BODIES", "Backend", "Device", "Kernels", "SUPPORT", "ShortKernels", "Writers", "default_backend",
           "default_device", "get", "hasten", "is_loaded", "names", "parse_device", "present", "set_backend", "use_backend",
           "why_unusable"]  # fmt: skip

Array = Any  # what an array library computes on; the core asks of it only `.shape` and `.dtype`

META = "minitorch.transforms.meta:Meta"  # serves `meta`: shapes and dtypes alone
BODIES: dict[str, Callable] = {}  # op name -> the row's body, filled by the op table

# Kernels that every backend must have besides those of the core rows: bodies and rules call them as `k.<name>`.
SUPPORT = {
    "reshape(input, shape)": "the elements in row-major order under another shape, copied where they must be",
    "new_full(input, size, fill_value, dtype=None)": "one value everywhere, where `input` lives, in its dtype or a DType",
    "arange_like(input, end)": "0, 1, ... end - 1 as int64, where `input` lives",
    "pow(input, exponent)": "input ** exponent; of whole numbers, only powers from 0 up are asked for",
    "argsort_stable(input, dim, descending)": "the int64 indices that sort along `dim`; equal values keep their order",
    "nonzero_arrays(mask)": "where a mask is True: a tuple of one int64 vector per dimension",
    "lowest(input)": "a 0-d array of what no value of this dtype is below: -inf, or the smallest integer",
}


class Backend:
    """One array library. Subclass, give `name`, the conversions and the kernels; CONTRIBUTING.md says how."""

    name = "unnamed"
    device_types: tuple[str, ...] = ("cpu",)  # of the class: those that no other backend need be asked about
    library = ""  # the import name of the array library, so that one can look for it without importing it
    install = ""  # the command that installs it, for errors
    # For tests: the environment variables under which the library's own compiler takes less time.
    haste: ClassVar[dict[str, str]] = {}
    short_floats = True  # does it compute in float16 and bfloat16 as well as it does in float32?
    short_kernels: frozenset[str] = frozenset()  # if not, the kernels that do nevertheless
    guarded = False  # must a device be made the current one before plain operators run on its arrays?
    inner: Device | None = (
        None  # of a transform (minitorch.transforms): the device below, whose Tensors arrays are made of
    )
    random_namespace: Any = None  # NumPy's names over the library, if random numbers are drawn on its devices (Philox)
    random_words: Callable | None = None  # generator.philox.words without `xp`, where the library has it faster
    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...  # kernels

    aliasing = True  # do basic slices share memory with their array, and can arrays be written in place?
    functions: ClassVar[
        dict[str, str]
    ] = {}  # op name -> the library's name for it, where its function is the kernel as it is

    def kernel(self, op_name: str) -> Any:
        """The library's own kernel for an op, or None where the row's body serves."""
        return getattr(self, op_name, None)

    @classmethod
    def overrides(cls, op_name: str) -> bool:
        """Has it a kernel of its own for an op? Else the row's body serves."""
        return op_name in cls.functions or hasattr(cls, op_name)

    def kernel_into(self, op_name: str) -> Callable | None:
        """A form of the kernel that takes `out=` and writes straight into it, or None."""
        return None

    def device_count(self, device_type: str) -> int:
        return 1

    def current_index(self, device_type: str) -> int:
        """The device that a name without an index means."""
        return 0

    def guard(self, device: Device) -> AbstractContextManager:
        """What makes `device` the one that is computed on, if entered, as often as one likes; asked for where `guarded`."""
        return nullcontext()

    def kernels(self, device: Device) -> Kernels:
        """`k` for a device: one for all, unless kernels must know where they run."""
        shared = _kernels.setdefault(self.name, Kernels(self))
        return GuardedKernels(self, shared, self.guard(device)) if self.guarded else shared

    def writers(self) -> Writers:
        """The kernels that write into an array that they are given; one set for all devices."""
        return _writers.setdefault(self.name, Writers(self))

    def from_host(self, array: np.ndarray, dtype: DType, device: Device) -> Array:
        """A library array with a copy of a NumPy array's values."""
        raise NotImplementedError

    def to_host(self, array: Array) -> np.ndarray:
        """A NumPy array of an array's values; shares memory where the library can."""
        raise NotImplementedError

    def move(self, array: Array, dtype: DType, device: Device) -> Array:
        """A copy of an array on another device, perhaps of another backend."""
        return device.backend.from_host(self.to_host(array), dtype, device)

    def native_dtype(self, dtype: DType) -> Any:
        """The library's own dtype object."""
        raise NotImplementedError

    def supports(self, dtype: DType) -> bool:
        """Has the library this type?"""
        try:
            return self.native_dtype(dtype) is not None
        except (AttributeError, ImportError):
            return False

    def dtype_of(self, array: Array) -> DType:
        raise NotImplementedError

    def assign(self, target: Array, value: Array) -> None:
        """Write `value` (same dtype, broadcastable) into the memory of `target`."""
        target[...] = value

    def writable(self, array: Array) -> Array:
        """The array itself, in a form that can be written and viewed (NumPy's 0-d results are immutable scalars)."""
        return array

    def detached(self, array: Array) -> Array:
        """The array cut off from tapes that it may be on itself, as a transform's arrays are."""
        return array

    def strides(self, array: Array) -> tuple[int, ...]:
        """Strides in elements."""
        strides, step = [], 1
        for size in reversed(array.shape):
            strides.append(step)
            step *= max(size, 1)
        return tuple(reversed(strides))

    def is_private(self, array: Array, references: int) -> bool:
        """Is this gradient array nobody else's, so that a leaf may keep it without a copy? When in doubt, no.

        `references` is how many references the caller itself holds, besides the argument of this call.
        """
        return False

    def some(self, mask: Array) -> bool:
        """Is any element True? For checks that raise; a backend without values says no."""
        return bool(self.kernel("any")(mask, tuple(range(len(mask.shape))), False))

    def synchronize(self, device: Device) -> None:
        """Wait until the device has done all that was asked of it."""

    def memory(self, device: Device) -> dict[str, int]:
        """Bytes in use, where the library knows: {"allocated": ...}."""
        return {}

    def facts(self) -> dict[str, str]:
        """Versions and settings for `minitorch info`."""
        return {}

    # --- Kernels that stand for no row and need no library --------------------------------------------------------------

    def full_like(self, input: Array, fill_value: Any, dtype: DType | None = None) -> Array:
        return self.kernel("new_full")(input, input.shape, fill_value, dtype)

    def contiguous_copy(self, input: Array) -> Array:
        """A copy in row-major order; `clone` may keep the order that the elements lie in."""
        return self.kernel("clone")(input)

    def cast_like(self, input: Array, other: Array) -> Array:
        return self.kernel("cast")(input, self.dtype_of(other))

    def is_complex(self, input: Array) -> bool:
        return self.dtype_of(input).is_complex

    def stack(self, tensors: Sequence[Array], dim: int = 0) -> Array:
        reshape = self.kernel("reshape")
        slices = [reshape(t, (*t.shape[:dim], 1, *t.shape[dim:])) for t in tensors]
        return self.kernel("cat")(slices, dim)

    def check_index(self, index: Array, low: int, high: int, dim: int) -> None:
        """Refuse what lies outside [low, high): libraries differ in what they do then, and some just read elsewhere."""
        if 0 in index.shape:
            return
        dims = tuple(range(len(index.shape)))
        smallest, largest = (int(self.kernel(name)(index, dims, False)) for name in ("amin", "amax"))
        if smallest < low or largest >= high:
            raise out_of_range(Check(low, high, dim), smallest if smallest < low else largest)


class Kernels:
    """`k`: a backend's kernels by op name, each looked up once."""

    def __init__(self, backend: Backend):
        self.__dict__["backend"] = backend

    def __getattr__(self, name: str) -> Callable:
        backend = self.__dict__["backend"]
        kernel = backend.kernel(name)
        if kernel is None:
            body = BODIES.get(name)
            if body is None:
                raise KernelMissing(
                    message(
                        f"the backend {backend.name!r} has no kernel {name!r}, and the op table has no body for it",
                        expected="a kernel for each core row of the op table, or a row with a body",
                        hint=f"give {type(backend).__name__} a method {name!r} with the row's signature, or use another backend",
                    )
                )
            kernel = partial(body, self)
        self.__dict__[name] = kernel
        return kernel


class GuardedKernels(Kernels):
    """`k` of one of several devices, where a library computes on a current one: each kernel runs with this one current."""

    def __init__(self, backend: Backend, kernels: Kernels, guard: AbstractContextManager):
        super().__init__(backend)
        self.__dict__.update(kernels=kernels, guard=guard)

    def __getattr__(self, name: str) -> Callable:
        kernel, guard = getattr(self.__dict__["kernels"], name), self.__dict__["guard"]

        def guarded(*arguments: Any, **settings: Any) -> Any:
            with guard:
                return kernel(*arguments, **settings)

        self.__dict__[name] = guarded
        return guarded


class ShortKernels(Kernels):
    """`k` for float16 and bfloat16 where the library computes them badly: in float32, rounded once at the end."""

    def __init__(self, backend: Backend, kernels: Kernels):
        super().__init__(backend)
        self.__dict__["kernels"] = kernels

    def __getattr__(self, name: str) -> Callable:
        backend = self.__dict__["backend"]
        kernel = getattr(self.__dict__["kernels"], name)
        self.__dict__[name] = kernel = (
            kernel if name in backend.short_kernels else _in_float32(kernel, backend, self.__dict__["kernels"].cast)
        )
        return kernel


def _in_float32(kernel: Callable, backend: Backend, cast: Callable) -> Callable:
    short = {backend.native_dtype(dtype): dtype for dtype in (float16, bfloat16) if backend.supports(dtype)}
    full = backend.native_dtype(float32)

    def widened(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return type(value)([widened(part) for part in value])
        return cast(value, float32) if getattr(value, "dtype", None) in short else value

    def narrowed(value: Any, dtype: DType) -> Any:
        if isinstance(value, list | tuple):
            return type(value)([narrowed(part, dtype) for part in value])
        return cast(value, dtype) if getattr(value, "dtype", None) == full else value

    def compute(*arguments: Any, **settings: Any) -> Any:
        result = kernel(*widened(arguments), **settings)
        dtype = next(_dtypes_in(arguments, short), None)
        return result if dtype is None else narrowed(result, dtype)

    return compute


def _dtypes_in(arguments: Any, short: dict[Any, DType]) -> Iterator[DType]:
    for argument in arguments:
        if isinstance(argument, list | tuple):
            yield from _dtypes_in(argument, short)
        elif getattr(argument, "dtype", None) in short:
            yield short[argument.dtype]


class Writers(dict):
    """The kernels that can write into an array that they are given, by op name (or None): `writers["add"](a, b, target)`."""

    allowed = True  # not while ops are watched (watching.py): each write is an op then that an observer sees

    def __init__(self, backend: Backend):
        self.backend = backend

    def __missing__(self, name: str) -> Callable | None:
        kernel = self[name] = self.backend.kernel_into(name) if Writers.allowed else None
        return kernel

    @staticmethod
    def allow(allowed: bool) -> None:
        """Find writers from now on, or none."""
        Writers.allowed = allowed
        for writers in _writers.values():
            writers.clear()


class Device:
    """Where a Tensor's array lives: a device type, an index and the backend that serves it."""

    __slots__ = ("backend", "index", "kernels", "short_kernels", "type", "writers")

    def __new__(cls, type: str | Device, index: int | None = None) -> Device:
        return type if isinstance(type, Device) else parse_device(type, index)

    @property
    def qualified(self) -> str:
        """The name that names the backend too: `numpy/cpu`."""
        return f"{self.backend.name}/{self._place()}"

    def _place(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __str__(self) -> str:
        return self._place() if _means(self) else self.qualified

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        prefix = "" if _means(self) else f"{self.backend.name}/"
        return f"device(type='{prefix}{self.type}'{index})"

    def __reduce__(self) -> tuple:
        return (Device, (self.qualified,))

    def __deepcopy__(self, memo: dict) -> Device:
        return self


def _means(device: Device) -> bool:
    """Does its type alone, without a backend's name, lead to it?"""
    return device.type == "meta" or serving(device.type) == device.backend.name


_devices: dict[tuple[str, str, int | None], Device] = {}


# --- Devices ----------------------------------------------------------------------------------------------------------


def default_device() -> Device:
    """The first device of the default backend."""
    backend = default_backend()
    return _intern(backend, backend.device_types[0], None)


def parse_device(name: str, index: int | None = None) -> Device:
    """The Device of a name like `cpu`, `cuda:1`, `torch/cpu`."""
    if not isinstance(name, str):
        raise TypeError(f"device(): expected a name such as 'cpu' or 'cuda:1', got {type(name).__name__}")
    qualifier, _, place = name.rpartition("/")
    device_type, colon, number = place.partition(":")
    if colon:
        if not number.isdigit():
            raise RuntimeError(f"Invalid device string: {name!r}; expected 'type' or 'type:index', such as 'cuda:1'")
        index = int(number)
    server = qualifier or (META if device_type == "meta" else serving(device_type))
    backend = get(server) if server else None
    if backend is None or device_type not in backend.device_types:
        raise BackendError(_no_such_device(name))
    return _intern(backend, device_type, index)


def _no_such_device(name: str) -> str:
    listing = "; ".join(f"{backend} serves {', '.join(device_types(backend))}" for backend in present())
    return message(
        f"no usable backend serves the device {name!r}",
        where="device name",
        expected=listing,
        got=repr(name),
        hint="choose one of these, or install the backend that serves it (`minitorch info` says what is missing)",
    )


def _intern(backend: Backend, device_type: str, index: int | None) -> Device:
    if device_type in ("cpu", "meta"):
        index = None  # PyTorch's cpu:0 is the cpu
    elif index is None:
        index = backend.current_index(device_type)
    key = (backend.name, device_type, index)
    device = _devices.get(key)
    if device is None:
        if index is not None and index >= backend.device_count(device_type):
            raise BackendError(
                f"device {device_type}:{index} does not exist: the backend {backend.name!r} sees "
                f"{backend.device_count(device_type)} of type {device_type}, counted from 0"
            )
        device = _devices[key] = new_device(backend, device_type, index)
    return device


def new_device(backend: Backend, device_type: str, index: int | None) -> Device:
    """A Device that no name leads to yet."""
    device = object.__new__(Device)
    device.type, device.index, device.backend = device_type, index, backend
    device.kernels = kernels = backend.kernels(device)
    device.short_kernels = kernels if backend.short_floats else ShortKernels(backend, kernels)
    device.writers = backend.writers()
    return device


_kernels: dict[str, Kernels] = {}
_writers: dict[str, Writers] = {}


def topmost(devices: Iterable[Device]) -> Device | None:
    """The device of a transform that lies over all the others; None where there is none."""
    found = list(devices)
    for device in found:
        under, below = {device}, device.backend.inner
        while below is not None:
            under.add(below)
            below = below.backend.inner
        if under.issuperset(found):
            return device
    return None
