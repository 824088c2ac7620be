"""Hooks: what users have called on the way back, and the handles that take it away again.

A node keeps all its hooks in one dict: functions of the gradient that its tensor got (`Tensor.register_hook`), and those below.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

next_number = itertools.count().__next__  # one counter for nodes and handles


class RemovableHandle:
    """What a register_..._hook call returns; `remove()` takes the hook away again."""

    def __init__(self, hooks: dict, hook: Callable):
        self._hooks = hooks
        self.id = next_number()
        while self.id in hooks:  # a dict that was pickled brings numbers of its own
            self.id = next_number()
        hooks[self.id] = hook

    def remove(self) -> None:
        self._hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *raised: object) -> None:
        self.remove()


class _Before:
    """A node's pre-hook: hook(grad_outputs) before its derivative runs; what it returns takes their place."""

    def __init__(self, hook: Callable):
        self.hook = hook

    def __call__(self, *arguments: Any) -> Any:
        return self.hook(*arguments)


class _After(_Before):
    """A node's hook: hook(grad_inputs, grad_outputs) after its derivative ran; what it returns takes the place of grad_inputs."""


def _register(node: Any, hook: Callable) -> RemovableHandle:
    if node.hooks is None:
        node.hooks = {}
    return RemovableHandle(node.hooks, hook)


def register_hook(self: Any, fn: Callable) -> RemovableHandle:
    """Call fn(grad_inputs, grad_outputs), two tuples, once the node's derivative has run; it may return other grad_inputs."""
    return _register(self, _After(fn))


def register_prehook(self: Any, fn: Callable) -> RemovableHandle:
    """Call fn(grad_outputs), a tuple, before the node's derivative runs; it may return others."""
    return _register(self, _Before(fn))


wrap: Callable = lambda array, dtype, device, node: None  # Tensor's constructor, handed in by the floor above


def _shown(gradient: Any, like: Any, create_graph: bool) -> Any:
    """A gradient as users see it, a Tensor."""
    return gradient if create_graph or gradient is None else wrap(gradient, like.dtype, like.device, None)


def _array(tensor: Any, create_graph: bool) -> Any:
    return tensor if create_graph or tensor is None else tensor._array


def call_hooks(node: Any, gradient: Any, create_graph: bool) -> Any:
    """Show a gradient to the hooks of its tensor; what one returns takes the gradient's place."""
    for hook in tuple(node.hooks.values()):
        if not isinstance(hook, _Before):
            result = hook(_shown(gradient, node, create_graph))
            gradient = gradient if result is None else _array(result, create_graph)
    return gradient


def call_before(node: Any, gradient: Any, create_graph: bool) -> Any:
    """Show the gradients of a node's results to the hooks that come before its derivative, if that is to run."""
    hooks = [hook for hook in tuple(node.hooks.values()) if type(hook) is _Before]
    if not hooks:
        return gradient
    several = isinstance(gradient, list)
    shown = [_shown(one, node, create_graph) for one in (gradient if several else (gradient,))]
    for hook in hooks:
        result = hook(tuple(shown))
        shown = shown if result is None else list(result) if isinstance(result, tuple | list) else [result]
    arrays = [_array(one, create_graph) for one in shown]
    return arrays if several else arrays[0]


def call_after(node: Any, gradient: Any, pulled: Sequence, create_graph: bool) -> Sequence:
    """Show the gradients of the node's operands to the hooks that come after the derivative."""
    hooks = [hook for hook in tuple(node.hooks.values()) if type(hook) is _After]
    if not hooks:
        return pulled
    outputs = tuple(
        [_shown(one, node, create_graph) for one in (gradient if isinstance(gradient, list) else (gradient,))]
    )
    inputs = tuple([_shown(one, edge or node, create_graph) for one, edge in zip(pulled, node.edges, strict=False)])
    for hook in hooks:
        result = hook(inputs, outputs)
        inputs = inputs if result is None else tuple(result) if isinstance(result, tuple | list) else (result,)
    return [_array(one, create_graph) for one in inputs]
