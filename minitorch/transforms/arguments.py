"""A row's arguments by name, and calls with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from minitorch.backend import Device, topmost
from minitorch.rows import Op
from minitorch.tensor import Tensor, wrap
from minitorch.transforms.trees import mapped


def bound(op: Op, arguments: tuple, settings: dict[str, Any]) -> dict[str, Any]:
    """What a row's kernel was called with, by parameter; defaults filled in."""
    names = [p.name for p in op.parameters if p.kind not in ("Cast", "Rare")]
    given = {p.name: p.default for p in op.parameters if p.name in names and p.has_default}
    return given | dict(zip(names, arguments, strict=False)) | settings


# Rows whose settings hold arrays: indices, which dispatch has taken out of their Tensors.
INDEXING = frozenset(("index", "index_put", "index_transpose"))


def called(op: Op, values: dict[str, Any]) -> Any:
    """The row's function on Tensors, called with its arguments by name."""
    if op.name in INDEXING:
        values = _with_arrays(op, values)
    positional = [values[p.name] for p in op.parameters if not p.keyword_only and p.name in values]
    return op.function(*positional, **{p.name: values[p.name] for p in op.parameters if p.keyword_only and p.name in values})


def _with_arrays(op: Op, values: dict[str, Any]) -> dict[str, Any]:
    """Operands and indices on one device, and the indices as arrays."""
    operands = {p.name: values[p.name] for p in op.operands}
    indices = values["indices"]
    tensors = [part for part in (*operands.values(), *indices) if isinstance(part, Tensor)]
    device = topmost({tensor.device for tensor in tensors})
    moved = {name: tensor.to(device) for name, tensor in operands.items()}
    return values | moved | {"indices": tuple([_array_of(part, device) for part in indices])}


def _array_of(part: Any, device: Device) -> Any:
    if not isinstance(part, Tensor):
        return part
    part = part.to(device)
    if part._view is not None:
        part._sync()
    return part._array


def composed(function: Callable, kind: type, *arguments: Any, **settings: Any) -> Any:
    """A function of Tensors, applied to arrays of `kind`."""
    up = partial(mapped, lambda value: wrap(value, value.dtype, value.device) if isinstance(value, kind) else value)
    down = partial(mapped, lambda value: value._array if isinstance(value, Tensor) else value)
    return down(function(*up(arguments), **up(settings)))
