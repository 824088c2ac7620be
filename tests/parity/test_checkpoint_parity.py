"""Checkpoints against PyTorch's, in both styles: values, gradients, random numbers, how often what runs, and what is refused."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest

import minitorch

torch = pytest.importorskip("torch")
importlib.import_module("torch.utils.checkpoint")
STYLES = [False, True]


def told(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [told(part) for part in value]
    return told(value.tolist()) if hasattr(value, "tolist") else round(value, 9) if isinstance(value, float) else value


def attempted(function: Callable[[], Any]) -> Any:
    try:
        return told(function())
    except (RuntimeError, TypeError, ValueError) as error:
        kind = next(kind for kind in (TypeError, ValueError, RuntimeError) if isinstance(error, kind))
        return kind.__name__, str(error).split("\n")[0][:90]


def leaves(t: Any) -> tuple[Any, Any]:
    x = t.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=t.float64, requires_grad=True)
    return x, t.tensor([[0.1, 0.2], [0.3, 0.4]], dtype=t.float64, requires_grad=True)


def gradients(y: Any, *tensors: Any) -> Any:
    y.sum().backward()
    return [tensor.grad for tensor in tensors]


def drawing(t: Any, style: bool) -> Any:
    x, w = leaves(t)

    def block(x: Any) -> Any:
        return t.nn.functional.dropout((x @ w).tanh().exp(), 0.5) * x

    t.manual_seed(3)
    y = t.utils.checkpoint.checkpoint(block, x, use_reentrant=style)
    yield y.detach(), t.rand(2), gradients(y, x, w), t.rand(2)


def sequential(t: Any, style: bool) -> Any:
    t.manual_seed(0)
    nn = t.nn
    net = nn.Sequential(
        nn.Linear(2, 3), nn.ReLU(), nn.Dropout(0.5), nn.BatchNorm1d(3), nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 1)
    ).double()
    for segments in (1, 2, 3):
        x, _ = leaves(t)
        net.zero_grad()
        t.manual_seed(1)
        y = t.utils.checkpoint.checkpoint_sequential(net, segments, x, use_reentrant=style)
        yield gradients(y, x), net[0].weight.grad
    yield attempted(lambda: t.utils.checkpoint.checkpoint_sequential(net, 2, x, use_reentrant=style, more=1))


def nested(t: Any, style: bool) -> Any:
    x, w = leaves(t)
    calls: list = []
    checkpoint = t.utils.checkpoint.checkpoint

    def inner(x: Any) -> Any:
        calls.append("inner")
        return (x.sin() @ w).exp()

    def outer(x: Any) -> Any:
        calls.append("outer")
        first = checkpoint(inner, x.cos(), use_reentrant=style).tanh()
        return first + checkpoint(inner, x, use_reentrant=style)

    y = checkpoint(outer, x, use_reentrant=style).sum()
    y.backward(retain_graph=True)
    yield x.grad, w.grad, calls
    y.backward()
    yield x.grad, w.grad, attempted(lambda: y.backward())[0]


def several(t: Any, style: bool) -> Any:
    x, w = leaves(t)

    def block(x: Any, scale: float, w: Any) -> Any:
        y = (x @ w).exp()
        return y * scale, 7, y.detach(), x.sin()

    y, seven, constant, sine = t.utils.checkpoint.checkpoint(block, x, 2.0, w, use_reentrant=style)
    yield seven, constant, gradients(y + sine, x, w)


def twice_differentiated(t: Any, style: bool) -> Any:
    x, w = leaves(t)
    y = t.utils.checkpoint.checkpoint(lambda x: (x @ w).tanh().exp(), x, use_reentrant=False)
    (slope,) = t.autograd.grad(y.sum(), x, create_graph=True)
    yield slope, t.autograd.grad((slope * slope).sum(), (x, w))


def differentiating(t: Any, style: bool) -> Any:
    x, _ = leaves(t)

    def block(x: Any) -> Any:
        y = x.exp()
        (slope,) = t.autograd.grad(y.sum(), x, create_graph=True)
        return (slope * 0.1).sin() * y

    yield gradients(t.utils.checkpoint.checkpoint(block, x, use_reentrant=False), x)


def surroundings(t: Any, style: bool) -> Any:
    x, w = leaves(t)
    log: list = []

    @contextmanager
    def noting(name: str) -> Any:
        log.append(name)
        yield
        log.append(f"end of {name}")

    def block(x: Any, *, w: Any) -> Any:
        log.append("run")
        y = x.exp() * w
        log.append("after the last saved value")
        return y + 1

    def made(early: bool) -> Any:
        with t.utils.checkpoint.set_checkpoint_early_stop(early):
            return t.utils.checkpoint.checkpoint(
                block, x, use_reentrant=False, context_fn=lambda: (noting("first"), noting("again")), w=w
            )

    for early in (True, False):
        y = made(early)
        yield gradients(y, x, w), log[:]
    with t.no_grad():
        yield made(True).requires_grad


def refused(t: Any, style: bool) -> Any:
    x, w = leaves(t)
    checkpoint = t.utils.checkpoint.checkpoint
    calls: list = []

    def fewer(x: Any) -> Any:
        calls.append(1)
        return (x.exp().sin() if len(calls) % 2 else x.exp()) * w

    def smaller(x: Any) -> Any:
        calls.append(1)
        return (x if len(calls) % 2 else x[:1]).exp().sin()

    def written() -> Any:
        a = x * 1
        y = checkpoint(lambda x: x.exp().sin(), a, use_reentrant=False)
        with t.no_grad():
            a.mul_(2)
        return y.sum().backward()

    for function in (fewer, smaller):
        yield attempted(lambda f=function: checkpoint(f, x, use_reentrant=False).sum().backward())
        yield len(calls)
        calls.clear()
    yield attempted(lambda: checkpoint(fewer, x, use_reentrant=False, determinism_check="some"))
    yield attempted(lambda: checkpoint(fewer, x, use_reentrant=True, debug=True))
    yield attempted(lambda: checkpoint(fewer, x, use_reentrant=True, more=1))
    yield attempted(lambda: checkpoint(lambda x: x.detach() * 1, x, use_reentrant=True).sum().backward())
    yield attempted(lambda: t.autograd.grad(checkpoint(lambda x: x * w, x, use_reentrant=True).sum(), x))
    yield attempted(written)


PROGRAMS = [drawing, sequential, nested, several, twice_differentiated, differentiating, surroundings, refused]


@pytest.mark.filterwarnings("ignore:None of the inputs")  # nested checkpoints of the older style
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_program(program: Any, style: bool) -> None:
    assert told(list(program(minitorch, style))) == told(list(program(torch, style)))


def test_warnings_are_pytorchs() -> None:
    found = []
    for t in (minitorch, torch):
        x, _ = leaves(t)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            t.utils.checkpoint.checkpoint(lambda x: x * 2, x)
            t.utils.checkpoint.checkpoint(lambda x: x * 2, x.detach(), use_reentrant=True)
            t.utils.checkpoint.checkpoint_sequential([lambda x: x * 2], 1, x)
        found.append(
            [
                str(one.message)[:60]
                for one in caught
                if "checkpoint" in str(one.message) or "None of" in str(one.message)
            ]
        )
    assert found[0] == found[1]


def test_debug_lists_the_ops_of_both_runs() -> None:
    x, _ = leaves(minitorch)
    calls: list = []

    def block(x: Any) -> Any:
        calls.append(1)
        return x.exp().sin() if len(calls) == 1 else x.cos()

    y = minitorch.utils.checkpoint.checkpoint(block, x, use_reentrant=False, debug=True)
    with pytest.raises(minitorch.utils.checkpoint.CheckpointError) as caught:
        y.sum().backward()
    first, second = str(caught.value).split("ops of the second run")
    assert "sin(input: [2, 2] torch.float64)" in first and "return x.exp().sin()" in first
    assert "cos(input" in second and "exp(input" not in second
