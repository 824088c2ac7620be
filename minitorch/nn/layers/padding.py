"""Padding layers: more values around the last one, two or three dims of `(N, C, *)` or `(C, *)`.

`padding` is one number for all sides, or a number for each, the last dim first: (left, right, top, bottom, front, back). A
negative one cuts off.
"""

from __future__ import annotations

from minitorch.nn import functional as F
from minitorch.nn.layers.sizes import Size, each_dim
from minitorch.nn.module import Module
from minitorch.tensor import Tensor

__all__ = ["CircularPad1d", "CircularPad2d", "CircularPad3d", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d",
           "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d",
           "ReplicationPad3d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d"]  # fmt: skip


class Padding(Module):
    """What the padding layers share: where to pad, and the `mode` of `functional.pad` that says with what."""

    ndim: int  # of space
    mode: str

    def __init__(self, padding: Size):
        super().__init__()
        self.padding = each_dim(padding, 2 * self.ndim)

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


# --- With a constant --------------------------------------------------------------------------------------------------


class ConstantPad(Padding):
    """Pads with `value`."""

    mode = "constant"

    def __init__(self, padding: Size, value: float):
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(ConstantPad):
    """Pads the last dim with `value`.

    >>> import minitorch
    >>> from minitorch import nn
    >>> nn.ConstantPad1d((1, 2), 9.0)(minitorch.tensor([[1.0, 2.0]]))
    tensor([[9., 1., 2., 9., 9.]])
    """

    ndim = 1


class ConstantPad2d(ConstantPad):
    """Pads the last two dims with `value`."""

    ndim = 2


class ConstantPad3d(ConstantPad):
    """Pads the last three dims with `value`."""

    ndim = 3


class ZeroPad1d(ConstantPad1d):
    """Pads the last dim with zeros."""

    def __init__(self, padding: Size):
        super().__init__(padding, 0.0)

    extra_repr = Padding.extra_repr


class ZeroPad2d(ConstantPad2d):
    """Pads the last two dims with zeros."""

    def __init__(self, padding: Size):
        super().__init__(padding, 0.0)

    extra_repr = Padding.extra_repr


class ZeroPad3d(ConstantPad3d):
    """Pads the last three dims with zeros."""

    def __init__(self, padding: Size):
        super().__init__(padding, 0.0)

    extra_repr = Padding.extra_repr


# --- With the input's own values --------------------------------------------------------------------------------------


class ReflectionPad(Padding):
    """Pads with the input's values mirrored at its edge, which isn't repeated: abc becomes cb|abc|ba."""

    mode = "reflect"


class ReflectionPad1d(ReflectionPad):
    """Mirrors `(N, C, W)` or `(C, W)` at the ends of its last dim."""

    ndim = 1


class ReflectionPad2d(ReflectionPad):
    """Mirrors `(N, C, H, W)` or `(C, H, W)` at the edges."""

    ndim = 2


class ReflectionPad3d(ReflectionPad):
    """Mirrors `(N, C, D, H, W)` or `(C, D, H, W)` at the faces."""

    ndim = 3


class ReplicationPad(Padding):
    """Pads with the value at the edge: abc becomes aa|abc|cc."""

    mode = "replicate"


class ReplicationPad1d(ReplicationPad):
    """Repeats the ends of `(N, C, W)` or `(C, W)`."""

    ndim = 1


class ReplicationPad2d(ReplicationPad):
    """Repeats the edges of `(N, C, H, W)` or `(C, H, W)`."""

    ndim = 2


class ReplicationPad3d(ReplicationPad):
    """Repeats the faces of `(N, C, D, H, W)` or `(C, D, H, W)`."""

    ndim = 3


class CircularPad(Padding):
    """Pads with the values from the other end: abc becomes bc|abc|ab."""

    mode = "circular"

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() not in (self.ndim + 1, self.ndim + 2):
            raise ValueError(f"expected {self.ndim + 1}D or {self.ndim + 2}D input (got {input.dim()}D input)")

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        return super().forward(input)


class CircularPad1d(CircularPad):
    """Goes on at the other end of `(N, C, W)` or `(C, W)`."""

    ndim = 1


class CircularPad2d(CircularPad):
    """Goes on at the other edge of `(N, C, H, W)` or `(C, H, W)`."""

    ndim = 2


class CircularPad3d(CircularPad):
    """Goes on at the other face of `(N, C, D, H, W)` or `(C, D, H, W)`."""

    ndim = 3
