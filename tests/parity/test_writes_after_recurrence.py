"""Writes into what recurrent layers give: PyTorch's keep nothing of it, so the gradients are as if it had been a copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import minitorch

torch = pytest.importorskip("torch")


def scaled(m: Any, y: Any) -> Any:
    y *= 3
    return y


def masked(m: Any, y: Any) -> Any:
    return y.mul_(m.arange(y.numel()).reshape(y.shape) % 2)


def through_a_view(m: Any, y: Any) -> Any:
    y[0] *= 2
    y[..., 1].add_(1)
    return y


def behind_the_tape(m: Any, y: Any) -> Any:
    with m.no_grad():
        y.mul_(0)
    y.detach().add_(5)
    return y


WRITES: list[Callable] = [scaled, masked, through_a_view, behind_the_tape]
LAYERS: dict[str, Callable] = {
    "GRU": lambda m, x: m.nn.GRU(3, 4)(x)[0],
    "GRU both ways": lambda m, x: m.nn.GRU(3, 4, num_layers=2, bidirectional=True)(x)[0],
    "last state": lambda m, x: m.nn.GRU(3, 4)(x)[1],
    "RNN": lambda m, x: m.nn.RNN(3, 4, nonlinearity="relu")(x)[0],
    "GRUCell": lambda m, x: m.nn.GRUCell(3, 4)(x[0]),
    "LSTMCell, h": lambda m, x: m.nn.LSTMCell(3, 4)(x[0])[0],
    "LSTMCell, c": lambda m, x: m.nn.LSTMCell(3, 4)(x[0])[1],
    "GRUCell twice": lambda m, x: _twice(m, m.nn.GRUCell(3, 4), x),
}


def _twice(m: Any, cell: Any, x: Any) -> Any:
    h = cell(x[0])
    h *= 0.5
    return cell(x[1], h)


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.__name__)
@pytest.mark.parametrize("name", LAYERS)
def test_gradients_after_a_write(name, write):
    gradients = []
    for m in (minitorch, torch):
        m.manual_seed(0)
        x = m.linspace(-1, 1, 5 * 2 * 3).reshape(5, 2, 3).requires_grad_()
        y = write(m, LAYERS[name](m, x))
        (y * y).sum().backward()
        gradients.append(x.grad.numpy())
    assert gradients[0] == pytest.approx(gradients[1], rel=1e-4, abs=1e-6)


def test_second_derivatives_after_a_write():
    gradients = []
    for m in (minitorch, torch):
        m.manual_seed(0)
        x = m.linspace(-1, 1, 5 * 2 * 3).reshape(5, 2, 3).requires_grad_()
        y = m.nn.GRU(3, 4)(x)[0]
        y *= 2
        (first,) = m.autograd.grad((y * y).sum(), x, create_graph=True)
        (second,) = m.autograd.grad((first * first).sum(), x)
        gradients.append(second.numpy())
    assert gradients[0] == pytest.approx(gradients[1], rel=1e-3, abs=1e-5)
