"""CUDA's errors as CuPy words them, and the machine that has no driver or no GPU."""

from __future__ import annotations

from cupy import strict

MESSAGES = {
    2: ("cudaErrorMemoryAllocation", "out of memory"),
    35: ("cudaErrorInsufficientDriver", "CUDA driver version is insufficient for CUDA runtime version"),
    100: ("cudaErrorNoDevice", "no CUDA-capable device is detected"),
    101: ("cudaErrorInvalidDevice", "invalid device ordinal"),
    700: ("cudaErrorIllegalAddress", "an illegal memory access was encountered"),
}


class CUDARuntimeError(RuntimeError):
    """An error of the CUDA runtime, known by its number."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(": ".join(MESSAGES[status]))

    def __reduce__(self) -> tuple:
        return type(self), (self.status,)


def gpu_count() -> int:
    """How many GPUs there are, or the error that CUDA gives where there is no driver or no GPU."""
    if strict.gpus == "no-driver":
        raise CUDARuntimeError(35)
    if strict.gpus in ("none", "0"):
        raise CUDARuntimeError(100)
    return int(strict.gpus)
