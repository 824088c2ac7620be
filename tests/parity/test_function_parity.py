"""autograd.Function against PyTorch's: values, gradients of both orders, under func's transforms, and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")  # PyTorch's own, at its first jvp

X = np.array([0.5, -1.0, 2.0])
Function = Any


def same(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, list | tuple):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            same(one, other)
    elif isinstance(theirs, torch.Tensor):
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-9)
        assert (ours.requires_grad, ours.is_leaf) == (theirs.requires_grad, theirs.is_leaf)
    else:
        assert ours == theirs


def exp(t: Any) -> Any:
    class Exp(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            result = x.exp()
            ctx.save_for_backward(result)
            return result

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (result,) = ctx.saved_tensors
            return g * result

    return Exp


def product(t: Any) -> Any:
    """Two outputs, one of them without a gradient; an argument that is no tensor; a broadcast gradient."""

    class Product(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any, factor: float) -> Any:
            ctx.save_for_backward(x, y)
            ctx.factor = factor
            sign = x.sign()
            ctx.mark_non_differentiable(sign)
            return x * y * factor, sign, x + y

        @staticmethod
        def backward(ctx: Any, g: Any, g_sign: Any, g_sum: Any) -> Any:
            x, y = ctx.saved_tensors
            assert ctx.needs_input_grad == (True, True, False)
            return g * y * ctx.factor + g_sum, g * x * ctx.factor + g_sum, None

    return Product


def cube(t: Any) -> Any:
    """The new style, with a rule for every transform."""

    class Cube(t.autograd.Function):
        @staticmethod
        def forward(x: Any) -> Any:
            return x**3

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            (x,) = inputs
            ctx.save_for_backward(x)
            ctx.save_for_forward(x)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return 3 * x**2 * g

        @staticmethod
        def jvp(ctx: Any, tangent: Any) -> Any:
            (x,) = ctx.saved_tensors
            return 3 * x**2 * tangent

        @staticmethod
        def vmap(info: Any, in_dims: Any, x: Any) -> Any:
            return Cube.apply(x), in_dims[0]

    return Cube


def generated(t: Any) -> Any:
    class Generated(cube(t)):
        generate_vmap_rule = True
        vmap = staticmethod(t.autograd.Function.vmap)

    return Generated


def doubled_in_place(t: Any) -> Any:
    class Doubled(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    return Doubled


def once(t: Any) -> Any:
    class Once(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        @t.autograd.function.once_differentiable
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2 * ctx.saved_tensors[0]

    return Once


def returning(t: Any, value: Any) -> Any:
    class Returning(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return value(g)

    return Returning


def identity(t: Any) -> Any:
    class Identity(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 10

    return Identity


def without_zeros(t: Any) -> Any:
    class Unmaterialized(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.set_materialize_grads(False)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx: Any, one: Any, two: Any) -> Any:
            assert two is None
            return one * 2

    return Unmaterialized


def leaf(t: Any, x: Any) -> Any:
    return x.clone().requires_grad_()


def twice(t: Any, function: Any, x: Any) -> Any:
    x = leaf(t, x)
    (first,) = t.autograd.grad(function(x).sum(), x, create_graph=True)
    (second,) = t.autograd.grad((first * first).sum(), x)
    return first, second


PROGRAMS = {
    "first and second order": lambda t, x: twice(t, exp(t).apply, x),
    "names": lambda t, x: (
        exp(t).apply(leaf(t, x)).grad_fn.name(),
        len(exp(t).apply(leaf(t, x)).grad_fn.next_functions),
    ),
    "without grad": lambda t, x: exp(t).apply(x),
    "several outputs": lambda t, x: several(t, x),
    "new style": lambda t, x: twice(t, cube(t).apply, x),
    "func.grad": lambda t, x: t.func.grad(lambda a: cube(t).apply(a).sum())(x),
    "func.hessian": lambda t, x: t.func.jacrev(t.func.jacrev(cube(t).apply))(x),
    "func.jvp": lambda t, x: t.func.jvp(cube(t).apply, (x,), (x,)),
    "func.vmap": lambda t, x: t.func.vmap(cube(t).apply)(x),
    "func.vmap of grad": lambda t, x: t.func.vmap(t.func.grad(cube(t).apply))(x),
    "generated vmap": lambda t, x: t.func.vmap(t.func.grad(generated(t).apply))(x),
    "in place": lambda t, x: in_place(t, x),
    "once": lambda t, x: t.autograd.grad(once(t).apply(y := leaf(t, x)).sum(), y),
    "identity": lambda t, x: t.autograd.grad(identity(t).apply(y := leaf(t, x)).sum(), y),
    "not materialized": lambda t, x: t.autograd.grad(without_zeros(t).apply(y := leaf(t, x))[0].sum(), y),
    "one None too many": lambda t, x: t.autograd.grad(
        returning(t, lambda g: (g, None)).apply(y := leaf(t, x)).sum(), y
    ),
}


def several(t: Any, x: Any) -> Any:
    a, b = leaf(t, x), leaf(t, x[:1])
    out, sign, total = product(t).apply(a, b.expand(3), 2.0)
    return out, sign, total, t.autograd.grad(out.sum() + total.prod(), (a, b))


def in_place(t: Any, x: Any) -> Any:
    a = leaf(t, x)
    b = a * 1
    c = doubled_in_place(t).apply(b)
    return c is b, c, t.autograd.grad((c * c).sum(), a)


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    same(PROGRAMS[name](minitorch, minitorch.tensor(X)), PROGRAMS[name](torch, torch.tensor(X)))


REFUSED = {
    "too many gradients": lambda t, x: returning(t, lambda g: (g, g)).apply(leaf(t, x)).sum().backward(),
    "too few": lambda t, x: returning(t, lambda g: ()).apply(leaf(t, x)).sum().backward(),
    "another shape": lambda t, x: returning(t, lambda g: g[:2]).apply(leaf(t, x)).sum().backward(),
    "no tensor": lambda t, x: returning(t, lambda g: 2.0).apply(leaf(t, x)).sum().backward(),
    "twice back": lambda t, x: (y := exp(t).apply(leaf(t, x)).sum(), y.backward(), y.backward()),
    "second order of once": lambda t, x: twice(t, once(t).apply, x),
    "written leaf": lambda t, x: doubled_in_place(t).apply(leaf(t, x)),
    "old style in func": lambda t, x: t.func.grad(lambda a: exp(t).apply(a).sum())(x),
    "saved value written": lambda t, x: (y := exp(t).apply(leaf(t, x)), y.mul_(2), y.sum().backward()),
    "no backward": lambda t, x: bare(t).apply(leaf(t, x)).sum().backward(),
    "save a number": lambda t, x: t.autograd.function.FunctionCtx and saver(t).apply(leaf(t, x)),
}


def bare(t: Any) -> Any:
    class Bare(t.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

    return Bare


def saver(t: Any) -> Any:
    class Saver(bare(t)):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(2)
            return x * 2

    return Saver


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    with pytest.raises(Exception) as theirs:
        REFUSED[name](torch, torch.tensor(X))
    with pytest.raises(theirs.type):
        REFUSED[name](minitorch, minitorch.tensor(X))


@pytest.mark.parametrize(
    ("jvp", "words"),
    [
        (lambda ctx, t: t.sum(), "different size than that of the original Tensor"),
        (lambda ctx, t: (t, t), r"invalid number of forward gradients \(expected 1 but got 2\)"),
        (lambda ctx, t: 3, r"expected Variable or None \(got int\) for grad output 0"),
    ],
)
def test_a_tangent_that_does_not_fit(jvp, words):
    for m in (torch, minitorch):
        body = {
            "forward": staticmethod(lambda x: x * 2),
            "setup_context": staticmethod(lambda ctx, inputs, output: None),
            "jvp": staticmethod(jvp),
        }
        double = type("Double", (m.autograd.Function,), body)
        with m.autograd.forward_ad.dual_level(), pytest.raises(RuntimeError, match=words):
            double.apply(m.autograd.forward_ad.make_dual(m.ones(3), m.ones(3)))
