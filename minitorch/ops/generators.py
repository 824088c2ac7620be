"""Generators as users hold them: one for the host, and one for each device whose backend draws there.

On `cpu`, and on devices whose backend doesn't draw, numbers come from MT19937 and are PyTorch's own. A backend that names a
`random_namespace` draws on its devices by Philox: the state is two integers, nothing moves between host and device, and the
same seed gives the same numbers whatever the backend, though not those of PyTorch's CUDA kernels.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any, Self

import numpy as np

from minitorch import dtypes
from minitorch import generator as host
from minitorch.backend import Device
from minitorch.errors import message
from minitorch.generator.philox_distributions import PhiloxGenerator
from minitorch.tensor import Tensor, wrap


class Generator(host.Generator):
    """A stream of random numbers with a seed of its own; its state is a uint8 Tensor.

    `Generator(device="cuda")` draws on the device and is a `DeviceGenerator`.

    >>> import minitorch
    >>> minitorch.rand(2, generator=minitorch.Generator().manual_seed(0))
    tensor([0.4963, 0.7682])
    """

    def __new__(cls, device: Any = "cpu") -> Any:
        drawn_there = cls is Generator and device != "cpu" and Device(device).backend.random_namespace is not None
        return object.__new__(DeviceGenerator if drawn_there else cls)

    def __init__(self, device: Any = "cpu"):
        super().__init__(str(device))

    @property
    def device(self) -> Device:
        return Device("cpu")

    def get_state(self) -> Tensor:
        """The state: uint8, shape (5056,), the bytes that PyTorch gives."""
        return _bytes(super().get_state())

    def set_state(self, new_state: Any) -> Self:
        """Go on from a state that `get_state` gave, here or in PyTorch."""
        return super().set_state(new_state._to_host() if isinstance(new_state, Tensor) else new_state)


class DeviceGenerator(PhiloxGenerator, Generator):
    """A generator that draws where its numbers are used; a new one starts at a seed that nobody can foresee.

    PyTorch starts all of them at one seed; ours differ, as `default_generator` does.
    """

    def __init__(self, device: Any):
        self._device = place = Device(device)
        backend = place.backend
        PhiloxGenerator.__init__(self, backend.random_namespace, partial(backend.guard, place), backend.random_words)

    @property
    def device(self) -> Device:
        return self._device

    def get_state(self) -> Tensor:
        """The state: uint8, shape (16,), seed and offset."""
        return _bytes(PhiloxGenerator.get_state(self))

    def set_state(self, new_state: Any) -> Self:
        """Go on from a state that `get_state` gave, here or in PyTorch."""
        PhiloxGenerator.set_state(self, new_state._to_host() if isinstance(new_state, Tensor) else new_state)
        return self

    def __reduce__(self) -> tuple:
        return _remade, (self._device, PhiloxGenerator.get_state(self))


def _remade(device: Device, state: np.ndarray) -> DeviceGenerator:
    return DeviceGenerator(device).set_state(state)


def _bytes(state: np.ndarray) -> Tensor:
    host_device = Device("cpu")
    return wrap(host_device.backend.from_host(state, dtypes.uint8, host_device), dtypes.uint8, host_device)


# --- The default ones -------------------------------------------------------------------------------------------------

default_generator = Generator()
default_generator.__dict__ = vars(host.default_generator)  # the same stream: what one of the two draws, both have drawn
_of_devices: dict[Device, DeviceGenerator] = {}
_seed_of_devices: int | None = None  # what generators of devices that draw later start at; None: nobody said


def manual_seed(seed: int) -> Generator:
    """Start the default generator's stream of `seed` anew, and those of all devices, and return the generator.

    >>> import minitorch
    >>> _ = minitorch.manual_seed(0)
    >>> minitorch.randint(0, 10, (5,))
    tensor([4, 9, 3, 0, 3])
    """
    default_generator.manual_seed(int(seed))
    manual_seed_devices(int(seed))
    return default_generator


def manual_seed_devices(seed: int) -> None:
    """Start the streams of all devices anew; of those that never drew, when they first do."""
    global _seed_of_devices
    _seed_of_devices = seed
    for generator in _of_devices.values():
        generator.manual_seed(seed)


def seed() -> int:
    """Start the default generators at a seed that nobody can foresee, and return it."""
    chosen = default_generator.seed()
    manual_seed_devices(chosen)
    return chosen


def generator_of(device: Device) -> Generator:
    """The default generator of the numbers on a device."""
    if device.backend.random_namespace is None:
        return default_generator
    found = _of_devices.get(device)
    if found is None:
        found = DeviceGenerator(device)
        _of_devices[device] = found
        if _seed_of_devices is not None:
            found.manual_seed(_seed_of_devices)
    return found


def stream_of(generator: Any, device: Device) -> Any:
    """The generator to draw numbers on a device with: the one that was passed, or the default one."""
    if generator is None:
        return generator_of(device)
    if not isinstance(generator, host.Generator):
        expected = "a minitorch.Generator, or None for the default one"
        raise TypeError(
            message("argument 'generator' is no generator", expected=expected, got=type(generator).__name__)
        )
    own = generator.device if isinstance(generator, DeviceGenerator) else None
    wanted = None if device.backend.random_namespace is None else device
    if own is not wanted:
        raise RuntimeError(
            message(
                f"Expected a '{wanted or 'cpu'}' device type for generator but found '{own or 'cpu'}'",
                where=f"random numbers on {device}",
                hint=f"make it there: minitorch.Generator(device='{wanted or 'cpu'}')",
            )
        )
    return generator


def initial_seed() -> int:
    """The seed that the default generator was started with."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The default generator's state: uint8, shape (5056,)."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Set the default generator's state to one that `get_rng_state` gave."""
    default_generator.set_state(new_state)


def rng_states(devices: Any = None) -> list[tuple[Any, Tensor]]:
    """The default generators, of the host and of `devices` (all that drew), with their states."""
    chosen = list(_of_devices.values()) if devices is None else [generator_of(Device(device)) for device in devices]
    return [(generator, generator.get_state()) for generator in dict.fromkeys((default_generator, *chosen))]


@contextlib.contextmanager
def fork_rng(devices: Any = None, enabled: bool = True) -> Iterator[None]:
    """What is drawn inside doesn't move the default generators outside on, on the host and on `devices` (all that drew).

    >>> import minitorch
    >>> before = minitorch.get_rng_state()
    >>> with fork_rng():
    ...     _ = minitorch.rand(3)
    >>> bool((minitorch.get_rng_state() == before).all())
    True
    """
    before = rng_states(devices) if enabled else []
    try:
        yield
    finally:
        for generator, state in before:
            generator.set_state(state)
