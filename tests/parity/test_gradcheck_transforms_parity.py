"""gradcheck of forward mode and of batches: what is wrong for PyTorch's is wrong for ours."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

import minitorch

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")

BATCHED = {"check_batched_grad": True}
FORWARD = {"check_forward_ad": True}
BATCHED_FORWARD = {"check_forward_ad": True, "check_batched_forward_grad": True}
ALL = BATCHED | BATCHED_FORWARD


def sine(m: Any, jvp: Any = lambda x, t: t * x.cos(), vjp: Any = lambda x, g: g * x.cos()):
    """The sine, with rules by hand."""

    class Sine(m.autograd.Function):
        @staticmethod
        def forward(x):
            return x.sin()

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)
            ctx.save_for_forward(*inputs)
            ctx.x = inputs[0]

        @staticmethod
        def backward(ctx, g):
            return vjp(ctx.saved_tensors[0], g)

        @staticmethod
        def jvp(ctx, t):
            return jvp(ctx.x, t)

    if jvp is None:
        del Sine.jvp
    return Sine.apply


def doubled(m: Any, factor: float):
    """2 x, whose rule for vmap says factor * x."""

    class Doubled(m.autograd.Function):
        @staticmethod
        def forward(x):
            return x * 2

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

        @staticmethod
        def backward(ctx, g):
            return g * 2

        @staticmethod
        def jvp(ctx, t):
            return t * 2

        @staticmethod
        def vmap(info, in_dims, x):
            return x * factor, in_dims[0]

    return Doubled.apply


class Row(NamedTuple):
    """A function made for a library, the flags under which it is looked at, and whether it is right."""

    name: str
    make: Any
    flags: dict
    right: bool
    inputs: int = 1
    complex: bool = False
    missed: bool = False  # by PyTorch, whose gradcheck has a vmap of its own that asks no Function


ROWS = [
    Row("the library's", lambda m: lambda x: x.sin().exp(), ALL, True),
    Row("of two", lambda m: lambda x, y: (x * y, (x / y).sum()), ALL, True, 2),
    Row("of complex numbers", lambda m: lambda z: z * z.exp(), ALL, True, 1, True),
    Row("not holomorphic", lambda m: lambda z: z.abs() * z, ALL, True, 1, True),
    Row("to real numbers", lambda m: lambda z: (z.real, z.abs()), ALL, True, 1, True),
    Row("rules by hand", lambda m: sine(m), FORWARD, True),
    Row("tangent with the wrong sign", lambda m: sine(m, lambda x, t: -t * x.cos()), FORWARD, False),
    Row("nobody looks at it", lambda m: sine(m, lambda x, t: -t * x.cos()), {}, True),
    Row("tangent ignored", lambda m: sine(m, lambda x, t: x.cos()), FORWARD, False),
    Row("tangent of another shape", lambda m: sine(m, lambda x, t: (t * x.cos()).sum()), FORWARD, False),
    Row("no tangent rule", lambda m: sine(m, None), FORWARD, False),
    Row("backward wrong, forward right", lambda m: sine(m, vjp=lambda x, g: g), FORWARD, False),
    Row("backward not asked for", lambda m: sine(m, vjp=lambda x, g: g), FORWARD | {"check_backward_ad": False}, True),
    Row("a rule for vmap", lambda m: lambda x: sine(m, vjp=lambda x, g: doubled(m, 2.0)(g) * x.cos() / 2)(x), BATCHED, True),
    Row("a wrong rule for vmap in backward",
        lambda m: lambda x: sine(m, vjp=lambda x, g: doubled(m, 3.0)(g) * x.cos() / 2)(x), BATCHED, False, missed=True),
    Row("that nobody looks at",
        lambda m: lambda x: sine(m, vjp=lambda x, g: doubled(m, 3.0)(g) * x.cos() / 2)(x), {}, True),
    Row("a number of one slice", lambda m: sine(m, vjp=lambda x, g: x.cos() * g if g.sum().item() else g), BATCHED, False),
    Row("a wrong rule for vmap in jvp",
        lambda m: lambda x: sine(m, lambda x, t: doubled(m, 3.0)(t) * x.cos() / 2)(x), BATCHED_FORWARD, False, missed=True),
    Row("forward mode alone doesn't see it",
        lambda m: lambda x: sine(m, lambda x, t: doubled(m, 3.0)(t) * x.cos() / 2)(x), FORWARD, True),
]  # fmt: skip


def inputs_of(m: Any, row: Row) -> list:
    values = [[0.5, 1.25, 0.75], [1.5, 0.4, 0.9]][: row.inputs]
    if row.complex:
        return [m.tensor([v + 0.3j for v in each], dtype=m.complex128, requires_grad=True) for each in values]
    return [m.tensor(each, dtype=m.float64, requires_grad=True) for each in values]


def verdict(m: Any, row: Row, check: str, **flags: bool) -> bool:
    """Is it right? Some mistakes are raised whatever is asked for."""
    try:
        return bool(getattr(m.autograd, check)(row.make(m), inputs_of(m, row), raise_exception=False, **flags))
    except (RuntimeError, NotImplementedError):
        return False


@pytest.mark.parametrize("fast_mode", [False, True])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_gradcheck(row, fast_mode):
    theirs = verdict(torch, row, "gradcheck", fast_mode=fast_mode, **row.flags)
    ours = verdict(minitorch, row, "gradcheck", fast_mode=fast_mode, **row.flags)
    assert (ours, theirs) == (row.right, row.right or row.missed)


SECOND = [
    Row("the library's", lambda m: lambda x: x.sin().exp(), {"check_fwd_over_rev": True} | BATCHED, True),
    Row("of complex numbers", lambda m: lambda z: z * z.exp(), {"check_fwd_over_rev": True}, True, 1, True),
    Row("forward over reverse by hand", lambda m: lambda x: sine(m)(x) * x,
        {"check_fwd_over_rev": True, "check_rev_over_rev": False, "check_undefined_grad": False}, True),
    Row("a wrong tangent in backward", lambda m: lambda x: sine(m, vjp=lambda x, g: g * sine(m, lambda x, t: t)(x))(x),
        {"check_fwd_over_rev": True}, False),
]  # fmt: skip


@pytest.mark.parametrize("row", SECOND, ids=lambda row: row.name)
def test_gradgradcheck(row):
    theirs = verdict(torch, row, "gradgradcheck", **row.flags)
    assert (verdict(minitorch, row, "gradgradcheck", **row.flags), theirs) == (row.right, row.right)
