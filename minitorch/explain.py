"""Errors explained after the fact.

The hot path checks nothing that the array library checks anyway. When a kernel raises, this module works out which argument,
which shapes and what to do, and raises the error that PyTorch raises. What it can't explain goes on as it was, with a note.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, NoReturn

from .errors import BackendError, IndexOutOfRange, NotFinite, ShapeMismatch, message
from .operands import shortened
from .rows import Op
from .tensor import Tensor


def broadcast_shape(shapes: Sequence[Sequence[int]]) -> tuple[int, ...] | None:
    """The common shape by NumPy's rules, or None if there is none."""
    result: list[int] = []
    for position in range(max((len(shape) for shape in shapes), default=0)):
        sizes = {shape[-1 - position] for shape in shapes if position < len(shape)} - {1}
        if len(sizes) > 1:
            return None
        result.append(sizes.pop() if sizes else 1)
    return tuple(reversed(result))


def explain(error: Exception, op: Op, operands: Sequence[Any], settings: Sequence[Any]) -> None:
    """Raise the error that says what was wrong with a call; return if nothing better than `error` can be said."""
    if isinstance(error, MemoryError | BackendError | NotFinite):
        return
    if op.explain_with is not None:
        op.explain_with(*operands, *settings)
    tensors = [(p.name, t) for p, t in zip(op.operands, operands, strict=True) if isinstance(t, Tensor)]
    if op.promote:
        _explain_broadcast(error, op, tensors)
    arguments = ", ".join(f"{name}: {describe(tensor)}" for name, tensor in tensors)
    where = f"{op.name}() on {arguments}" if arguments else f"{op.name}()"
    named = ", ".join(f"{p.name}={shortened(value)}" for p, value in zip(op.settings, settings, strict=True))
    kind = (
        type(error)
        if type(error) in (IndexError, IndexOutOfRange, TypeError, ValueError, RuntimeError)
        else RuntimeError
    )
    if isinstance(error, RuntimeError | IndexError | ValueError) and str(error).startswith(f"{op.name}("):
        return
    raise kind(placed(f"{op.name}(): {error}", where + (f" with {named}" if named else ""))) from error


def placed(text: str, where: str) -> str:
    """An error's text with the line that says where."""
    what, newline, rest = text.partition("\n")
    return message(what, where=where) + newline + rest


def _explain_broadcast(error: Exception, op: Op, tensors: list[tuple[str, Tensor]]) -> None:
    for (first, a), (second, b) in combinations(tensors, 2):
        clash = broadcast_clash(a.shape, b.shape)
        if clash is not None:
            raise ShapeMismatch(
                message(
                    f"The size of tensor a ({clash[1]}) must match the size of tensor b ({clash[2]}) at non-singleton "
                    f"dimension {clash[0]}",
                    where=f"{op.name}({first}, {second})",
                    expected="shapes that are equal from the right, or 1",
                    got=f"{first} {list(a.shape)}, {second} {list(b.shape)}",
                    hint=_broadcast_hint(a.shape, b.shape),
                )
            ) from error


def broadcast_clash(a: Sequence[int], b: Sequence[int]) -> tuple[int, int, int] | None:
    """(dimension, size of a, size of b) of the last dimension that doesn't broadcast, counted as PyTorch does."""
    ndim = max(len(a), len(b))
    for position in range(1, min(len(a), len(b)) + 1):
        if a[-position] != b[-position] and 1 not in (a[-position], b[-position]):
            return ndim - position, a[-position], b[-position]
    return None


def _broadcast_hint(a: Sequence[int], b: Sequence[int]) -> str:
    if tuple(a) == tuple(reversed(b)):
        return "one looks transposed: try .T on it"
    if len(a) != len(b):
        return "add a dimension of size 1 with unsqueeze(dim) where the shapes should line up"
    return "reshape or slice one of them"


def describe(tensor: Any) -> str:
    """A tensor in an error message: shape and dtype."""
    return f"{list(tensor.shape)} {tensor.dtype!r}" if isinstance(tensor, Tensor) else repr(tensor)


def refuse(op_name: str, what: str, **parts: Any) -> NoReturn:
    """Raise a ShapeMismatch in the house's form."""
    raise ShapeMismatch(message(f"{op_name}(): {what}", **parts))
