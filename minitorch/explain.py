"""Errors explained after the fact.

The hot path checks nothing that the array library checks anyway. When a kernel raises, this module works out which argument,
which shapes and what to do, and raises the error that PyTorch raises. What it can't explain goes on as it was, with a note.

Whatever leaves an op passes `attribute`: an error of a type that users catch, whose text names the op that they called.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from typing import Any, NoReturn

from .errors import BackendError, IndexOutOfRange, NotFinite, OutOfMemory, ShapeMismatch, Uninitialized, message
from .operands import shortened, to_sizes
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


def broadcast_shapes(*shapes: Sequence[int]) -> tuple[int, ...]:
    """The shape to which all of these broadcast."""
    result = broadcast_shape([to_sizes(shape) for shape in shapes])
    if result is None:
        raise RuntimeError(
            f"Shape mismatch: objects cannot be broadcast to a single shape: {[list(shape) for shape in shapes]}"
        )
    return result


def explain(error: Exception, op: Op, operands: Sequence[Any], settings: Sequence[Any]) -> None:
    """Raise the error that says what was wrong with a call; return if nothing better than `error` can be said."""
    if isinstance(error, MemoryError | BackendError | NotFinite | Uninitialized):
        return
    if op.explain_with is not None:
        op.explain_with(*operands, *settings)
    tensors = [(p.name, t) for p, t in zip(op.operands, operands, strict=True) if isinstance(t, Tensor)]
    if op.promote or op.family == "elementwise":
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
    """An error's text with the line that says where, or with more in it."""
    if (line := re.search(r"(?m)^  where: .*$", text)) is not None:
        return f"{text[: line.end()]}, in {where}{text[line.end() :]}"
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


# --- What users see ---------------------------------------------------------------------------------------------------

# What Python and array libraries raise about arguments that nobody foresaw, and what it is to a caller.
_FOREIGN: tuple[tuple[type[Exception], type[Exception]], ...] = (
    (MemoryError, OutOfMemory),
    (AttributeError, TypeError),  # of what should have been a tensor or a dtype
    (TypeError, TypeError),
    (IndexError, IndexError),
    (ValueError, ValueError),
    (LookupError, ValueError),
    (ArithmeticError, RuntimeError),  # a number too large for its type, a division by a size of 0
    (RuntimeError, RuntimeError),
    (NameError, RuntimeError),
    (AssertionError, RuntimeError),
)


def attribute(error: Exception, names: Sequence[str], given: Sequence[tuple[str, Any]]) -> None:
    """Let an error name the op that it left, by the first of its names unless its text says one already.

    Returns where the error can go on as it is, and raises one of a type that users catch where it can't. An op may be served by
    others, through each of which the error passes; the last of them, which the user called, has the say.
    """
    kind = next((new for old, new in _FOREIGN if isinstance(error, old)), None)
    if kind is None or isinstance(
        error, NotFinite | Uninitialized
    ):  # an interrupt, a missing library; what says it all
        return
    text = getattr(error, "without_name", None) or _text(error)
    named = text if _says(text, names) else placed(text, _call(names[0], given))
    if isinstance(error, kind) and type(error).__str__ is Exception.__str__:
        error.args, error.without_name = (named,), text  # type: ignore[attr-defined]
        return
    told = kind(named)
    told.without_name = text  # type: ignore[attr-defined]
    raise told from error


def _text(error: Exception) -> str:
    if isinstance(error, AttributeError):
        return f"an argument has the wrong type: {error}"
    return f"unknown: {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__


def _says(text: str, names: Sequence[str]) -> bool:
    return any(name in text and re.search(rf"(?<!\w){re.escape(name)}_?(?!\w)", text) for name in names)


def _call(name: str, given: Sequence[tuple[str, Any]]) -> str:
    """A call in one line, with its arguments by name where they have one."""
    return f"{name}({', '.join(f'{key}={_brief(value)}' if key else _brief(value) for key, value in given)})"


def _brief(value: Any) -> str:
    if isinstance(value, list | tuple) and any(isinstance(part, Tensor) for part in value):
        shown = [_brief(part) for part in value[:4]]
        return f"[{', '.join(shown)}{', ...' if len(value) > 4 else ''}]"
    return describe(value) if isinstance(value, Tensor) else shortened(value)
