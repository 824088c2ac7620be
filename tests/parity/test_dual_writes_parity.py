"""Duals written into tensors that were none, inside a dual_level: they become duals until its end, as in PyTorch."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest

import minitorch

torch = pytest.importorskip("torch")
importlib.import_module("torch.autograd.forward_ad")
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")


def plain(value: Any) -> Any:
    """Values as numbers; a tangent of zeros and none at all mean the same."""
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    return value.tolist() if hasattr(value, "tolist") and value.any() else value if isinstance(value, str) else None


def duals(t: Any, program: Callable[[Any, Any], Any]) -> Any:
    """What a program makes of a dual, as values and tangents; and the values once the level has ended."""
    forward = t.autograd.forward_ad
    with forward.dual_level():
        dual = forward.make_dual(t.tensor([1.0, 2.0, 3.0]), t.tensor([10.0, 20.0, 30.0]))
        made = program(t, dual)
        inside = plain([tuple(forward.unpack_dual(one)) for one in made])
    return inside, plain([(one + 1).detach() for one in made[:1]])


def copied(t: Any, d: Any) -> Any:
    y = t.zeros(3)
    y.copy_(d)
    return y, y * y


def at_a_place(t: Any, d: Any) -> Any:
    y = t.zeros(3)
    y[0] = d[1]
    y[1:] = d[:2] * 2
    return y, y * 2


def added(t: Any, d: Any) -> Any:
    y = t.ones(3)
    y.add_(d).mul_(d)
    return y, y * y


def by_a_view(t: Any, d: Any) -> Any:
    y = t.zeros(2, 3)
    view = y.t()[:, 0]
    view.copy_(d)
    return y, view, y[0], y.sum(0)


def beside_a_view(t: Any, d: Any) -> Any:
    y = t.zeros(2, 3)
    view = y[0]
    y[0].copy_(d)
    return y, view


def cleared(t: Any, d: Any) -> Any:
    y = t.zeros(3)
    y.copy_(d)
    y.zero_()
    return (y,)


def at_indices(t: Any, d: Any) -> Any:
    y, z, m = t.zeros(3), t.zeros(3), t.zeros(3)
    y.index_put_((t.tensor([0, 2]),), d[:2])
    z.scatter_(0, t.tensor([2, 1, 0]), d)
    m.masked_scatter_(t.tensor([True, False, True]), d)
    return y, z, m


def converted(t: Any, d: Any) -> Any:
    y, z = t.zeros(3, dtype=t.float64), t.zeros(3, dtype=t.int64)
    y.copy_(d)
    z.copy_(d)
    return y, z


def recorded(t: Any, d: Any) -> Any:
    w = t.ones(3, requires_grad=True)
    y = w * 2
    y.mul_(d)
    (gradient,) = t.autograd.grad(t.autograd.forward_ad.unpack_dual(y).primal.sum(), w)
    return y, t.tensor(gradient.tolist())


PROGRAMS = [copied, at_a_place, added, by_a_view, beside_a_view, cleared, at_indices, converted, recorded]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_duals_are_written_into_plain_tensors(program: Callable[[Any, Any], Any]) -> None:
    assert duals(minitorch, program) == duals(torch, program)


def test_the_memory_is_the_old_one_afterwards() -> None:
    y = minitorch.zeros(3)
    view, array = y[1:], y.numpy()
    forward = minitorch.autograd.forward_ad
    with forward.dual_level():
        y.mul_(forward.make_dual(minitorch.ones(3), minitorch.ones(3))).add_(2)
        with pytest.raises(RuntimeError, match="take the view again"):
            view * 2
    assert array.tolist() == [2, 2, 2] and view.tolist() == [2, 2] and y.device is minitorch.zeros(1).device
    y.zero_()
    assert array.tolist() == [0, 0, 0] and view.tolist() == [0, 0]


def test_functions_of_func_refuse_what_they_captured() -> None:
    for t in (torch, minitorch):
        captured = t.zeros(3)
        with pytest.raises(RuntimeError):
            t.func.jvp(lambda x, out=captured: out.copy_(x), (t.ones(3),), (t.ones(3),))
        assert captured.tolist() == [0, 0, 0]
