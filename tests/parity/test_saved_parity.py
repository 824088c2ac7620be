"""Saved tensors against PyTorch's: by name, packed by hooks, kept on the host, written in place; and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import minitorch

torch = pytest.importorskip("torch")


def told(value: Any) -> Any:
    """A value as numbers that both libraries give alike."""
    if isinstance(value, tuple | list):
        return [told(part) for part in value]
    return told(value.tolist()) if hasattr(value, "tolist") else round(value, 9) if isinstance(value, float) else value


def attempted(function: Callable[[], Any]) -> Any:
    """What a call gives, or how it is refused: the builtin type and the first words."""
    try:
        return told(function())
    except (RuntimeError, TypeError, AttributeError) as error:
        kind = next(kind for kind in (TypeError, AttributeError, RuntimeError) if isinstance(error, kind))
        return kind.__name__, str(error).split("\n")[0][:40]


def operands(t: Any) -> tuple[Any, Any, Any]:
    x = t.tensor([1.0, 2.0], dtype=t.float64, requires_grad=True)
    w = t.tensor([3.0, 4.0], dtype=t.float64, requires_grad=True)
    return x, w, t.tensor([5.0, 6.0], dtype=t.float64)


def by_name(t: Any) -> Any:
    x, w, c = operands(t)
    product, exponential = (x * w).grad_fn, x.exp()
    yield product._saved_self is x, product._saved_other is w
    yield (x * c).grad_fn._saved_self, (x * c).grad_fn._saved_other
    yield exponential.grad_fn._saved_result
    yield exponential.grad_fn._saved_result.grad_fn is exponential.grad_fn
    yield x.sum().grad_fn._saved_self_sym_sizes
    yield x.softmax(0).grad_fn._saved_dim, x.max(0).values.grad_fn._saved_indices
    yield attempted(lambda: product._saved_bogus)
    y = x * w
    y.sum().backward()
    yield attempted(lambda: y.grad_fn._saved_self)
    z = x.exp()
    z.grad_fn._raw_saved_result
    z.detach().mul_(2)
    yield attempted(lambda: z.grad_fn._saved_result)


def packed(t: Any, pack: Callable, unpack: Callable) -> Any:
    x, w, _ = operands(t)
    log: list = []
    with t.autograd.graph.saved_tensors_hooks(
        lambda one: (log.append(list(one.shape)), pack(one))[1], lambda kept: (log.append("unpacked"), unpack(kept))[1]
    ):
        z = ((x * w).exp() * x).sum()
        best = w[0] * w[1]
    yield log[:]
    (z + best).backward(retain_graph=True)
    yield log, x.grad, w.grad
    z.backward()
    yield x.grad
    yield attempted(lambda: z.backward())


def as_they_are(t: Any) -> Any:
    yield from packed(t, lambda one: one, lambda one: one)


def as_numpy(t: Any) -> Any:
    yield from packed(t, lambda one: one.detach().numpy(), t.from_numpy)


def twice(t: Any) -> Any:
    x, w, _ = operands(t)
    with t.autograd.graph.saved_tensors_hooks(lambda one: one.detach().clone(), lambda one: one):
        z = (x * w).exp().sum()
    (slope,) = t.autograd.grad(z, x, create_graph=True)
    yield t.autograd.grad(slope.sum(), (x, w))


def changed_by_hooks(t: Any) -> Any:
    x, w, _ = operands(t)
    with t.autograd.graph.saved_tensors_hooks(lambda one: one.detach() * 2, lambda one: one + 1):
        z = (x * w).exp()
        with t.autograd.graph.saved_tensors_hooks(lambda one: one, lambda one: one):
            z = z * x
    yield t.autograd.grad(z.sum(), (x, w))


def raw(t: Any) -> Any:
    x, w, _ = operands(t)
    z = (x * w).exp()
    z.grad_fn._raw_saved_result.register_hooks(lambda one: one * 2, lambda one: one)
    yield t.autograd.grad(z.sum(), (x, w), retain_graph=True)
    yield attempted(lambda: z.grad_fn._raw_saved_result.register_hooks(lambda one: one, lambda one: one))
    missing = (x.detach() * w).grad_fn
    yield attempted(lambda: missing._raw_saved_other.register_hooks(lambda one: one, lambda one: one))
    z.sum().backward()
    yield attempted(lambda: z.grad_fn._raw_saved_result.register_hooks(lambda one: one, lambda one: one))


def in_function(t: Any) -> Any:
    class Squared(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            result = x * x
            ctx.save_for_backward(x, None, result)
            ctx.setting = 3
            return result

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, _, result = ctx.saved_tensors
            return g * 2 * x * result

    x, _, _ = operands(t)
    log: list = []
    hooks = t.autograd.graph.saved_tensors_hooks
    with (
        hooks(lambda one: log.append(0), lambda one: one),
        hooks(lambda one: log.append(1) or one.detach(), lambda one: log.append(2) or one),
    ):
        y = Squared.apply(x)
    yield log[:]
    yield t.autograd.grad(y.sum(), x, retain_graph=True), y.grad_fn.saved_tensors, y.grad_fn.setting, log


def on_the_host(t: Any) -> Any:
    x, w, _ = operands(t)
    with t.autograd.graph.save_on_cpu():
        y = (x * w).exp().sum()
    yield t.autograd.grad(y, (x, w))


def mutated(t: Any) -> Any:
    x, w, _ = operands(t)
    with t.autograd.graph.allow_mutation_on_saved_tensors():
        a = x.clone()
        b = (a * w).sin()
        a.mul_(3)
        yield t.autograd.grad(b.sum() + a.sum(), (x, w))


def refused(t: Any) -> Any:
    x, w, _ = operands(t)
    hooks, disable = t.autograd.graph.saved_tensors_hooks, t.autograd.graph.disable_saved_tensors_hooks

    def under(pack: Callable, unpack: Callable) -> Any:
        with hooks(pack, unpack):
            return (x.exp() * w).sum().backward()

    def inside(outer: Any, inner: Any) -> None:
        with outer, inner:
            pass

    yield attempted(lambda: under(lambda one: 1, lambda one: one))
    yield attempted(lambda: under(lambda one: one.mul_(2), lambda one: one))
    yield attempted(lambda: inside(disable("not now"), hooks(lambda one: one, lambda one: one)))
    yield attempted(lambda: inside(hooks(lambda one: one, lambda one: one), disable("not now")))
    yield attempted(lambda: under(lambda one: one, lambda one: one))  # all is as before


PROGRAMS = [by_name, as_they_are, as_numpy, twice, changed_by_hooks, raw, in_function, on_the_host, mutated, refused]


@pytest.mark.parametrize("program", PROGRAMS)
def test_program(program: Any) -> None:
    assert told(list(program(minitorch))) == told(list(program(torch)))
