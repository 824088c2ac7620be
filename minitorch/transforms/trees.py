"""Arguments and results as trees: tensors inside tuples, lists, named tuples and dicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from minitorch.tensor import Tensor


def leaves(tree: Any) -> Iterator[Any]:
    """What a tree holds, from left to right."""
    if isinstance(tree, list | tuple):
        for part in tree:
            yield from leaves(part)
    elif isinstance(tree, dict):
        for part in tree.values():
            yield from leaves(part)
    else:
        yield tree


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """A tree of the same form with `function(leaf)` for each leaf."""
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*[mapped(function, part) for part in tree])
    if isinstance(tree, list | tuple):
        return type(tree)([mapped(function, part) for part in tree])
    if isinstance(tree, dict):
        return type(tree)({name: mapped(function, part) for name, part in tree.items()})
    return function(tree)


def filled(tree: Any, values: Any) -> Any:
    """A tree of the same form with the next of `values` for each leaf."""
    following = iter(values)
    return mapped(lambda leaf: next(following), tree)


def tensors_of(tree: Any, what: str) -> list[Tensor]:
    """The leaves, all of which must be Tensors; `what` names the tree in the error."""
    found = list(leaves(tree))
    for leaf in found:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(f"{what} must contain only Tensors, got {type(leaf).__name__}")
    return found
