"""A row's arguments by name, and calls with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from minitorch.dispatch import OPS_ON_TENSORS
from minitorch.rows import Op
from minitorch.tensor import Tensor, wrap
from minitorch.transforms.trees import mapped


def bound(op: Op, arguments: tuple, settings: dict[str, Any]) -> dict[str, Any]:
    """What a row's kernel was called with, by parameter; defaults filled in."""
    names = [p.name for p in op.parameters if p.kind not in ("Cast", "Rare")]
    given = {p.name: p.default for p in op.parameters if p.name in names and p.has_default}
    return given | dict(zip(names, arguments, strict=False)) | settings


def called(op: Op, values: dict[str, Any]) -> Any:
    """The row's function on Tensors, called with its arguments by name."""
    positional = [values[p.name] for p in op.parameters if not p.keyword_only and p.name in values]
    return getattr(OPS_ON_TENSORS, op.name)(
        *positional, **{p.name: values[p.name] for p in op.parameters if p.keyword_only and p.name in values}
    )


def composed(function: Callable, kind: type, *arguments: Any, **settings: Any) -> Any:
    """A function of Tensors, applied to arrays of `kind`."""
    up = partial(mapped, lambda value: wrap(value, value.dtype, value.device) if isinstance(value, kind) else value)
    down = partial(mapped, lambda value: value._array if isinstance(value, Tensor) else value)
    return down(function(*up(arguments), **up(settings)))
