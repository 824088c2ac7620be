"""The libraries that this backend serves, one small class each: only what differs from the standard."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from minitorch.backend import Array, Device
from minitorch.dtypes import DType
from minitorch_arrayapi.backend import ArrayAPIBackend


class ArrayAPIStrict(ArrayAPIBackend):
    """array-api-strict: NumPy that refuses whatever the standard doesn't promise; for finding what isn't portable."""

    name = "array_api_strict"

    def __init__(self) -> None:
        self.xp = importlib.import_module("array_api_strict")

    def facts(self) -> dict[str, str]:
        return {"array-api-strict": self.xp.__version__}


class Torch(ArrayAPIBackend):
    """PyTorch as an array library: its tensors as arrays, its kernels without its autograd."""

    name = "torch"

    def __init__(self) -> None:
        self.torch = importlib.import_module("torch")
        self.xp = importlib.import_module("array_api_compat.torch")

    def native_dtype(self, dtype: DType) -> Any:
        return getattr(self.torch, dtype.name)

    def from_host(self, array: np.ndarray, dtype: DType, device: Device) -> Array:
        return self.torch.tensor(array, dtype=self.native_dtype(dtype))

    def to_host(self, array: Array) -> np.ndarray:
        return array.numpy()

    def strides(self, array: Array) -> tuple[int, ...]:
        return tuple(array.stride())

    def facts(self) -> dict[str, str]:
        return {"torch": self.torch.__version__, "threads": str(self.torch.get_num_threads())}


def array_api_strict() -> ArrayAPIStrict:
    return ArrayAPIStrict()


def torch() -> Torch:
    return Torch()
