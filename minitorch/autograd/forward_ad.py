"""Forward mode step by step: dual tensors inside a level.

    >>> import minitorch
    >>> from minitorch.autograd import forward_ad
    >>> with forward_ad.dual_level():
    ...     x = forward_ad.make_dual(minitorch.tensor(3.0), minitorch.tensor(1.0))
    ...     forward_ad.unpack_dual(x * x)
    UnpackedDualTensor(primal=tensor(9.), tangent=tensor(6.))

`minitorch.func.jvp` does the same for a function, and may be nested.
"""

from __future__ import annotations

import contextlib
import threading
from typing import Any, NamedTuple

from minitorch.tensor import Tensor
from minitorch.transforms.dual import Dual, DualLevel
from minitorch.transforms.level import Transform, current

__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]


class UnpackedDualTensor(NamedTuple):
    """A tensor's value, and its tangent or None."""

    primal: Tensor
    tangent: Tensor | None


class _Current(threading.local):
    level: Transform | None = None


_current = _Current()


def enter_dual_level() -> int:
    """Begin the level; there is one at a time. Returns its number, 0."""
    if _current.level is not None:
        raise RuntimeError("Nested forward mode AD is not supported at the moment: use minitorch.func.jvp, which nests")
    _current.level = Transform(DualLevel, creates=False)  # what is made inside may be wanted after its end
    _current.level.__enter__()
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """End the level: tangents are gone, what was unpacked stays."""
    if _current.level is None:
        raise RuntimeError("Trying to exit a forward AD level that was not entered: call enter_dual_level() first")
    _current.level.__exit__()
    _current.level = None


class dual_level(contextlib.ContextDecorator):
    """`with dual_level():` duals can be made inside, and have tangents until its end."""

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *raised: object) -> None:
        exit_dual_level()


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """The tensor with a tangent, of its own shape and dtype."""
    transform = _current.level
    if transform is None:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    if not tensor.dtype.inexact or not tangent.dtype.inexact:
        which, dtype = ("primal", tensor.dtype) if not tensor.dtype.inexact else ("tangent", tangent.dtype)
        raise ValueError(f"Expected {which} to be floating point or complex, but got: {dtype!r}")
    if tuple(tensor.shape) != tuple(tangent.shape) or tensor.dtype is not tangent.dtype:
        raise RuntimeError(
            f"Expected tangent to have the primal's size {list(tensor.shape)} and dtype {tensor.dtype!r}, got "
            f"{list(tangent.shape)} and {tangent.dtype!r}"
        )
    if transform.has(tensor):
        tensor = unpack_dual(tensor).primal

    def array(below: Tensor) -> Dual:
        return Dual(transform.over(below.device), below, current(tangent).to(below.device))

    dual = transform.enter(current(tensor), array)
    return dual.requires_grad_(tensor.requires_grad)


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """The tensor's value and its tangent; None for the tangent of one that depends on nothing that has one."""
    transform = _current.level
    if transform is None or not transform.has(tensor):
        return UnpackedDualTensor(tensor, None)
    array: Any = current(tensor)._array
    return UnpackedDualTensor(array.primal, array.tangent)
