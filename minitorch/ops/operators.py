"""Python's operators on Tensors: `a + b`, `-a`, `a @ b`, `a[i]`, `a += b`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.operands import constant
from minitorch.ops.creation import tensor
from minitorch.rows import OPS
from minitorch.tensor import Tensor

_FLOAT, _INT = float, int


def _of_numpy(other: Any, arrays: bool) -> Any:
    """A NumPy number as Python's, an array (if asked for) as a Tensor, None for anything else.

    In arithmetic arrays are left to NumPy, whose promotion PyTorch has there too; it makes the result a Tensor.
    """
    if isinstance(other, np.generic):
        return other.item()
    return tensor(other) if arrays and isinstance(other, np.ndarray) and other.dtype.kind in "biufc" else None


def _binary(name: str) -> Callable:
    function, rounded, compares = OPS[name].function, not OPS[name].exact, name in _COMPARISONS

    def operator(self: Tensor, other: Any) -> Any:
        kind = type(other)
        # A number of the tensor's own category becomes a (mostly cached) constant without leaving the hot path.
        if ((kind is _FLOAT and self.dtype.inexact) or (kind is _INT and self.dtype.category)) and (
            rounded or self.dtype.full
        ):
            other = constant(other, self.dtype, self.device)
        elif kind not in _OPERANDS and not isinstance(other, Tensor | int | float | complex):
            other = _of_numpy(other, compares)
            if other is None:
                return NotImplemented
        return function(self, other)

    return operator


def _reflected(name: str) -> Callable:
    function = OPS[name].function

    def operator(self: Tensor, other: Any) -> Any:
        kind = type(other)
        if (kind is _FLOAT and self.dtype.inexact) or (kind is _INT and self.dtype.category):
            other = constant(other, self.dtype, self.device)
        elif not isinstance(other, Tensor | int | float | complex):
            other = _of_numpy(other, False)
            if other is None:
                return NotImplemented
        return function(other, self)

    return operator


_OPERANDS = (Tensor, bool)
_ARITHMETIC = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "truediv": "div",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
    "lshift": "bitwise_left_shift",
    "rshift": "bitwise_right_shift",
}
_COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")


def _inplace(name: str) -> Callable:
    method = getattr(Tensor, f"{name}_")

    def operator(self: Tensor, other: Any) -> Tensor:
        return method(self, other)

    return operator


def _power(self: Tensor, exponent: Any) -> Tensor:
    return OPS["pow"].function(self, exponent)


def _reflected_power(self: Tensor, base: Any) -> Tensor:
    return OPS["pow"].function(base, self)


def _unary(name: str) -> Callable:
    function = OPS[name].function
    return lambda self: function(self)


def attach() -> None:
    """Give Tensor its operators; called once the table is complete."""
    for python, name in _ARITHMETIC.items():
        setattr(Tensor, f"__{python}__", _binary(name))
        reflected = _binary if name == "mul" else _reflected  # 2 * x is mul(x, 2), as in PyTorch
        setattr(Tensor, f"__r{python}__", reflected(name))
        setattr(Tensor, f"__i{python}__", _inplace(name))
    for name in _COMPARISONS:
        setattr(Tensor, f"__{name}__", _binary(name))
    others = {
        "__pow__": _power, "__rpow__": _reflected_power, "__ipow__": _inplace("pow"),
        "__rdiv__": Tensor.__rtruediv__,  # a name that PyTorch kept from Python 2
        "__neg__": _unary("neg"), "__pos__": lambda self: self, "__abs__": _unary("abs"), "__invert__": _unary("bitwise_not"),
        "__matmul__": _binary("matmul"), "__rmatmul__": _reflected("matmul"),
    }  # fmt: skip
    for name, method in others.items():
        setattr(Tensor, name, method)
