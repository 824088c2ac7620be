"""Tensor objects as Python sees them: copies, pickles, subclasses, and what tensors of PyTorch's other kinds would answer."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np

from minitorch import layouts
from minitorch.backend import Device
from minitorch.dtypes import DType
from minitorch.ops.creation import empty, tensor
from minitorch.rows import OPS
from minitorch.size import Size
from minitorch.storage import UntypedStorage, array_of, storage_of, tensor_on
from minitorch.tensor import Tensor, fill

# --- Copies and pickles -----------------------------------------------------------------------------------------------


def shallow_copy(self: Tensor) -> Tensor:
    """`copy.copy`: a leaf on the same memory, with the same attributes."""
    made = fill(object.__new__(type(self)), self.data._array, self.dtype, self.device, None)
    _set_attributes(made, getattr(self, "__dict__", {}))
    return made.requires_grad_(self.requires_grad)


def deep_copy(self: Tensor, memo: dict) -> Tensor:
    """`copy.deepcopy`: tensors that share memory share the copy's memory; leaves only."""
    if not self.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment. "
            "If you were attempting to deepcopy a module, this may be because of a tensor that it computed and kept; "
            "detach() it first"
        )
    if id(self) in memo:
        return memo[id(self)]
    array = array_of(self)
    if self.device.backend.addressable and self.numel():
        storage = copy.deepcopy(storage_of(self), memo)
        array = tensor_on(storage, self.dtype, tuple(self.shape), self.stride(), self.storage_offset())._array
    else:
        array = self.device.kernels.clone(array)
    made = memo[id(self)] = fill(object.__new__(type(self)), array, self.dtype, self.device, None)
    _set_attributes(made, copy.deepcopy(getattr(self, "__dict__", {}), memo))
    made.requires_grad_(self.requires_grad)
    if self.grad is not None:
        made.grad = copy.deepcopy(self.grad, memo)
    return made


def reduce(self: Tensor, protocol: Any = None) -> tuple:
    """For pickle: the memory, which tensors in one pickle share, and where in it this tensor lies; gradients stay behind."""
    state = getattr(self, "__dict__", {})
    rest = self.dtype, str(self.device), self.requires_grad, state
    if not self.device.backend.addressable or not self.numel():
        host = np.ascontiguousarray(self._to_host()).view(np.uint8).tobytes() if self.numel() else b""
        return _load, (type(self), host, tuple(self.shape), layouts.contiguous_strides(self.shape), 0, *rest)
    return _load, (type(self), storage_of(self), tuple(self.shape), self.stride(), self.storage_offset(), *rest)


def _load(
    kind: type,
    data: Any,
    size: tuple,
    stride: tuple,
    offset: int,
    dtype: DType,
    name: str,
    requires_grad: bool,
    state: dict,
) -> Tensor:
    """The tensor of a pickle; on another backend than it was made on, if that one isn't there."""
    storage = UntypedStorage(np.frombuffer(data, np.uint8), device="numpy/cpu") if isinstance(data, bytes) else data
    lying = tensor_on(storage, dtype, size, stride, offset).to(Device(name))
    made = fill(object.__new__(kind), lying._array, dtype, lying.device, None)
    _set_attributes(made, state)
    return made.requires_grad_(requires_grad)


def _set_attributes(made: Tensor, state: dict) -> None:
    for name, value in state.items():
        setattr(made, name, value)


# --- Subclasses and old constructors ----------------------------------------------------------------------------------


def as_subclass(self: Tensor, cls: type) -> Any:
    """The same memory, at the same place of the tape, as an object of a subclass of Tensor."""
    if not (isinstance(cls, type) and issubclass(cls, Tensor)):
        raise TypeError(f"as_subclass(): cls must be a type that inherits from Tensor, got {cls!r}")
    alias, made = OPS["alias"].function(self), object.__new__(cls)
    for name in Tensor.__slots__:
        if name != "__weakref__" and hasattr(alias, name):
            setattr(made, name, getattr(alias, name))
    return made


def new(self: Tensor, *arguments: Any, device: Any = None) -> Tensor:
    """PyTorch's old constructor: of a size, of values, or of another tensor, in this tensor's dtype and on its device."""
    first = arguments[0] if arguments else 0
    if isinstance(first, Tensor):
        return first.detach()
    if isinstance(first, list | tuple | np.ndarray) and not isinstance(first, Size):
        return tensor(first, dtype=self.dtype, device=device or self.device)
    return empty(*(arguments or (0,)), dtype=self.dtype, device=device or self.device)


def resize(self: Tensor, *sizes: Any) -> Tensor:
    """A view of another shape with as many elements; PyTorch warns that it will go, and so does this."""
    warnings.warn("non-inplace resize is deprecated; use reshape()", UserWarning, stacklevel=2)
    return self.reshape(*sizes)


def resize_as(self: Tensor, the_template: Tensor) -> Tensor:
    """A view with the shape of another tensor; PyTorch warns that it will go, and so does this."""
    warnings.warn("non-inplace resize_as is deprecated; use reshape_as()", UserWarning, stacklevel=2)
    return self.reshape(the_template.shape)


def module_load(self: Tensor, other: Tensor, assign: bool = False) -> Tensor:
    """What `Module.load_state_dict` puts in the place of this tensor: `other`, or this one with its values."""
    return other.detach() if assign else self.copy_(other).detach()


def record_stream(self: Tensor, stream: Any) -> None:
    """Nothing to do: the memory of a tensor goes back to the pool in the order of its own stream."""


_NEVER = ("distributed", "ipu", "maia", "mkldnn", "mps", "mtia", "nested", "quantized", "sparse", "sparse_csr", "vulkan",
          "xla", "xpu")  # fmt: skip
METHODS = {
    "__copy__": shallow_copy, "__deepcopy__": deep_copy, "__reduce_ex__": reduce,
    "as_subclass": as_subclass, "new": new, "resize": resize, "resize_as": resize_as, "module_load": module_load,
    "record_stream": record_stream, "to_dense": lambda self, dtype=None: self.to(dtype),
    "dense_dim": lambda self: self.ndim, "sparse_dim": lambda self: 0,
    **{f"is_{kind}": property(lambda self: False) for kind in _NEVER if kind != "distributed"},
    "is_distributed": lambda self: False, "name": property(lambda self: None), "volatile": property(lambda self: False),
}  # fmt: skip
