"""The protocol `__torch_function__` for functions of one's own: an argument's type may answer the call itself.

    def area(shape):
        if has_torch_function_unary(shape):
            return handle_torch_function(area, (shape,), shape)
        return shape.width * shape.height

minitorch's own ops don't ask: a subclass of Tensor changes them by methods.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any, Self

from .tensor import Tensor

__all__ = ["DisableTorchFunction", "DisableTorchFunctionSubclass", "handle_torch_function", "has_torch_function",
           "has_torch_function_unary", "has_torch_function_variadic"]  # fmt: skip


class _Depth(threading.local):
    disabled = 0


_depth = _Depth()


class DisableTorchFunctionSubclass:
    """Inside `with DisableTorchFunctionSubclass():` no argument's `__torch_function__` is asked, in this thread."""

    def __enter__(self) -> Self:
        _depth.disabled += 1
        return self

    def __exit__(self, *error: object) -> None:
        _depth.disabled -= 1


class DisableTorchFunction(DisableTorchFunctionSubclass):
    """The same; PyTorch switches off modes too, which don't exist here."""


def _answers(value: Any) -> bool:
    return type(value) is not Tensor and hasattr(type(value), "__torch_function__")


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Has the type of one of the arguments a `__torch_function__`, and is it to be asked?

    >>> has_torch_function([1, "two"])
    False
    """
    return not _depth.disabled and any(_answers(value) for value in relevant_args)


def has_torch_function_unary(obj: Any) -> bool:
    """`has_torch_function` of one argument."""
    return not _depth.disabled and _answers(obj)


def has_torch_function_variadic(*args: Any) -> bool:
    """`has_torch_function` of arguments that are listed in the call."""
    return has_torch_function(args)


def _in_order(relevant_args: Iterable[Any]) -> list[Any]:
    """One argument of each type that answers: from left to right, but a subclass before what it derives from."""
    found: list[Any] = []
    for value in relevant_args:
        if _answers(value) and all(type(value) is not type(other) for other in found):
            place = next((i for i, other in enumerate(found) if issubclass(type(value), type(other))), len(found))
            found.insert(place, value)
    return found


def handle_torch_function(public_api: Callable, relevant_args: Iterable[Any], *args: Any, **kwargs: Any) -> Any:
    """Let the arguments' types answer the call `public_api(*args, **kwargs)`; the first that doesn't say NotImplemented does."""
    asked = _in_order(relevant_args)
    types = tuple([type(value) for value in asked])
    for value in asked:
        result = type(value).__torch_function__(public_api, types, args, kwargs)
        if result is not NotImplemented:
            return result
    name = f"{public_api.__module__}.{public_api.__name__}"
    raise TypeError(f"no implementation found for '{name}' on types that implement __torch_function__: {list(types)}")
