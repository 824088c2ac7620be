"""Arrays that transforms make: what bodies and rules may do with an array without naming a kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.backend import Device


def _operator(name: str) -> tuple[Callable, Callable]:
    def forward(self: Any, other: Any) -> Any:
        return getattr(self.device.kernels, name)(self, other)

    def reflected(self: Any, other: Any) -> Any:
        return getattr(self.device.kernels, name)(other, self)

    return forward, reflected


def _unary(name: str) -> Callable:
    return lambda self: getattr(self.device.kernels, name)(self)


class Operators:
    """Python's operators, each the kernel of the array's own device."""

    __slots__ = ()
    device: Device

    __add__, __radd__ = _operator("add")
    __sub__, __rsub__ = _operator("sub")
    __mul__, __rmul__ = _operator("mul")
    __truediv__, __rtruediv__ = _operator("div")
    __floordiv__, __rfloordiv__ = _operator("floor_divide")
    __mod__, __rmod__ = _operator("remainder")
    __pow__, __rpow__ = _operator("pow")
    __matmul__, __rmatmul__ = _operator("matmul")
    __and__, __rand__ = _operator("bitwise_and")
    __or__, __ror__ = _operator("bitwise_or")
    __xor__, __rxor__ = _operator("bitwise_xor")
    __lshift__, __rlshift__ = _operator("bitwise_left_shift")
    __rshift__, __rrshift__ = _operator("bitwise_right_shift")
    __lt__, __gt__ = _operator("lt")[0], _operator("gt")[0]
    __le__, __ge__ = _operator("le")[0], _operator("ge")[0]
    __eq__, __ne__ = _operator("eq")[0], _operator("ne")[0]  # type: ignore[assignment]
    __neg__, __abs__, __invert__ = _unary("neg"), _unary("abs"), _unary("bitwise_not")
    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self.device.backend.to_host(self))

    def __int__(self) -> int:
        return int(self.device.backend.to_host(self))

    def __float__(self) -> float:
        return float(self.device.backend.to_host(self))
