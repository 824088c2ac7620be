"""A level: a device over another device, whose arrays are Tensors of that other device.

    Transform   one run of a transform, such as one call of a function that `func.grad` made
    Level       its backend over one device below: kernels are the ops on the Tensors below

This plain level is all that reverse mode needs. A leaf made here belongs to this level's tape alone; what is computed on the
way back are ops on the Tensors below, so the tapes below record it where they have reason to. Nesting can't confuse
perturbations, since each level has a tape of its own.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from minitorch.backend import Array, Backend, Device, Kernels, Writers, new_device
from minitorch.dispatch import OPS_ON_TENSORS
from minitorch.dtypes import DType
from minitorch.operands import some
from minitorch.ops import creation
from minitorch.tensor import Tensor, wrap

PLAIN = ("new_full", "full_like", "arange_like", "lowest", "check_index", "nonzero_arrays", "some")
# kernels without derivatives that are no rows


class Level(Backend):
    """The kernels of one transform over the device `inner`; here an array is a Tensor of `inner`."""

    inner: Device
    aliasing = False  # writes make new arrays, so that the levels below needn't know of them

    def __init__(self, transform: Transform, inner: Device):
        self.transform, self.inner = transform, inner
        self.name = inner.backend.name  # so that devices print as those below
        self.device_types = inner.backend.device_types

    @property
    def device(self) -> Device:
        return self.transform.over(self.inner)

    def kernel(self, op_name: str) -> Any:
        return getattr(self if op_name in PLAIN else OPS_ON_TENSORS, op_name)

    def kernels(self, device: Device) -> Kernels:
        return Kernels(self)

    def writers(self) -> Writers:
        return Writers(self)

    def lifted(self, tensor: Tensor) -> Array:
        """The array here of a Tensor of `inner` that the transform doesn't concern."""
        return tensor

    def below(self, array: Array) -> list[Tensor]:
        """The Tensors of `inner` that an array has its values from."""
        return [array]

    def adopt(self, tensor: Tensor) -> bool:
        """Make a Tensor of a device below one of this level, since values of this level are to be written into it; can it be?"""
        return False

    def beside(self, device: Device) -> Device:
        """This transform's device over another device of a library: where `.to(device)` leads from here."""
        inner = self.inner.backend
        return self.transform.over(inner.beside(device) if isinstance(inner, Level) else device)

    # --- The port -------------------------------------------------------------------------------------------------------

    def from_host(self, array: np.ndarray, dtype: DType, device: Device) -> Array:
        return self.lifted(wrap(self.inner.backend.from_host(array, dtype, self.inner), dtype, self.inner))

    def to_host(self, array: Array) -> np.ndarray:
        return array._to_host()

    def move(self, array: Array, dtype: DType, device: Device) -> Array:
        return array.to(device.backend.inner)

    def native_dtype(self, dtype: DType) -> DType:
        return dtype

    def supports(self, dtype: DType) -> bool:
        return self.inner.backend.supports(dtype)

    def dtype_of(self, array: Array) -> DType:
        return array.dtype

    def detached(self, array: Array) -> Array:
        return array.detach()

    def strides(self, array: Array) -> tuple[int, ...]:
        return array.stride()

    # --- Kernels that are no rows --------------------------------------------------------------------------------------

    def new_full(self, input: Array, size: tuple[int, ...], fill_value: Any, dtype: DType | None = None) -> Array:
        return self.lifted(OPS_ON_TENSORS.new_full(self.below(input)[0], size, fill_value, dtype))

    def full_like(self, input: Array, fill_value: Any, dtype: DType | None = None) -> Array:
        return self.new_full(input, input.shape, fill_value, dtype)

    def arange_like(self, input: Array, end: int) -> Array:
        return self.lifted(OPS_ON_TENSORS.arange_like(self.below(input)[0], end))

    def lowest(self, input: Array) -> Array:
        return self.lifted(OPS_ON_TENSORS.lowest(self.below(input)[0]))

    def nonzero_arrays(self, mask: Array) -> tuple[Array, ...]:
        return tuple([self.lifted(places) for places in OPS_ON_TENSORS.nonzero_arrays(self.below(mask)[0])])

    def some(self, mask: Array) -> bool:
        return some(self.below(mask)[0])

    def check_index(self, index: Array, low: int, high: int, dim: int) -> None:
        for tensor in self.below(index):
            tensor.device.backend.check_index(tensor._array, low, high, dim)

    def synchronize(self, device: Device) -> None:
        self.inner.backend.synchronize(self.inner)


class _Open(threading.local):
    transforms: tuple[Transform, ...] = ()


_open = _Open()


class Transform:
    """One run of a transform. Inside `with`, it is the innermost: transforms that begin there lie over it."""

    def __init__(self, level: type[Level], **facts: Any):
        self.level, self.facts = level, facts
        self._devices: dict[Device, Device] = {}

    def over(self, inner: Device) -> Device:
        """This transform's device over `inner`."""
        device = self._devices.get(inner)
        if device is None:
            backend = self.level(self, inner)
            device = self._devices[inner] = new_device(backend, inner.type, inner.index)
        return device

    def enter(self, tensor: Tensor, array: Callable[[Tensor], Array] | None = None) -> Tensor:
        """The Tensor of this level whose array is `array(tensor)`, or else the plain one."""
        tensor = raised(tensor, self)
        device = self.over(tensor.device)
        return wrap(device.backend.lifted(tensor) if array is None else array(tensor), tensor.dtype, device)

    def has(self, tensor: Any) -> bool:
        """Is it a Tensor of this very level?"""
        return isinstance(tensor, Tensor) and getattr(tensor.device.backend, "transform", None) is self

    def __enter__(self) -> Transform:
        self._before = _open.transforms
        _open.transforms = (*self._before, self)
        return self

    def __exit__(self, *raised: object) -> None:
        _open.transforms = self._before


def transforms() -> tuple[Transform, ...]:
    """Those that are at work in this thread, the innermost last."""
    return _open.transforms


@contextlib.contextmanager
def on(device: Device) -> Iterator[None]:
    """Inside, only the transforms that `device` lies on are at work: for what a transform does with the level below."""
    found: list[Transform] = []
    while isinstance(device.backend, Level):
        found.append(device.backend.transform)
        device = device.backend.inner
    before, _open.transforms = _open.transforms, tuple(reversed(found))
    try:
        yield
    finally:
        _open.transforms = before


def ground(device: Device) -> Device:
    """The device of a library that lies under all transforms."""
    while device.backend.inner is not None:
        device = device.backend.inner
    return device


def raised(tensor: Tensor, below: Transform | None = None) -> Tensor:
    """The tensor lifted to the innermost transform that is at work, or that is `below` another one."""
    device = ground(tensor.device)
    for transform in _open.transforms:
        if transform is below:
            break
        device = transform.over(device)
    return tensor.to(device)


def current(array: Tensor) -> Tensor:
    """A Tensor below, up to date with writes into what it is a view of."""
    if array._view is not None:
        array._sync()
    return array


def _inside(device: Device) -> Device:
    """The innermost transform's device over one of a library, where new tensors made inside belong to it."""
    if _open.transforms and _open.transforms[-1].facts.get("creates", True):
        for transform in _open.transforms:
            device = transform.over(device)
    return device


creation.inside = _inside
