"""The CUDA runtime as far as it tells about devices and memory."""

from __future__ import annotations

import ctypes
from typing import Any

from cupy import strict
from cupy._manifest import fill
from cupy.cuda import device as device_module
from cupy.cuda._errors import CUDARuntimeError, gpu_count

getDeviceCount = gpu_count


def getDevice() -> int:
    return device_module.get_device_id()


def setDevice(device: int) -> None:
    device_module.use(device)


def runtimeGetVersion() -> int:
    return 13000


def driverGetVersion() -> int:
    return 0 if strict.gpus == "no-driver" else 13000


def memGetInfo() -> tuple[int, int]:
    return device_module.Device().mem_info


def getDeviceProperties(device: int) -> dict[str, Any]:
    if not 0 <= device < gpu_count():
        raise CUDARuntimeError(101)
    return {
        "name": b"Strict stand-in GPU",
        "totalGlobalMem": device_module.CAPACITY,
        "sharedMemPerBlock": 49152,
        "warpSize": 32,
        "maxThreadsPerBlock": 1024,
        "multiProcessorCount": 132,
        "major": 9,
        "minor": 0,
        "pciBusID": device + 1,
    }


def deviceGetAttribute(attrib: int, device: int) -> int:
    return {16: 132, 75: 9, 76: 0}[attrib]


def deviceCanAccessPeer(device: int, peerDevice: int) -> int:
    return 0


def deviceSynchronize() -> None:
    strict.sync("deviceSynchronize")


def streamSynchronize(stream: int) -> None:
    strict.sync("streamSynchronize")


def memcpy(dst: int, src: int, size: int, kind: int) -> None:
    if kind in (1, 2):  # to and from the host
        strict.sync("memcpy")
    memcpyAsync(dst, src, size, kind, 0)


def memcpyAsync(dst: int, src: int, size: int, kind: int, stream: int) -> None:
    ctypes.memmove(dst, src, size)


WRITTEN: dict[str, Any] = {
    each.__name__: each
    for each in (
        CUDARuntimeError,
        deviceCanAccessPeer,
        deviceGetAttribute,
        deviceSynchronize,
        driverGetVersion,
        getDevice,
        getDeviceProperties,
        memGetInfo,
        memcpy,
        memcpyAsync,
        runtimeGetVersion,
        setDevice,
        streamSynchronize,
    )
} | {"getDeviceCount": getDeviceCount}
fill("cupy.cuda.runtime", globals(), WRITTEN)
