"""Forward mode: an array is a Tensor with a tangent, and each op carries the tangents along.

The row says how, by its family: elementwise rows do to a tangent what they do to a gradient, linear rows are applied to the
tangent itself, multilinear ones to one tangent at a time. The general family has only a rule for the way back; that is a linear
map of the gradient, so its own transpose, taken on a tape, is the way forward.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from minitorch.backend import Device
from minitorch.dispatch import OPS_ON_TENSORS
from minitorch.dtypes import DType
from minitorch.ops import zeros_like
from minitorch.rows import OPS, Op, arguments_of
from minitorch.tape import mode
from minitorch.tensor import Tensor
from minitorch.transforms.arguments import bound, called, composed
from minitorch.transforms.arrays import Operators
from minitorch.transforms.level import PLAIN, Level, on
from minitorch.transforms.recording import Recorded
from minitorch.transforms.trees import mapped


class Dual(Operators):
    """A Tensor and its tangent, a Tensor of the same shape and dtype, or None for zeros."""

    __slots__ = ("device", "dtype", "primal", "shape", "tangent")

    def __init__(self, device: Device, primal: Tensor, tangent: Tensor | None):
        self.device, self.primal, self.tangent = device, primal, tangent
        self.shape, self.dtype = primal.shape, primal.dtype


class DualLevel(Level):
    """The kernels of forward mode over one device."""

    def kernel(self, op_name: str) -> Callable:
        if op_name in PLAIN:
            return getattr(self, op_name)
        op = OPS.get(op_name)
        if op is None or op.family == "composition":  # made of rows, which then come here one by one
            return partial(composed, getattr(OPS_ON_TENSORS, op_name), Dual)
        return partial(self._pushed, op)

    def lifted(self, tensor: Tensor) -> Dual:
        return Dual(self.device, tensor, None)

    def below(self, array: Dual) -> list[Tensor]:
        return [array.primal]

    def to_host(self, array: Dual) -> Any:
        return array.primal._to_host()

    def move(self, array: Dual, dtype: DType, device: Device) -> Dual:
        inner, tangent = device.backend.inner, array.tangent
        return Dual(device, array.primal.to(inner), None if tangent is None else tangent.to(inner))

    def strides(self, array: Dual) -> tuple[int, ...]:
        return array.primal.stride()

    def detached(self, array: Dual) -> Dual:
        return Dual(array.device, array.primal.detach(), None)

    # --- Ops ------------------------------------------------------------------------------------------------------------

    def _pushed(self, op: Op, *arguments: Any, **settings: Any) -> Any:
        """A row on the primals, and its derivative on the tangents."""
        given = bound(op, arguments, settings)
        values = mapped(lambda value: value.primal if isinstance(value, Dual) else value, given)
        tangents = {
            p.name: mapped(lambda value: value.tangent if isinstance(value, Dual) else None, given[p.name])
            for p in op.operands
        }
        out = called(op, values)
        moved = [name for name, tangent in tangents.items() if _any(tangent)]
        if not moved or not op.differentiable:
            return self._paired(op, out, None)
        if op.forward is not None:
            known = reading(op, values, out) | {"tangents": tangents}
            found = op.forward(*[known[name] for name in arguments_of(op.forward)])
        elif op.family == "elementwise":
            found = _elementwise(op, values, tangents, out)
        elif op.family in ("linear", "multilinear"):
            found = _linear(op, values, tangents)
        else:
            with on(self.inner):
                found = _transposed(op, values, tangents, out)
        return self._paired(op, out, found)

    def _paired(self, op: Op, out: Any, tangent: Any) -> Any:
        if not isinstance(out, Tensor):
            parts = [None] * len(out) if tangent is None else tangent
            return op.pack([self._paired(op, one, part) for one, part in zip(out, parts, strict=True)])
        if tangent is None or not out.dtype.inexact:  # whole numbers have no tangent
            return Dual(self.device, out, None)
        tangent = tangent if tangent.dtype is out.dtype else tangent.to(out.dtype)
        return Dual(self.device, out, tangent if tangent.shape == out.shape else tangent.expand(out.shape))


def _any(tangent: Any) -> bool:
    return any(part is not None for part in tangent) if isinstance(tangent, list | tuple) else tangent is not None


def _sum(parts: list) -> Any:
    total = None
    for part in parts:
        total = part if total is None else total + part
    return total


def reading(op: Op, values: dict[str, Any], out: Any) -> dict[str, Any]:
    """All that a rule on Tensors may read, by name."""
    shapes = {
        f"{p.name}_shape": mapped(lambda value: None if value is None else tuple(value.shape), values[p.name])
        for p in op.operands
    }
    results = dict(zip(op.result_names, out, strict=True)) if op.result_names else {}
    return {**results, **values, **shapes, "k": OPS_ON_TENSORS, "out": out}


def _elementwise(op: Op, values: dict, tangents: dict, out: Tensor) -> Any:
    """The sum of tangent * partial derivative."""
    known, parts = reading(op, values, out), []
    for name, rule in op.rules.items():
        tangent = tangents[name]
        if tangent is not None:
            known["g"] = tangent
            found = rule(*[known[read] for read in op.reads[name]]) if callable(rule) else rule
            parts.append(found if op.maps(name) else _times(tangent, found))
    return _sum(parts)


def _times(tangent: Tensor, slope: Any) -> Tensor:
    if isinstance(slope, int | float) and slope in (0, 1):
        return tangent if slope else zeros_like(tangent)
    return tangent * slope


def _linear(op: Op, values: dict, tangents: dict) -> Any:
    """A map that is linear in each of these operands: one tangent at a time takes its operand's place."""
    return _sum([called(op, {**values, name: tangents[name]}) for name in op.rules if tangents[name] is not None])


def _transposed(op: Op, values: dict, tangents: dict, out: Any) -> Any:
    """The transpose of the linear map that the row's rule is, from a gradient of the result to those of the operands."""
    outs = [out] if isinstance(out, Tensor) else list(out)
    pairs: list[tuple[Tensor, Tensor]] = []

    def gradients(*cotangents: Tensor) -> tuple[Tensor, ...]:
        following = iter(cotangents)
        slots = [next(following) if one.dtype.inexact else None for one in outs]
        known = reading(op, values, out) | {"g": slots[0] if isinstance(out, Tensor) else slots}
        pairs.extend(_pulled(op, known, tangents))
        return tuple(gradient for gradient, _ in pairs)

    run = Recorded("jvp", gradients, tuple(zeros_like(one.detach()) for one in outs if one.dtype.inexact), False)
    seeds = [tangent.to(gradient.dtype).expand(gradient.shape) for gradient, tangent in pairs]
    found = iter(run.pulled([gradient for gradient, _ in pairs], seeds, False, mode.enabled))
    result = [next(found) if one.dtype.inexact else None for one in outs]
    return result[0] if isinstance(out, Tensor) else result


def _pulled(op: Op, known: dict[str, Any], tangents: dict) -> Iterator[tuple[Tensor, Tensor]]:
    """The gradient of each operand that has a tangent, with that tangent."""
    first = op.operands[0]
    listed = first.kind == "list[Array]"
    flat = tangents[first.name] if listed else [tangents[p.name] for p in op.operands]
    if op.grad is not None:
        known = known | {"needs": [tangent is not None for tangent in flat]}
        pulled = op.grad(*[known[name] for name in op.reads[first.name]])
    else:
        pulled = [
            op.rules[p.name](*[known[name] for name in op.reads[p.name]])
            if p.name in op.rules and tangents[p.name] is not None
            else None
            for p in op.operands
        ]
    for gradient, tangent in zip(pulled, flat, strict=True):
        if gradient is not None and tangent is not None:
            yield gradient, tangent
