"""autograd.grad, graph, functional and forward_ad where they refuse, record again or are used in full: as PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch
import minitorch.autograd.functional
from minitorch import autograd, func, nn  # noqa: F401

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")  # PyTorch's own
V = np.array([0.5, -1.0, 2.0])


def numbers(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [numbers(part) for part in value]
    return value.detach().tolist() if hasattr(value, "detach") else value


def leaf(t: Any) -> Any:
    return t.tensor(V).requires_grad_()


def stays_behind(t: Any) -> Any:
    """What lies behind a wanted node isn't walked: its saved values stay, its hooks are silent."""
    x, log = leaf(t), []
    x.register_hook(lambda g: log.append("leaf"))
    y = x.exp()
    y.grad_fn.register_prehook(lambda given: log.append("node"))
    y.register_hook(lambda g: log.append("tensor"))
    (found,) = t.autograd.grad((y * y).sum(), y)
    y.sum().backward()
    return found, x.grad, log


def hook_of_a_written_view(t: Any) -> Any:
    x, base = leaf(t), t.zeros(3, dtype=t.float64)
    view = base.unsqueeze(0)
    view.add_(x)
    view.register_hook(lambda g: g * 10)
    leafs = (view.is_leaf, view.output_nr)
    (base.sum() + (view * 2).sum()).backward()
    return x.grad, leafs


def dirty_counts(t: Any) -> Any:
    class Doubling(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.mark_dirty(x)
            return x.mul_(2)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    x, y = t.tensor(V), leaf(t).clone()
    shared = y.detach()
    Doubling.apply(x), Doubling.apply(y), Doubling.apply(shared)
    return x, x._version, y, y._version


def gradient_of_zero(t: Any) -> Any:
    z = t.tensor([0j, 1 + 1j]).requires_grad_()
    z.sgn().backward(t.tensor([1 + 2j, 1j]))
    return [round(abs(g), 6) for g in z.grad.tolist()]


PROGRAMS = {
    "stays behind": stays_behind,
    "hook of a written view": hook_of_a_written_view,
    "mark_dirty counts": dirty_counts,
    "sgn at complex 0": gradient_of_zero,
    "unused": lambda t: t.autograd.grad(leaf(t).sum(), leaf(t), allow_unused=True),
    "materialized": lambda t: t.autograd.grad(leaf(t).sum(), leaf(t), materialize_grads=True),
    "batched": lambda t: (lambda x: t.autograd.grad(x * x, x, t.eye(3, dtype=t.float64), is_grads_batched=True))(leaf(t)),
    "batched, unused": lambda t: (lambda x, y: t.autograd.grad(
        x * x, [x, y], t.eye(3, dtype=t.float64), is_grads_batched=True, allow_unused=True
    ))(leaf(t), leaf(t)),
    "backward to inputs": lambda t: (lambda x, y: ((x * y).sum().backward(inputs=[x]), x.grad, y.grad)[1:])(leaf(t), leaf(t)),
    "all gradients": lambda t: many(t, "all"),
    "any gradient": lambda t: many(t, "any"),
    "versions": lambda t: (lambda x, y: (t.autograd.graph.increment_version([x, y]), x._version, y._version)[1:])(
        t.tensor(V), t.tensor(V)[1:]
    ),
    "jacobian, strict": lambda t: t.autograd.functional.jacobian(lambda a: a.exp(), t.tensor(V), strict=True),
    "jacobian, vectorized": lambda t: t.autograd.functional.jacobian(lambda a: a.exp(), t.tensor(V), vectorize=True),
    "jacobian, forward": lambda t: t.autograd.functional.jacobian(
        lambda a: a.exp(), t.tensor(V), vectorize=True, strategy="forward-mode"
    ),
    "hessian, vectorized": lambda t: t.autograd.functional.hessian(lambda a: (a**3).sum(), t.tensor(V), vectorize=True),
    "jvp, strict": lambda t: t.autograd.functional.jvp(lambda a: a.exp(), t.tensor(V), t.tensor(V), strict=True),
    "vjp, create_graph": lambda t: t.autograd.functional.vjp(lambda a: a**2, leaf(t), t.tensor(V), create_graph=True),
    "hvp of a line": lambda t: t.autograd.functional.hvp(lambda a: a.sum(), t.tensor(V), t.tensor(V)),
    "make_dual again": lambda t: duals(t),
    "jvp, aux": lambda t: t.func.jvp(lambda a: (a**2, a + 1), (t.tensor(V),), (t.tensor(V),), has_aux=True),
    "vjp, aux": lambda t: (lambda out, pull, aux: (out, pull(out), aux))(
        *t.func.vjp(lambda a: (a**2, a + 1), t.tensor(V), has_aux=True)
    ),
    "jacrev of nothing": lambda t: t.func.jacrev(lambda a: a[:0])(t.tensor(V)).sum(),
}  # fmt: skip


def many(t: Any, mode: str) -> list:
    x, y, log = leaf(t), leaf(t), []
    handle = t.autograd.graph.register_multi_grad_hook((x, y), lambda given: log.append(numbers(given)), mode=mode)
    (x * y).sum().backward()
    handle.remove()
    (x * y).sum().backward()
    return log


def duals(t: Any) -> Any:
    ad = t.autograd.forward_ad
    with ad.dual_level():
        dual = ad.make_dual(t.tensor(V), t.tensor(V))
        again = ad.make_dual(ad.unpack_dual(dual).primal, t.tensor(V) * 2)
        plain = ad.unpack_dual(t.tensor(V))
        found = [*ad.unpack_dual(again.sin()), plain.tangent]
    return found, ad.unpack_dual(again).tangent


REFUSED = {
    "unused": lambda t: t.autograd.grad(leaf(t).sum(), leaf(t)),
    "no inputs": lambda t: leaf(t).sum().backward(inputs=[]),
    "no gradient": lambda t: t.tensor(V).sum().backward(),
    "input without gradient": lambda t: t.autograd.grad(leaf(t).sum(), t.tensor(V)),
    "another shape": lambda t: leaf(t).backward(t.ones(2)),
    "no scalar": lambda t: leaf(t).backward(),
    "materialize, not allow": lambda t: t.autograd.grad(leaf(t).sum(), leaf(t), allow_unused=False, materialize_grads=True),
    "edge of a constant": lambda t: t.autograd.graph.get_gradient_edge(t.tensor(V)),
    "another mode": lambda t: t.autograd.graph.register_multi_grad_hook([leaf(t)], print, mode="some"),
    "hook of a constant": lambda t: t.tensor(V).register_hook(print),
    "retain_grad of a constant": lambda t: t.tensor(V).retain_grad(),
    "copy_ of another shape": lambda t: t.zeros(2, 3).copy_(t.zeros(4, 2)),
    "split of a number": lambda t: t.tensor(1.0).split(1),
    "dual of whole numbers": lambda t: dual_of(t, t.tensor([1, 2]), t.tensor([1, 2])),
    "dual of another shape": lambda t: dual_of(t, t.tensor(V), t.tensor(V[:2])),
    "exit without a level": lambda t: t.autograd.forward_ad.exit_dual_level(),
    "jacobian of no tensor": lambda t: t.autograd.functional.jacobian(lambda a: a, 2),
    "hessian of a vector": lambda t: t.autograd.functional.hessian(lambda a: a, t.tensor(V)),
    "vjp without v": lambda t: t.autograd.functional.vjp(lambda a: a, t.tensor(V)),
    "vjp of another shape": lambda t: t.autograd.functional.vjp(lambda a: a, t.tensor(V), t.tensor(V[:2])),
    "vmap, randomness": lambda t: t.func.vmap(t.sin, randomness="some")(t.tensor(V)),
    "vmap, chunks of 0": lambda t: t.func.vmap(t.sin, chunk_size=0)(t.tensor(V)),
    "vmap, in_dims of another form": lambda t: t.func.vmap(t.sin, in_dims=(0, 0))(t.tensor(V)),
    "vmap, in_dims no dims": lambda t: t.func.vmap(t.sin, in_dims="a")(t.tensor(V)),
    "vmap, nothing sliced": lambda t: t.func.vmap(t.sin, in_dims=None)(t.tensor(V)),
    "vmap, out_dims of another form": lambda t: t.func.vmap(t.sin, out_dims=(0, 0))(t.tensor(V)),
    "vmap, out_dims None": lambda t: t.func.vmap(t.sin, out_dims=None)(t.tensor(V)),
    "grad, no argnums": lambda t: t.func.grad(t.sum, argnums=())(t.tensor(V)),
    "grad, argnums twice": lambda t: t.func.grad(lambda a, b: a.sum(), argnums=(0, 0))(t.tensor(V), t.tensor(V)),
    "grad, aux missing": lambda t: t.func.grad(t.sum, has_aux=True)(t.tensor(V)),
    "grad of a number": lambda t: t.func.grad(lambda a: 2.0)(t.tensor(V)),
    "jvp, strict": lambda t: t.func.jvp(lambda a: t.tensor(V), (t.tensor(V),), (t.tensor(V),), strict=True),
    "jvp of two forms": lambda t: t.func.jvp(t.sin, (t.tensor(V),), ()),
}  # fmt: skip


def dual_of(t: Any, primal: Any, tangent: Any) -> None:
    with t.autograd.forward_ad.dual_level():
        t.autograd.forward_ad.make_dual(primal, tangent)


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    theirs, ours = numbers(PROGRAMS[name](torch)), numbers(PROGRAMS[name](minitorch))
    assert repr(ours) == repr(theirs) or np.allclose(np.array(ours, float), np.array(theirs, float))


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    with pytest.raises(Exception) as theirs:
        REFUSED[name](torch)
    with pytest.raises(theirs.type):
        REFUSED[name](minitorch)
