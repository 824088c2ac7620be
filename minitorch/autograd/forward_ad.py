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
import weakref
from typing import Any, NamedTuple

from minitorch.inplace import write_array
from minitorch.tensor import Tensor, wrap
from minitorch.transforms.dual import Dual, DualLevel
from minitorch.transforms.level import Transform, current

__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]


class UnpackedDualTensor(NamedTuple):
    """A tensor's value, and its tangent or None."""

    primal: Tensor
    tangent: Tensor | None


class _Duals(DualLevel):
    """The level of `dual_level`: tensors from outside become duals when duals are written into them, until its end."""

    def adopt(self, tensor: Tensor) -> bool:
        root = tensor if tensor._view is None else tensor._root
        if root.device is not self.inner:
            return False
        below = wrap(root._array, root.dtype, root.device, root._node)
        self.transform.facts["adopted"].append((weakref.ref(root), below))
        root._array, root.device, root._node = self.lifted(current(below)), self.device, None
        root._writes += 1
        _renew(tensor)
        return True


def _renew(view: Tensor) -> None:
    """Make a view again, and all that it is a view of, from a root that has changed its device."""
    if view._view is None:
        return
    parent, op, settings = view._view
    _renew(parent)
    view._array = parent._array if op is None else op.function(parent, *settings)._array
    view.device, view._writes = parent.device, view._root._writes


def _give_back(transform: Transform) -> None:
    """Let the tensors that were adopted be plain again, in their old memory, with the values that they have now."""
    for reference, below in transform.facts["adopted"]:
        root = reference()
        if root is not None:
            primal = current(root._array.primal)
            if primal._array is not below._array:
                write_array("copy_", below, primal._array)
            root._array, root.device, root._node = below._array, below.device, primal._node
            root._writes += 1


class _Current(threading.local):
    level: Transform | None = None


_current = _Current()


def enter_dual_level() -> int:
    """Begin the level; there is one at a time. Returns its number, 0."""
    if _current.level is not None:
        raise RuntimeError("Nested forward mode AD is not supported at the moment: use minitorch.func.jvp, which nests")
    _current.level = Transform(_Duals, creates=False, adopted=[])  # what is made inside may be wanted after its end
    _current.level.__enter__()
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """End the level: tangents are gone, what was unpacked stays."""
    if _current.level is None:
        raise RuntimeError("Trying to exit a forward AD level that was not entered: call enter_dual_level() first")
    transform, _current.level = _current.level, None
    transform.__exit__()
    _give_back(transform)


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
    if tensor._view is not None and tensor._root.device is not tensor.device:
        _renew(tensor)
    if transform is None or not transform.has(tensor):
        return UnpackedDualTensor(tensor, None)
    array: Any = current(tensor)._array
    return UnpackedDualTensor(array.primal, array.tangent)
