"""Random numbers inside vmap, by its `randomness`, and inside grad and jvp, against PyTorch's: the same numbers, or refused."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import minitorch

torch = pytest.importorskip("torch")
importlib.import_module("torch.func")
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")

MAKERS: dict[str, Callable[[Any, Any], Any]] = {
    "rand": lambda t, x: t.rand(2) + x.sum(),
    "randn_like": lambda t, x: t.randn_like(x),
    "randint": lambda t, x: t.randint(0, 10, (2,)) + x.sum(),
    "randperm": lambda t, x: t.randperm(4) + x.sum(),
    "bernoulli": lambda t, x: t.bernoulli(t.sigmoid(x)),
    "bernoulli of a number": lambda t, x: t.bernoulli(x, 0.5),
    "bernoulli_": lambda t, x: t.zeros_like(x).bernoulli_(0.5),
    "bernoulli_ of a tensor": lambda t, x: t.zeros_like(x).bernoulli_(t.sigmoid(x)),
    "dropout": lambda t, x: t.nn.functional.dropout(x, 0.5),
    "dropout of what is no slice": lambda t, x: t.nn.functional.dropout(t.ones(3), 0.5) + x,
    "alpha_dropout": lambda t, x: t.nn.functional.alpha_dropout(x, 0.5, True),
    "dropout2d": lambda t, x: t.nn.functional.dropout2d(x.reshape(1, 3, 1, 1), 0.5),
    "gumbel_softmax": lambda t, x: t.nn.functional.gumbel_softmax(x, dim=-1),
    "normal_": lambda t, x: t.zeros_like(x).normal_(),
    "uniform_": lambda t, x: t.zeros_like(x).uniform_(),
    "exponential_": lambda t, x: t.zeros_like(x).exponential_(),
    "cauchy_": lambda t, x: t.zeros_like(x).cauchy_(),
    "geometric_": lambda t, x: t.zeros_like(x).geometric_(0.5),
    "log_normal_": lambda t, x: t.zeros_like(x).log_normal_(),
    "random_": lambda t, x: t.zeros_like(x).random_(0, 10),
    "normal around tensors": lambda t, x: t.normal(x, 1.0),
    "normal around what is no slice": lambda t, x: t.normal(t.zeros(3), t.ones(3)) + x,
    "normal of a slice and no slice": lambda t, x: t.normal(x, t.ones(2, 3)),
    "multinomial": lambda t, x: t.multinomial(t.sigmoid(x), 2),
    "multinomial of rows": lambda t, x: t.multinomial(t.sigmoid(t.stack([x, -x])), 2, True),
    "multinomial of what is no slice": lambda t, x: t.multinomial(t.ones(4), 2) + x.sum(),
    "poisson": lambda t, x: t.poisson(x.abs() * 3),
    "binomial": lambda t, x: t.binomial(x.abs() * 5, t.sigmoid(x)),
}


def told(call: Callable[[], Any]) -> Any:
    """The values of a result, or the beginning of a RuntimeError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = call()
        except RuntimeError as error:
            return str(error)[:40]
    flat = [part.reshape(-1) for part in (result if isinstance(result, tuple) else (result,))]
    return [(str(part.dtype), part.tolist()) for part in flat]


def agree(call: Callable[[Any], Any]) -> None:
    found = []
    for t in (minitorch, torch):
        t.manual_seed(7)
        found.append(told(lambda t=t: call(t)))
    ours, theirs = found
    if str(theirs).startswith("vmap: Cannot ask for different inplace"):  # here a new tensor has memory for each slice
        return
    if isinstance(theirs, str) or isinstance(ours, str):
        assert ours == theirs
    else:
        assert [dtype for dtype, _ in ours] == [dtype for dtype, _ in theirs]
        for (_, a), (_, b) in zip(ours, theirs, strict=True):
            assert a == pytest.approx(b, rel=1e-4, abs=1e-6)


def batch(t: Any) -> Any:
    return t.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize("randomness", ["error", "same", "different"])
@pytest.mark.parametrize("name", MAKERS)
def test_vmap(name: str, randomness: str) -> None:
    agree(lambda t: t.func.vmap(lambda x: MAKERS[name](t, x), randomness=randomness)(batch(t)))


@pytest.mark.parametrize("name", ["rand", "dropout", "bernoulli", "normal_", "normal around tensors", "poisson"])
def test_grad_and_jvp(name: str) -> None:
    agree(lambda t: t.func.grad(lambda x: (MAKERS[name](t, x) * x).sum())(batch(t)[0]))
    agree(lambda t: t.func.jvp(lambda x: MAKERS[name](t, x) * x, (batch(t)[0],), (t.ones(3),)))


@pytest.mark.parametrize("inner", ["same", "different"])
@pytest.mark.parametrize("outer", ["same", "different"])
@pytest.mark.parametrize("name", ["rand", "dropout", "normal_", "exponential_"])
def test_vmap_in_vmap(name: str, outer: str, inner: str) -> None:
    def program(t: Any) -> Any:
        x = t.arange(12.0).reshape(2, 2, 3)
        rows = lambda a: t.func.vmap(lambda b: MAKERS[name](t, b), randomness=inner)(a)
        return t.func.vmap(rows, randomness=outer)(x)

    agree(program)


@pytest.mark.parametrize("name", ["bernoulli", "dropout", "normal_", "normal around tensors", "multinomial", "poisson"])
def test_vmap_of_grad_and_grad_of_vmap(name: str) -> None:
    def each(t: Any) -> Any:
        return t.func.vmap(t.func.grad(lambda x: (MAKERS[name](t, x)[:2] * x[:2]).sum()), randomness="different")(
            batch(t)
        )

    def whole(t: Any) -> Any:
        rows = t.func.vmap(lambda x: (MAKERS[name](t, x)[:2] * x[:2]).sum(), randomness="different")
        return t.func.grad(lambda x: rows(x).sum())(batch(t))

    agree(each)
    agree(whole)
