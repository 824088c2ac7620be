"""`functionalize`: a function without writes; `debug_unwrap`: what a tensor inside a transform is made of."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from minitorch.tensor import Tensor
from minitorch.transforms.level import Level, Transform, current
from minitorch.transforms.trees import leaves, mapped

__all__ = ["debug_unwrap", "functionalize"]

REMOVE = ("mutations", "mutations_and_views")


def functionalize(func: Callable, *, remove: str = "mutations") -> Callable:
    """A function that computes what `func` does, but makes new tensors where `func` writes into those that it made.

    It runs on a level of its own (minitorch.transforms.level), whose arrays nobody writes into. What `func` writes into its
    arguments is copied to them in the end. remove: what a view would see is computed either way, so both values do the same.

    >>> import minitorch
    >>> def bump(x):
    ...     y = x.clone()
    ...     y[0].add_(1)
    ...     return y
    >>> minitorch.func.functionalize(bump)(minitorch.zeros(2))
    tensor([1., 0.])
    """
    if remove not in REMOVE:
        raise RuntimeError(
            f"functionalize(f, remove='mutations'): Valid options for inputs are: {', '.join(map(repr, REMOVE))}; got: "
            f"remove={remove!r}"
        )

    @functools.wraps(func)
    def functional(*args: Any, **kwargs: Any) -> Any:
        transform = Transform(Level)
        given = {id(value): value for value in leaves((args, kwargs)) if isinstance(value, Tensor)}
        with transform:
            entered = {key: transform.enter(current(value)) for key, value in given.items()}
            inside = mapped(lambda value: entered.get(id(value), value), (args, kwargs))
            result = func(*inside[0], **inside[1])

        def lowered(value: Any) -> Any:
            same = next((given[key] for key, tensor in entered.items() if tensor is value), None)
            if same is not None:
                return same
            return current(value)._array if transform.has(value) else value

        for key, tensor in entered.items():
            if tensor._version:
                given[key].copy_(current(tensor)._array)
        return mapped(lowered, result)

    return functional


def debug_unwrap(tensor: Tensor, *, recurse: bool = True) -> Tensor:
    """The Tensor that one inside a transform has its values from; with recurse, the one below all transforms. To look at, only.

    >>> import minitorch
    >>> def show(x):
    ...     print(minitorch.func.debug_unwrap(x))
    ...     return x
    >>> _ = minitorch.vmap(show)(minitorch.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """
    while isinstance(tensor.device.backend, Level):
        tensor = tensor.device.backend.below(current(tensor)._array)[0]
        if not recurse:
            break
    return tensor
