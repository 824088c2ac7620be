"""The libraries that this backend serves, one small class each: only what differs from the standard."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import numpy as np

from minitorch.backend import Array, Device
from minitorch.dtypes import FOREIGN, DType, from_numpy_dtype, numpy_dtype
from minitorch_arrayapi.backend import ArrayAPIBackend


class ArrayAPIStrict(ArrayAPIBackend):
    """NumPy that refuses what the array API standard doesn't promise (array-api-strict), for finding what isn't portable."""

    name = "array_api_strict"
    library, install = "array_api_strict", "pip install array-api-strict"
    device_types = ("cpu", "device1")  # it only pretends to have a second one, and refuses to mix them
    aliasing = False  # it gives no promise about shared memory, so views are made again after a write

    def __init__(self) -> None:
        self.xp = importlib.import_module("array_api_strict")

    def place(self, device: Device) -> Any:
        return self.xp.Device("CPU_DEVICE" if device.type == "cpu" else device.type)

    def to_host(self, array: Array) -> np.ndarray:
        return np.from_dlpack(array.to_device(self.xp.Device("CPU_DEVICE")))

    def facts(self) -> dict[str, str]:
        return {"array-api-strict": self.xp.__version__}


class Torch(ArrayAPIBackend):
    """PyTorch as an array library: its tensors as arrays, its kernels without its autograd."""

    name = "torch"
    library, install = "torch", "pip install 'minitorch-ref[torch]'"
    short_floats = False  # bodies would round at each step, where PyTorch's own fused kernels round once
    addressable = True

    def __init__(self) -> None:
        self.torch = importlib.import_module("torch")
        self.xp = importlib.import_module("array_api_compat.torch")
        if self.torch.cuda.is_available():
            self.device_types = ("cpu", "cuda")  # as torch/cuda, or as cuda where torch is the backend of new tensors

    def device_count(self, device_type: str) -> int:
        return self.torch.cuda.device_count() if device_type == "cuda" else 1

    def place(self, device: Device) -> Any:
        return self.torch.device(device.type, device.index)

    def synchronize(self, device: Device) -> None:
        if device.type == "cuda":
            self.torch.cuda.synchronize(device.index)

    def memory(self, device: Device) -> dict[str, int]:
        return {"allocated": self.torch.cuda.memory_allocated(device.index)} if device.type == "cuda" else {}

    def native_dtype(self, dtype: DType) -> Any:
        return getattr(self.torch, dtype.name)

    def from_host(self, array: np.ndarray, dtype: DType, device: Device) -> Array:
        given = from_numpy_dtype(array.dtype)
        if given in FOREIGN:  # bfloat16 and float8 come from ml_dtypes, of which PyTorch knows nothing: as bits
            bits = self.torch.tensor(array.view(f"i{array.itemsize}"))
            return bits.view(self.native_dtype(given)).to(self.place(device), self.native_dtype(dtype))
        return self.torch.tensor(array, dtype=self.native_dtype(dtype), device=self.place(device))

    def to_host(self, array: Array) -> np.ndarray:
        array = array.cpu()
        dtype = self.dtype_of(array)
        if dtype in FOREIGN:
            bits = array.view(self.torch.int16 if dtype.itemsize == 2 else self.torch.int8)
            return bits.numpy().view(numpy_dtype(dtype))
        return array.numpy()

    def strides(self, array: Array) -> tuple[int, ...]:
        return tuple(array.stride())

    def address(self, array: Array) -> int:
        return array.data_ptr()

    def bytes_of(self, array: Array) -> Array:
        return self.torch.empty(0, dtype=self.torch.uint8, device=array.device).set_(array.untyped_storage())

    def from_bytes(
        self, memory: Array, dtype: DType, size: tuple[int, ...], stride: tuple[int, ...], offset: int
    ) -> Array:
        empty = self.torch.empty(0, dtype=self.native_dtype(dtype), device=memory.device)
        return empty.set_(memory.untyped_storage(), offset, size, stride)

    def borrow(self, array: np.ndarray, dtype: DType, device: Device) -> Array:
        if device.type != "cpu" or array.dtype.name != dtype.name or array.dtype.name == "bfloat16":
            return self.from_host(array, dtype, device)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of read-only memory the caller warns
            return self.torch.from_numpy(array)

    def from_dlpack(self, peer: Any) -> Array:
        return self.torch.from_dlpack(peer)

    def clone(self, input: Array) -> Array:
        return input.clone()

    def contiguous_copy(self, input: Array) -> Array:
        return input.clone(memory_format=self.torch.contiguous_format)

    def diagonal(self, input: Array, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Array:
        return self.torch.diagonal(input, offset, dim1, dim2)

    def as_strided_contiguous(
        self, input: Array, size: tuple[int, ...], stride: tuple[int, ...], storage_offset: int = 0
    ) -> Array:
        return self.torch.as_strided(input, size, stride, input.storage_offset() + storage_offset)

    def unfold(self, input: Array, dimension: int, size: int, step: int) -> Array:
        return input.unfold(dimension, size, step)

    def view_as_dtype(self, input: Array, dtype: DType) -> Array:
        return input.view(self.native_dtype(dtype))

    def view_as_real(self, input: Array) -> Array:
        return self.torch.view_as_real(input)

    def view_as_complex(self, input: Array) -> Array:
        if input.dtype not in (self.torch.float32, self.torch.float64):
            raise TypeError(f"there are no complex numbers of two {input.dtype}")
        return self.torch.view_as_complex(input)

    def index_add(self, input: Array, dim: int, index: Array, source: Array, *, alpha: float = 1) -> Array:
        self.check_index(index, 0, input.shape[dim], dim)
        return self.torch.index_add(input, dim, index, source, alpha=alpha)

    def index_copy(self, input: Array, dim: int, index: Array, source: Array) -> Array:
        self.check_index(index, 0, input.shape[dim], dim)
        return self.torch.index_copy(input, dim, index, source)

    def threads(self) -> int:
        return self.torch.get_num_threads()

    def set_threads(self, count: int) -> None:
        self.torch.set_num_threads(count)

    def facts(self) -> dict[str, str]:
        return {"torch": self.torch.__version__, "threads": str(self.torch.get_num_threads())}


array_api_strict, torch = ArrayAPIStrict, Torch  # what the entry points call
