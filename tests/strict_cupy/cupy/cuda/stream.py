"""Streams and events: bookkeeping only, as every result of the stand-in is there at once."""

from __future__ import annotations

import itertools
import threading
import time
from typing import Any

from cupy import strict
from cupy._manifest import fill
from cupy.cuda import device as device_module
from cupy.cuda._errors import gpu_count

_numbers = itertools.count(0x1000)
_thread = threading.local()


class Event:
    """A place in a stream's work."""

    def __init__(self, block: bool = False, disable_timing: bool = False, interprocess: bool = False) -> None:
        gpu_count()
        self.ptr = next(_numbers)
        self.disable_timing = disable_timing
        self._time: float | None = None

    @property
    def done(self) -> bool:
        return True

    def record(self, stream: Stream | None = None) -> None:
        self._time = time.perf_counter()

    def synchronize(self) -> None:
        strict.sync("Event.synchronize")


class Stream:
    """A queue of work; as a context manager, the current one of this thread and device."""

    null: Stream
    ptds: Stream

    def __init__(
        self, null: bool = False, non_blocking: bool = False, ptds: bool = False, priority: int | None = None
    ) -> None:
        if not null and not ptds:
            gpu_count()
        self.ptr = 0 if null else 2 if ptds else next(_numbers)
        self.device_id = -1 if null or ptds else device_module.current()
        self.is_non_blocking, self.priority = non_blocking, priority or 0
        self._before: list[Stream] = []

    @property
    def done(self) -> bool:
        return True

    def use(self) -> Stream:
        _current()[device_module.current()] = self
        return self

    def __enter__(self) -> Stream:
        self._before.append(get_current_stream())
        return self.use()

    def __exit__(self, *exception: object) -> None:
        self._before.pop().use()

    def synchronize(self) -> None:
        strict.sync("Stream.synchronize")

    def record(self, event: Event | None = None) -> Event:
        event = event or Event()
        event.record(self)
        return event

    def wait_event(self, event: Event) -> None:
        if not isinstance(event, Event):
            raise TypeError("wait_event takes an Event")

    def launch_host_func(self, callback: Any, arg: Any) -> None:
        callback(arg)

    def add_callback(self, callback: Any, arg: Any) -> None:
        callback(self, 0, arg)

    def is_capturing(self) -> bool:
        return False

    def begin_capture(self, mode: int | None = None) -> None:
        raise NotImplementedError("the stand-in captures no CUDA graphs")

    def end_capture(self) -> None:
        raise NotImplementedError("the stand-in captures no CUDA graphs")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream | ExternalStream) and self.ptr == other.ptr

    def __hash__(self) -> int:
        return hash(self.ptr)

    def __repr__(self) -> str:
        return f"<Stream {self.ptr} (device {self.device_id})>"


class ExternalStream(Stream):
    """A stream that somebody else made."""

    def __init__(self, ptr: int, device_id: int = -1) -> None:
        super().__init__(null=True)
        self.ptr, self.device_id = ptr, device_id


Stream.null = Stream(null=True)
Stream.ptds = Stream(ptds=True)


def _current() -> dict[int, Stream]:
    if not hasattr(_thread, "streams"):
        _thread.streams = {}
    return _thread.streams


def get_current_stream(device_id: int = -1) -> Stream:
    return _current().get(device_module.current() if device_id < 0 else device_id, Stream.null)


def get_elapsed_time(start_event: Event, end_event: Event) -> float:
    """Milliseconds between two events."""
    if start_event.disable_timing or end_event.disable_timing or start_event._time is None or end_event._time is None:
        raise RuntimeError("cudaErrorInvalidResourceHandle: invalid resource handle")
    return (end_event._time - start_event._time) * 1000


WRITTEN = {each.__name__: each for each in (Event, ExternalStream, Stream, get_current_stream, get_elapsed_time)}
fill("cupy.cuda.stream", globals(), WRITTEN)
