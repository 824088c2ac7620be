"""Anomaly mode: what raises, what doesn't, and that the error says where from; and watching, on which it stands."""

from __future__ import annotations

import linecache
import threading
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch import nn, watching
from minitorch.autograd import detect_anomaly, set_detect_anomaly
from minitorch.rows import OPS
from minitorch.utils.checkpoint import checkpoint

INF = float("inf")


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), Rooted())

    def forward(self, x: Any) -> Any:
        return self.layers(x)


class Rooted(nn.Module):
    def forward(self, x: Any) -> Any:
        return (x * 0).sqrt()  # the line that the error must name


def raised(function: Any) -> tuple[str, str]:
    """An error's message, and its notes."""
    with pytest.raises(RuntimeError) as caught:
        function()
    return str(caught.value), "\n".join(caught.value.__notes__)


def test_backward_names_the_line_of_the_forward_pass():
    with detect_anomaly():
        y = Net()(minitorch.ones(4, 2)).sum()
        text, notes = raised(y.backward)
    assert text == "Function 'SqrtBackward0' returned inf values in its 0th output."
    assert "sqrt(input: [4, 3] torch.float32)" in notes
    assert f"{__file__}:" in notes and "return (x * 0).sqrt()  # the line that" in notes
    assert "layers.2 (Rooted) of Net" in notes
    assert "[0, 0] = inf, the first of 12 among 12" in notes


def test_forward_names_the_first_op():
    x = minitorch.tensor([[1.0, 2.0], [0.5, -1.0], [-2.0, 3.0]])
    with detect_anomaly():
        text, notes = raised(lambda: (x + 1).log().exp() * 2)
    assert text == "Function 'log' returned nan values in its 0th output."
    assert "log(input: [3, 2] torch.float32)" in notes
    assert "[1, 1] = -inf, the first of 2 among 6" in notes
    assert "(x + 1).log().exp() * 2" in notes


def test_forward_names_the_module():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    with minitorch.no_grad():
        net[1].weight.fill_(3e38)
        net[0].weight.fill_(1.0)
    with detect_anomaly():
        _, notes = raised(lambda: net(minitorch.ones(1, 2)))
    assert "1 (Linear) of Sequential" in notes


def test_a_cells_text_is_found():
    cell = "y = x.reciprocal()\nz = y.sum()"
    lines = list(map(str, cell.splitlines(keepends=True)))
    linecache.cache["<cell 7>"] = (len(cell), None, lines, "<cell 7>")
    with detect_anomaly():
        _, notes = raised(lambda: exec(compile(cell, "<cell 7>", "exec"), {"x": minitorch.zeros(2)}))
    assert "<cell 7>:1: y = x.reciprocal()" in notes


def test_what_was_there_before_raises_nothing():
    scores = minitorch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    mask = minitorch.tensor([[0.0, -INF], [0.0, 0.0]])
    with detect_anomaly():
        ((scores + mask).softmax(1) + scores.masked_fill(mask < 0, -INF).softmax(1)).sum().backward()
        minitorch.full_like(scores, INF)
        minitorch.tensor([1.0, float("nan")]) + 1
        minitorch.empty(1000).fill_(1)
        text, _ = raised(lambda: (minitorch.full((2,), -INF)).softmax(0))  # nan is new, -inf wasn't
    assert "softmax" in text and "nan" in text


def test_a_sum_that_overflows_is_no_anomaly():
    x = minitorch.full((100,), 3e38, requires_grad=True)
    with detect_anomaly():
        y = x * 1.0
        y.backward(minitorch.full((100,), 3e38))
        assert "inf values" in raised(lambda: y * 2.0)[0]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "complex64"])
def test_every_dtype(dtype: str):
    x = minitorch.tensor([0.0, 1.0], dtype=getattr(minitorch, dtype), requires_grad=True)
    with detect_anomaly():
        (x * 2 + 1).abs().sum().backward()
        assert "returned" in raised(lambda: x.reciprocal())[0]


def test_of_several_results_the_bad_one_is_named():
    x = minitorch.tensor([[1.0, 1.0], [1.0, 1.0]], requires_grad=True)
    with detect_anomaly():
        values, _ = minitorch.linalg.eigh(x * 1.0)
        assert "EighBackward" in raised(lambda: minitorch.linalg.eigh(x * 0.0)[1].sum().backward())[0]
        values.sum()


def test_writes_in_place_are_seen():
    x = minitorch.tensor([1.0, 0.0])
    with detect_anomaly():
        assert "'log'" in raised(lambda: x.log_())[0]
        assert "'div'" in raised(lambda: x.div_(minitorch.zeros(2)))[0]
        x += 1
    assert x.tolist() == [2, 1]


def test_functions_of_ones_own():
    class Reciprocal(minitorch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * 1

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g / (ctx.saved_tensors[0] - 1)

    x = minitorch.ones(3, requires_grad=True)
    with detect_anomaly():
        y = Reciprocal.apply(x).sum()
        text, notes = raised(y.backward)
    assert text == "Function 'ReciprocalBackward' returned inf values in its 0th output."
    assert "y = Reciprocal.apply(x).sum()" in notes


def test_recorded_outside_and_differentiated_inside():
    x = minitorch.zeros(2, requires_grad=True)
    y = x.sqrt().sum()
    with detect_anomaly():
        text, notes = raised(y.backward)
    assert "SqrtBackward0" in text and "anomaly mode was off" in notes
    z = x.sqrt().sum()
    with detect_anomaly():
        text, _ = raised(lambda: minitorch.autograd.grad(z, x, create_graph=True))
    assert "SqrtBackward0" in text


def test_other_errors_of_derivatives_get_the_line_too():
    x = minitorch.ones(2, requires_grad=True)
    with detect_anomaly(check_nan=False):
        y = x * 1
        z = y.exp() * y
        y.add_(1)
        _, notes = raised(z.sum().backward)
        assert "z = y.exp() * y" in notes
        minitorch.zeros(1).log()
    w = minitorch.zeros(1, requires_grad=True)
    with detect_anomaly():
        y = w.exp()
        y.backward()
        assert y.grad_fn.hooks is None and w.grad is not None
    w.grad = None
    with detect_anomaly(check_nan=False):
        w.sqrt().backward()
    assert w.grad.item() == INF


def test_under_transforms_the_ops_below_are_watched():
    with detect_anomaly():
        text, notes = raised(lambda: minitorch.func.vmap(lambda x: x.log())(minitorch.zeros(3)))
        assert text == "Function 'log' returned inf values in its 0th output." and "x.log()" in notes
        assert "inf values" in raised(lambda: minitorch.func.grad(lambda x: x.sqrt())(minitorch.zeros(())))[0]
        assert minitorch.zeros(3, device="meta").log().shape == (3,)
    x = minitorch.rand(4)
    with minitorch.autograd.graph.save_on_cpu(), detect_anomaly():
        got = minitorch.func.hessian(lambda x: checkpoint(lambda x: x.exp().sum(), x, use_reentrant=False))(x)
    assert minitorch.allclose(got, x.exp().diag())


def test_switches():
    assert not minitorch.is_anomaly_enabled()
    with detect_anomaly(), set_detect_anomaly(True, check_nan=False):
        assert minitorch.is_anomaly_enabled() and not minitorch.is_anomaly_check_nan_enabled()
        with set_detect_anomaly(False):
            assert not minitorch.is_anomaly_enabled()
            minitorch.zeros(1).log()
        assert minitorch.is_anomaly_enabled()
    assert not minitorch.is_anomaly_enabled() and minitorch.is_anomaly_check_nan_enabled()
    minitorch.set_anomaly_enabled(True)
    assert minitorch.is_anomaly_enabled()
    minitorch.set_anomaly_enabled(False)
    assert not watching.watching() and minitorch.zeros(1).log().item() == -INF


def test_ops_are_as_before_afterwards_and_other_threads_raise_nothing():
    x = minitorch.ones(2, requires_grad=True)
    x * 2, x.sum()
    before = OPS["mul"].function.__code__
    found: list = []

    def elsewhere() -> None:
        with np.errstate(all="ignore"):
            found.append((minitorch.zeros(1).log() * 3).item())

    with detect_anomaly():
        y = x * 2
        assert OPS["mul"].function.__code__ is not before
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert OPS["mul"].function.__code__ is before and found == [-INF]
    y.sum().backward()
    assert y.grad_fn.hooks is None and x.grad.tolist() == [2, 2]


def test_observers_see_each_op_once_with_what_it_was_given():
    seen: list = []

    def observe(op: Any, operands: Any, settings: Any, result: Any) -> None:
        seen.append((op.name, len(operands), settings, type(result).__name__))

    x = minitorch.ones(2, 3)
    with watching.observing(observe), watching.observing(lambda *given: None):
        x.sum(1, keepdim=True)
        x.max(0)
        x + 1  # a number: by the way that is not the hot one
        x.mul_(x)
    x + x
    assert seen == [
        ("sum", 1, ((1,), True), "Tensor"),
        ("max_along", 1, (0, False), "max"),
        ("add", 2, (), "Tensor"),
        ("mul", 2, (), "Tensor"),
    ]
