"""Another shape for the same tensor object (`x.t_()`), and views as copies (`transpose_copy`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.inplace import check_writable, written
from minitorch.ops.memory import as_strided, resize_as_
from minitorch.ops.shape import narrow, permute, select, split, squeeze, t, transpose, unbind, unsqueeze, view
from minitorch.ops.strides import diagonal
from minitorch.rows import OPS
from minitorch.tape import mode
from minitorch.tensor import Tensor, wrap

# --- In place ---------------------------------------------------------------------------------------------------------


def _become(self: Tensor, view: Tensor) -> Tensor:
    """Let a tensor be what a view of it shows, on the same memory."""
    self._array, self._node = view._array, view._node
    if self._view is not None:
        self._view = view._view
    self._bump()
    if self._view is not None:
        self._writes = self._root._writes
    return self


def _in_place(function: Callable) -> Callable:
    name = f"{function.__name__}_"

    def method(self: Tensor, *arguments: Any, **keywords: Any) -> Tensor:
        if mode.enabled and self.requires_grad:
            check_writable(name, self)
        before = wrap(self._array, self.dtype, self.device, self._node)
        if self._view is not None:
            before._view, before._root, before._writes = self._view, self._root, self._writes
        return _become(self, function(before, *arguments, **keywords))

    method.__name__ = method.__qualname__ = name
    method.__doc__ = (
        f"In-place form of `{function.__name__}`: this tensor itself takes on the shape, on the same memory."
    )
    return method


# --- Copies -----------------------------------------------------------------------------------------------------------


in_rows = OPS["contiguous_copy"].function


def _copied(function: Callable, name: str) -> Callable:
    """What a view shows, in memory of its own."""

    def copy(input: Tensor, *arguments: Any, out: Any = None, **keywords: Any) -> Any:
        result = function(input, *arguments, **keywords)
        if isinstance(result, Tensor):
            return in_rows(result) if out is None else written(name, out, result)
        if out is not None:
            return tuple([written(name, target, part) for target, part in zip(out, result, strict=True)])
        return tuple([in_rows(part) for part in result])

    copy.__name__ = copy.__qualname__ = name
    copy.__doc__ = f"`{name.removesuffix('_copy')}` in new memory."
    return copy


def _slice(input: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Tensor:
    return input[(slice(None),) * (dim % input.ndim) + (slice(start, end, step),)]


_VIEWS = {
    "alias": OPS["alias"].function, "as_strided": as_strided, "detach": Tensor.detach, "diagonal": diagonal,
    "expand": lambda input, size: input.expand(*size), "narrow": narrow, "permute": permute, "select": select,
    "slice": _slice, "split": split, "split_with_sizes": split, "squeeze": squeeze, "t": t, "transpose": transpose,
    "unbind": unbind, "unfold": OPS["unfold"].function, "unsqueeze": unsqueeze, "view": view,
    "view_as_complex": OPS["view_as_complex"].function, "view_as_real": OPS["view_as_real"].function,
}  # fmt: skip

FUNCTIONS = {f"{name}_copy": _copied(function, f"{name}_copy") for name, function in _VIEWS.items()} | {
    "resize_as_": resize_as_,
    "unsafe_split": split,
    "unsafe_split_with_sizes": split,
    "unsafe_chunk": OPS["chunk"].function,
}
METHODS = {
    **{f"{f.__name__}_": _in_place(f) for f in (as_strided, squeeze, t, transpose, unsqueeze)},
    "swapaxes_": _in_place(transpose), "swapdims_": _in_place(transpose),
    "narrow_copy": FUNCTIONS["narrow_copy"],
    "unsafe_split": split, "unsafe_split_with_sizes": split, "unsafe_chunk": OPS["chunk"].function,
}  # fmt: skip
