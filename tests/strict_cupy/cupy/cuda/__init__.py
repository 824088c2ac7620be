"""cupy.cuda: devices, memory, streams, the runtime."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from cupy._manifest import CLASSES, complete, fill
from cupy.cuda import device, memory, pinned_memory, runtime, stream
from cupy.cuda._errors import CUDARuntimeError


def is_available() -> bool:
    """Whether there is a GPU; says no instead of raising."""
    try:
        return runtime.getDeviceCount() > 0
    except CUDARuntimeError as error:
        if error.status in (35, 100):
            return False
        raise


def get_local_runtime_version() -> int:
    return runtime.runtimeGetVersion()


def get_cuda_path() -> None:
    return None


@contextlib.contextmanager
def using_allocator(allocator: Callable | None = None) -> Iterator[None]:
    before = memory.get_allocator()
    memory.set_allocator(allocator)
    try:
        yield
    finally:
        memory.set_allocator(before)


fill(
    "cupy.cuda",
    globals(),
    device.WRITTEN
    | memory.WRITTEN
    | pinned_memory.WRITTEN
    | stream.WRITTEN
    | {each.__name__: each for each in (get_cuda_path, get_local_runtime_version, is_available, using_allocator)},
)
for path in CLASSES:
    if path.startswith("cupy.cuda."):
        complete(path, globals()[path.rpartition(".")[2]])
