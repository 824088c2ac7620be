"""PyTorch's switches for the whole process: threads, and how exactly numbers are computed.

>>> import minitorch
>>> minitorch.get_float32_matmul_precision()
'highest'
"""

from __future__ import annotations

import warnings

from . import registry

__all__ = ["get_float32_matmul_precision", "get_num_interop_threads", "get_num_threads", "init_num_threads",
           "set_float32_matmul_precision", "set_flush_denormal", "set_num_interop_threads", "set_num_threads"]  # fmt: skip

# --- Threads ------------------------------------------------------------------------------------------------------------

_interop: int | None = None


def get_num_threads() -> int:
    """How many threads a kernel may use, as the backend says that serves new tensors.

    On NumPy these are the threads of its BLAS, and those among which minitorch's own kernels split a batch.
    """
    return registry.default_backend().threads()


def set_num_threads(int: int) -> None:  # PyTorch's name for it
    """Let the kernels of all backends in use take so many threads; `MINITORCH_NUM_THREADS` says it before the start."""
    count = _positive("set_num_threads", int)
    registry.default_backend()
    for name in registry.names():
        if registry.is_loaded(name):
            registry.get(name).set_threads(count)


def init_num_threads() -> None:
    """Nothing: the number of threads is read when it is first needed."""


def get_num_interop_threads() -> int:
    """How many ops may run at the same time: 1, unless set. An op runs in the thread that calls it."""
    return _interop or 1


def set_num_interop_threads(int: int) -> None:  # PyTorch's name for it
    """Say, once, how many ops may run at the same time; no thread comes of it, for an op runs in the thread that calls it."""
    global _interop
    count = _positive("set_num_interop_threads", int)
    if _interop is not None:
        raise RuntimeError("set_num_interop_threads(): it can be set only once, and was")
    _interop = count


def _positive(name: str, count: object) -> int:
    if not isinstance(count, int):
        raise RuntimeError(f"{name} expects an int, but got {type(count).__name__}")
    if count < 1:
        raise RuntimeError(f"{name} expects a positive integer, got {count}")
    return count


# --- Exactness ----------------------------------------------------------------------------------------------------------

_PRECISIONS = ("highest", "high", "medium")
_precision = "highest"


def get_float32_matmul_precision() -> str:
    """How exactly products of float32 matrices must at least be computed: see `set_float32_matmul_precision`."""
    return _precision


def set_float32_matmul_precision(precision: str) -> None:
    """Allow products of float32 matrices to be rounded to 10 ("high") or 7 ("medium") bits; no backend here makes use of it."""
    global _precision
    if precision not in _PRECISIONS:
        warnings.warn(
            f"{precision!r} is not one of 'highest', 'high', or 'medium'; set_float32_matmul_precision has no effect",
            stacklevel=2,
        )
        return
    _precision = precision


class matmul_switches:
    """The precision of products under the names that `torch.backends.cuda.matmul` has for it."""

    @property
    def allow_tf32(self) -> bool:
        """May products be rounded to 10 bits? The precision then is "high"."""
        return _precision != "highest"

    @allow_tf32.setter
    def allow_tf32(self, value: bool) -> None:
        set_float32_matmul_precision("high" if value else "highest")


def set_flush_denormal(mode: bool) -> bool:
    """Ask the processor to take numbers too small for full precision as 0; the answer False says that it can't be done here.

    Python has no way to that register. NumPy's results keep such numbers.
    """
    return False
