"""`Variable`, what tensors with gradients were called before PyTorch 0.4: today every Tensor is one."""

from __future__ import annotations

import warnings
from typing import Any

from minitorch.tensor import Tensor

__all__ = ["Variable"]


class _Variables(type):
    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, Tensor)

    def __call__(cls, data: Any = None, requires_grad: bool | None = None, volatile: bool | None = None) -> Tensor:
        if requires_grad and volatile:
            raise ValueError("Variable can't be volatile and require_grad at the same time!")
        if volatile is not None:
            warnings.warn("volatile has had no effect since 0.4; write `with minitorch.no_grad():`", stacklevel=2)
        if data is None:
            data = Tensor()
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        return data.detach().requires_grad_(bool(requires_grad))


class Variable(metaclass=_Variables):
    """`Variable(data, requires_grad=False)` is a Tensor on the same memory; `isinstance(x, Variable)` asks for a Tensor.

    >>> import minitorch
    >>> minitorch.autograd.Variable(minitorch.ones(2), requires_grad=True)
    tensor([1., 1.], requires_grad=True)
    """
