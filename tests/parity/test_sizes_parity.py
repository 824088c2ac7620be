"""Sizes in calls: what is taken, what comes of -1, and how a wrong size is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import minitorch

torch = pytest.importorskip("torch")

SIZES = [(), (6,), (5,), (-1,), (-2,), (3, 2), (-1, 2), (3, -1), (-1, 4), (-2, 3), (2, -3), (-1, -1), (-1, -2), (-2, -1, -1),
         (-1, 0), (0, -1), (6, 0), (2, 3, -1), (-3, -2)]  # fmt: skip
RESHAPING: dict[str, Callable] = {
    "view": lambda t, x, size: x.view(size),
    "view, one by one": lambda t, x, size: x.view(*size),
    "view of none": lambda t, x, size: x[:0].view(size),
    "view of one": lambda t, x, size: x[0, 0].view(size),
    "Tensor.reshape": lambda t, x, size: x.reshape(size),
    "reshape": lambda t, x, size: t.reshape(x, size),
    "reshape of what must be copied": lambda t, x, size: x.t().reshape(size),
    "view_copy": lambda t, x, size: t.view_copy(x, size),
    "unflatten": lambda t, x, size: x.unflatten(1, size),
    "unflatten of all": lambda t, x, size: x.reshape(6).unflatten(0, size),
    "nn.Unflatten": lambda t, x, size: t.nn.Unflatten(1, size)(x),
}
EXPANDING: dict[str, Callable] = {  # here the words are our own
    "expand": lambda t, x, size: x.expand(size),
    "expand of one": lambda t, x, size: x[0, :1].expand(size),
    "broadcast_to": lambda t, x, size: t.broadcast_to(x, size),
    "zeros": lambda t, x, size: t.zeros(size),
    "new_full": lambda t, x, size: x.new_full(size, 1.0),
    "repeat": lambda t, x, size: x.repeat(size),
    "tile": lambda t, x, size: t.tile(x, size),
}


def outcome(t: Any, function: Callable, size: tuple[int, ...]) -> tuple[Any, str]:
    """The shape, or the type of the error and its first line (two, where PyTorch's first says nothing)."""
    try:
        return tuple(function(t, t.arange(6.0).reshape(2, 3), size).shape), ""
    except RuntimeError as error:
        lines = str(error).splitlines()
        return RuntimeError, "\n".join(lines[: 2 if "unexpected" in lines[0] else 1])
    except TypeError:
        return TypeError, ""


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", RESHAPING)
def test_other_shapes(name: str, size: tuple[int, ...]) -> None:
    assert outcome(minitorch, RESHAPING[name], size) == outcome(torch, RESHAPING[name], size)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", EXPANDING)
def test_larger_shapes(name: str, size: tuple[int, ...]) -> None:
    assert outcome(minitorch, EXPANDING[name], size)[0] == outcome(torch, EXPANDING[name], size)[0]
