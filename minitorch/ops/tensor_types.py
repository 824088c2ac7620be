"""Types of tensors: questions about dtypes, and PyTorch's old-style types such as `FloatTensor`.

An old-style type says a dtype and a device in one. It is no class of tensors: `FloatTensor(2, 3)` makes a plain Tensor, and
`isinstance(x, FloatTensor)` asks for x's dtype and device. `Tensor(2, 3)` makes one of the default dtype.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from minitorch import backend, dtypes
from minitorch.backend import Device
from minitorch.dtypes import DType
from minitorch.ops import creation
from minitorch.ops.conversion import TYPE_NAMES, type_named
from minitorch.size import Size
from minitorch.tensor import Tensor, fill

# --- Questions --------------------------------------------------------------------------------------------------------


def result_type(tensor: Any, other: Any) -> DType:
    """The dtype of an operation on two tensors or numbers, of which 0-d tensors and numbers are weak.

    >>> import minitorch
    >>> minitorch.result_type(minitorch.tensor([1, 2]), 1.0)
    torch.float32
    """
    groups: tuple[list[DType], list[DType], list[DType]] = ([], [], [])
    for value in (tensor, other):
        if isinstance(value, Tensor):
            groups[0 if value.ndim else 1].append(value.dtype)
            continue
        number = dtypes.of_number(value)
        if number is None:
            raise TypeError(f"result_type(): expected Tensors and numbers, got {type(value).__name__}: {value!r}")
        groups[2].append(number)
    return dtypes.result_of(*groups)


def is_floating_point(input: Tensor) -> bool:
    """Is the dtype one of floating-point numbers? Complex ones are not."""
    return _tensor("is_floating_point", input).dtype.is_floating_point


def is_signed(input: Tensor) -> bool:
    """Has the dtype negative numbers?"""
    return _tensor("is_signed", input).dtype.is_signed


def _tensor(name: str, input: Any) -> Tensor:
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
    return input


def typename(obj: Any, /) -> str:
    """The name of an object's type with its module; of a Tensor its old-style type.

    >>> import minitorch
    >>> minitorch.typename(minitorch.ones(2))
    'torch.FloatTensor'
    """
    if isinstance(obj, Tensor):
        return obj.type()
    module = getattr(obj, "__module__", None) or ""
    name = getattr(obj, "__qualname__", None) or getattr(obj, "__name__", None) or type(obj).__name__
    return name if module in ("", "builtins") else f"{module}.{name}"


def set_default_tensor_type(t: Any, /) -> None:
    """Let new tensors be of an old-style type of floats, `torch.DoubleTensor` or its name: its dtype, and its device."""
    if isinstance(t, DType):
        raise TypeError(
            f"set_default_tensor_type(): expected a tensor type or its name, got {t!r}; see set_default_dtype"
        )
    dtype, device = type_named(t)
    dtypes.set_default_dtype(dtype)
    backend.set_default_device(None if device == "cpu" else device)


# --- Old-style types --------------------------------------------------------------------------------------------------


def _made(dtype: DType, device: Any, values: Sequence[Any]) -> Tensor:
    """What `FloatTensor(*values)` and `Tensor(*values)` make: of sizes zeros, of a sequence its values."""
    if all(type(value) is int for value in values):  # or none at all
        return creation.zeros(values or [0], dtype=dtype, device=device)
    if len(values) > 1:
        raise TypeError(f"new(): expected sizes as ints or one sequence of values, got {len(values)} arguments")
    data = values[0]
    if isinstance(data, Size):
        return creation.zeros(data, dtype=dtype, device=device)
    if isinstance(data, str) or not isinstance(data, Sequence | np.ndarray):
        raise TypeError(f"new(): data must be a sequence (got {type(data).__name__})")
    return creation.tensor(data, dtype=dtype, device=device)


def _new_tensor(cls: type, *values: Any, device: Any = None) -> Tensor:
    """A tensor of the default dtype: of sizes, or of a sequence's values; of a Tensor an alias."""
    if len(values) == 1 and isinstance(values[0], Tensor):
        made = values[0].detach()
    else:
        made = _made(dtypes.get_default_dtype(), backend.first_device() if device is None else device, values)
    return made if cls is Tensor else fill(object.__new__(cls), made._array, made.dtype, made.device, None)


class tensortype(type):
    """The type of old-style types."""

    dtype: DType
    is_cuda: bool

    def __call__(cls, *values: Any, device: Any = None) -> Tensor:
        own = "cuda" if cls.is_cuda else "cpu"
        place = Device(own if device is None else device)
        if place.type != own:
            raise RuntimeError(
                f"legacy constructor expects device type: {own} but device type: {place.type} was passed"
            )
        if len(values) == 1 and isinstance(values[0], Tensor):
            if not isinstance(values[0], cls):
                raise TypeError(
                    f"{cls.__name__}(): expected a {typename(cls)} (got {values[0].type()}); convert it with .to()"
                )
            return values[0].detach()
        return _made(cls.dtype, place, values)

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, Tensor) and value.dtype is cls.dtype and value.is_cuda == cls.is_cuda


def _old_types(module: str) -> dict[str, tensortype]:
    """The old-style types of a module, `torch` or `torch.cuda`."""
    facts = {"__module__": module, "is_cuda": module == "torch.cuda", "__doc__": "An old-style type of tensors."}
    names = {dtype: name for dtype, name in TYPE_NAMES.items() if name[0] not in "UC" or name == "CharTensor"}
    return {name: tensortype(name, (), {**facts, "dtype": dtype}) for dtype, name in names.items() if not dtype.storage}


TYPES, CUDA_TYPES = _old_types("torch"), _old_types("torch.cuda")
Tensor.__new__ = staticmethod(_new_tensor)  # type: ignore[method-assign]

FUNCTIONS: dict[str, Any] = {
    "result_type": result_type, "is_floating_point": is_floating_point, "is_signed": is_signed, "typename": typename,
    "set_default_tensor_type": set_default_tensor_type, **TYPES,
}  # fmt: skip
