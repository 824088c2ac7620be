"""Places of the graph as inputs and outputs of the walk back, and the strict forms of autograd.functional, against PyTorch's."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

import minitorch

torch = pytest.importorskip("torch")
importlib.import_module("torch.autograd.functional")


def told(call: Callable[[], Any]) -> Any:
    """The values of a result, or the kind of an error and the beginning of its text."""

    def plain(value: Any) -> Any:
        if isinstance(value, tuple | list):
            return [plain(part) for part in value]
        return None if value is None else (tuple(value.shape), [round(float(x), 4) for x in value.reshape(-1)])

    try:
        return plain(call())
    except (AssertionError, RuntimeError, TypeError) as error:
        kinds = (AssertionError, TypeError, RuntimeError)
        return next(kind.__name__ for kind in kinds if isinstance(error, kind)), str(error)[:50]


def graph(t: Any) -> Any:
    """A small graph, by names: leaves x and w, what comes of them, and `edge`, which makes an edge of a tensor."""
    x, w = t.tensor([1.0, 2.0], requires_grad=True), t.tensor([3.0, 4.0], requires_grad=True)
    y = x * w
    a, b = y.exp().split([1, 1])
    return SimpleNamespace(
        t=t, x=x, w=w, y=y, z=y.exp().sum(), a=a, b=b, c=(a * b).sum(), grad=t.autograd.grad, backward=t.autograd.backward,
        edge=t.autograd.graph.get_gradient_edge, Edge=t.autograd.graph.GradientEdge,
    )  # fmt: skip


def after(done: None, *tensors: Any) -> list:
    return [tensor.grad for tensor in tensors]


EDGES: dict[str, Callable[[Any], Any]] = {
    "inputs": lambda g: g.grad(g.z, [g.edge(g.x), g.edge(g.y), g.w]),
    "one input": lambda g: g.grad(g.z, g.edge(g.x), materialize_grads=True),
    "output": lambda g: g.grad(g.edge(g.y), g.x, g.t.ones(2)),
    "scalar output": lambda g: g.grad(g.edge(g.z), g.x),
    "outputs of both kinds": lambda g: g.grad([g.edge(g.y), g.z], [g.x], [g.t.ones(2), None]),
    "output without a gradient": lambda g: g.grad(g.edge(g.y), g.x),
    "unused": lambda g: g.grad(g.z, [g.edge(g.w.exp())], allow_unused=True),
    "unused and refused": lambda g: g.grad(g.z, [g.edge(g.x), g.edge(g.w.exp())]),
    "unused and materialized": lambda g: g.grad(g.z, [g.edge(g.w.exp())], materialize_grads=True),
    "of several results": lambda g: g.grad(g.c, [g.edge(g.b), g.edge(g.a)]),
    "made by hand": lambda g: g.grad(g.c, [g.Edge(g.b.grad_fn, 0), g.Edge(g.b.grad_fn, 1)]),
    "output of several results": lambda g: g.grad([g.edge(g.b)], [g.x], [g.t.ones(1)]),
    "backward": lambda g: after(g.backward(g.z, inputs=[g.edge(g.x)]), g.x, g.w),
    "backward to one": lambda g: after(g.backward(g.z, inputs=g.edge(g.x)), g.x, g.w),
    "backward to what is no leaf": lambda g: after(g.backward(g.z, inputs=[g.edge(g.y)]), g.x, g.w),
    "backward from": lambda g: after(g.backward(g.edge(g.z)), g.x, g.w),
    "of what has none": lambda g: g.edge(g.t.ones(2)),
    "no tensor": lambda g: g.grad(g.z, [3]),
    "no tensor in backward": lambda g: g.backward(g.z, inputs=[3]),
    "batched and materialized": lambda g: g.grad(
        g.y, [g.x, g.t.ones(3, requires_grad=True)], g.t.eye(2), is_grads_batched=True, materialize_grads=True
    ),
    "batched and unused": lambda g: g.grad(g.x * 2, [g.x, g.w], g.t.eye(2), is_grads_batched=True, allow_unused=True),
    "batched and refused": lambda g: g.grad(g.x * 2, [g.x, g.w], g.t.eye(2), is_grads_batched=True),
    "refused": lambda g: g.grad((g.x * 2).sum(), [g.x, g.w]),
}


@pytest.mark.parametrize("name", EDGES)
def test_edges(name: str) -> None:
    assert told(lambda: EDGES[name](graph(minitorch))) == told(lambda: EDGES[name](graph(torch)))


def functions(t: Any) -> dict[str, tuple[Callable, int]]:
    """Functions by what is special about them, and how many inputs they take."""
    return {
        "cubic": (lambda x: (x**3).sum(), 1),
        "linear": (lambda x: (2 * x).sum(), 1),
        "constant": (lambda x: t.ones(1).sum(), 1),
        "cubic in one": (lambda x, y: (x**3).sum(), 2),
        "linear in one": (lambda x, y: (x**3).sum() + y.sum(), 2),
        "a sum of two": (lambda x, y: (x**3).sum() + (y**3).sum(), 2),
        "a product": (lambda x, y: (x * y * y).sum(), 2),
        "number": (lambda x: 3.0, 1),
        "nothing": (lambda x: None, 1),
        "number in a tuple": (lambda x: (x.sum(), 2), 1),
    }


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("kind", functions(minitorch))
@pytest.mark.parametrize("name", ["jacobian", "hessian", "vjp", "jvp", "hvp", "vhp"])
def test_functional_is_as_strict(name: str, kind: str, strict: bool) -> None:
    def call(t: Any) -> Any:
        function, count = functions(t)[kind]
        inputs = tuple(t.tensor([1.0, 2.0 + number]) for number in range(count))
        vectors: tuple = () if name in ("jacobian", "hessian", "vjp") else (inputs,)
        return getattr(t.autograd.functional, name)(function, inputs, *vectors, strict=strict)

    assert told(lambda: call(minitorch)) == told(lambda: call(torch))
