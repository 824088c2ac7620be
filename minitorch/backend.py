"""The port to an array library: what a backend must offer, and the devices that backends serve (registry.py finds them).

    Backend   the kernels of one array library
    Device    a place that a backend serves: `cpu`, `cuda:1`; interned, so equality is `is`

A kernel has its op's name and signature (kernels.py looks them up). Arrays arrive promoted to one dtype, dims as non-negative
ints, sizes as tuples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from . import layouts
from .checks import Check, out_of_range
from .dtypes import DType
from .errors import BackendError, message
from .kernels import BODIES, POINTWISE, SUPPORT, WIDE, GuardedKernels, Kernels, ShortKernels, Writers, in_float64
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

__all__ = ["Array", "BODIES", "Backend", "Device", "Kernels", "POINTWISE", "SUPPORT", "ShortKernels", "WIDE", "Writers",
           "default_backend", "default_device", "first_device", "get", "hasten", "in_float64", "is_loaded", "names",
           "parse_device", "present", "set_backend", "set_default_device", "use_backend", "why_unusable"]  # fmt: skip

Array = Any  # what an array library computes on; the core asks of it only `.shape` and `.dtype`

META = "minitorch.transforms.meta:Meta"  # serves `meta`: shapes and dtypes alone


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
    addressable = (
        False  # can it say where arrays lie, and make arrays on memory that exists (the methods under Memory)?
    )
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

    @cached_property
    def k(self) -> Kernels:
        """Its kernels, each looked up once: for those that call others."""
        return Kernels(self)

    def kernels(self, device: Device) -> Kernels:
        """`k` for a device: one for all, unless kernels must know where they run."""
        return GuardedKernels(self, self.k, self.guard(device)) if self.guarded else self.k

    def writers(self) -> Writers:
        """The kernels that write into an array that they are given; one set for all devices."""
        return Writers.shared.setdefault(self.name, Writers(self))

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
        except (AttributeError, BackendError, ImportError):
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

    def is_viewable(self, array: Array, size: tuple[int, ...]) -> bool:
        """Do the strides allow a view of another size?"""
        return layouts.is_viewable(array.shape, self.strides(array), size)

    def is_private(self, array: Array, references: int) -> bool:
        """Is this gradient array nobody else's, so that a leaf may keep it without a copy? When in doubt, no.

        `references` is how many references the caller itself holds, besides the argument of this call.
        """
        return False

    def some(self, mask: Array) -> bool:
        """Is any element True? For checks that raise; a backend without values says no."""
        return bool(self.k.any(mask, tuple(range(len(mask.shape))), False))

    # --- Memory -------------------------------------------------------------------------------------------------------

    def address(self, array: Array) -> int:
        """Where the first element lies."""
        raise self._unseen()

    def bytes_of(self, array: Array) -> Array:
        """All the memory that an array is a part of: a flat array of uint8 on that memory."""
        raise self._unseen()

    def from_bytes(
        self, memory: Array, dtype: DType, size: tuple[int, ...], stride: tuple[int, ...], offset: int
    ) -> Array:
        """An array on memory that `bytes_of` gave; `stride` and `offset` count elements of `dtype`."""
        raise self._unseen()

    def _unseen(self) -> BackendError:
        return BackendError(
            message(
                f"the backend {self.name!r} doesn't say where in memory its arrays lie",
                expected="a backend that does, such as numpy or torch",
                hint="move the tensor there first, for example with .to('numpy/cpu')",
            )
        )

    def borrow(self, array: np.ndarray, dtype: DType, device: Device) -> Array:
        """An array on the memory of a NumPy array; a copy of it where the library can't."""
        return self.from_host(array, dtype, device)

    def to_dlpack(self, array: Array, **request: Any) -> Any:
        """A DLPack capsule on an array's memory."""
        return array.__dlpack__(**request)

    def dlpack_device(self, array: Array) -> tuple[int, int]:
        """DLPack's numbers for the place where an array lies."""
        kind, index = array.__dlpack_device__()
        return int(kind), int(index)

    def from_dlpack(self, peer: Any) -> Array:
        """An array on the memory of another library's array, by `__dlpack__`; `peer.writable` says that it may be written."""
        raise BackendError(
            message(
                f"the backend {self.name!r} takes no arrays of other libraries",
                expected="a backend with from_dlpack",
                hint="go by way of NumPy: minitorch.tensor(numpy.from_dlpack(array))",
            )
        )

    def synchronize(self, device: Device) -> None:
        """Wait until the device has done all that was asked of it."""

    def memory(self, device: Device) -> dict[str, int]:
        """Bytes in use, where the library knows: {"allocated": ...}."""
        return {}

    def threads(self) -> int:
        """How many threads a kernel on the host may use."""
        return 1

    def set_threads(self, count: int) -> None:
        """Let kernels on the host use `count` threads; a library that decides by itself does nothing."""

    def facts(self) -> dict[str, str]:
        """Versions and settings for `minitorch info`."""
        return {}

    # --- Kernels that stand for no row and need no library --------------------------------------------------------------

    def full_like(self, input: Array, fill_value: Any, dtype: DType | None = None) -> Array:
        return self.k.new_full(input, input.shape, fill_value, dtype)

    def contiguous_copy(self, input: Array) -> Array:
        """A copy in row-major order; `clone` may keep the order that the elements lie in."""
        return self.k.clone(input)

    def cast_like(self, input: Array, other: Array) -> Array:
        return self.k.cast(input, self.dtype_of(other))

    def is_complex(self, input: Array) -> bool:
        return self.dtype_of(input).is_complex

    def stack(self, tensors: Sequence[Array], dim: int = 0) -> Array:
        reshape = self.k.reshape
        slices = [reshape(t, (*t.shape[:dim], 1, *t.shape[dim:])) for t in tensors]
        return self.k.cat(slices, dim)

    def check_index(self, index: Array, low: int, high: int, dim: int) -> None:
        """Refuse what lies outside [low, high): libraries differ in what they do then, and some just read elsewhere."""
        if 0 in index.shape:
            return
        dims = tuple(range(len(index.shape)))
        smallest, largest = int(self.k.amin(index, dims, False)), int(self.k.amax(index, dims, False))
        if smallest < low or largest >= high:
            raise out_of_range(Check(low, high, dim), smallest if smallest < low else largest)


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

    def __enter__(self) -> Device:
        """`with device("cuda"):` new tensors inside go there."""
        _chosen.set((*_chosen.get(), self))
        return self

    def __exit__(self, *raised: object) -> None:
        _chosen.set(_chosen.get()[:-1])

    def __deepcopy__(self, memo: dict) -> Device:
        return self


def _means(device: Device) -> bool:
    """Does its type alone, without a backend's name, lead to it?"""
    return device.type == "meta" or serving(device.type) == device.backend.name


_devices: dict[tuple[str, str, int | None], Device] = {}


# --- Devices ----------------------------------------------------------------------------------------------------------


# Where new tensors go: what set_default_device said, and on top of it the `with device:` blocks around; None: nobody said.
_chosen: ContextVar[tuple[Any, ...]] = ContextVar("default_device", default=(None,))


def first_device() -> Device:
    """The first device of the default backend, where new tensors go if nobody says otherwise."""
    backend = default_backend()
    return _intern(backend, backend.device_types[0], None)


def default_device() -> Device:
    """Where new tensors go when no `device=` is given."""
    chosen = _chosen.get()[-1]
    return first_device() if chosen is None else Device(chosen)


def set_default_device(device: Any) -> None:
    """Let new tensors of this thread go to `device` when no `device=` is given; None is the first one of the default backend.

    What shares memory (`from_numpy`) and what names its device itself (`FloatTensor`) doesn't listen, as in PyTorch.
    """
    if device is not None:
        Device(device)
    _chosen.set((device, *_chosen.get()[1:]))


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
