"""Parameter and Buffer: tensors that a Module files when they are assigned to one of its attributes."""

from __future__ import annotations

from typing import Any

from minitorch.ops.creation import empty
from minitorch.tensor import Tensor, fill


class Parameter(Tensor):
    """A tensor that a module trains: assigned to an attribute of a Module, it is among its `parameters()`.

    It shares the memory of `data`. What ops make of it are plain Tensors.

    >>> import minitorch
    >>> from minitorch import nn
    >>> nn.Parameter(minitorch.zeros(2))
    Parameter containing:
    tensor([0., 0.], requires_grad=True)
    """

    _is_parameter = True

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Parameter:
        return _sharing(cls, data).requires_grad_(requires_grad)

    def __deepcopy__(self, memo: dict) -> Parameter:
        """A parameter with a copy of the values; like PyTorch's, without the gradient."""
        return type(self)(self.data.clone(), self.requires_grad)


class Buffer(Tensor):
    """A tensor that is part of a module's state but isn't trained; `persistent`: is it in the state_dict?"""

    persistent: bool

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Buffer:
        buffer = _sharing(cls, data)
        buffer.persistent = persistent
        return buffer


def _sharing(cls: type, data: Any) -> Any:
    """A new leaf of class `cls` in the memory of `data`."""
    if data is None:
        data = empty(0)
    if not isinstance(data, Tensor):
        raise TypeError(f"{cls.__name__}(): argument 'data' must be Tensor, not {type(data).__name__}; wrap it with "
                        "minitorch.tensor(...)")  # fmt: skip
    shared = data.data
    return fill(object.__new__(cls), shared._array, shared.dtype, shared.device, None)
