"""The engine's corners, as PyTorch: batched and materialized gradients, custom Functions, nodes, modes, modules as functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch
import minitorch.autograd.forward_ad
import minitorch.autograd.functional
from minitorch import func, nn  # noqa: F401

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")  # PyTorch's own
V = np.array([0.5, -1.0, 2.0])


def numbers(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [numbers(part) for part in value]
    return value.detach().tolist() if hasattr(value, "detach") else value


def leaf(t: Any, values: Any = V) -> Any:
    return t.tensor(values).requires_grad_()


def function(t: Any, **methods: Any) -> Any:
    """A custom Function that doubles, with some methods of its own."""
    usual = {"forward": lambda ctx, x: x * 2, "backward": lambda ctx, g: g * 2} | methods
    usual = {name: staticmethod(method) for name, method in usual.items() if method is not None}
    return type("Own", (t.autograd.Function,), usual).apply


def separate(t: Any, **methods: Any) -> Any:
    """The same with a setup_context, so that transforms take it."""
    given = {"forward": lambda x: x * 2, "setup_context": lambda ctx, inputs, output: None} | methods
    return function(t, **given)


def raised_by(work: Any) -> Any:
    try:
        return work()
    except Exception as error:
        return type(error).__name__


def ensemble(t: Any, *, kinds: Any = None, modes: tuple = (True, True), asks: tuple = (True, True)) -> Any:
    models = [kind(2, 2) for kind in kinds or (t.nn.Linear, t.nn.Linear)]
    for model, mode, ask in zip(models, modes, asks, strict=True):
        model.train(mode).requires_grad_(ask)
    return t.func.stack_module_state(models)


def tied(t: Any) -> Any:
    """Two layers that share a weight."""
    model = t.nn.Sequential(t.nn.Linear(3, 3, bias=False), t.nn.Linear(3, 3, bias=False)).to(t.float64)
    with t.no_grad():
        model[0].weight.copy_(t.arange(9.0).reshape(3, 3))
    model[1].weight = model[0].weight
    return model


def called(t: Any, *dicts: Any, **settings: Any) -> Any:
    given = dicts[0] if len(dicts) == 1 else dicts
    return t.func.functional_call(tied(t), given, (t.tensor(V),), **settings)


def modes(t: Any) -> Any:
    """The switches as decorators, and in each other."""
    seen = []

    def look() -> None:
        seen.append((t.is_grad_enabled(), t.is_inference_mode_enabled()))

    @t.no_grad()
    def numbers_of() -> Any:
        look()
        got = yield 1
        look()
        yield got
        return 5

    def outer() -> Any:
        last = yield from numbers_of()
        yield last

    generator = outer()
    seen.append((next(generator), generator.send(7), next(generator)))
    t.set_grad_enabled(False)(look)()
    look()
    t.inference_mode()(look)()
    t.inference_mode(False)(look)()
    with t.inference_mode():
        look()
        with t.inference_mode(False), t.enable_grad():
            look()
        look()
    return seen


def through_result(t: Any, name: str) -> Any:
    """What a hook on a saved result sees and gives, and the gradient."""
    x, seen = leaf(t), []
    node = x.exp().grad_fn if name == "exp" else (x + 3).log2().grad_fn
    getattr(node, "_raw_saved_result" if name == "exp" else "_raw_saved_self").register_hooks(
        lambda value: seen.append(numbers(value)) or value * 1, lambda value: value * 2
    )
    return seen, raised_by(lambda: numbers(node._saved_result if name == "exp" else node._saved_self))


def packed_results(t: Any) -> Any:
    """Saved results under hooks, read from the node."""
    with t.autograd.graph.saved_tensors_hooks(lambda value: value.detach().clone(), lambda value: value):
        one = leaf(t).exp().grad_fn
        several = leaf(t, np.eye(2) * 3).max(0)[0].grad_fn
    return one._saved_result, several._saved_indices


def edges(t: Any) -> Any:
    """Gradient edges as inputs, of a leaf and of one of several results."""
    x = leaf(t)
    low, high, _ = (x * 2).split(1)
    leads = [t.autograd.graph.get_gradient_edge(one) for one in (x, high)]
    total = t.autograd.graph.get_gradient_edge((high * high).sum() + low.sum())
    found = t.autograd.grad(total, leads, retain_graph=True), t.autograd.grad([total], leads[0], retain_graph=True)
    t.autograd.backward(total, inputs=leads[:1])
    return leads[1].node.name(), [edge.output_nr for edge in leads], found, x.grad


def next_of_result(t: Any) -> Any:
    _, high, _ = leaf(t, V).exp().split(1)
    return [(node.name(), number) for node, number in high.grad_fn.next_functions]


def through_a_layout(t: Any) -> Any:
    """A write through a view that only the layout of a transposed product allows."""
    x = leaf(t, np.arange(12.0).reshape(3, 4))
    y = x.t() * 1
    y.t().view(-1)[2:5].mul_(3)
    (y * t.arange(12.0, dtype=t.float64).reshape(4, 3)).sum().backward()
    return y, x.grad


def beside_several(t: Any) -> Any:
    """Forward mode where an op with several results gets constants."""
    return t.func.jvp(lambda v: v * v.detach().sort()[0], (t.tensor(V),), (t.tensor(V),))


def summed_twice(t: Any) -> Any:
    """`.grad` after a second backward that records."""
    x = leaf(t)
    for _ in range(2):
        (x**3).sum().backward(create_graph=True)
    (again,) = t.autograd.grad(x.grad.sum(), x)
    x.grad = t.ones(3, dtype=t.float64) * 2
    (x**2).sum().backward()
    return again, x.grad


def twice(t: Any, function: Any) -> Any:
    x = leaf(t)
    (slope,) = t.autograd.grad((function(x) ** 2).sum(), x, create_graph=True)
    return t.autograd.grad(slope.sum(), x)


PROGRAMS = {
    "batched, unused": lambda t: (lambda x, y: t.autograd.grad(
        (x**2), (x, y), t.eye(3, dtype=t.float64), is_grads_batched=True, materialize_grads=True))(leaf(t), leaf(t)),
    "batched, allowed": lambda t: (lambda x, y: t.autograd.grad(
        (x**2), (x, y), t.eye(3, dtype=t.float64), is_grads_batched=True, allow_unused=True))(leaf(t), leaf(t)),
    "summed twice": summed_twice,
    "through a layout": through_a_layout,
    "beside several": beside_several,
    "modes": modes,
    "edges": edges,
    "next of a result": next_of_result,
    "hook of a saved result": lambda t: through_result(t, "exp"),
    "hook of a saved operand": lambda t: through_result(t, "log2"),
    "packed results": packed_results,
    "Function by vjp": lambda t: t.autograd.grad(
        function(t, backward=None, vjp=lambda ctx, g: g * 5)(x := leaf(t)).sum(), x),
    "Function of no tensor": lambda t: function(t, forward=lambda ctx, x: (4, "a"))(leaf(t)),
    "Function, two results, under vmap": lambda t: t.func.vmap(separate(
        t, forward=lambda x: (x * 2, x + 1), vmap=lambda info, dims, x: ((x * 2, x + 1), (0, 0))))(t.tensor(V)),
    "Function, two results, under grad": lambda t: t.func.grad(lambda x: sum(part.sum() for part in separate(
        t, forward=lambda x: (x * 2, x + 1), backward=lambda ctx, g, h: g * 2 + h)(x)))(t.tensor(V)),
    "vjp of a line, v left out": lambda t: t.autograd.functional.vjp(lambda a: a.sum(), t.tensor(V)),
    "hessian by forward mode": lambda t: t.autograd.functional.hessian(
        lambda a: (a**3).sum(), t.tensor(V), vectorize=True, outer_jacobian_strategy="forward-mode"),
    "vmap over a part, in chunks": lambda t: t.func.vmap(
        lambda a, b: a * b.sum(), in_dims=(0, None), chunk_size=2)(t.tensor(V), t.tensor(V)),
    "tied weights": lambda t: called(t, {"0.weight": t.eye(3, dtype=t.float64)}),
    "weights not tied": lambda t: called(t, {"0.weight": t.eye(3, dtype=t.float64)}, tie_weights=False),
    "dicts together": lambda t: called(
        t, {"0.weight": t.eye(3, dtype=t.float64)}, {"1.weight": t.eye(3, dtype=t.float64) * 2}, tie_weights=False),
}  # fmt: skip
REFUSED = {
    "batched without gradients": lambda t: t.autograd.grad(leaf(t), leaf(t), is_grads_batched=True),
    "batched, unused": lambda t: t.autograd.grad(
        leaf(t) ** 2, leaf(t), t.eye(3, dtype=t.float64), is_grads_batched=True),
    "Function without forward": lambda t: function(t, forward=None)(leaf(t)),
    "Function without backward": lambda t: function(t, backward=None)(leaf(t)).sum().backward(),
    "Function, dirty but not returned": lambda t: function(
        t, forward=lambda ctx, x: ctx.mark_dirty(x) or x.mul_(2).clone())(leaf(t) * 1),
    "once differentiable": lambda t: twice(t, function(
        t, backward=t.autograd.function.once_differentiable(lambda ctx, g: g * 2))),
    "vjp of other counts": lambda t: t.autograd.functional.vjp(lambda a: (a, a), t.tensor(V), (t.tensor(V),)),
    "jacobian, strict and vectorized": lambda t: t.autograd.functional.jacobian(
        lambda a: a, t.tensor(V), strict=True, vectorize=True),
    "jacobian, another strategy": lambda t: t.autograd.functional.jacobian(lambda a: a, t.tensor(V), strategy="sideways"),
    "hessian, another strategy": lambda t: t.autograd.functional.hessian(
        lambda a: a.sum(), t.tensor(V), outer_jacobian_strategy="sideways"),
    "hessian of two results": lambda t: t.autograd.functional.hessian(lambda a: (a.sum(), a.sum()), t.tensor(V)),
    "strict, one input unused": lambda t: t.autograd.functional.vjp(
        lambda a, b: a.sum(), (t.tensor(V), t.tensor(V)), strict=True),
    "cotangents of other counts": lambda t: t.func.vjp(lambda a: (a, a), t.tensor(V))[1]((t.tensor(V),)),
    "cotangent of another shape": lambda t: t.func.vjp(lambda a: a, t.tensor(V))[1](t.tensor(V[:2])),
    "argnums no ints": lambda t: t.func.grad(t.sum, argnums=("a",))(t.tensor(V)),
    "no dicts": lambda t: t.func.functional_call(tied(t), 3, (t.tensor(V),)),
    "dicts of no dicts": lambda t: called(t, {}, 3),
    "a name in two dicts": lambda t: called(t, {"0.weight": t.eye(3)}, {"0.weight": t.eye(3)}),
    "no tensor": lambda t: called(t, {"0.weight": 3}),
    "a module that isn't there": lambda t: called(t, {"2.weight": t.eye(3)}),
    "no models": lambda t: t.func.stack_module_state([]),
    "models in two modes": lambda t: ensemble(t, modes=(True, False)),
    "models of two kinds": lambda t: ensemble(t, kinds=(t.nn.Linear, lambda a, b: t.nn.ReLU())),
    "models of which some ask": lambda t: ensemble(t, asks=(True, False)),
    "hooks of a number": lambda t: (leaf(t) ** 2).grad_fn._raw_saved_exponent.register_hooks(id, id),
    "no such attribute": lambda t: (leaf(t) ** 2).grad_fn._saved_weight,
    "saved result, freed": lambda t: (lambda y: (y.sum().backward(), y.grad_fn._saved_result))(leaf(t).exp()),
    "dims no ints": lambda t: t.ones(2, 3).sum("a"),
    "cat of a number": lambda t: t.cat(3),
    "mask of numbers": lambda t: t.ones(3).masked_fill(t.ones(3), 1.0),
    "meta shapes that don't meet": lambda t: t.ones(2, device="meta") + t.ones(3, device="meta"),
    "meta where that doesn't meet": lambda t: t.where(t.ones(2, device="meta") > 0, t.ones(3, device="meta"), 0.0),
    "meta product that doesn't meet": lambda t: t.ones(2, 3, device="meta") @ t.ones(2, 3, device="meta"),
    "meta to memory": lambda t: t.ones(2, device="meta").to("cpu"),
    "meta value": lambda t: t.ones((), device="meta").item(),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    theirs, ours = numbers(PROGRAMS[name](torch)), numbers(PROGRAMS[name](minitorch))
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    with pytest.raises(Exception) as theirs:
        REFUSED[name](torch)
    with pytest.raises(theirs.type):
        REFUSED[name](minitorch)
