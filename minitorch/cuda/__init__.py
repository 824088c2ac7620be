"""NVIDIA GPUs under PyTorch's names: devices, streams, memory, random numbers.

All of it asks the backend `cupy` and loads CuPy when first called: `import minitorch` doesn't. What the backend must offer
besides the port: `set_current`, `properties`, `empty_cache`, `reset_peak`, `new_stream`, `current_stream`, `new_event` and
`elapsed_time`.

    >>> import minitorch
    >>> place = "cuda" if minitorch.cuda.is_available() else "cpu"
    >>> minitorch.ones(2).to(place).sum().item()
    2.0
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from minitorch import backend, registry
from minitorch.cuda import amp
from minitorch.errors import OutOfMemory
from minitorch.ops import generators, tensor_types
from minitorch.tensor import Tensor

OutOfMemoryError = OutOfMemory

__all__ = [
    "Event", "OutOfMemoryError", "Stream", "StreamContext", "amp", "current_device", "current_stream", "default_stream", "device",
    "device_count", "device_of", "empty_cache", "get_device_capability", "get_device_name", "get_device_properties",
    "get_rng_state", "get_rng_state_all", "initial_seed", "is_available", "is_bf16_supported", "is_initialized", "manual_seed",
    "manual_seed_all", "max_memory_allocated", "mem_get_info", "memory_allocated", "memory_reserved", "memory_stats",
    "memory_summary", "reset_peak_memory_stats", "seed", "seed_all", "set_device", "set_rng_state", "set_stream", "stream",
    "synchronize",
]  # fmt: skip

NAME = "cupy"
globals().update(tensor_types.CUDA_TYPES)  # FloatTensor, LongTensor and so on


def _gpus() -> Any:
    """The backend; an error that says what is missing where there is none."""
    return registry.get(NAME)


def _index(device: Any) -> int:
    """The number of a device given as a number, a string, a Device, or None for the current one."""
    if device is None:
        return current_device()
    if isinstance(device, int):
        return device
    place = str(device).rpartition("/")[2]
    if place.partition(":")[0] != "cuda":
        raise ValueError(f"Expected a cuda device, but got: {device}")
    return backend.Device(f"{NAME}/{place}").index or 0


def _place(device: Any) -> backend.Device:
    return backend.Device(f"{NAME}/cuda:{_index(device)}")


# --- Devices ----------------------------------------------------------------------------------------------------------


def is_available() -> bool:
    """Is there a GPU that can be used? Never raises."""
    return registry.why_unusable(NAME) is None


def is_initialized() -> bool:
    """Has CuPy been loaded?"""
    return backend.is_loaded(NAME)


def device_count() -> int:
    """How many GPUs there are; 0 where none can be used."""
    return _gpus().device_count("cuda") if is_available() else 0


def current_device() -> int:
    """The number of the GPU that `cuda` without a number means."""
    return _gpus().current_index("cuda")


def set_device(device: Any) -> None:
    """Let `cuda` without a number mean this GPU from now on, in this thread."""
    _gpus().set_current(_place(device).index)


class device:
    """`with device(1):` the GPU that `cuda` without a number means inside; None and negative numbers change nothing."""

    def __init__(self, device: Any):
        self.idx = -1 if device is None else _index(device)

    def __enter__(self) -> None:
        self.prev_idx = current_device() if self.idx >= 0 else -1
        if self.idx >= 0:
            set_device(self.idx)

    def __exit__(self, *raised: object) -> None:
        if self.prev_idx >= 0:
            set_device(self.prev_idx)


class device_of(device):
    """`with device_of(tensor):` the GPU of a tensor; of one on the host it changes nothing."""

    def __init__(self, obj: Tensor):
        super().__init__(obj.device if obj.is_cuda else None)


def get_device_properties(device: Any = None) -> SimpleNamespace:
    """name, major, minor, total_memory, multi_processor_count, warp_size of a GPU."""
    found = _gpus().properties(_place(device))
    return SimpleNamespace(
        name=found["name"].decode(),
        major=found["major"],
        minor=found["minor"],
        total_memory=found["totalGlobalMem"],
        multi_processor_count=found["multiProcessorCount"],
        warp_size=found["warpSize"],
    )


def get_device_name(device: Any = None) -> str:
    """What NVIDIA calls a GPU."""
    return get_device_properties(device).name


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """The compute capability of a GPU, such as (9, 0)."""
    found = get_device_properties(device)
    return found.major, found.minor


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Does the current GPU compute in bfloat16? From compute capability 8.0 on in hardware."""
    return is_available() and (including_emulation or get_device_capability()[0] >= 8)


def synchronize(device: Any = None) -> None:
    """Wait until a GPU has done all that was asked of it; what it found wrong meanwhile is raised here."""
    _gpus().synchronize(_place(device))


# --- Streams ----------------------------------------------------------------------------------------------------------


class Stream:
    """A queue of work on a GPU, beside which other queues run."""

    def __init__(self, device: Any = None, priority: int = 0, *, native: Any = None):
        self.device = _place(device)
        self.native = _gpus().new_stream(self.device, priority) if native is None else native

    @property
    def cuda_stream(self) -> int:
        """The address by which CUDA knows it."""
        return self.native.ptr

    def synchronize(self) -> None:
        """Wait until all that was put into the stream is done."""
        self.native.synchronize()

    def query(self) -> bool:
        """Is all done that was put into the stream?"""
        return self.native.done

    def record_event(self, event: Event | None = None) -> Event:
        """Mark this place in the stream with an event, a new one unless given."""
        event = Event() if event is None else event
        event.record(self)
        return event

    def wait_event(self, event: Event) -> None:
        """Let what is put into the stream from now on wait for an event."""
        self.native.wait_event(event.native)

    def wait_stream(self, stream: Stream) -> None:
        """Let what is put into this stream from now on wait for what is in another one now."""
        self.wait_event(stream.record_event())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and (self.device, self.cuda_stream) == (other.device, other.cuda_stream)

    def __hash__(self) -> int:
        return hash((self.device, self.cuda_stream))

    def __repr__(self) -> str:
        return f"<torch.cuda.Stream device={self.device} cuda_stream={self.cuda_stream:#x}>"


class Event:
    """A mark in a stream, to wait for and, with `enable_timing`, to measure between."""

    def __init__(self, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False):
        self.native = _gpus().new_event(enable_timing, blocking)
        self.enable_timing = enable_timing

    def record(self, stream: Stream | None = None) -> None:
        """Put the mark into a stream, the current one unless given."""
        self.native.record((current_stream() if stream is None else stream).native)

    def wait(self, stream: Stream | None = None) -> None:
        """Let a stream, the current one unless given, wait for the mark."""
        (current_stream() if stream is None else stream).wait_event(self)

    def query(self) -> bool:
        """Has all before the mark been done?"""
        return self.native.done

    def synchronize(self) -> None:
        """Wait until all before the mark is done."""
        self.native.synchronize()

    def elapsed_time(self, end_event: Event) -> float:
        """Milliseconds from this mark to a later one; both need `enable_timing=True`."""
        if not (self.enable_timing and end_event.enable_timing):
            raise RuntimeError("Both events must be created with argument 'enable_timing=True'.")
        return _gpus().elapsed_time(self.native, end_event.native)


class StreamContext:
    """`with stream(s):` work goes into the stream s inside; None changes nothing."""

    def __init__(self, stream: Stream | None):
        self.stream = stream

    def __enter__(self) -> None:
        if self.stream is not None:
            self.place = device(self.stream.device)
            self.place.__enter__()
            self.before = current_stream()
            set_stream(self.stream)

    def __exit__(self, *raised: object) -> None:
        if self.stream is not None:
            set_stream(self.before)
            self.place.__exit__()


stream = StreamContext


def current_stream(device: Any = None) -> Stream:
    """The stream that a GPU's work goes into."""
    place = _place(device)
    return Stream(place, native=_gpus().current_stream(place))


def default_stream(device: Any = None) -> Stream:
    """The stream that work goes into unless another one is chosen."""
    place = _place(device)
    return Stream(place, native=_gpus().current_stream(place, default=True))


def set_stream(stream: Stream) -> None:
    """Let work go into a stream from now on."""
    with device(stream.device):
        stream.native.use()


# --- Memory -----------------------------------------------------------------------------------------------------------


def empty_cache() -> None:
    """Give memory that is kept for reuse back to the driver, on the current GPU."""
    if is_initialized():
        _gpus().empty_cache()


def memory_stats(device: Any = None) -> dict[str, int]:
    """Bytes by PyTorch's names: `allocated_bytes.all.current` and `.peak`, `reserved_bytes.all.current`."""
    found = _gpus().memory(_place(device))
    return {
        "allocated_bytes.all.current": found["allocated"],
        "allocated_bytes.all.peak": found["peak"],
        "reserved_bytes.all.current": found["reserved"],
    }


def memory_allocated(device: Any = None) -> int:
    """Bytes that tensors have."""
    return memory_stats(device)["allocated_bytes.all.current"]


def max_memory_allocated(device: Any = None) -> int:
    """The most bytes that tensors have had, since the start or since `reset_peak_memory_stats`."""
    return memory_stats(device)["allocated_bytes.all.peak"]


def memory_reserved(device: Any = None) -> int:
    """Bytes taken from the driver: those that tensors have, and those kept for reuse."""
    return memory_stats(device)["reserved_bytes.all.current"]


def reset_peak_memory_stats(device: Any = None) -> None:
    """Let `max_memory_allocated` start from what is allocated now."""
    _gpus().reset_peak(_place(device))


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """(free, total) bytes of a GPU, as the driver tells them."""
    found = _gpus().memory(_place(device))
    return found["free"], found["total"]


def memory_summary(device: Any = None, abbreviated: bool = False) -> str:
    """A table of a GPU's memory."""
    found = _gpus().memory(_place(device))
    words = {"allocated": "of tensors", "peak": "of tensors, at most so far", "reserved": "taken from the driver",
             "free": "free", "total": "in all"}  # fmt: skip
    rows = [f"{found[name] / 2**20:14,.1f} MiB  {text}" for name, text in words.items()]
    return "\n".join([f"Memory of {_place(device)}, {get_device_name(device)}", *rows])


# --- Random numbers ---------------------------------------------------------------------------------------------------


def manual_seed(seed: int) -> None:
    """Start the current GPU's stream of random numbers anew; where there is no GPU, of those to come."""
    if is_available():
        generators.generator_of(_place(None)).manual_seed(int(seed))
    else:
        generators.manual_seed_devices(int(seed))


def manual_seed_all(seed: int) -> None:
    """Start the streams of random numbers of all GPUs anew."""
    generators.manual_seed_devices(int(seed))


def seed() -> None:
    """Start the current GPU's stream of random numbers at a seed that nobody can foresee."""
    generators.generator_of(_place(None)).seed()


def seed_all() -> None:
    """The same for all GPUs, all at one seed."""
    generators.manual_seed_devices(generators.DeviceGenerator(_place(None)).initial_seed())


def initial_seed() -> int:
    """The seed of the current GPU's stream of random numbers."""
    return generators.generator_of(_place(None)).initial_seed()


def get_rng_state(device: Any = "cuda") -> Tensor:
    """The state of a GPU's stream of random numbers: uint8, shape (16,)."""
    return generators.generator_of(_place(device)).get_state()


def get_rng_state_all() -> list[Tensor]:
    """The states of all GPUs."""
    return [get_rng_state(index) for index in range(device_count())]


def set_rng_state(new_state: Tensor, device: Any = "cuda") -> None:
    """Go on from a state that `get_rng_state` gave."""
    generators.generator_of(_place(device)).set_state(new_state)
