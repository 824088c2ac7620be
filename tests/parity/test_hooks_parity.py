"""Hooks of tensors and of nodes: which are called, in what order, with what, and what their results change."""

from __future__ import annotations

from typing import Any

import pytest

import minitorch

torch = pytest.importorskip("torch")


def record(log: list, name: str, result: Any = None) -> Any:
    """A hook that notes its arguments as numbers."""

    def hook(*arguments: Any) -> Any:
        log.append((name, numbers(arguments)))
        return result(*arguments) if result else None

    return hook


def numbers(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(numbers(part) for part in value)
    return None if value is None else value.tolist()


def chain(t: Any, log: list) -> Any:
    x = t.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    z = (y * y).sum()
    y.register_hook(record(log, "tensor"))
    y.grad_fn.register_hook(record(log, "after mul"))
    y.grad_fn.register_prehook(record(log, "before mul"))
    z.grad_fn.register_hook(record(log, "after sum"))
    x.register_hook(record(log, "leaf"))
    x.register_post_accumulate_grad_hook(lambda leaf: log.append(("accumulated", leaf.grad.tolist())))
    z.backward()
    return x.grad.tolist()


def replaced(t: Any, log: list) -> Any:
    x = t.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.grad_fn.register_prehook(record(log, "before", lambda given: (given[0] * 10,)))
    y.grad_fn.register_hook(record(log, "after", lambda inputs, outputs: (inputs[0] + 1, *inputs[1:])))
    y.sum().backward()
    return x.grad.tolist()


def removed(t: Any, log: list) -> Any:
    x = t.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    handle = y.grad_fn.register_hook(record(log, "after"))
    handle.remove()
    with y.grad_fn.register_prehook(record(log, "before")):
        y.sum().backward()
    return x.grad.tolist()


def several_outputs(t: Any, log: list) -> Any:
    x = t.tensor([3.0, 1.0], requires_grad=True)
    values, _ = x.sort()
    values.grad_fn.register_hook(lambda inputs, outputs: log.append(numbers(inputs)))
    (values * t.tensor([1.0, 2.0])).sum().backward()
    return x.grad.tolist()


def accumulating(t: Any, log: list) -> Any:
    x = t.tensor([1.0], requires_grad=True)
    y = x * 2
    node = y.grad_fn.next_functions[0][0]
    node.register_prehook(record(log, "before"))
    node.register_hook(record(log, "after"))
    y.backward()
    return node.name().split("::")[-1], x.grad.tolist()


def recorded_again(t: Any, log: list) -> Any:
    x = t.tensor([2.0], requires_grad=True)
    y = x**3
    y.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] * inputs[0],))
    (slope,) = t.autograd.grad(y, x, create_graph=True)
    return slope.tolist(), t.autograd.grad(slope, x)[0].tolist()


@pytest.mark.parametrize("program", [chain, replaced, removed, several_outputs, accumulating, recorded_again])
def test_program(program: Any) -> None:
    ours: list = []
    theirs: list = []
    assert program(minitorch, ours) == program(torch, theirs)
    assert ours == theirs
