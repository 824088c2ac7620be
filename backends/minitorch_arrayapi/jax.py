"""JAX as an array library, on the processor."""

from __future__ import annotations

import importlib
from typing import Any, ClassVar

import numpy as np

from minitorch.backend import Array, Device
from minitorch.dtypes import DType, converted, numpy_dtype
from minitorch_arrayapi.compiled import CompiledBackend


class Jax(CompiledBackend):
    """JAX on the processor: immutable arrays, functions compiled by XLA for each shape, moves by NumPy on the same memory."""

    name = "jax"
    library, install = "jax", "pip install 'minitorch-ref[jax]'"
    haste: ClassVar[dict[str, str]] = {
        "XLA_FLAGS": "--xla_cpu_use_fusion_emitters=false --xla_backend_optimization_level=0"
    }
    aliasing = False  # arrays are values: a write makes a new one
    short_floats = False  # it rounds at each step, and would compile each program for two dtypes more

    def __init__(self) -> None:
        super().__init__()
        self.jax = importlib.import_module("jax")
        self.jax.config.update("jax_enable_x64", True)  # else it makes float32 of float64 and int32 of int64
        if not self.jax.config.jax_platforms:  # else it also starts on each GPU, and takes three quarters of its memory
            self.jax.config.update("jax_platforms", "cpu")
        self.xp = importlib.import_module("jax.numpy")
        self.cpu = self.jax.devices("cpu")[0]

    def seen(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return type(value)([self.seen(part) for part in value])
        return np.asarray(value) if isinstance(value, self.jax.Array) else value

    def taken(self, value: Any) -> Any:
        return tuple(map(self.taken, value)) if isinstance(value, tuple) else self.jax.device_put(value, self.cpu)

    def place(self, device: Device) -> Any:
        return self.cpu

    def native_dtype(self, dtype: DType) -> np.dtype:
        return numpy_dtype(dtype)

    def from_host(self, array: np.ndarray, dtype: DType, device: Device) -> Array:
        return self.taken(np.array(converted(array, dtype)))

    def to_host(self, array: Array) -> np.ndarray:
        return np.asarray(array)  # read-only

    def facts(self) -> dict[str, str]:
        return {"jax": self.jax.__version__, "jax_enable_x64": "on", "jax_platforms": self.jax.config.jax_platforms}
